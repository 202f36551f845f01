//! The tables of the state, their version, and the way from an older version to this one. Knows no incident.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Marks a database as a state of `watch`: "LSoW".
const APPLICATION_ID: i32 = 0x4c53_6f57;

/// Each entry takes the state from one version to the next; the first makes a new one. Never change an entry that was released.
const VERSIONS: &[&str] = &["
    -- One row: what the digests of tokens are salted with.
    CREATE TABLE salt (salt BLOB NOT NULL);

    CREATE TABLE account (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        -- The origin of the API, and the salted digest of the token; a token of none is taken as it comes.
        endpoint TEXT,
        token BLOB,
        -- Where the next fetch starts; none before the first page.
        cursor TEXT,
        -- Milliseconds since 1970: the last poll, the last one that succeeded, and when the cursor was stored.
        polled INTEGER,
        succeeded INTEGER,
        stored INTEGER
    );

    CREATE TABLE incident (
        -- Rising, and never used twice.
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        account INTEGER NOT NULL REFERENCES account (number),
        id TEXT NOT NULL,
        occurred TEXT NOT NULL,
        severity TEXT NOT NULL,
        name TEXT NOT NULL,
        stored INTEGER NOT NULL,
        -- The contract's JSON form.
        json TEXT NOT NULL,
        UNIQUE (account, id)
    );
    CREATE INDEX incident_stored ON incident (stored);

    CREATE TABLE sink (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

    -- What a sink has not acknowledged.
    CREATE TABLE outbox (
        -- The number of a delivery: rising, never used twice, and higher in a newer state. What is sent again on purpose
        -- gets a new one.
        delivery INTEGER PRIMARY KEY AUTOINCREMENT,
        sink INTEGER NOT NULL REFERENCES sink (number),
        sequence INTEGER NOT NULL REFERENCES incident (sequence),
        tries INTEGER NOT NULL DEFAULT 0,
        since INTEGER NOT NULL,
        UNIQUE (sink, sequence)
    );
    CREATE INDEX outbox_order ON outbox (sink, delivery);
    CREATE INDEX outbox_sequence ON outbox (sequence);
    INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', unixepoch() * 1000);

    -- What a sink never takes.
    CREATE TABLE dead_letter (
        sink INTEGER NOT NULL REFERENCES sink (number),
        sequence INTEGER NOT NULL REFERENCES incident (sequence),
        tries INTEGER NOT NULL,
        why TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (sink, sequence)
    ) WITHOUT ROWID;
    CREATE INDEX dead_letter_sequence ON dead_letter (sequence);
"];

/// What a database is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A state of this version, or of an older one that is now of this one.
    Usable,
    /// A state of a newer version.
    Newer(i64),
    /// Something else.
    Foreign,
}

/// The newest version.
pub(super) fn newest() -> i64 {
    i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX)
}

/// Brings a database to the newest version, in one transaction.
pub(super) fn migrate(database: &mut Connection) -> rusqlite::Result<Found> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |transaction: &Transaction<'_>, pragma: &str| -> rusqlite::Result<i64> {
        transaction.query_row(&format!("PRAGMA {pragma}"), (), |row| row.get(0))
    };
    let is_empty = transaction.query_row("SELECT count(*) = 0 FROM sqlite_schema", (), |row| row.get::<_, bool>(0))?;
    if !is_empty && number(&transaction, "application_id")? != i64::from(APPLICATION_ID) {
        return Ok(Found::Foreign);
    }
    let version = if is_empty { 0 } else { number(&transaction, "user_version")? };
    if version > newest() {
        return Ok(Found::Newer(version));
    }
    if version < newest() {
        for step in VERSIONS.iter().skip(usize::try_from(version).unwrap_or_default()) {
            transaction.execute_batch(step)?;
        }
        if is_empty {
            transaction.execute("INSERT INTO salt (salt) VALUES (randomblob(16))", ())?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", newest())?;
    }
    transaction.commit()?;
    Ok(Found::Usable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_gets_the_newest_version_and_keeps_it() {
        let mut database = Connection::open_in_memory().unwrap();
        assert_eq!(migrate(&mut database).unwrap(), Found::Usable);
        let salt =
            |database: &Connection| database.query_row("SELECT salt FROM salt", (), |row| row.get::<_, Vec<u8>>(0));
        let first = salt(&database).unwrap();
        assert_eq!(first.len(), 16);
        assert_eq!(migrate(&mut database).unwrap(), Found::Usable);
        assert_eq!(salt(&database).unwrap(), first);
    }

    #[test]
    fn a_newer_version_and_a_foreign_database_stay_as_they_are() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate(&mut database).unwrap();
        database.pragma_update(None, "user_version", newest() + 1).unwrap();
        assert_eq!(migrate(&mut database).unwrap(), Found::Newer(newest() + 1));

        let mut database = Connection::open_in_memory().unwrap();
        database.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
        assert_eq!(migrate(&mut database).unwrap(), Found::Foreign);
        let tables = database.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get::<_, i64>(0));
        assert_eq!(tables.unwrap(), 1);
    }
}
