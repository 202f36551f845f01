//! Logz.io's API: what its endpoints take and give, and how they are asked. It
//! must not know what an operation of the contract means.

pub mod client;
pub mod conversions;
pub mod paging;
pub mod wire;
