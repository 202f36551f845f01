//! The rules of [`diagnostics`](crate::diagnostics), broken.

use crate::contract::{Check, Error, Outcome};
use crate::logzio::client::Client;
use crate::mutations::answer::answered;
use crate::mutations::mutation::{Mutation, is};
use chrono::{DateTime, Utc};

/// See [`check`](crate::diagnostics::check).
///
/// # Errors
/// As there, unless a mutation has another.
pub fn check(client: &Client, now: DateTime<Utc>) -> Result<Vec<Check>, Error> {
    let mut answer = answered(client, crate::diagnostics::check(client, now));
    if let Ok(checks) = &mut answer {
        if is(Mutation::SecondTokenUnchecked) {
            checks.retain(|check| !check.name.starts_with("operations token"));
        }
        for check in checks {
            let outcome = &mut check.outcome;
            match outcome {
                Outcome::Failed(_) if is(Mutation::FailedChecksPass) => {
                    *outcome = Outcome::Passed("it works".into());
                }
                Outcome::Skipped(why) if is(Mutation::UnsetTokenFails) => {
                    *outcome = Outcome::Failed(Error::InvalidConnection(why.clone()));
                }
                _ => {}
            }
        }
    }
    answer
}
