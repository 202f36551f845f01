//! What one call lives in: the interfaces of WASI that a component sees, its limits, and the guard over its requests.
//!
//! Belongs here: everything that keeps a component from doing more than the contract allows. It must not know the
//! contract's functions, nor where the allowed origin comes from.
//!
//! The files stand in these layers:
//!
//! ```text
//! wasi                                 the state of a call, and what is linked
//! held_http                            wasi:http, with what it makes the host hold counted
//! guard                                which requests are sent
//! capped_body                          responses, held to their limits
//! reported                             failures, as the component learns of them
//! clocks, limits, observation, output, ticker
//! ```

mod capped_body;
mod clocks;
mod guard;
mod held_http;
mod limits;
mod observation;
mod output;
mod reported;
mod ticker;
mod wasi;

pub(crate) use clocks::Now;
pub(crate) use guard::Guard;
pub use observation::Observation;
pub(crate) use observation::Observer;
pub(crate) use ticker::Ticker;
pub(crate) use wasi::Sandbox;
