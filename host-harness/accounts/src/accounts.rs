//! All accounts of a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use logzio_soar_host::contract::Endpoint;

use crate::account::{Account, TokenKind};
use crate::document;
use crate::error::AccountsError;
use crate::fault::Warning;
use crate::name::AccountName;
use crate::shown;

/// The name of the file in the configuration folder.
const FILE: &str = "accounts.toml";

/// The accounts of an `accounts.toml`, by name.
#[derive(Clone, Debug)]
pub struct Accounts {
    path: PathBuf,
    accounts: BTreeMap<AccountName, Account>,
    default_endpoint: Endpoint,
    warnings: Vec<Warning>,
}

/// No accounts.
impl Default for Accounts {
    fn default() -> Self {
        let default_endpoint = document::default_endpoint();
        Self { path: PathBuf::new(), accounts: BTreeMap::new(), default_endpoint, warnings: Vec::new() }
    }
}

impl Accounts {
    /// Reads and checks a file. `least_interval` is the shortest interval that an account may have; Logz.io is not asked more
    /// often than every 30 seconds but in tests.
    ///
    /// # Errors
    /// If the file cannot be read, or anything in it is wrong: then all that is wrong is named.
    pub fn read(path: &Path, least_interval: Duration) -> Result<Self, AccountsError> {
        let document::Checked { accounts, default_endpoint, warnings } = document::read(path, least_interval)?;
        let accounts = accounts.into_iter().map(|account| (account.name.clone(), account)).collect();
        Ok(Self { path: path.to_owned(), accounts, default_endpoint, warnings })
    }

    /// Where the file is unless another one is named: `accounts.toml` in the [`configuration_folder`].
    #[must_use]
    pub fn default_path() -> Option<PathBuf> {
        Some(configuration_folder()?.join(FILE))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An account.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// An account that has to be there.
    ///
    /// # Errors
    /// If there is none of this name; the text says which one may be meant.
    pub fn named(&self, name: &str) -> Result<&Account, AccountsError> {
        self.get(name).ok_or_else(|| {
            let nearest = shown::nearest(name, self.accounts.keys().map(AccountName::as_str));
            let nearest = nearest.and_then(|name| self.get(name)).map(|account| account.name.clone());
            AccountsError::Unknown { path: self.path.clone(), name: name.to_owned(), nearest }
        })
    }

    /// All accounts, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The accounts for those who fetch incidents: with their Security tokens only, so that a search's token can neither delay nor
    /// fail a poll. An account without one is left out, with a warning.
    #[must_use]
    pub fn for_incidents(mut self) -> Self {
        let (kept, left): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.accounts.into_iter().partition(|(_, account)| account.security_token().is_some());
        self.warnings.extend(left.into_keys().map(|name| Warning {
            text: format!(
                "account {name} has no security-token, so no incidents of it are fetched: set it if there are any"
            ),
            accounts: vec![name],
        }));
        self.accounts = kept.into_iter().map(|(name, account)| (name, account.only(TokenKind::Security))).collect();
        self
    }

    /// The endpoint of an account that sets none: that of the file's `[defaults]`, or the region `us`.
    #[must_use]
    pub fn default_endpoint(&self) -> &Endpoint {
        &self.default_endpoint
    }

    /// What is allowed, and most likely not meant: token files that others can read, two accounts with the same token.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// The folder for this user's configuration of logzio-soar, if the user has a home: `~/.config/logzio-soar` on Linux.
#[must_use]
pub fn configuration_folder() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.config_dir().join("logzio-soar"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::token::TokenErrorKind;

    const LEAST: Duration = Duration::from_secs(30);

    fn accounts(text: &str) -> (tempfile::TempDir, Accounts) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, text).unwrap();
        let accounts = Accounts::read(&path, LEAST).unwrap();
        (folder, accounts)
    }

    #[test]
    fn accounts_come_by_name_and_are_found() {
        let token = "security-token = { file = \"t\" }";
        let (_folder, accounts) = accounts(&format!("[accounts.b]\n{token}\n[accounts.acme]\n{token}\n"));
        assert_eq!(accounts.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(), ["acme", "b"]);
        assert_eq!((accounts.len(), accounts.is_empty()), (2, false));
        assert_eq!(accounts.named("b").unwrap().name.as_str(), "b");
        let error = accounts.named("acem").unwrap_err().to_string();
        assert!(error.contains("is acme meant?"), "{error}");
        let error = accounts.named("\u{1b}[2Jx").unwrap_err().to_string();
        assert!(!error.contains('\u{1b}') && !error.contains("meant"), "{error}");
    }

    #[tokio::test]
    async fn incidents_need_the_security_token_only() {
        let (folder, accounts) = accounts(
            "[accounts.a]\nsecurity-token = { file = \"s\" }\noperations-token = { file = \"none\" }\n\
             [accounts.b]\noperations-token = { file = \"none\" }\n",
        );
        fs::write(folder.path().join("s"), "one").unwrap();
        let accounts = accounts.for_incidents();
        assert_eq!(accounts.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(), ["a"]);
        assert!(accounts.named("a").unwrap().connection().await.is_ok());
        let said = accounts.warnings().last().unwrap().to_string();
        assert!(said.starts_with("account b has no security-token"), "{said}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_the_remedy() {
        let error = Accounts::read(Path::new("/no/accounts.toml"), LEAST).unwrap_err().to_string();
        assert!(error.starts_with("there is no file of accounts /no/accounts.toml: make it with "), "{error}");
    }

    #[tokio::test]
    async fn a_connection_has_the_tokens_of_the_moment() {
        let (folder, accounts) = accounts(
            "[accounts.a]\nsecurity-token = { file = \"s\" }\noperations-token = { file = \"o\" }\nregion = \"eu\"\n",
        );
        let account = accounts.named("a").unwrap();
        let error = account.connection().await.unwrap_err();
        assert_eq!((error.account(), error.kind()), (&account.name, TokenErrorKind::Missing));
        let text = error.to_string();
        let file = folder.path().join(FILE).display().to_string();
        assert!(text.starts_with(&format!("{file}, account a, security-token: there is no token file ")), "{text}");
        assert_eq!(account.missing().len(), 2);

        fs::write(folder.path().join("s"), "one\n").unwrap();
        assert_eq!(account.connection().await.unwrap_err().key(), "operations-token");
        fs::write(folder.path().join("o"), "two\n").unwrap();
        assert!(account.missing().is_empty());
        for token in ["one", "renewed"] {
            fs::write(folder.path().join("s"), token).unwrap();
            let expected =
                logzio_soar_host::Connection::new().region("eu").security_token(token).operations_token("two");
            assert!(account.connection().await.unwrap() == expected, "{token}");
        }
    }
}
