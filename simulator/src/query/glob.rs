//! Patterns of `?` and `*`.

/// A pattern of `?` and `*`, in which a backslash makes the next character
/// stand for itself.
#[derive(Debug, Clone)]
pub(crate) struct Glob(Vec<GlobPart>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GlobPart {
    Character(char),
    One,
    Any,
}

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        let mut parts = Vec::new();
        let mut characters = pattern.chars();
        while let Some(c) = characters.next() {
            parts.push(match c {
                '*' => GlobPart::Any,
                '?' => GlobPart::One,
                '\\' => GlobPart::Character(characters.next().unwrap_or(c)),
                c => GlobPart::Character(c),
            });
        }
        Self(parts)
    }

    pub(crate) fn prefix(text: &str) -> Self {
        Self(text.chars().map(GlobPart::Character).chain([GlobPart::Any]).collect())
    }

    pub(crate) fn to_lowercase(&self) -> Self {
        let lower = |part: &GlobPart| match part {
            GlobPart::Character(c) => GlobPart::Character(c.to_lowercase().next().unwrap_or(*c)),
            part => *part,
        };
        Self(self.0.iter().map(lower).collect())
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where to go on if the last star has to take one character more.
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() || part < self.0.len() {
            let fits = match self.0.get(part) {
                Some(GlobPart::Any) => {
                    star = Some((part, at));
                    part += 1;
                    continue;
                }
                Some(GlobPart::One) => at < text.len(),
                Some(GlobPart::Character(c)) => text.get(at) == Some(c),
                None => false,
            };
            if fits {
                part += 1;
                at += 1;
                continue;
            }
            match star {
                Some((star_part, star_at)) if star_at < text.len() => {
                    star = Some((star_part, star_at + 1));
                    part = star_part + 1;
                    at = star_at + 1;
                }
                _ => return false,
            }
        }
        true
    }
}
