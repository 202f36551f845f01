//! What is wrong in a file, or most likely not meant.

use std::fmt;

use crate::name::AccountName;
use crate::shown;

/// Something in a file of accounts that is wrong. The text names the line, the account and the key, and ends with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1 on.
    pub line: usize,
    /// The account, as the file names it; none outside of the accounts.
    pub account: Option<String>,
    /// The key, if it is about one.
    pub key: Option<String>,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(account) = &self.account {
            write!(f, ", account {}", shown::name(account))?;
        }
        if let Some(key) = &self.key {
            write!(f, ", {}", shown::name(key))?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Something that is allowed, and most likely not meant. The text names the accounts and says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The accounts it is about.
    pub accounts: Vec<AccountName>,
    pub(crate) text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
