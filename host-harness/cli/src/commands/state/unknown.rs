//! Names that the state does not have.

use crate::failure::Failure;

pub(super) fn no_account(name: &str) -> Failure {
    Failure::Usage(format!("the state has no account {name}: see `logzio-soar state list` for those that it has"))
}

pub(super) fn no_sink(name: &str) -> Failure {
    Failure::Usage(format!("the state has no sink {name}: see `logzio-soar state list` for those that it has"))
}
