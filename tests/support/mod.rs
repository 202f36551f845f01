//! What the tests share: ways to run the component's operations, and data to
//! run them on. No test stands here.
//!
//! Ways to run an operation:
//! - `native`: in this process, against the simulator, in virtual time;
//! - `script`: in this process, against a list of expected requests;
//! - `delivery`: what any way to run the fetch delivers.
//!
//! Data:
//! - `account`: an account without data, and the present;
//! - `schedule`: random events, servers and hosts, made from a seed;
//! - `simulation`: runs a schedule and compares deliveries with events;
//! - `scenarios`: schedules that are each made for one rule of the fetch;
//! - `planting`: logs with indicators in them, and what a hunt has to find.

pub mod account;
pub mod delivery;
pub mod native;
pub mod planting;
pub mod scenarios;
pub mod schedule;
pub mod script;
pub mod simulation;
