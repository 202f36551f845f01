//! What is read from answers, and how it is named in a failure.

use std::fmt::Write;

use serde_json::{Value, json};

/// What a function of the contract came to. Beside each member that holds JSON of Logz.io's, such as `raw`, there is one with
/// its text, such as `raw_text`.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// What it returned.
    Ok(Value),
    /// An error of the contract.
    Err(Value),
}

impl Answer {
    /// `{"ok": …}` or `{"err": …}`.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Ok(value) => json!({"ok": value}),
            Self::Err(error) => json!({"err": error}),
        }
    }
}

/// The texts at a key of each element of an array.
pub(crate) fn texts<'v>(value: &'v Value, list: &str, key: &str) -> Vec<&'v str> {
    let elements = value.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    elements.iter().filter_map(|element| element.get(key)?.as_str()).collect()
}

/// The codes of an answer's notices.
pub(crate) fn codes(answer: &Value) -> Vec<&str> {
    texts(answer, "notices", "code")
}

/// Words for a list of texts.
pub(crate) fn listed(texts: &[impl AsRef<str>]) -> String {
    let mut list = String::new();
    for text in texts.iter().take(10) {
        // Writing to a string cannot fail.
        let _ = write!(list, "{}{}", if list.is_empty() { "" } else { ", " }, text.as_ref());
    }
    if texts.len() > 10 { format!("{list} and {} more", texts.len() - 10) } else { list }
}
