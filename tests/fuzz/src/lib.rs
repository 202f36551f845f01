//! Random input for everything that reads what others wrote, and a way to hold a property to it. It knows no property: those
//! of the component and of the contract's JSON form are in `tests/`, those of private parts of a crate beside them.
//!
//! A property that fails prints a seed, of the smallest input that was found. The seed goes into the list of its property once
//! it is fixed, and is tried first from then on.
//!
//! The modules stand in these layers:
//!
//! ```text
//! generate  texts and values that are nearly right
//! ```

pub mod generate;

use std::time::Duration;

pub use arbtest::arbitrary::{Result, Unstructured};

/// How long a property is tried when nothing else is asked for.
const SHORT: Duration = Duration::from_millis(1_500);

/// Holds a property to random input, the seeds first: for as many seconds as the variable `TIME` says, or a short while.
///
/// # Panics
/// If the property fails, with the seed of the smallest input.
pub fn hold(seeds: &[u64], mut property: impl FnMut(&mut Unstructured<'_>) -> Result<()>) {
    for seed in seeds {
        arbtest::arbtest(&mut property).seed(*seed);
    }
    let asked = std::env::var("TIME").ok().and_then(|seconds| seconds.parse().ok());
    // An input of 64 KiB is as large as anything that is read here may be.
    arbtest::arbtest(&mut property).budget(asked.map_or(SHORT, Duration::from_secs)).size_max(65_536);
}
