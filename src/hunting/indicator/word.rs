//! Whole words in a text: where one is found, and what must not stand beside
//! it. Must not know how a value is read.

use crate::contract::IndicatorKind;

/// The characters that must not stand beside an indicator, as they would make
/// it a part of a longer word. Letters and digits never may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Boundaries {
    /// Directly before it.
    pub before: &'static str,
    /// Directly behind it.
    pub behind: &'static str,
    /// Behind it if a letter, a digit or `_` follows. If none does, they end a
    /// sentence.
    pub before_word: &'static str,
}

impl Boundaries {
    /// The boundaries of a kind. A query may ask by them: whatever holds an
    /// indicator has it within these.
    #[must_use]
    pub fn of(kind: IndicatorKind) -> Self {
        use IndicatorKind as K;
        match kind {
            // `203.0.113.9.443` is an address with a port.
            K::Ip | K::Cidr => Self { before: ".", ..Self::default() },
            // The name of a computer may have its domain behind it.
            K::Host => Self { before: "_.-", behind: "_", before_word: "-" },
            K::Domain => Self { before: "_.-", behind: "_", before_word: ".-" },
            K::Email => Self { before: "_.-+", behind: "_", before_word: ".-" },
            K::Url => Self { before: "", behind: "_-=%", before_word: "./?#&:~+@!*" },
            // A domain may stand behind the name of a user.
            K::User => Self { before: "_-.", behind: "_$", before_word: ".-" },
            K::Process | K::FileName => Self { before: "_-.", behind: "_", before_word: ".-@" },
            K::RegistryKey => Self { before: "_", behind: "_", before_word: ".-" },
            K::Port => Self { before: "_", behind: "_", before_word: "" },
            K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => Self::default(),
        }
    }

    /// Whether nothing directly before a word makes it longer.
    pub(super) fn end(self, before: &str) -> bool {
        !before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || self.before.contains(c))
    }

    /// Whether nothing directly behind a word makes it longer.
    pub(super) fn begin(self, behind: &str) -> bool {
        let mut characters = behind.chars();
        let (next, after) = (characters.next(), characters.next());
        let joins = next.is_some_and(|c| c.is_alphanumeric() || self.behind.contains(c));
        let goes_on = next.is_some_and(|c| self.before_word.contains(c))
            && after.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !joins && !goes_on
    }
}

/// What stands before and behind each place where a text holds another.
pub(super) fn surroundings<'t>(text: &'t str, wanted: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    // The same place twice is of no use, and neither is an empty text.
    let places = (!wanted.is_empty()).then(|| text.match_indices(wanted));
    places.into_iter().flatten().filter_map(move |(at, found)| Some((text.get(..at)?, text.get(at + found.len()..)?)))
}

/// Whether a text holds another as a whole word.
pub(super) fn holds(text: &str, wanted: &str, boundaries: Boundaries) -> bool {
    text.trim() == wanted
        || surroundings(text, wanted).any(|(before, behind)| boundaries.end(before) && boundaries.begin(behind))
}
