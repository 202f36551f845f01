//! The accounts of a state: which account of Logz.io each name stands for, and where its next fetch starts.

use std::time::SystemTime;

use rusqlite::{Connection, Row, named_params};

use super::error::StateError;
use super::handle::State;
use super::numbers::{AccountNumber, milliseconds, time};

/// What tells one account of Logz.io from another. Holds no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The origin of the API.
    pub endpoint: String,
    /// The digest of the Security token, with the salt of the state ([`State::salt`]).
    pub token: Option<[u8; 32]>,
}

/// What the state knows of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Its number in the state.
    pub number: AccountNumber,
    /// Its name.
    pub name: String,
    /// The origin of the API; none if the account was never polled.
    pub endpoint: Option<String>,
    /// Where the next fetch starts; none before the first page.
    pub cursor: Option<String>,
    /// When the last poll began, as far as it was written down.
    pub polled: Option<SystemTime>,
    /// When the last poll that succeeded began.
    pub succeeded: Option<SystemTime>,
    /// How many of its incidents the state holds.
    pub incidents: u64,
}

/// A name that stands for another account in the state: its cursor would skip events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherAccount {
    /// The state has the name with this endpoint.
    Endpoint(String),
    /// The state has the name with another token.
    Token,
}

/// A poll that brought no incident: nothing is lost if it is not written down.
#[derive(Clone, Debug)]
pub struct Polled {
    /// Whose.
    pub account: AccountNumber,
    /// When it began.
    pub at: SystemTime,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// The cursor behind it, if it is to be stored.
    pub cursor: Option<String>,
}

const COLUMNS: &str = "number, name, endpoint, cursor, polled, succeeded, \
                       (SELECT count(*) FROM incident WHERE incident.account = account.number)";

impl State {
    /// What the digests of tokens are salted with.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn salt(&self) -> Result<Vec<u8>, StateError> {
        self.database.run(|database| database.query_row("SELECT salt FROM salt", (), |row| row.get(0))).await
    }

    /// The account of a name, which is added if it is not there. A name that stands for another account is refused; a new
    /// token of the same account has to be [accepted](Self::accept_new_token) first.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn account(
        &self,
        name: &str,
        identity: Identity,
    ) -> Result<Result<AccountState, OtherAccount>, StateError> {
        let name = name.to_owned();
        self.database.run(move |database| account(database, &name, &identity)).await
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn accounts(&self) -> Result<Vec<AccountState>, StateError> {
        self.database
            .run(|database| {
                let mut all = database.prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY name"))?;
                all.query_map((), of_row)?.collect()
            })
            .await
    }

    /// Takes the token that the account has at its next poll for one of the same account. False if there is no such account.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn accept_new_token(&self, name: &str) -> Result<bool, StateError> {
        let name = name.to_owned();
        let accept = "UPDATE account SET token = NULL WHERE name = :name";
        self.database.run(move |database| Ok(database.execute(accept, named_params! {":name": name})? > 0)).await
    }

    /// Sets where an account's next fetch starts; none for its first fetch. For no watcher that runs. False if there is no such
    /// account.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn set_cursor(&self, name: &str, cursor: Option<String>) -> Result<bool, StateError> {
        let name = name.to_owned();
        let set = "UPDATE account SET cursor = :cursor, endpoint = NULL, token = NULL, polled = NULL, stored = NULL \
                   WHERE name = :name";
        self.database
            .run(move |database| Ok(database.execute(set, named_params! {":name": name, ":cursor": cursor})? > 0))
            .await
    }

    /// Adds an account with a cursor. False if the name is taken.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn add_account(&self, name: &str, endpoint: &str, cursor: String) -> Result<bool, StateError> {
        let (name, endpoint) = (name.to_owned(), endpoint.to_owned());
        let add = "INSERT OR IGNORE INTO account (name, endpoint, cursor) VALUES (:name, :endpoint, :cursor)";
        self.database
            .run(move |database| {
                let values = named_params! {":name": name, ":endpoint": endpoint, ":cursor": cursor};
                Ok(database.execute(add, values)? > 0)
            })
            .await
    }

    /// Writes down polls without incidents, all of them in one transaction. One that is older than what was stored since changes
    /// nothing: its cursor would go back. If what was stored is of the future, the clock was set back since.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn polled(&self, polls: Vec<Polled>) -> Result<(), StateError> {
        let now = milliseconds(SystemTime::now());
        self.database
            .run(move |database| {
                let mut is_newest = database.prepare_cached(
                    "SELECT polled IS NULL OR polled <= ?2 OR polled > ?3 FROM account WHERE number = ?1",
                )?;
                for poll in &polls {
                    if is_newest.query_row((poll.account.0, milliseconds(poll.at), now), |row| row.get(0))? {
                        polled(database, poll)?;
                    }
                }
                Ok(())
            })
            .await
    }
}

fn account(
    database: &Connection,
    name: &str,
    identity: &Identity,
) -> rusqlite::Result<Result<AccountState, OtherAccount>> {
    database.prepare_cached("INSERT OR IGNORE INTO account (name) VALUES (?1)")?.execute([name])?;
    let mut known = database.prepare_cached("SELECT endpoint, token FROM account WHERE name = ?1")?;
    let (endpoint, token): (Option<String>, Option<[u8; 32]>) =
        known.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if let Some(endpoint) = endpoint.filter(|endpoint| *endpoint != identity.endpoint) {
        return Ok(Err(OtherAccount::Endpoint(endpoint)));
    }
    if token.is_some_and(|token| Some(token) != identity.token) {
        return Ok(Err(OtherAccount::Token));
    }
    let mut learn = database.prepare_cached("UPDATE account SET endpoint = ?2, token = ?3 WHERE name = ?1")?;
    learn.execute((name, &identity.endpoint, identity.token))?;
    let mut found = database.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE name = ?1"))?;
    Ok(Ok(found.query_row([name], of_row)?))
}

pub(super) fn polled(database: &Connection, poll: &Polled) -> rusqlite::Result<()> {
    let at = milliseconds(poll.at);
    let mut statement = database.prepare_cached(
        "UPDATE account SET polled = :at, succeeded = iif(:succeeded, :at, succeeded), cursor = ifnull(:cursor, cursor), \
         stored = iif(:cursor IS NULL, stored, :at) WHERE number = :number",
    )?;
    statement.execute(named_params! {
        ":at": at, ":succeeded": poll.succeeded, ":cursor": poll.cursor, ":number": poll.account.0,
    })?;
    Ok(())
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<AccountState> {
    let moment = |value: Option<i64>| value.map(time);
    Ok(AccountState {
        number: AccountNumber(row.get(0)?),
        name: row.get(1)?,
        endpoint: row.get(2)?,
        cursor: row.get(3)?,
        polled: moment(row.get(4)?),
        succeeded: moment(row.get(5)?),
        incidents: u64::try_from(row.get::<_, i64>(6)?).unwrap_or_default(),
    })
}
