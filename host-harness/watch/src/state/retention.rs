//! How long incidents are kept: by age and by count, and never less than a sink needs them.

use std::time::{Duration, SystemTime};

use super::error::StateError;
use super::handle::State;
use super::numbers::milliseconds;

/// How many incidents one transaction removes at most: others wait meanwhile.
const TOGETHER: u32 = 1_000;
/// How many pages of the file one transaction gives back.
const PAGES: u32 = 1_000;

/// How long incidents are kept after every sink has taken them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// For so long.
    pub age: Duration,
    /// And at most so many; the oldest go first.
    pub incidents: u64,
}

impl Default for Retention {
    /// 30 days, and 1 000 000 incidents.
    fn default() -> Self {
        Self { age: Duration::from_secs(30 * 86_400), incidents: 1_000_000 }
    }
}

/// What a pass removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// How many incidents.
    pub incidents: usize,
    /// Whether there is more to remove.
    pub more: bool,
}

impl State {
    /// Removes some of what need not be kept, and gives its space back. Never what is in an outbox or a dead letter.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn retain(&self, retention: Retention) -> Result<Removed, StateError> {
        let before = milliseconds(SystemTime::now().checked_sub(retention.age).unwrap_or(SystemTime::UNIX_EPOCH));
        let kept = i64::try_from(retention.incidents).unwrap_or(i64::MAX);
        let removed = self
            .database
            .run(move |database| {
                let mut delete = database.prepare_cached(
                    "DELETE FROM incident WHERE sequence IN ( \
                       SELECT sequence FROM incident WHERE (stored < ?1 OR sequence <= ( \
                         SELECT sequence FROM incident ORDER BY sequence DESC LIMIT 1 OFFSET ?2)) \
                       AND sequence NOT IN (SELECT sequence FROM outbox) \
                       AND sequence NOT IN (SELECT sequence FROM dead_letter) \
                       ORDER BY sequence LIMIT ?3)",
                )?;
                delete.execute((before, kept, TOGETHER))
            })
            .await?;
        let free: i64 = self
            .database
            .run(|database| {
                let mut vacuum = database.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
                let mut rows = vacuum.query(())?;
                while rows.next()?.is_some() {}
                database.query_row("PRAGMA freelist_count", (), |row| row.get(0))
            })
            .await?;
        Ok(Removed { incidents: removed, more: removed >= TOGETHER as usize || free > 0 })
    }
}
