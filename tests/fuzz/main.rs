//! Random input for everything that reads what others wrote: cursors, page tokens, times, queries, indicators, and the answers
//! of each endpoint. `make fuzz TIME=60` gives each property that many seconds; by itself, each takes a short while.
//!
//! A property that fails prints a seed, of the smallest input that was found. It goes into the list of its property once it is
//! fixed, and is tried first from then on.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `texts` | properties of what reads a text |
//! | `answers` | properties of operations, whatever Logz.io answers |
//! | `generate` | texts and answers that are nearly right |

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail on the spot"
)]

mod answers;
mod generate;
mod texts;

use arbtest::arbitrary::{Result, Unstructured};
use std::time::Duration;

/// How long a property is tried when nothing else is asked for.
const SHORT: Duration = Duration::from_millis(1_500);

/// Tries a property with random input: the seeds first.
fn hold(seeds: &[u64], mut property: impl FnMut(&mut Unstructured<'_>) -> Result<()>) {
    for seed in seeds {
        arbtest::arbtest(&mut property).seed(*seed);
    }
    let asked = std::env::var("TIME").ok().map(|seconds| seconds.parse().expect("TIME is a number of seconds"));
    // An input of 64 KiB is as large as anything that is read here may be.
    arbtest::arbtest(&mut property).budget(asked.map_or(SHORT, Duration::from_secs)).size_max(65_536);
}
