//! Texts of others in our messages.

/// The most characters that are shown of a text.
const LONGEST: usize = 64;

/// A name that someone wrote, harmless to print and not longer than a name should be.
pub(crate) fn name(text: &str) -> String {
    let cut = text.chars().count() > LONGEST;
    let text: String = text.chars().take(LONGEST).collect();
    format!("{}{}", text.escape_debug(), if cut { "…" } else { "" })
}

/// The one of these names that is meant, if one is near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let name = plain(name);
    let rated = known.into_iter().map(|known| (strsim::jaro_winkler(&name, &plain(known)), known));
    rated.filter(|(rate, _)| *rate > 0.85).max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor_or_fill_the_screen() {
        assert_eq!(name("a\u{1b}[2J\nb\u{202e}c"), "a\\u{1b}[2J\\nb\\u{202e}c");
        assert_eq!(name(&"x".repeat(70)).chars().count(), 65);
        assert_eq!(name("acme"), "acme");
    }

    #[test]
    fn a_slip_of_the_hand_is_recognised() {
        let known = ["region", "security-token", "severities", "tags"];
        assert_eq!(nearest("security_token", known), Some("security-token"));
        assert_eq!(nearest("Regoin", known), Some("region"));
        assert_eq!(nearest("password", known), None);
    }
}
