//! The body of a response, held to a length and to a pace, and without trailers, which no component of the contract reads
//! and which have no limit.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;
use wasmtime_wasi_http::Error;

use super::reported::reported;
use logzio_soar_network::{OutgoingBody, cause_of_body};

/// A body that fails if it is longer than its limit, pauses for too long, or is shorter than announced.
pub(super) struct CappedBody {
    inner: OutgoingBody,
    /// How many bytes may still come.
    left: u64,
    /// How many of the announced bytes are missing.
    promised: Option<u64>,
    longest_pause: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl CappedBody {
    /// A body of at most `limit` bytes. The permit is released when the body is dropped.
    pub(super) fn new(
        inner: OutgoingBody,
        limit: u64,
        promised: Option<u64>,
        longest_pause: Option<Duration>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self { inner, left: limit, promised, longest_pause, timer: None, _permit: permit }
    }

    fn count(&mut self, length: u64) -> Result<(), Error> {
        self.left = self.left.checked_sub(length).ok_or(Error::HttpResponseBodySize(None))?;
        self.promised = self.promised.map(|promised| promised.saturating_sub(length));
        Ok(())
    }

    fn end(&mut self) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.promised.take() {
            // The HTTP client reports this itself; a service in this process does not.
            Some(missing) if missing > 0 => Poll::Ready(Some(Err(Error::HttpResponseIncomplete))),
            _ => Poll::Ready(None),
        }
    }
}

impl Body for CappedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.timer = None;
                // Trailers are the last frame.
                let Some(length) = frame.data_ref().map(|data| data.len() as u64) else { return self.end() };
                Poll::Ready(Some(self.count(length).map(|()| frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(reported(cause_of_body(&*error))))),
            Poll::Ready(None) => self.end(),
            Poll::Pending => {
                let Some(longest) = self.longest_pause else { return Poll::Pending };
                let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(longest)));
                match timer.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(Some(Err(Error::ConnectionReadTimeout))),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}
