//! Incidents: stored with their rows in outboxes and the cursor behind them, and read again.

use std::time::SystemTime;

use rusqlite::{Connection, Row, named_params};

use super::accounts::{self, Polled};
use super::error::StateError;
use super::handle::State;
use super::numbers::{AccountNumber, SinkNumber, milliseconds, time};

/// An incident that was fetched.
#[derive(Clone, Debug)]
pub struct NewIncident {
    /// Its id, unique in the account.
    pub id: String,
    /// When its rule was triggered, as the contract writes times.
    pub occurred: String,
    /// The name of its severity in the contract.
    pub severity: String,
    /// The rule's name.
    pub name: String,
    /// All of it in the contract's JSON form.
    pub json: String,
    /// The sinks that take it.
    pub sinks: Vec<SinkNumber>,
}

/// What a fetch returned.
#[derive(Clone, Debug)]
pub struct Page {
    /// The poll, with the cursor behind the page. A page that is none of the account's own sequence, such as one of a back-fill,
    /// has none.
    pub poll: Option<Polled>,
    /// Whose incidents these are.
    pub account: AccountNumber,
    /// The incidents, oldest first.
    pub incidents: Vec<NewIncident>,
    /// Whether incidents that are stored already go to the sinks once more.
    pub again: bool,
}

/// What became of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// For each incident of the page, whether the state did not hold it.
    pub new: Vec<bool>,
}

/// An incident as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIncident {
    /// Its place among all incidents of the state; rising.
    pub sequence: u64,
    /// The name of its account.
    pub account: String,
    /// When it was stored.
    pub stored: SystemTime,
    /// All of it in the contract's JSON form.
    pub json: String,
}

/// Which stored incidents are meant. Every condition holds.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of this account.
    pub account: Option<String>,
    /// That occurred then or later, as the contract writes times.
    pub since: Option<String>,
    /// That occurred before then.
    pub until: Option<String>,
    /// With a sequence above this one.
    pub after: u64,
    /// At most so many.
    pub limit: u32,
}

impl State {
    /// Stores a page: its incidents, their rows in the outboxes, and the cursor behind it, or nothing of it.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn store(&self, page: Page) -> Result<Stored, StateError> {
        self.database.run(move |database| store(database, &page)).await
    }

    /// Stored incidents in the order of their sequence.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn incidents(&self, selection: Selection) -> Result<Vec<StoredIncident>, StateError> {
        self.database.run(move |database| select(database, &selection)).await
    }

    /// Puts stored incidents into the outbox of a sink, also those that it has acknowledged. Returns how many were not there
    /// already.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn replay(&self, sink: SinkNumber, sequences: Vec<u64>) -> Result<usize, StateError> {
        let now = milliseconds(SystemTime::now());
        self.database
            .run(move |database| {
                let mut added = 0;
                for sequence in sequences {
                    database
                        .prepare_cached("DELETE FROM dead_letter WHERE sink = ?1 AND sequence = ?2")?
                        .execute((sink.0, sequence.cast_signed()))?;
                    added += into_outbox(database, sink, sequence.cast_signed(), now)?;
                }
                Ok(added)
            })
            .await
    }
}

fn store(database: &Connection, page: &Page) -> rusqlite::Result<Stored> {
    let now = milliseconds(SystemTime::now());
    let mut new = Vec::with_capacity(page.incidents.len());
    for incident in &page.incidents {
        let mut insert = database.prepare_cached(
            "INSERT OR IGNORE INTO incident (account, id, occurred, severity, name, stored, json) \
             VALUES (:account, :id, :occurred, :severity, :name, :stored, :json)",
        )?;
        let inserted = insert.execute(named_params! {
            ":account": page.account.0, ":id": incident.id, ":occurred": incident.occurred,
            ":severity": incident.severity, ":name": incident.name, ":stored": now, ":json": incident.json,
        })?;
        let is_new = inserted > 0;
        let sequence = if is_new {
            database.last_insert_rowid()
        } else {
            let mut known = database.prepare_cached("SELECT sequence FROM incident WHERE account = ?1 AND id = ?2")?;
            known.query_row((page.account.0, &incident.id), |row| row.get(0))?
        };
        if is_new || page.again {
            for sink in &incident.sinks {
                into_outbox(database, *sink, sequence, now)?;
            }
        }
        new.push(is_new);
    }
    if let Some(poll) = &page.poll {
        accounts::polled(database, poll)?;
    }
    Ok(Stored { new })
}

fn into_outbox(database: &Connection, sink: SinkNumber, sequence: i64, now: i64) -> rusqlite::Result<usize> {
    let mut insert =
        database.prepare_cached("INSERT OR IGNORE INTO outbox (sink, sequence, since) VALUES (?1, ?2, ?3)")?;
    insert.execute((sink.0, sequence, now))
}

fn select(database: &Connection, selection: &Selection) -> rusqlite::Result<Vec<StoredIncident>> {
    let mut statement = database.prepare_cached(
        "SELECT sequence, account.name, incident.stored, json FROM incident JOIN account ON account.number = incident.account \
         WHERE sequence > :after AND (:account IS NULL OR account.name = :account) \
         AND (:since IS NULL OR occurred >= :since) AND (:until IS NULL OR occurred < :until) \
         ORDER BY sequence LIMIT :limit",
    )?;
    let rows = statement.query_map(
        named_params! {
            ":after": selection.after.cast_signed(), ":account": selection.account, ":since": selection.since,
            ":until": selection.until, ":limit": selection.limit,
        },
        of_row,
    )?;
    rows.collect()
}

/// The columns `sequence`, the account's name, `stored` and `json`.
pub(super) fn of_row(row: &Row<'_>) -> rusqlite::Result<StoredIncident> {
    Ok(StoredIncident {
        sequence: row.get::<_, i64>(0)?.cast_unsigned(),
        account: row.get(1)?,
        stored: time(row.get(2)?),
        json: row.get(3)?,
    })
}
