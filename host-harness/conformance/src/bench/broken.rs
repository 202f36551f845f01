//! Why a case failed, and the checks that say so.

use serde_json::Value;

use crate::matcher;

/// Why a case failed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

impl From<String> for Broken {
    fn from(why: String) -> Self {
        Self(why)
    }
}

impl From<&str> for Broken {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// Fails the case unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($why:tt)+) => {
        if !$condition {
            return Err($crate::bench::Broken(format!($($why)+)));
        }
    };
}
pub(crate) use ensure;

/// Checks a value against what a case expects of it.
pub(crate) fn expect(expected: &Value, found: &Value) -> Result<(), Broken> {
    matcher::check(expected, found).map_err(Broken)
}
