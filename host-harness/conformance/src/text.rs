//! Texts for reports: cut to a readable length.

use std::fmt::Write;

use serde_json::Value;

/// A value, short enough for a line.
pub(crate) fn shown(value: &Value) -> String {
    cut(&value.to_string(), 300)
}

/// A text, cut to a number of characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    let left = text.chars().count().saturating_sub(most);
    if left > 0 {
        // Writing to a string cannot fail.
        let _ = write!(short, "… ({left} more characters)");
    }
    short
}

/// The beginning of a text on one line, without control characters.
pub(crate) fn on_one_line(text: &str, most: usize) -> String {
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(&line, most)
}
