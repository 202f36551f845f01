//! How long a request may take.

use std::time::Duration;

/// The time limits that the component asks for; none where it does not.
#[derive(Clone, Copy, Default)]
pub struct Timeouts {
    /// For name resolution, TCP, a proxy and TLS together.
    pub connect: Option<Duration>,
    /// Until the head of the response.
    pub first_byte: Option<Duration>,
}
