//! The state file of `fetch`: where the last run ended, for which endpoint and account, and what of a file it has written.
//! It knows nothing of incidents; the cursor is opaque.

mod content;
mod file;

use std::fs::File;
use std::path::{Path, PathBuf};

use logzio_soar_accounts::private_file;
use sha2::{Digest, Sha256};

pub(crate) use content::{Appended, Pending};
use content::{Content, VERSION};

use crate::failure::Failure;

/// A state file that no other process uses meanwhile.
pub(crate) struct StateFile {
    /// As it was named.
    named: PathBuf,
    /// The file itself, behind all links.
    path: PathBuf,
    content: Content,
    /// Holds the lock until it is dropped.
    _lock: File,
}

impl StateFile {
    /// Locks and reads a state file; it need not exist yet.
    ///
    /// A state of another endpoint, or of another token unless `renewed_token` says that this is meant, is refused: its
    /// cursor would skip events of this account.
    pub(crate) fn open(named: &Path, endpoint: &str, token: &str, renewed_token: bool) -> Result<Self, Failure> {
        let path = file::resolve(named)?;
        let lock = file::lock(&path)?;
        let account = fingerprint(token);
        let text = file::read(&path).map_err(|error| Failure::file("the state file", named, &error))?;
        let content = match text {
            Some(text) => checked(&text, named, endpoint, account, renewed_token)?,
            None => Content { version: VERSION, endpoint: endpoint.to_owned(), account, cursor: None, append: None },
        };
        Ok(Self { named: named.to_owned(), path, content, _lock: lock })
    }

    /// Where the last run ended, if there was one.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.content.cursor.as_deref()
    }

    /// The file that was appended to, as far as it was written.
    pub(crate) fn appended(&self) -> Option<&Appended> {
        self.content.append.as_ref()
    }

    /// Stores a cursor. When this returns, it outlives a crash of the machine; until then, the one before does.
    pub(crate) fn store(&mut self, cursor: &str) -> Result<(), Failure> {
        self.replace(Content { cursor: Some(cursor.to_owned()), ..self.content.clone() })
    }

    /// Stores that a page is about to be written behind what a file holds.
    pub(crate) fn begin(&mut self, append: Appended) -> Result<(), Failure> {
        self.replace(Content { append: Some(append), ..self.content.clone() })
    }

    /// Stores a cursor together with what the file holds now.
    pub(crate) fn complete(&mut self, cursor: Option<String>, append: Appended) -> Result<(), Failure> {
        let cursor = cursor.or_else(|| self.content.cursor.clone());
        self.replace(Content { cursor, append: Some(append), ..self.content.clone() })
    }

    fn replace(&mut self, content: Content) -> Result<(), Failure> {
        if content == self.content {
            return Ok(());
        }
        let written = serde_json::to_vec_pretty(&content).map_err(std::io::Error::other).and_then(|mut text| {
            text.push(b'\n');
            private_file::replace(&self.path, &text)
        });
        written.map_err(|error| Failure::file("the state file", &self.named, &error))?;
        self.content = content;
        Ok(())
    }
}

fn checked(text: &str, path: &Path, endpoint: &str, account: String, renewed_token: bool) -> Result<Content, Failure> {
    let shown = path.display();
    // The version first: another one may have other fields.
    let version = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|state| state.get("version")?.as_u64());
    if version.is_some_and(|version| version > u64::from(VERSION)) {
        return Err(Failure::Usage(format!("the state {shown} was written by a newer logzio-soar: update this one")));
    }
    let content = serde_json::from_str::<Content>(text).ok().filter(|content| content.version == VERSION);
    let content = content.ok_or_else(|| {
        Failure::Usage(format!(
            "{shown} is not a state of logzio-soar, or is damaged: restore it, or name another file and \
             say with --since where to start"
        ))
    })?;
    if content.endpoint != endpoint {
        return Err(Failure::Usage(format!(
            "the state {shown} belongs to {}, and this is {endpoint}: use a state file for each account",
            content.endpoint
        )));
    }
    if content.account != account && !renewed_token {
        return Err(Failure::Usage(format!(
            "the state {shown} was written with another token: use a state file for each account, or \
             --renewed-token if this is a new token of the same account"
        )));
    }
    Ok(Content { account, ..content })
}

