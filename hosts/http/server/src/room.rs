//! The memory that bodies may take together. Knows nothing of what is in them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is counted, in bytes.
const UNIT: usize = 1 << 10;

/// Memory that bodies may take together.
#[derive(Clone)]
pub(crate) struct Room {
    units: Arc<Semaphore>,
    all: usize,
}

/// A part of it, which is free again when this is dropped.
pub(crate) struct Part {
    permit: OwnedSemaphorePermit,
    units: Arc<Semaphore>,
}

impl Room {
    /// As much memory, in bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let all = bytes / UNIT;
        Self { units: Arc::new(Semaphore::new(all)), all }
    }

    /// The part of a body of which nothing has come yet. None if there is no memory left.
    pub(crate) fn part(&self) -> Option<Part> {
        let permit = Arc::clone(&self.units).try_acquire_many_owned(0).ok()?;
        Some(Part { permit, units: Arc::clone(&self.units) })
    }

    /// A body that is there. Waits for others to go, as long as that. A body that is larger than all of the memory waits
    /// for all of it.
    pub(crate) async fn keep(&self, body: Bytes, patience: Duration) -> Option<Bytes> {
        let units = u32::try_from(body.len().div_ceil(UNIT).min(self.all)).ok()?;
        let permit = Arc::clone(&self.units).acquire_many_owned(units);
        let permit = tokio::time::timeout(patience, permit).await.ok()?.ok()?;
        Some(Bytes::from_owner(Kept { body, _permit: permit }))
    }
}

impl Part {
    /// Grows to as many bytes. False if there is no memory left.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let more = bytes.div_ceil(UNIT).saturating_sub(self.permit.num_permits());
        let more = u32::try_from(more).ok().and_then(|more| Arc::clone(&self.units).try_acquire_many_owned(more).ok());
        more.map(|more| self.permit.merge(more)).is_some()
    }

    /// The body, which takes this part for as long as it is anywhere.
    pub(crate) fn of(self, body: Vec<u8>) -> Bytes {
        Bytes::from_owner(Kept { body: body.into(), _permit: self.permit })
    }
}

/// A body with its part of the memory.
struct Kept {
    body: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_share_the_memory_until_the_last_slice_of_each_is_gone() {
        let room = Room::new(4 * UNIT);
        let mut first = room.part().unwrap();
        assert!(first.grow(1) && first.grow(UNIT) && first.grow(3 * UNIT));
        let mut second = room.part().unwrap();
        assert!(second.grow(UNIT) && !second.grow(UNIT + 1));
        let body = first.of(vec![0; 3 * UNIT]);
        let slice = body.slice(..1);
        drop(body);
        assert!(!second.grow(UNIT + 1));
        drop(slice);
        assert!(second.grow(4 * UNIT));
    }

    #[tokio::test]
    async fn a_body_that_is_there_waits_for_others() {
        let room = Room::new(2 * UNIT);
        let wait = Duration::from_millis(1);
        let first = room.keep(Bytes::from(vec![1; 2 * UNIT]), wait).await.unwrap();
        assert!(room.keep(Bytes::from_static(b"a"), wait).await.is_none());
        drop(first);
        assert_eq!(room.keep(Bytes::from(vec![1; 9 * UNIT]), wait).await.unwrap().len(), 9 * UNIT);
    }
}
