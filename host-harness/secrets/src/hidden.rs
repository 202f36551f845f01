//! How secrets are kept out of texts.

/// What stands for a secret in debug output.
pub const HIDDEN: &str = "<hidden>";

/// A text with `***` in the place of each token that it holds. White space around a token does not count.
///
/// For texts that a component wrote, or that describe what it did: a faulty one may have printed what it was given.
pub fn hide_tokens<T: AsRef<str>>(text: &str, tokens: impl IntoIterator<Item = T>) -> String {
    let tokens: Vec<T> = tokens.into_iter().collect();
    let mut tokens: Vec<&str> =
        tokens.iter().map(|token| token.as_ref().trim()).filter(|token| !token.is_empty()).collect();
    // One token may be a part of another one, which must not be left behind in pieces.
    tokens.sort_by_key(|token| std::cmp::Reverse(token.len()));
    tokens.iter().fold(text.to_owned(), |text, token| text.replace(token, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_token_is_left() {
        assert_eq!(hide_tokens("a long-token, a token", ["token", " long-token\n", " "]), "a ***, a ***");
        assert_eq!(hide_tokens("nothing to hide", [""; 0]), "nothing to hide");
    }
}
