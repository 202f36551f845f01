//! Dead letters: incidents that a sink will not take as they are. They stay until someone replays or drops them.

use std::time::SystemTime;

use super::error::StateError;
use super::handle::State;
use super::incidents::{self, StoredIncident};
use super::numbers::{SinkNumber, milliseconds, time};

/// An incident that a sink will not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The incident.
    pub incident: StoredIncident,
    /// The sink.
    pub sink: String,
    /// How many times its delivery failed.
    pub tries: u32,
    /// Why, as the sink says it.
    pub why: String,
    /// Since when it is one.
    pub since: SystemTime,
}

impl State {
    /// Moves a delivery from its sink's outbox to the dead letters.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn bury(&self, delivery: u64, why: String) -> Result<(), StateError> {
        let (delivery, now) = (delivery.cast_signed(), milliseconds(SystemTime::now()));
        self.database
            .run(move |database| {
                let mut insert = database.prepare_cached(
                    "INSERT OR REPLACE INTO dead_letter (sink, sequence, tries, why, since) \
                     SELECT sink, sequence, tries + 1, ?2, ?3 FROM outbox WHERE delivery = ?1",
                )?;
                insert.execute((delivery, why, now))?;
                database.prepare_cached("DELETE FROM outbox WHERE delivery = ?1")?.execute([delivery])?;
                Ok(())
            })
            .await
    }

    /// The dead letters of a sink, or of all: by the sequence of the incident and the name of the sink, those behind such a pair,
    /// and at most so many.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn dead_letters(
        &self,
        sink: Option<String>,
        after: Option<(u64, String)>,
        most: usize,
    ) -> Result<Vec<DeadLetter>, StateError> {
        let (sequence, name) = after.unwrap_or_default();
        self.database
            .run(move |database| {
                let mut statement = database.prepare_cached(
                    "SELECT incident.sequence, account.name, incident.stored, json, sink.name, tries, why, dead_letter.since \
                     FROM dead_letter JOIN sink ON sink.number = dead_letter.sink \
                     JOIN incident ON incident.sequence = dead_letter.sequence \
                     JOIN account ON account.number = incident.account \
                     WHERE (?1 IS NULL OR sink.name = ?1) AND (incident.sequence, sink.name) > (?2, ?3) \
                     ORDER BY incident.sequence, sink.name LIMIT ?4",
                )?;
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                let rows = statement.query_map((sink, sequence.cast_signed(), name, most), |row| {
                    Ok(DeadLetter {
                        incident: incidents::of_row(row)?,
                        sink: row.get(4)?,
                        tries: row.get(5)?,
                        why: row.get(6)?,
                        since: time(row.get(7)?),
                    })
                })?;
                rows.collect()
            })
            .await
    }

    /// Puts the dead letters of a sink back into its outbox. Returns how many.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn revive(&self, sink: SinkNumber) -> Result<usize, StateError> {
        let now = milliseconds(SystemTime::now());
        self.database
            .run(move |database| {
                let revive = "INSERT OR IGNORE INTO outbox (sink, sequence, since) \
                              SELECT sink, sequence, ?2 FROM dead_letter WHERE sink = ?1 ORDER BY sequence";
                let revived = database.execute(revive, (sink.0, now))?;
                database.execute("DELETE FROM dead_letter WHERE sink = ?1", [sink.0])?;
                Ok(revived)
            })
            .await
    }

    /// Drops the dead letters of a sink for good. Returns how many.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn drop_dead_letters(&self, sink: SinkNumber) -> Result<usize, StateError> {
        self.database.run(move |database| database.execute("DELETE FROM dead_letter WHERE sink = ?1", [sink.0])).await
    }
}
