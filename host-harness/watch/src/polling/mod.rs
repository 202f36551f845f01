//! Polling: each account at its time, a page at a time, and each page into the state.
//!
//! Belongs here: what is called when, and what a failure means for the next call. It must not know how a sink delivers.
//!
//! The files stand in these layers:
//!
//! ```text
//! poller           all accounts: due times, places, settings that change
//! page             one page of one account, from the call to the state
//! failure          why a poll failed
//! ```

mod failure;
mod page;
mod poller;

pub use failure::PollFailure;
pub(crate) use page::Calls;
pub(crate) use poller::Poller;