fn fingerprint(token: &str) -> String {
    let digest = Sha256::new_with_prefix("logzio-soar state\0").chain_update(token).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const ENDPOINT: &str = "https://api-eu.logz.io:443";

    fn open(path: &Path) -> Result<StateFile, Failure> {
        StateFile::open(path, ENDPOINT, "token-1", false)
    }

    fn refusal(outcome: Result<StateFile, Failure>) -> String {
        outcome.err().unwrap().message().unwrap()
    }

    #[test]
    fn a_cursor_is_there_again_in_the_next_run() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let mut state = open(&path).unwrap();
        assert_eq!(state.cursor(), None);
        state.store("one").unwrap();
        state.store("two").unwrap();
        drop(state);
        assert_eq!(open(&path).unwrap().cursor(), Some("two"));
    }

    #[test]
    fn two_fetches_do_not_share_a_state() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let first = open(&path).unwrap();
        assert!(refusal(open(&path)).contains("another fetch"));
        drop(first);
        assert!(open(&path).is_ok());
    }

    #[test]
    fn a_state_of_another_account_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        open(&path).unwrap().store("cursor").unwrap();
        let other = StateFile::open(&path, "https://api.logz.io:443", "token-1", false);
        assert!(refusal(other).contains("belongs to https://api-eu.logz.io:443"));
        let other = StateFile::open(&path, ENDPOINT, "token-2", false);
        assert!(refusal(other).contains("--renewed-token"));
        let renewed = StateFile::open(&path, ENDPOINT, "token-2", true).unwrap();
        assert_eq!(renewed.cursor(), Some("cursor"));
    }

    #[test]
    fn a_damaged_or_newer_state_is_never_a_silent_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        for text in ["", "{", "null", "{\"last_fetch\": 1}", "{\"version\": 1}", "\u{0}"] {
            fs::write(&path, text).unwrap();
            assert!(refusal(open(&path)).contains("damaged"), "{text}");
        }
        fs::write(&path, "{\"version\": 0, \"endpoint\": \"https://api-eu.logz.io:443\", \"account\": \"x\"}").unwrap();
        assert!(refusal(open(&path)).contains("damaged"), "a version that never was");
        fs::write(&path, "{\"version\": 2, \"place\": []}").unwrap();
        assert!(refusal(open(&path)).contains("newer"));
    }

    #[test]
    fn a_spoilt_state_is_refused_or_still_of_this_account() {
        let pending = Pending { length: 9, sha256: "0".repeat(64), next: "logzio-soar-cursor-2.BBBB".into() };
        let directory = tempfile::tempdir().unwrap();
        let file = file_id::get_file_id(directory.path()).unwrap();
        let written = Content {
            version: VERSION,
            endpoint: ENDPOINT.into(),
            account: fingerprint("token-1"),
            cursor: Some("logzio-soar-cursor-2.AAAA".into()),
            append: Some(Appended { file, length: 1_234, pending: Some(pending) }),
        };
        let value = serde_json::to_value(&written).unwrap();
        let text = serde_json::to_string_pretty(&written).unwrap();
        let read = |text: &str| checked(text, Path::new("state"), ENDPOINT, fingerprint("token-1"), false);
        assert!(read(&text).is_ok_and(|read| read == written));
        logzio_soar_fuzz::hold(&[], |u| {
            let spoilt = if u.ratio(1, 2)? {
                logzio_soar_fuzz::generate::spoilt(u, &text)?
            } else {
                logzio_soar_fuzz::generate::changed(u, &value, 5)?.to_string()
            };
            match read(&spoilt) {
                Ok(read) => {
                    assert_eq!((read.version, read.endpoint.as_str()), (VERSION, ENDPOINT), "{spoilt}");
                    assert_eq!(read.account, written.account, "{spoilt}");
                }
                Err(Failure::Usage(why)) => assert!(why.contains(": "), "without a remedy: {why}"),
                Err(_) => panic!("another failure: {spoilt}"),
            }
            Ok(())
        });
    }

    #[test]
    fn a_state_holds_no_token() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        open(&path).unwrap().store("cursor").unwrap();
        assert!(!fs::read_to_string(&path).unwrap().contains("token-1"));
    }

    #[test]
    fn an_interrupted_write_leaves_the_state_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        open(&path).unwrap().store("one").unwrap();
        fs::write(directory.path().join(".state.x7Yz.unfinished"), "{\"versi").unwrap();
        let mut state = open(&path).unwrap();
        assert_eq!(state.cursor(), Some("one"));
        state.store("two").unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "state and lock");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_does_not_go_around_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (directory.path().join("state"), directory.path().join("link"));
        std::os::unix::fs::symlink("state", &link).unwrap();
        // The link comes first: its file is made behind it.
        open(&link).unwrap().store("one").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let mut state = open(&path).unwrap();
        assert_eq!(state.cursor(), Some("one"));
        assert!(refusal(open(&link)).contains("another fetch"));
        state.store("two").unwrap();
        drop(state);
        assert_eq!(open(&link).unwrap().cursor(), Some("two"));
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn folders_with_two_names_share_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", directory.path().join("alias")).unwrap();
        let _held = open(&directory.path().join("real/state")).unwrap();
        assert!(refusal(open(&directory.path().join("alias/state"))).contains("another fetch"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_two_names_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        open(&path).unwrap().store("one").unwrap();
        fs::hard_link(&path, directory.path().join("other")).unwrap();
        assert!(refusal(open(&path)).contains("2 names"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_was_planted_is_not_followed() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let (path, victim) = (directory.path().join("state"), directory.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        // Nothing opens a name that can be foreseen, but the lock, which is never written to.
        for name in ["state.unfinished", ".state.unfinished"] {
            std::os::unix::fs::symlink(&victim, directory.path().join(name)).unwrap();
        }
        open(&path).unwrap().store("one").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::os::unix::fs::symlink(&victim, directory.path().join("planted.lock")).unwrap();
        assert!(open(&directory.path().join("planted")).is_err());
    }

    #[test]
    fn a_huge_file_is_no_state() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        // It has no bytes on the disk, and 3 GB to be read.
        File::create(&path).unwrap().set_len(3 << 30).unwrap();
        assert!(refusal(open(&path)).contains("larger than any state"));
        assert!(refusal(open(directory.path())).contains("no regular file"));
    }
}
