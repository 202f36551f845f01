//! Why a URL is not allowed to requests.

use std::fmt;

/// A URL that cannot be an endpoint of Logz.io. The text says what can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableUrl(pub(crate) String);

impl fmt::Display for UnusableUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be an endpoint: give an https URL, or http on a loopback address", self.0)
    }
}

impl std::error::Error for UnusableUrl {}
