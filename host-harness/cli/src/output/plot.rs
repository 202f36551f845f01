//! Bars in a terminal, in eighths of a character where it can show them. It does not know what is counted.

use std::env;

/// The characters that bars are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Block elements of Unicode.
    Blocks,
    /// Number signs.
    Ascii,
}

/// A block, from one eighth to eight.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

impl Ink {
    /// What the terminal can show, by the locale's character set and the terminal's type.
    ///
    /// The crate supports-unicode takes an empty `LC_ALL` for set, which POSIX does not, and does not know of `TERM=dumb`.
    pub(crate) fn of_this_terminal() -> Self {
        Self::told(&|name| env::var(name).ok())
    }

    fn told(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name).filter(|set| !set.is_empty()));
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        let is_unicode = cfg!(windows) || locale.contains("utf-8") || locale.contains("utf8");
        // The console of Linux has no eighths.
        let is_poor = variable("TERM").is_some_and(|terminal| terminal == "dumb" || terminal == "linux");
        if is_unicode && !is_poor { Self::Blocks } else { Self::Ascii }
    }

    /// A bar for `count` that is as many cells long as its share of `most`. Any count but none has a mark.
    pub(crate) fn bar(self, count: u64, most: u64, cells: usize) -> String {
        let steps = match self {
            Self::Blocks => EIGHTHS.len(),
            Self::Ascii => 1,
        };
        let length = u128::from(count) * u128::try_from(cells * steps).unwrap_or(0);
        let length = length.div_ceil(u128::from(most.max(1)));
        let length = usize::try_from(length).unwrap_or(0).min(cells * steps);
        match self {
            Self::Ascii => "#".repeat(length),
            Self::Blocks => {
                let mut bar = "█".repeat(length / steps);
                bar.extend((length % steps).checked_sub(1).and_then(|rest| EIGHTHS.get(rest)));
                bar
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        for (count, blocks, ascii) in [
            (0, "", ""),
            (1, "▏", "#"),
            (100, "█▎", "##"),
            (400, "█████", "#####"),
            (799, "██████████", "##########"),
            (800, "██████████", "##########"),
        ] {
            assert_eq!(Ink::Blocks.bar(count, 800, 10), blocks, "{count}");
            assert_eq!(Ink::Ascii.bar(count, 800, 10), ascii, "{count}");
        }
        assert_eq!(Ink::Blocks.bar(0, 0, 10), "");
        assert_eq!(Ink::Blocks.bar(u64::MAX, u64::MAX, 3), "███");
        assert_eq!(Ink::Blocks.bar(9, 1, 3), "███");
    }

    #[test]
    fn blocks_are_only_for_those_who_can_show_them() {
        let told = |set: &[(&str, &str)]| {
            Ink::told(&|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(told(&[("LANG", "en_GB.UTF-8")]), Ink::Blocks);
        assert_eq!(told(&[("LANG", "C"), ("LC_CTYPE", "C.utf8"), ("LC_ALL", "")]), Ink::Blocks);
        #[cfg(not(windows))]
        for set in [&[][..], &[("LANG", "C")], &[("LANG", "de_DE.UTF-8"), ("LC_ALL", "POSIX")]] {
            assert_eq!(told(set), Ink::Ascii, "{set:?}");
        }
        for terminal in ["dumb", "linux"] {
            assert_eq!(told(&[("LANG", "C.UTF-8"), ("TERM", terminal)]), Ink::Ascii);
        }
    }
}
