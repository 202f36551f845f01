//! Compressed answers.

use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use http::request::Parts;

use crate::answer::Answer;

pub(crate) fn accepts_gzip(request: &Parts) -> bool {
    request
        .headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = quality
                .trim()
                .strip_prefix("q=")
                .is_some_and(|quality| quality.parse::<f32>().is_ok_and(|quality| quality == 0.0));
            matches!(name.trim(), "gzip" | "x-gzip" | "*") && !refused
        })
}

pub(crate) fn compress(answer: &mut Answer) {
    if answer.body.is_empty() || answer.headers.contains_key(CONTENT_ENCODING) {
        return;
    }
    answer.body = std::mem::take(&mut answer.body).compressed();
    answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
}
