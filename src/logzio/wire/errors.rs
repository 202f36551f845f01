//! Answers that say what is wrong.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What an answer with an error says, in any of the shapes that occur:
/// `{"message"}`, a list of those, a JSON string, or plain text.
#[must_use]
pub fn error_message(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let text = serde_json::from_str::<Message>(body)
        .map(|error| error.message)
        .or_else(|_| {
            serde_json::from_str::<Vec<Message>>(body)
                .map(|errors| errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "))
        })
        .or_else(|_| serde_json::from_str::<String>(body))
        .unwrap_or_else(|_| if body.trim_start().starts_with('<') { String::new() } else { body.to_owned() });
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// Whether the answer is an error in spite of its status.
#[must_use]
pub fn is_error(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Coded {
        #[serde(rename = "errorCode")]
        _error_code: IgnoredAny,
    }
    // Errors are short: a page of results is not read for nothing.
    body.len() < 16_384 && body.contains("errorCode") && serde_json::from_str::<Coded>(body).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_an_error_is_found_in_every_shape() {
        for (body, message) in [
            (r#"{"code":403,"message":"Insufficient privileges"}"#, Some("Insufficient privileges")),
            (r#"[{"errorCode":"A","message":"one"},{"message":"two"}]"#, Some("one; two")),
            (r#""no alert id 1 found""#, Some("no alert id 1 found")),
            ("Too Many\n Requests", Some("Too Many Requests")),
            ("", None),
            ("<html><body>Bad gateway</body></html>", None),
        ] {
            assert_eq!(error_message(body).as_deref(), message, "{body}");
        }
    }

    #[test]
    fn an_error_code_is_an_error_whatever_the_status() {
        assert!(is_error(r#"{"errorCode":"A","message":"b"}"#));
        assert!(!is_error(r#"{"total":1,"results":[{"errorCode":"in a log"}]}"#));
        assert!(!is_error("[]"));
    }
}
