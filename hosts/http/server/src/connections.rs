//! The open connections: how many there may be, and which one is closed for a new one. Knows neither requests nor sockets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::activity::{Activity, Doing};

/// How long a client may take for a body or a response before its connection can be closed for another one. Clients that
/// keep a connection without a request on it have no such time.
const HEAD_START: Duration = Duration::from_secs(1);

/// The open connections.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Mutex<Open>>);

struct Open {
    /// How many there may be for any request.
    most: usize,
    /// How many more there may be for documents, such as the health.
    spare: usize,
    next: u64,
    /// By age.
    all: BTreeMap<u64, (Arc<Activity>, Purpose)>,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Any request.
    Any,
    /// One request of a document: all other connections have calls in progress.
    Document,
}

/// A connection that may be served. Its place is free again when this is dropped.
pub(crate) struct Admitted {
    pub(crate) activity: Arc<Activity>,
    pub(crate) purpose: Purpose,
    number: u64,
    connections: Connections,
}

impl Connections {
    pub(crate) fn new(most: usize, spare: usize) -> Self {
        Self(Arc::new(Mutex::new(Open { most, spare, next: 0, all: BTreeMap::new() })))
    }

    /// A place for a new connection; none if all have requests in progress, and the spare ones, too. Closes the connection
    /// whose client is waited for the longest, if there is no other place.
    pub(crate) fn admit(&self) -> Option<Admitted> {
        let mut open = self.open();
        let purpose = if open.has_place(Purpose::Any) {
            Purpose::Any
        } else if open.has_place(Purpose::Document) {
            Purpose::Document
        } else {
            return None;
        };
        let (number, activity) = (open.next, Arc::new(Activity::new()));
        open.next += 1;
        open.all.insert(number, (Arc::clone(&activity), purpose));
        drop(open);
        Some(Admitted { activity, purpose, number, connections: self.clone() })
    }

    /// Closes the connection whose client is waited for the longest, if there is one.
    pub(crate) fn close_one(&self) {
        let _ = self.open().close_one(Purpose::Any);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn has_place(&mut self, purpose: Purpose) -> bool {
        let most = if purpose == Purpose::Any { self.most } else { self.spare };
        let used = self.all.values().filter(|(_, of)| *of == purpose).count();
        used < most || self.close_one(purpose)
    }

    /// False if there is none that may be closed.
    fn close_one(&mut self, purpose: Purpose) -> bool {
        let waits = |activity: &Activity| match activity.now() {
            (Doing::Idle, waited) => Some((true, waited)),
            (Doing::Receive | Doing::Send, waited) if waited >= HEAD_START => Some((false, waited)),
            _ => None,
        };
        let of_purpose = self.all.iter().filter(|(_, (_, of))| *of == purpose);
        let waiting = of_purpose.filter_map(|(number, (activity, _))| Some((waits(activity)?, *number)));
        let Some((_, number)) = waiting.max_by_key(|(wait, _)| *wait) else { return false };
        if let Some((activity, _)) = self.all.remove(&number) {
            activity.close();
        }
        true
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.open().all.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a connection was asked to close.
    async fn is_closed(admitted: &Admitted) -> bool {
        tokio::time::timeout(Duration::from_millis(1), admitted.activity.closed()).await.is_ok()
    }

    fn admit(connections: &Connections, doing: Doing) -> Admitted {
        let admitted = connections.admit().unwrap();
        admitted.activity.set(doing);
        admitted
    }

    #[tokio::test]
    async fn the_connection_that_is_idle_the_longest_is_closed_for_a_new_one() {
        let connections = Connections::new(3, 1);
        let working = admit(&connections, Doing::Work);
        let idle = admit(&connections, Doing::Idle);
        let newer = admit(&connections, Doing::Idle);
        // It has had a request since.
        tokio::time::sleep(Duration::from_millis(2)).await;
        idle.activity.set(Doing::Idle);
        let another = admit(&connections, Doing::Work);
        assert_eq!(another.purpose, Purpose::Any);
        assert!(is_closed(&newer).await);
        assert!(!is_closed(&idle).await && !is_closed(&working).await);
    }

    #[tokio::test]
    async fn where_all_have_requests_there_is_a_place_for_documents() {
        let connections = Connections::new(2, 1);
        let working = [admit(&connections, Doing::Work), admit(&connections, Doing::Send)];
        let document = admit(&connections, Doing::Work);
        assert_eq!(document.purpose, Purpose::Document);
        assert!(connections.admit().is_none());
        document.activity.set(Doing::Idle);
        let another = connections.admit().unwrap();
        assert!(another.purpose == Purpose::Document && is_closed(&document).await);
        drop(working);
        assert_eq!(connections.admit().unwrap().purpose, Purpose::Any);
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_loses_its_place() {
        let connections = Connections::new(1, 1);
        let slow = admit(&connections, Doing::Send);
        tokio::time::sleep(HEAD_START).await;
        assert_eq!(connections.admit().unwrap().purpose, Purpose::Any);
        assert!(is_closed(&slow).await);
    }
}
