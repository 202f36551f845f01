//! Characters that a reader does not see, or reads as punctuation around a
//! value. Must not know what a value is.

/// Whether a character has no width: it gets into a value where it is copied.
/// The joiners U+200C and U+200D count, though some scripts need them.
pub(super) fn has_no_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Whether a character changes the direction of what follows it. One within a
/// name may be there to deceive, as in `invoice\u{202e}fdp.exe`.
pub(super) fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text of a writing system without Latin letters may need a joiner
/// between two characters.
pub(super) fn may_be_joined(before: Option<char>, c: char, after: Option<char>) -> bool {
    let other = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && c.is_alphabetic());
    matches!(c, '\u{200c}' | '\u{200d}') && other(before) && other(after)
}

/// The plain form of a character that looks like one of ASCII: full-width
/// letters, digits and punctuation, the full stops that domain names may have
/// (RFC 3490, section 3.1), brackets of East Asia, and spaces.
pub(super) fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3002}' | '\u{ff61}' | '\u{2024}' | '\u{fe52}' => '.',
        '\u{3010}' | '\u{3014}' | '\u{300c}' => '[',
        '\u{3011}' | '\u{3015}' | '\u{300d}' => ']',
        '\u{2215}' | '\u{2044}' => '/',
        '\u{fe55}' | '\u{a789}' => ':',
        '\u{fe6b}' => '@',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Whether a character is a quotation mark, straight or not.
pub(super) fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '`'
            | '\u{ab}'
            | '\u{b4}'
            | '\u{bb}'
            | '\u{2018}'..='\u{201f}'
            | '\u{2032}'..='\u{2036}'
            | '\u{2039}'
            | '\u{203a}'
            | '\u{300e}'
            | '\u{300f}'
            | '\u{ff02}'
            | '\u{ff07}'
    )
}

/// Whether a character opens a bracket.
pub(super) fn opens(c: char) -> bool {
    matches!(c, '[' | '(' | '{' | '<')
}

/// Whether a character closes a bracket.
pub(super) fn closes(c: char) -> bool {
    matches!(c, ']' | ')' | '}' | '>')
}

/// The bracket that closes another.
pub(super) fn counterpart(open: char) -> Option<char> {
    match open {
        '[' => Some(']'),
        '(' => Some(')'),
        '{' => Some('}'),
        '<' => Some('>'),
        _ => None,
    }
}

/// A character as it is written in documents, such as `U+202E`.
pub(super) fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}
