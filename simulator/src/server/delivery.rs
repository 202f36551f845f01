//! A body on its way, which may never end or end too early.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;

use crate::answer::Ending;
use crate::simulator::Entry;

/// A body on its way, which may never end or end too early. Its length is not
/// known to who sends it, but promised in the head.
pub(crate) struct Delivery {
    body: Option<Bytes>,
    ending: Ending,
    /// What was given so far had a chance to be sent.
    flushed: bool,
    /// Keeps the request counted as under way.
    _entry: Option<Entry>,
}

impl Delivery {
    pub(crate) fn new(body: Bytes, ending: Ending, entry: Option<Entry>) -> Self {
        Self { body: Some(body), ending, flushed: false, _entry: entry }
    }
}

impl http_body::Body for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let some = |bytes: Bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        match (self.body.take(), self.ending) {
            (_, Ending::HangAfterHead | Ending::HangBeforeHead) => Poll::Pending,
            (Some(body), Ending::Complete) if !body.is_empty() => some(body),
            (Some(body), Ending::TruncatedAfter(after) | Ending::ResetAfter(Some(after)))
                if after.min(body.len()) > 0 =>
            {
                some(body.slice(..after.min(body.len())))
            }
            // The server drops what it has not sent when a body fails. It sends
            // when a body makes it wait.
            (_, Ending::TruncatedAfter(_) | Ending::ResetAfter(_)) if !self.flushed => {
                self.flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            (_, Ending::ResetAfter(_)) => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset)))),
            (_, Ending::Complete | Ending::TruncatedAfter(_)) => Poll::Ready(None),
        }
    }
}
