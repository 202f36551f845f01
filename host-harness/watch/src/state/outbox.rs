//! Outboxes: what each sink has not acknowledged, in the order of the incidents.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension};

use super::error::StateError;
use super::handle::State;
use super::incidents::{self, StoredIncident};
use super::numbers::{SinkNumber, time};

/// An incident that a sink has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The number of the delivery: rising, and never used twice.
    pub delivery: u64,
    /// The incident.
    pub incident: StoredIncident,
    /// How many times its delivery failed.
    pub tries: u32,
    /// Since when it waits.
    pub since: SystemTime,
}

/// How much waits for a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxSize {
    /// The sink.
    pub sink: String,
    /// How many incidents wait for it.
    pub waiting: u64,
    /// Since when the first of them waits.
    pub since: Option<SystemTime>,
    /// How many it will never take.
    pub dead_letters: u64,
}

impl State {
    /// The sink of a name, which is added if it is not there.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn sink(&self, name: &str) -> Result<SinkNumber, StateError> {
        let name = name.to_owned();
        self.database
            .run(move |database| {
                database.prepare_cached("INSERT OR IGNORE INTO sink (name) VALUES (?1)")?.execute([&name])?;
                let mut found = database.prepare_cached("SELECT number FROM sink WHERE name = ?1")?;
                found.query_row([&name], |row| Ok(SinkNumber(row.get(0)?)))
            })
            .await
    }

    /// The sink of a name, if the state knows it.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn known_sink(&self, name: &str) -> Result<Option<SinkNumber>, StateError> {
        let name = name.to_owned();
        self.database.run(move |database| number_of(database, &name)).await
    }

    /// The deliveries that wait for a sink, in order: at most so many, and no further one once they have so many bytes.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn waiting(&self, sink: SinkNumber, most: usize, bytes: usize) -> Result<Vec<Waiting>, StateError> {
        self.database
            .run(move |database| {
                let mut statement = database.prepare_cached(
                    "SELECT incident.sequence, account.name, incident.stored, json, delivery, tries, outbox.since FROM outbox \
                     JOIN incident ON incident.sequence = outbox.sequence \
                     JOIN account ON account.number = incident.account \
                     WHERE sink = ?1 ORDER BY delivery LIMIT ?2",
                )?;
                let mut rows = statement.query((sink.0, i64::try_from(most).unwrap_or(i64::MAX)))?;
                let (mut waiting, mut read) = (Vec::new(), 0);
                while read < bytes
                    && let Some(row) = rows.next()?
                {
                    let incident = incidents::of_row(row)?;
                    read += incident.json.len();
                    let delivery = row.get::<_, i64>(4)?.cast_unsigned();
                    waiting.push(Waiting { delivery, incident, tries: row.get(5)?, since: time(row.get(6)?) });
                }
                Ok(waiting)
            })
            .await
    }

    /// The sink has taken these deliveries.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn acknowledged(&self, deliveries: Vec<u64>) -> Result<(), StateError> {
        self.database
            .run(move |database| {
                let mut delete = database.prepare_cached("DELETE FROM outbox WHERE delivery = ?1")?;
                deliveries.iter().try_for_each(|delivery| delete.execute([delivery.cast_signed()]).map(|_| ()))
            })
            .await
    }

    /// This delivery failed once more.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn tried(&self, delivery: u64) -> Result<(), StateError> {
        self.database
            .run(move |database| {
                let mut tried = database.prepare_cached("UPDATE outbox SET tries = tries + 1 WHERE delivery = ?1")?;
                tried.execute([delivery.cast_signed()])?;
                Ok(())
            })
            .await
    }

    /// How much waits for each sink, by name.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn outboxes(&self) -> Result<Vec<OutboxSize>, StateError> {
        self.database
            .run(|database| {
                let mut statement = database.prepare_cached(
                    "SELECT name, (SELECT count(*) FROM outbox WHERE sink = number), \
                     (SELECT since FROM outbox WHERE sink = number ORDER BY delivery LIMIT 1), \
                     (SELECT count(*) FROM dead_letter WHERE sink = number) FROM sink ORDER BY name",
                )?;
                let count = |value: i64| u64::try_from(value).unwrap_or_default();
                let rows = statement.query_map((), |row| {
                    Ok(OutboxSize {
                        sink: row.get(0)?,
                        waiting: count(row.get(1)?),
                        since: row.get::<_, Option<i64>>(2)?.map(time),
                        dead_letters: count(row.get(3)?),
                    })
                })?;
                rows.collect()
            })
            .await
    }

    /// Forgets what waits for a sink, and what it refused. Returns how many incidents it will not get. For no watcher that runs.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn empty_outbox(&self, sink: SinkNumber) -> Result<usize, StateError> {
        self.database
            .run(move |database| {
                let waiting = database.execute("DELETE FROM outbox WHERE sink = ?1", [sink.0])?;
                Ok(waiting + database.execute("DELETE FROM dead_letter WHERE sink = ?1", [sink.0])?)
            })
            .await
    }
}

pub(super) fn number_of(database: &Connection, name: &str) -> rusqlite::Result<Option<SinkNumber>> {
    let mut found = database.prepare_cached("SELECT number FROM sink WHERE name = ?1")?;
    found.query_row([name], |row| Ok(SinkNumber(row.get(0)?))).optional()
}
