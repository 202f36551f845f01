//! Delivery: what waits in the outbox of each sink goes to it, in order, until it is acknowledged.
//!
//! Belongs here: what a sink gets when, and what becomes of what it does not take. It must not know accounts or polling.
//!
//! The files stand in these layers:
//!
//! ```text
//! couriers         all sinks: one courier each, and settings that change
//! courier          one sink
//! patience         how long to wait, and when an incident is given up
//! ```

mod courier;
mod couriers;
mod patience;

pub(crate) use couriers::Couriers;
pub use patience::Patience;

#[cfg(test)]
mod tests;
