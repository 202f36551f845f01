//! Logz.io's API: what its endpoints take and give, and how they are asked. It must not know what an operation of the
//! contract means.
//!
//! The modules stand in layers:
//!
//! ```text
//! client         a method for each endpoint
//! retry          sends requests, each again while that may help
//! trace          a line for each request, for hosts that show them
//! refusal        from a request that brought nothing to an error of the contract
//! conversions    from an answer to what the contract promises
//! wire           JSON, in both directions
//! page_size      which rows an answer holds, where pages are smaller than asked for
//! paging         which rows a page holds, and why a page could not be read
//! condition, decompression
//!                conditions on logs; compressed bodies
//! ```

pub mod client;
pub mod condition;
pub mod conversions;
mod decompression;
pub mod page_size;
pub mod paging;
mod refusal;
mod retry;
mod trace;
pub mod wire;
