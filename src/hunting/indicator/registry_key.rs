//! Keys and values of the Windows registry, by all names of their hives.

use std::borrow::Cow;

/// A hive by its short name, its long one, and what the kernel calls it.
const HIVES: &[(&str, &str, &str)] = &[
    ("hklm", "hkey_local_machine", r"\registry\machine"),
    ("hkcu", "hkey_current_user", ""),
    ("hkcr", "hkey_classes_root", ""),
    ("hku", "hkey_users", r"\registry\user"),
    ("hkcc", "hkey_current_config", ""),
];
/// The hive of whoever is logged on. Logs write that user's instead.
const CURRENT_USER: &str = "hkcu";
const USERS: &str = "hku";

/// A key of the registry, or a value of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RegistryKey {
    /// The short name of its hive.
    hive: &'static str,
    /// What stands behind the hive, in lower case and with a backslash before
    /// it.
    pub(super) path: String,
}

impl RegistryKey {
    /// Reads a key: `HKLM\Software`, `HKEY_LOCAL_MACHINE\Software`,
    /// `HKLM:\Software` as in PowerShell, `Computer\HKEY_…` as in the
    /// editor, `\REGISTRY\MACHINE\Software` as in the kernel.
    pub(super) fn read(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let lower = single_backslashes(&lower);
        let key = ["computer\\", "my computer\\", "registry::"]
            .iter()
            .find_map(|start| lower.strip_prefix(start))
            .unwrap_or(&lower);
        HIVES.iter().find_map(|(hive, long, kernel)| {
            let names = [*long, *hive, *kernel];
            let name = names.iter().find_map(|name| key.strip_prefix(name).filter(|_| !name.is_empty()))?;
            let path = name.strip_prefix(':').unwrap_or(name).trim_end_matches('\\');
            (path.is_empty() || path.starts_with('\\')).then(|| Self { hive, path: path.to_owned() })
        })
    }

    /// What may stand before its path in a log, in lower case.
    pub(super) fn hives(&self) -> impl Iterator<Item = &'static str> {
        let hive = HIVES.iter().find(|(short, ..)| *short == self.hive);
        hive.into_iter().flat_map(|(short, long, kernel)| [*short, *long, *kernel]).filter(|name| !name.is_empty())
    }

    /// What may stand before the name of a user and its path.
    pub(super) fn hives_of_users(&self) -> impl Iterator<Item = &'static str> {
        let users = HIVES.iter().filter(|(short, ..)| self.hive == CURRENT_USER && *short == USERS);
        users.flat_map(|(short, long, kernel)| [*short, *long, *kernel])
    }

    /// Whether a text in lower case holds it, or what lies below it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let text = single_backslashes(text);
        text.match_indices(self.path.as_str()).any(|(at, found)| {
            let before = text.get(..at).unwrap_or_default();
            let behind = text.get(at + found.len()..).unwrap_or_default();
            is_end(behind) && self.ends_with_hive(before)
        })
    }

    fn ends_with_hive(&self, before: &str) -> bool {
        let before = before.strip_suffix(':').unwrap_or(before);
        let ends = |text: &str, hive: &str| {
            text.strip_suffix(hive)
                .is_some_and(|rest| !rest.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'))
        };
        if self.hives().any(|hive| ends(before, hive)) {
            return true;
        }
        // `HKU\S-1-5-21-…\Software`.
        let user = before.rsplit_once('\\').filter(|(_, user)| user.starts_with("s-1-"));
        user.is_some_and(|(before, _)| self.hives_of_users().any(|hive| ends(before, hive)))
    }
}

/// A text in which no backslash follows another one.
fn single_backslashes(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    while text.contains(r"\\") {
        text = Cow::Owned(text.replace(r"\\", r"\"));
    }
    text
}

fn is_end(behind: &str) -> bool {
    let mut characters = behind.chars();
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match characters.next() {
        Some('.' | '-') => !word(characters.next()),
        next => !word(next),
    }
}

/// Whether a text begins with the name of a hive.
pub(super) fn is_registry_key(text: &str) -> bool {
    RegistryKey::read(text).is_some_and(|key| !key.path.is_empty())
}
