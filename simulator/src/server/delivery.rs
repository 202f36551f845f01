//! A body on its way, which may never end or end too early.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;

use crate::answer::Ending;
use crate::body::Body;
use crate::simulator::Entry;

/// A body on its way, which may never end or end too early. Its length is not
/// known to who sends it, but promised in the head where it is known before.
pub(crate) struct Delivery {
    chunks: Box<dyn Iterator<Item = Bytes> + Send + Sync + Unpin>,
    /// How many bytes still arrive, unless all of them do.
    left: usize,
    ending: Ending,
    /// What was given so far had a chance to be sent.
    flushed: bool,
    /// Keeps the request counted as under way.
    _entry: Option<Entry>,
}

impl Delivery {
    pub(crate) fn new(body: Body, ending: Ending, entry: Option<Entry>) -> Self {
        let left = match ending {
            Ending::Complete => usize::MAX,
            Ending::TruncatedAfter(after) => after,
            Ending::ResetAfter(after) => after.unwrap_or_default(),
            Ending::HangBeforeHead | Ending::HangAfterHead => 0,
        };
        Self { chunks: Box::new(body.chunks()), left, ending, flushed: false, _entry: entry }
    }
}

impl http_body::Body for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if matches!(self.ending, Ending::HangAfterHead | Ending::HangBeforeHead) {
            return Poll::Pending;
        }
        if self.left > 0
            && let Some(mut chunk) = self.chunks.next()
        {
            chunk.truncate(self.left);
            self.left -= chunk.len();
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        // The server drops what it has not sent when a body fails. It sends
        // when a body makes it wait.
        if self.ending != Ending::Complete && !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.ending {
            Ending::ResetAfter(_) => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset)))),
            _ => Poll::Ready(None),
        }
    }
}
