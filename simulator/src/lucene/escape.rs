//! Escapes of characters in terms, quotes and patterns.

use super::error::LuceneError;

/// What a text with escapes means; `\u0041` is a character too.
pub(crate) fn unescape(text: &str) -> Result<String, LuceneError> {
    let refuse = |reason: &str| Err(LuceneError::Syntax(format!("Cannot parse '{text}': {reason}")));
    let mut plain: Vec<u16> = Vec::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let c = match c {
            '\\' => match characters.next() {
                None => return refuse("Term can not end with escape character."),
                Some('u') => {
                    let digits: String = characters.by_ref().take(4).collect();
                    if let Some(c) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
                        return refuse(&format!("Non-hex character in Unicode escape sequence: {c}"));
                    }
                    match u16::from_str_radix(&digits, 16) {
                        Ok(unit) if digits.len() == 4 => plain.push(unit),
                        _ => return refuse("Truncated unicode escape sequence."),
                    }
                    continue;
                }
                Some(c) => c,
            },
            c => c,
        };
        plain.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    Ok(String::from_utf16_lossy(&plain))
}
