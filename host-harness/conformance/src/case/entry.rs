//! A case as it is listed: its group, its name, what it proves.

use super::kind::Kind;
use crate::group::Group;
use crate::promise::Promises;

/// One case.
#[derive(Clone)]
pub struct Case {
    /// The group.
    pub group: Group,
    /// The name within the group, in kebab-case.
    pub name: String,
    /// What is proved, in a sentence.
    pub title: String,
    /// The ids of the promises that are tested.
    pub promises: Vec<String>,
    pub(crate) kind: Kind,
}

impl Case {
    /// The name with the group, as in `--only`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    /// Whether a component that fails the case does not conform: at least one of the promises is required.
    #[must_use]
    pub fn required(&self) -> bool {
        self.promises.iter().filter_map(|id| Promises::get().find(id)).any(|promise| promise.required)
    }

    /// Whether a pattern of `--only` means this case: a group, a path, or a beginning of one, with `*` for any text.
    #[must_use]
    pub fn is_meant_by(&self, pattern: &str) -> bool {
        let path = self.path();
        match pattern.split_once('/') {
            None if !pattern.contains('*') => self.group.as_str() == pattern,
            _ => like(&format!("{pattern}*"), &path),
        }
    }
}

/// Whether a text is as a pattern with `*` says.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = "";
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
        last = part;
    }
    rest.is_empty() || last.is_empty()
}
