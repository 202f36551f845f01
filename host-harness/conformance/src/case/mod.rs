//! A case: what it proves, and how it is carried out. It does not know which cases there are.

mod code;
mod data;
mod entry;
mod kind;
mod template;

pub(crate) use code::{CodeCase, code_case};
pub(crate) use data::DataCase;
pub use entry::Case;
pub(crate) use kind::Kind;
