//! `watch` as a process, killed again and again, between accounts that fail and sinks that fail: nothing is lost, and nothing is
//! repeated in a sink that keys by id.
//!
//! `SECONDS=1800 ACCOUNTS=200 SEED=7 cargo test --test soak_watch` runs it longer; `COMMAND` names another build of the command.
//! It prints what it counted.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test, with a harness of its own")]

mod accounts;
mod receiver;
mod watcher;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use accounts::Accounts;
use receiver::Receiver;
use watcher::{Size, Watcher};

/// How long the last incidents may take, once nothing fails any more.
const LAST: Duration = Duration::from_secs(120);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

fn main() {
    let (seconds, accounts, seed) = (number("SECONDS", 45), number("ACCOUNTS", 200), number("SEED", 1));
    let mut random = fastrand::Rng::with_seed(seed);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut accounts = Accounts::start(&runtime, accounts, folder.path());
    let receiver = Receiver::start(&runtime, seed);
    let ndjson = folder.path().join("incidents.ndjson");
    let sinks = format!(
        "[sinks.webhook]\ntype = \"webhook\"\nurl = \"{}\"\nbatch = 20\nanswer-timeout = \"2s\"\n\n\
         [sinks.file]\ntype = \"ndjson\"\npath = \"{}\"\nmax-size = \"2MB\"\nkeep = 10000\n",
        receiver.url(),
        ndjson.display()
    );
    fs::write(folder.path().join("sinks.toml"), sinks).unwrap();

    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let mut watcher = Watcher::start(folder.path());
    let (mut kills, mut stops, mut sizes) = (0_u64, 0_u64, Vec::<Size>::new());
    let mut next_kill = Instant::now() + Duration::from_secs(4);
    while Instant::now() < end {
        accounts.go_on(&mut random);
        std::thread::sleep(Duration::from_millis(100));
        if Instant::now() > next_kill {
            sizes.push(watcher.size());
            if watcher.is_up() && random.u32(0..6) == 0 {
                watcher.stop();
                stops += 1;
            } else {
                watcher.kill();
                kills += 1;
            }
            watcher = Watcher::start(folder.path());
            next_kill = Instant::now() + Duration::from_millis(random.u64(500..6_000));
        }
    }
    accounts.heal();
    receiver.heal();
    let expected = accounts.ids();
    let last = Instant::now();
    while last.elapsed() < LAST && (receiver.ids().len() < expected.len() || lines(&ndjson).len() < expected.len()) {
        std::thread::sleep(Duration::from_millis(500));
    }
    // What should not come would come now.
    std::thread::sleep(Duration::from_secs(3));
    sizes.push(watcher.size());
    watcher.stop();
    stops += 1;

    let written = lines(&ndjson);
    let in_file: BTreeSet<&String> = written.iter().collect();
    let received = receiver.ids();
    let mut report = String::new();
    let (first, most) = (sizes.first().unwrap(), sizes.iter().max_by_key(|size| size.memory).unwrap());
    let largest = sizes.iter().max_by_key(|size| size.state).unwrap();
    let lost_in_file = expected.iter().filter(|id| !in_file.contains(id)).count();
    let lost = expected.difference(&received).count();
    let too_many =
        received.difference(&expected).count() + in_file.iter().filter(|id| !expected.contains(**id)).count();
    for (name, value) in [
        ("seconds", started.elapsed().as_secs()),
        ("accounts", accounts.len()),
        ("incidents", expected.len() as u64),
        ("requests", accounts.requests()),
        ("faults of Logz.io", accounts.faults()),
        ("failures of the webhook", receiver.failures()),
        ("kills", kills),
        ("stops", stops),
        ("lost, webhook", lost as u64),
        ("lost, file", lost_in_file as u64),
        ("repeated, webhook keyed by id", 0),
        ("repeated, file", (written.len() - in_file.len()) as u64),
        ("received again after an acknowledgement", receiver.repeated()),
        ("otherwise wrong", too_many as u64),
        ("memory at first and most, kB", first.memory),
        ("", most.memory),
        ("state at first and most, kB", first.state),
        ("", largest.state),
    ] {
        writeln!(report, "{name:<42} {value}").unwrap();
    }
    println!("{report}");
    let mut faults = Vec::new();
    if lost + lost_in_file > 0 {
        let missing: Vec<_> =
            expected.iter().filter(|id| !in_file.contains(id) || !received.contains(*id)).take(5).collect();
        faults.push(format!("lost: {missing:?}"));
    }
    if written.len() != in_file.len() {
        faults.push("repeated in the file".to_owned());
    }
    if too_many > 0 {
        faults.push("incidents that nobody wrote".to_owned());
    }
    // A kill can hit between an acknowledgement and its note: a batch for each, at most.
    if receiver.repeated() > kills * 20 {
        faults.push("acknowledged incidents came again without a kill".to_owned());
    }
    if stops > 0 && watcher::SLOWEST_STOP.lock().unwrap().as_secs() >= 10 {
        faults.push("a stop took ten seconds or more".to_owned());
    }
    // The state is bounded by what is kept, and the memory by what is at work.
    if most.memory > 600_000 || largest.state > 200_000 {
        faults.push("memory or state grow".to_owned());
    }
    if !faults.is_empty() {
        let log = fs::read_to_string(folder.path().join("watch.log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(40).collect();
        eprintln!(
            "{}\nseed {seed}; the log ends with\n{}",
            faults.join("\n"),
            tail.into_iter().rev().collect::<Vec<_>>().join("\n")
        );
        std::process::exit(1);
    }
}

/// The ids in a file and in those that it was rotated to, each with its account.
fn lines(file: &Path) -> Vec<String> {
    let mut ids = Vec::new();
    let name = file.file_stem().unwrap().to_str().unwrap();
    for entry in fs::read_dir(file.parent().unwrap()).unwrap().flatten() {
        if entry.file_name().to_str().is_some_and(|other| other.starts_with(name)) {
            let text = fs::read_to_string(entry.path()).unwrap();
            // The last line may be in the making.
            let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
            ids.extend(whole.lines().map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("torn: {line}"));
                line["id"].as_str().or(line["incident"]["id"].as_str()).unwrap_or_else(|| panic!("{line}")).to_owned()
            }));
        }
    }
    ids
}
