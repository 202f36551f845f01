//! What came of a run: as data, as JSON, as JUnit XML, and as a page of HTML.

mod data;
mod html;
mod json;
mod junit;

pub use data::{CaseReport, Count, Report, Sent, Step, Verdict};
