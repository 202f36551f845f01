//! What several tests use.

mod command;
mod site;

use std::process::Output;

use chrono::{DateTime, TimeZone, Utc};

pub(crate) use command::{COMMAND, cache};
pub(crate) use site::Site;

/// The range of logs that lie on the day of [`start`], as arguments.
pub(crate) const RANGE: &str = "--since 2026-11-01 --until 2026-11-02";
/// The exit code.
pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The ids of what the command writes.
pub(crate) fn ids(site: &Site, line: &str) -> Vec<String> {
    let output = site.run(line);
    assert!(output.status.success(), "{line}: {output:?}");
    ids_of(&output.stdout)
}

/// The ids in lines of JSON.
pub(crate) fn ids_of(ndjson: &[u8]) -> Vec<String> {
    let lines = ndjson.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().into())
        .collect()
}

/// When the logs begin.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).unwrap()
}
