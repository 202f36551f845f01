//! Which fields are analysed, and the words that analysis makes of a text.

use unicode_segmentation::UnicodeSegmentation;

/// Whether a field is analysed: searched by word, and of no use for sorting or
/// aggregations.
pub(crate) fn is_analyzed(field: &str) -> bool {
    matches!(field, "message" | "tags" | "geoip_location")
}

/// The words of a text, in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}
