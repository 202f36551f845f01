//! The thread that the database lives on, so that no disk keeps the poller waiting. What waits at the same time is one
//! transaction, and so one sync of the disk. It knows no tables.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::{StateError, StateFault};
use super::file;

/// How many pieces of work one transaction takes at most.
const TOGETHER: usize = 256;

/// Sends work to the thread, which ends when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Database {
    work: Sender<Box<dyn Work>>,
    file: PathBuf,
    observer: Option<Observer>,
}

/// Learns what became of each piece of work.
pub(super) type Observer = Arc<dyn Fn(Option<&StateError>) + Send + Sync>;

/// A piece of work: done within a transaction, and answered when that is on the disk.
trait Work: Send {
    fn run(&mut self, database: &Connection) -> Result<(), StateError>;
    fn answer(self: Box<Self>, outcome: Result<(), StateError>);
}

struct Asked<T, F> {
    run: Option<F>,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, StateError>>,
    file: PathBuf,
}

impl<T, F> Work for Asked<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, database: &Connection) -> Result<(), StateError> {
        let Some(run) = self.run.take() else { return Ok(()) };
        self.value = Some(run(database).map_err(|error| StateError::of_sqlite(&self.file, &error))?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StateError>) {
        let Self { value, answer, file, .. } = *self;
        let missing = || StateError::new(StateFault::Unusable, &file, "the work was not done");
        // Whoever asked may be gone.
        let _ = answer.send(outcome.and_then(|()| value.ok_or_else(missing)));
    }
}

impl Database {
    /// Opens the database and starts its thread.
    pub(super) fn start(file: PathBuf, make: bool) -> Result<Self, StateError> {
        let database = file::open(&file, make)?;
        let (work, waiting) = channel();
        let mut thread = Thread { file: file.clone(), database: Some(database) };
        std::thread::Builder::new()
            .name("state".into())
            .spawn(move || thread.run(&waiting))
            .map_err(|error| StateError::new(StateFault::Unusable, &file, error.to_string()))?;
        Ok(Self { work, file, observer: None })
    }

    /// Does some work in a transaction. Once this returns `Ok`, it is on the disk; after an error, nothing of it is.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StateError> {
        let (answer, answered) = oneshot::channel();
        let gone = || StateError::new(StateFault::Unusable, &self.file, "its thread ended");
        let asked = Asked { run: Some(run), value: None, answer, file: self.file.clone() };
        self.work.send(Box::new(asked)).map_err(|_| gone())?;
        let outcome = answered.await.unwrap_or_else(|_| Err(gone()));
        if let Some(observer) = &self.observer {
            observer(outcome.as_ref().err());
        }
        outcome
    }

    pub(super) fn observed(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    pub(super) fn file(&self) -> &std::path::Path {
        &self.file
    }
}

struct Thread {
    file: PathBuf,
    /// None after a failure that may have left it unusable: it is opened again for the next work.
    database: Option<Connection>,
}

impl Thread {
    fn run(&mut self, waiting: &Receiver<Box<dyn Work>>) {
        while let Ok(first) = waiting.recv() {
            let mut together = vec![first];
            together.extend(waiting.try_iter().take(TOGETHER - 1));
            self.together(together);
        }
        // The write-ahead log becomes part of the database.
        drop(self.database.take());
    }

    fn together(&mut self, mut works: Vec<Box<dyn Work>>) {
        let mut outcomes = Vec::with_capacity(works.len());
        let done = self.transaction(&mut works, &mut outcomes);
        if let Err(error) = &done
            && error.fault() != StateFault::Locked
        {
            self.database = None;
        }
        let mut outcomes = outcomes.into_iter();
        for work in works {
            let own = outcomes.next().unwrap_or(Ok(()));
            // Work that failed by itself keeps its own error.
            work.answer(own.and_then(|()| done.clone()));
        }
    }

    fn transaction(
        &mut self,
        works: &mut [Box<dyn Work>],
        outcomes: &mut Vec<Result<(), StateError>>,
    ) -> Result<(), StateError> {
        let file = self.file.clone();
        let failed = |error: &rusqlite::Error| StateError::of_sqlite(&file, error);
        let database = match &mut self.database {
            Some(database) => database,
            none => none.insert(file::open(&file, false)?),
        };
        let mut transaction =
            database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| failed(&error))?;
        for work in works {
            let savepoint = transaction.savepoint().map_err(|error| failed(&error))?;
            let outcome = work.run(&savepoint);
            let lost = outcome.as_ref().err().filter(|_| savepoint.is_autocommit()).cloned();
            if let Some(error) = lost {
                // SQLite gave the whole transaction up.
                outcomes.push(outcome);
                std::mem::forget(savepoint);
                return Err(error);
            }
            if outcome.is_ok() {
                savepoint.commit().map_err(|error| failed(&error))?;
            }
            // Else it is rolled back as it is dropped.
            outcomes.push(outcome);
        }
        transaction.commit().map_err(|error| failed(&error))
    }
}
