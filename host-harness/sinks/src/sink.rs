//! What a sink does, and why it did not.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::envelope::Envelope;

/// Somewhere that incidents go. Open, with what it needs to deliver.
///
/// A sink keeps nothing: what was not taken has to be delivered again. It may be dropped at any time.
#[async_trait]
pub trait Sink: Send {
    /// How many incidents one delivery can hold, at least 1.
    fn most_at_once(&self) -> usize;

    /// Delivers incidents, in order. Done when they are safe: synced to the disk, or acknowledged by who answers.
    ///
    /// At most [`Sink::most_at_once`] of them: more are delivered in several parts, of which the first may be delivered and the
    /// next not.
    ///
    /// # Errors
    /// Why they were not taken. Then some of them may have arrived all the same, such as when a connection broke before the
    /// answer came. A batch that is refused may be so for one of its incidents: to find it, deliver each alone.
    async fn deliver(&mut self, batch: &[Envelope]) -> Result<(), Undelivered>;
}

/// Why incidents were not taken. The texts end with the remedy, and hold no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// It may work later, or once something outside of the incidents was put right.
    Later {
        /// What happened.
        why: String,
        /// How long the other side asks to wait, at most an hour.
        after: Option<Duration>,
    },
    /// They will never be taken as they are.
    Refused {
        /// What is wrong with them.
        why: String,
    },
}

impl Undelivered {
    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None }
    }

    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused { why: why.into() }
    }

    /// What happened.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Later { why, .. } | Self::Refused { why } => why,
        }
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl std::error::Error for Undelivered {}
