//! Accounts of `accounts.toml`, by their names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use logzio_soar_accounts::{Account as NamedAccount, AccountName, Accounts, TokenKind};

use super::arguments::SeveralAccountsArguments;
use super::needs::Needs;
use crate::failure::Failure;
use crate::output::say;

/// What stands for every account.
const ALL: &str = "all";

/// The file of accounts: the one that is named, or the user's own.
pub(crate) fn accounts_file(named: Option<&Path>) -> Result<PathBuf, Failure> {
    named.map(Path::to_owned).or_else(Accounts::default_path).ok_or_else(|| {
        Failure::Usage("this user has no home directory to look for accounts.toml in: name it with --accounts".into())
    })
}

/// The accounts of a file. What an interval may be matters to those who poll.
pub(crate) fn read_accounts(named: Option<&Path>) -> Result<Accounts, Failure> {
    Ok(Accounts::read(&accounts_file(named)?, Duration::ZERO)?)
}

/// One account, with what is to be said about it.
pub(super) fn one(name: &str, file: Option<&Path>) -> Result<NamedAccount, Failure> {
    let accounts = read_accounts(file)?;
    let account = match (accounts.named(name), name) {
        (Err(_), ALL) => {
            return Err(Failure::Usage(format!(
                "this command has one connection: name one account of {}",
                accounts.path().display()
            )));
        }
        (account, _) => account?.clone(),
    };
    warn(&accounts, std::slice::from_ref(&account));
    Ok(account)
}

/// Accounts that are asked side by side, by name. None if one connection was asked for, by a name or without.
pub(super) fn several(
    arguments: &SeveralAccountsArguments,
    needs: Needs,
) -> Result<Option<Vec<NamedAccount>>, Failure> {
    let all = arguments.account.iter().any(|name| name == ALL);
    if !all && arguments.account.len() < 2 {
        return Ok(None);
    }
    let accounts = read_accounts(arguments.accounts.as_deref())?;
    let names: BTreeSet<&str> = match all {
        true => accounts.iter().map(|account| account.name.as_str()).collect(),
        false => arguments.account.iter().map(String::as_str).collect(),
    };
    let mut chosen = Vec::new();
    for name in names {
        let account = accounts.named(name)?;
        match lack(account, needs) {
            None => chosen.push(account.clone()),
            Some(lack) if all => say("warning", &format!("{lack}; it was left out")),
            Some(lack) => return Err(Failure::Usage(lack)),
        }
    }
    if chosen.is_empty() {
        return Err(Failure::Usage(format!(
            "no account of {} has what this command needs: add one with logzio-soar accounts add NAME",
            accounts.path().display()
        )));
    }
    warn(&accounts, &chosen);
    Ok(Some(chosen))
}

/// Says what is most likely not meant about these accounts.
fn warn(accounts: &Accounts, chosen: &[NamedAccount]) {
    let is_chosen = |name: &AccountName| chosen.iter().any(|account| account.name == *name);
    for warning in accounts.warnings().iter().filter(|warning| warning.accounts.iter().any(is_chosen)) {
        say("warning", &warning.to_string());
    }
}

/// What an account has no token for, if anything.
pub(super) fn lack(account: &NamedAccount, needs: Needs) -> Option<String> {
    let (kind, key) = match needs {
        Needs::Security if account.security_token().is_none() => ("Security", "security-token"),
        Needs::Operations if account.operations_token().is_none() => ("Operations", "operations-token"),
        // An account has at least one.
        _ => return None,
    };
    let (file, name) = (account.file().display(), &account.name);
    Some(format!("{file}, account {name}: there is no token of the {kind} account: set {key}"))
}

/// The account with the tokens that a command needs: others need not be there.
pub(super) fn with_needs(account: &NamedAccount, needs: Needs) -> NamedAccount {
    match needs {
        Needs::Security => account.only(TokenKind::Security),
        Needs::Operations => account.only(TokenKind::Operations),
        Needs::Either | Needs::Nothing => account.clone(),
    }
}
