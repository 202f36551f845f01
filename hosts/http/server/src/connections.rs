//! The open connections: how many there may be, and which one is closed for a new one. Knows neither requests nor sockets.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::activity::{Activity, Doing};

/// How long a client may take for a body or a response before its connection can be closed for another one. Clients that
/// keep a connection without a request on it have no such time.
const HEAD_START: Duration = Duration::from_secs(2);
/// When a connection whose request is carried out is looked at again.
const AT_WORK: Duration = Duration::from_millis(100);

/// The open connections.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Mutex<Open>>);

struct Open {
    next: u64,
    all: HashMap<u64, Entry>,
    /// For any request.
    any: Places,
    /// For documents, such as the health.
    documents: Places,
}

struct Entry {
    activity: Arc<Activity>,
    purpose: Purpose,
    /// Its key in the queue of its places.
    key: Instant,
}

/// Places of one purpose.
struct Places {
    most: usize,
    /// The connections that take them, by when each may be closed, as far as is known: what it does may have changed since.
    queue: BTreeSet<(Instant, u64)>,
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
    /// So many places for connections with any request, and so many more for documents.
    pub(crate) fn new(most: usize, spare: usize) -> Self {
        let places = |most| Places { most, queue: BTreeSet::new() };
        let (any, documents) = (places(most), places(spare));
        Self(Arc::new(Mutex::new(Open { next: 0, all: HashMap::new(), any, documents })))
    }

    /// A place for a new connection; none if all have requests in progress, and the spare ones, too. Closes the connection
    /// whose client is waited for the longest, if there is no other place.
    pub(crate) fn admit(&self) -> Option<Admitted> {
        let mut open = self.open();
        let purpose = [Purpose::Any, Purpose::Document].into_iter().find(|purpose| open.has_place(*purpose))?;
        let (number, activity, key) = (open.next, Arc::new(Activity::new()), Instant::now());
        open.next += 1;
        open.places(purpose).queue.insert((key, number));
        open.all.insert(number, Entry { activity: Arc::clone(&activity), purpose, key });
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
    fn places(&mut self, purpose: Purpose) -> &mut Places {
        match purpose {
            Purpose::Any => &mut self.any,
            Purpose::Document => &mut self.documents,
        }
    }

    fn has_place(&mut self, purpose: Purpose) -> bool {
        let places = self.places(purpose);
        places.queue.len() < places.most || self.close_one(purpose)
    }

    /// False if there is none that may be closed.
    fn close_one(&mut self, purpose: Purpose) -> bool {
        let now = Instant::now();
        while let Some((key, number)) = self.places(purpose).queue.first().copied().filter(|(key, _)| *key <= now) {
            self.places(purpose).queue.pop_first();
            let Some(entry) = self.all.get_mut(&number) else { continue };
            let from = match entry.activity.since() {
                (Doing::Idle, since) => since,
                (Doing::Receive | Doing::Send, since) => since + HEAD_START,
                (Doing::Work, _) => now + AT_WORK,
            };
            if from <= key {
                entry.activity.close();
                self.all.remove(&number);
                return true;
            }
            entry.key = from;
            self.places(purpose).queue.insert((from, number));
        }
        false
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        if let Some(entry) = open.all.remove(&self.number) {
            open.places(entry.purpose).queue.remove(&(entry.key, self.number));
        }
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
        // It was at work a moment ago, and is looked at again.
        tokio::time::sleep(AT_WORK).await;
        let another = connections.admit().unwrap();
        assert!(another.purpose == Purpose::Document && is_closed(&document).await);
        drop(working);
        assert_eq!(connections.admit().unwrap().purpose, Purpose::Any);
    }

    #[tokio::test]
    async fn what_has_ended_takes_no_place() {
        let connections = Connections::new(2, 1);
        for _ in 0..100 {
            drop(admit(&connections, Doing::Work));
        }
        let open = connections.open();
        assert!(open.all.is_empty() && open.any.queue.is_empty() && open.documents.queue.is_empty());
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
