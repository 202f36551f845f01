//! The body of a message, and what can go wrong while it is read.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;

/// Any error of a service or of a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request on its way out, and of the response on its way back.
pub type OutgoingBody = UnsyncBoxBody<Bytes, BoxError>;
