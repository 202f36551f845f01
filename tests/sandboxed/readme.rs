//! The README's example, which must compile.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
