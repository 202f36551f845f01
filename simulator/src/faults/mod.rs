//! Faults: which requests go wrong, and how. `plan_text` reads a `plan` of
//! `fault`s; `edit` changes the JSON of an answer.
//!
//! Must not know what an endpoint answers when all is well.

mod edit;
mod fault;
mod plan;
mod plan_text;
mod token_encoding;

pub use fault::Fault;
pub(crate) use fault::Occasion;
pub(crate) use plan::FaultState;
pub use plan::{FaultPlan, FaultRule};
pub use plan_text::FaultPlanError;
pub use token_encoding::TokenEncoding;
