//! Where a secret is found.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use logzio_soar_secrets::{LONGEST, first_line};

use super::hidden::Secret;
use crate::error::SinkError;

/// More than any secret has, in bytes.
const LARGEST: u64 = 64 << 10;

/// Where a secret is found. It is read when it is needed, since files and commands may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretReference {
    /// A variable of the environment.
    Environment(String),
    /// A file.
    File(PathBuf),
    /// The first line that a command writes to its standard output: the program and its arguments.
    Command(Vec<String>),
    /// A credential of systemd: a file in the folder that `CREDENTIALS_DIRECTORY` names.
    Credential(String),
    /// The text itself, for those that are no secret.
    InClear(Secret),
}

impl SecretReference {
    /// Reads the secret. `what` names it in errors, such as `the signing key`; a relative file is in `folder`.
    pub(crate) async fn resolve(&self, what: &str, folder: &Path) -> Result<Secret, SinkError> {
        let text = match self {
            Self::InClear(text) => return Ok(text.clone()),
            Self::Environment(name) => std::env::var(name).map_err(|_| {
                SinkError(format!("{what}: the variable {name} is not set, or is no UTF-8: set it for this process"))
            })?,
            Self::File(file) => read(what, &folder.join(file)).await?,
            Self::Credential(name) => {
                let Some(credentials) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
                    return Err(SinkError(format!(
                        "{what}: there are no credentials of systemd: write LoadCredential={name}:FILE into the unit"
                    )));
                };
                read(what, &Path::new(&credentials).join(name)).await?
            }
            Self::Command(command) => first_line(&beside(command, folder), LONGEST)
                .await
                .map_err(|error| SinkError(format!("{what}: {error}")))?,
        };
        let secret = Secret::new(&text);
        if secret.expose().is_empty() {
            return Err(SinkError(format!("{what}: {} is empty: put the secret there", self.place())));
        }
        Ok(secret)
    }

    /// Where it is, for texts.
    fn place(&self) -> String {
        match self {
            Self::Environment(name) => format!("the variable {name}"),
            Self::File(file) => format!("the file {}", file.display()),
            Self::Credential(name) => format!("the credential {name}"),
            Self::Command(command) => format!("the output of {}", command.first().map_or("", String::as_str)),
            Self::InClear(_) => "the value".into(),
        }
    }
}

/// A command whose program is found in a folder if it is a relative path. A bare name is looked for in the PATH.
fn beside(command: &[String], folder: &Path) -> Vec<String> {
    let mut command = command.to_vec();
    if let Some(program) = command.first_mut()
        && Path::new(program).components().count() > 1
    {
        *program = folder.join(&*program).to_string_lossy().into_owned();
    }
    command
}

async fn read(what: &str, file: &Path) -> Result<String, SinkError> {
    let (what, file) = (what.to_owned(), file.to_owned());
    let reading = tokio::task::spawn_blocking(move || {
        read_bounded(&file).map_err(|error| {
            SinkError(format!(
                "{what}: the file {} could not be read: {error}: check its path and mode",
                file.display()
            ))
        })
    });
    reading.await.map_err(|error| SinkError(error.to_string()))?
}

/// A pipe or a device could keep its reader waiting, and would be empty the next time.
fn read_bounded(file: &Path) -> io::Result<String> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    std::fs::File::open(file)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST { Err(io::Error::other("it is larger than 64 KiB")) } else { Ok(text) }
}
