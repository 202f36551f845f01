//! Texts of a caller's, cut to a readable length.

/// How much of a text is repeated, in characters.
const SHOWN: usize = 60;

/// A text, cut to a readable length and one line.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
