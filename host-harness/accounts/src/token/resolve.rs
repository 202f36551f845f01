//! How a token is got from where it is.

use std::env::{self, VarError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command;
use super::{Token, TokenError, TokenErrorKind, TokenReference};

/// How long a disk may take, such as one behind a network.
const DISK: Duration = Duration::from_secs(10);

/// Where systemd puts the credentials of a service.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

impl TokenReference {
    /// The token. Takes at most 30 seconds.
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub async fn resolve(&self) -> Result<Token, TokenError> {
        match self {
            Self::Environment(name) => variable(name),
            Self::File(path) => in_regular_file(path.clone()).await,
            Self::Command(command) => command::run(command, logzio_soar_secrets::LONGEST).await,
            Self::Credential(name) => in_regular_file(credential(name)?).await,
            Self::Value(token) => Ok(token.clone()),
        }
    }

    /// Whether the token is where it should be, as far as that can be seen without running a program.
    ///
    /// # Errors
    /// As of [`resolve`](Self::resolve).
    pub fn check(&self) -> Result<(), TokenError> {
        match self {
            Self::Environment(name) => variable(name).map(|_| ()),
            Self::File(path) => read_regular_file(path).map(|_| ()),
            Self::Command(_) | Self::Value(_) => Ok(()),
            Self::Credential(name) => read_regular_file(&credential(name)?).map(|_| ()),
        }
    }
}

fn variable(name: &str) -> Result<Token, TokenError> {
    match env::var(name) {
        Ok(text) => Token::new(&text, &format!("the environment variable {name}")),
        Err(VarError::NotPresent) => Err(TokenError::new(
            TokenErrorKind::Missing,
            format!("the environment variable {name} is not set: set it to the API token for this process"),
        )),
        Err(VarError::NotUnicode(_)) => {
            Err(TokenError::unusable(format!("the environment variable {name} holds no text: set it to the API token")))
        }
    }
}

fn credential(name: &str) -> Result<PathBuf, TokenError> {
    match env::var_os(CREDENTIALS) {
        Some(folder) => Ok(Path::new(&folder).join(name)),
        None => Err(TokenError::new(
            TokenErrorKind::Missing,
            format!(
                "there is no credential {name}, since {CREDENTIALS} is not set: run this as a systemd service with \
                 LoadCredential={name}:FILE"
            ),
        )),
    }
}

async fn in_regular_file(path: PathBuf) -> Result<Token, TokenError> {
    let shown = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || read_regular_file(&path));
    match tokio::time::timeout(DISK, read).await {
        Ok(Ok(read)) => read,
        _ => Err(TokenError::new(
            TokenErrorKind::TimedOut,
            format!("the token file {shown} could not be read within {} s: check its disk", DISK.as_secs()),
        )),
    }
}

/// The token in a file. A pipe or a device could keep its reader waiting, and would be empty the next time.
fn read_regular_file(path: &Path) -> Result<Token, TokenError> {
    let found = path.metadata().map_err(|error| TokenError::file(path, &error))?;
    if !found.is_file() {
        return Err(TokenError::unusable(format!(
            "the token file {} is no regular file: name another one",
            path.display()
        )));
    }
    Token::in_file(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_token_comes_from_a_variable() {
        // Cargo sets it.
        let set = TokenReference::Environment("CARGO_PKG_NAME".into());
        assert_eq!(set.resolve().await.unwrap().expose(), "logzio-soar-accounts");
        assert_eq!(set.check(), Ok(()));
        let unset = TokenReference::Environment("LOGZIO_SOAR_TEST_UNSET".into());
        let error = unset.resolve().await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Missing);
        assert!(error.to_string().starts_with("the environment variable LOGZIO_SOAR_TEST_UNSET is not set: set it"));
        assert_eq!(unset.check(), Err(error));
    }

    #[tokio::test]
    async fn a_token_comes_from_a_regular_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let reference = TokenReference::File(path.clone());
        assert_eq!(reference.resolve().await.unwrap_err().kind(), TokenErrorKind::Missing);
        fs::write(&path, "abc\n").unwrap();
        assert_eq!(reference.resolve().await.unwrap().expose(), "abc");
        // A token that is renewed is used from then on.
        fs::write(&path, "def\n").unwrap();
        assert_eq!(reference.resolve().await.unwrap().expose(), "def");
        fs::write(&path, "\n").unwrap();
        assert_eq!(reference.resolve().await.unwrap_err().kind(), TokenErrorKind::Unusable);
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert_eq!(reference.resolve().await.unwrap_err().kind(), TokenErrorKind::Unusable);
        let folder = TokenReference::File(folder.path().into());
        assert_eq!(folder.resolve().await.unwrap_err().kind(), TokenErrorKind::Unusable);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_pipe_or_a_device_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        for path in [pipe, "/dev/zero".into()] {
            let error = TokenReference::File(path).resolve().await.unwrap_err();
            assert!(error.to_string().ends_with("is no regular file: name another one"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_credential_needs_systemd() {
        let error = TokenReference::Credential("acme".into()).resolve().await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Missing);
        assert!(error.to_string().contains("LoadCredential=acme:FILE"), "{error}");
    }
}
