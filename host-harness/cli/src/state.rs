//! The state file of `fetch`: where the last run ended, for which endpoint and account. It knows files, and nothing of
//! incidents; the cursor is opaque.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

const VERSION: u32 = 1;

/// The content of a state file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    version: u32,
    /// The origin of the API.
    endpoint: String,
    /// A fingerprint of the token, which cannot be turned back into it.
    account: String,
    /// Where the next fetch starts.
    cursor: String,
}

/// A state file that no other process uses meanwhile.
pub(crate) struct StateFile {
    path: PathBuf,
    endpoint: String,
    account: String,
    cursor: Option<String>,
    /// Holds the lock until it is dropped.
    _lock: File,
}

impl StateFile {
    /// Locks and reads a state file; it need not exist yet.
    ///
    /// A state of another endpoint, or of another token unless `renewed_token` says that this is meant, is refused: its
    /// cursor would skip events of this account.
    pub(crate) fn open(path: &Path, endpoint: &str, token: &str, renewed_token: bool) -> Result<Self, Failure> {
        let lock = lock(path)?;
        let account = fingerprint(token);
        let cursor = match fs::read_to_string(path) {
            Ok(text) => Some(checked(&text, path, endpoint, &account, renewed_token)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::file("the state file", path, &error)),
        };
        let endpoint = endpoint.to_owned();
        Ok(Self { path: path.to_owned(), endpoint, account, cursor, _lock: lock })
    }

    /// Where the last run ended, if there was one.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Keeps a cursor. When this returns, it outlives a crash of the machine; until then, the one before does.
    pub(crate) fn store(&mut self, cursor: &str) -> Result<(), Failure> {
        if self.cursor.as_deref() == Some(cursor) {
            return Ok(());
        }
        let content = Content {
            version: VERSION,
            endpoint: self.endpoint.clone(),
            account: self.account.clone(),
            cursor: cursor.to_owned(),
        };
        replace(&self.path, &content).map_err(|error| Failure::file("the state file", &self.path, &error))?;
        self.cursor = Some(cursor.to_owned());
        Ok(())
    }
}

fn lock(path: &Path) -> Result<File, Failure> {
    let beside = beside(path, "lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .map_err(|error| Failure::file("the lock of the state file", &beside, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::Usage(format!(
            "another fetch is using the state {}: let it end, or use another file",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(Failure::file("the lock of the state file", &beside, &error)),
    }
}

fn checked(text: &str, path: &Path, endpoint: &str, account: &str, renewed_token: bool) -> Result<String, Failure> {
    let shown = path.display();
    // The version first: another one may have other fields.
    let version = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|state| state.get("version")?.as_u64());
    if version.is_some_and(|version| version > u64::from(VERSION)) {
        return Err(Failure::Usage(format!("the state {shown} was written by a newer logzio-soar: update this one")));
    }
    let content: Content = serde_json::from_str(text).map_err(|_| {
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
    Ok(content.cursor)
}

fn fingerprint(token: &str) -> String {
    let digest = Sha256::new_with_prefix("logzio-soar state\0").chain_update(token).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn replace(path: &Path, content: &Content) -> io::Result<()> {
    let unfinished = beside(path, "unfinished");
    let mut file = File::create(&unfinished)?;
    serde_json::to_writer_pretty(&mut file, content)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The rename itself is kept only once the directory is.
    #[cfg(unix)]
    {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        fs::write(&path, "{\"version\": 2, \"place\": []}").unwrap();
        assert!(refusal(open(&path)).contains("newer"));
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
        fs::write(beside(&path, "unfinished"), "{\"versi").unwrap();
        let mut state = open(&path).unwrap();
        assert_eq!(state.cursor(), Some("one"));
        state.store("two").unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "state and lock");
    }
}
