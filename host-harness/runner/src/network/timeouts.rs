//! How long a request may take.

use std::time::Duration;

/// The time limits that the component asks for; none where it does not.
#[derive(Clone, Copy, Default)]
pub(crate) struct Timeouts {
    pub(crate) connect: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
}
