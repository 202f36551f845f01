//! Secrets by reference: a variable, a file, a command or a credential of systemd. None is ever shown.

mod hidden;
mod reference;

pub(crate) use hidden::{Secret, hide};
pub(crate) use reference::SecretReference;
