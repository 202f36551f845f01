//! `fetch`: the state file, interruptions, failures, and the exit code of each.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::{Site, code, ids, ids_of};

fn truth(site: &Site) -> BTreeSet<String> {
    site.simulator.events().into_iter().map(|event| event.id).collect()
}

#[test]
fn a_second_fetch_brings_nothing_twice() {
    let site = Site::with_events(120);
    let line = "fetch --all --state state --since 2026-01-01 --output ndjson";
    let first = ids(&site, line);
    assert_eq!(first.len(), truth(&site).len());
    assert_eq!(first.into_iter().collect::<BTreeSet<_>>(), truth(&site));
    assert_eq!(ids(&site, line), Vec::<String>::new());
}

#[test]
fn pages_of_a_limit_go_on_where_the_last_run_ended() {
    let site = Site::with_events(150);
    let line = "fetch --limit 60 --state state --since 2026-01-01 --output ndjson";
    let mut all = ids(&site, line);
    assert_eq!(all.len(), 60);
    all.extend(ids(&site, line));
    all.extend(ids(&site, line));
    assert_eq!(all.len(), truth(&site).len());
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), truth(&site));
}

#[cfg(unix)]
#[test]
fn what_could_not_be_written_is_fetched_again() {
    let site = Site::with_events(100);
    let line = "fetch --all --state state --since 2026-01-01 --output ndjson";
    // Whoever reads the output is gone before the first page.
    let mut child = site.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 7);
    assert!(String::from_utf8_lossy(&output.stderr).contains("fetches this page again"), "{output:?}");
    assert!(!site.files.path().join("state").exists());
    assert_eq!(ids(&site, line).into_iter().collect::<BTreeSet<_>>(), truth(&site));
}

#[cfg(unix)]
#[test]
fn an_interrupted_follow_loses_nothing_and_repeats_nothing() {
    let site = Site::with_events(400);
    let line = "fetch --follow --interval 1 --state state --since 2026-01-01 --output ndjson";
    let mut child = site.command(line).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first page is written as it comes, while others are still to be fetched.
    let mut written = lines.next().unwrap().unwrap();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    for line in lines {
        written.push('\n');
        written.push_str(&line.unwrap());
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut all = ids_of(written.as_bytes());
    all.extend(ids(&site, "fetch --all --state state --output ndjson"));
    assert_eq!(all.len(), truth(&site).len());
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), truth(&site));
}

#[test]
fn a_failed_fetch_keeps_what_it_wrote() {
    let site = Site::with_events(200);
    site.simulator.faults("events@3:403x*".parse().unwrap());
    let line = "fetch --all --state state --since 2026-01-01 --output ndjson";
    let output = site.run(line);
    assert_eq!(code(&output), 3, "{output:?}");
    let mut all = ids_of(&output.stdout);
    assert!(!all.is_empty());
    site.simulator.faults("".parse().unwrap());
    all.extend(ids(&site, line));
    assert_eq!(all.len(), truth(&site).len());
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), truth(&site));
}

#[test]
fn each_failure_has_its_exit_code_and_shows_no_token() {
    let site = Site::with_events(1);
    let token = site.simulator.security_token();
    let foreign = site.simulator.foreign_token();
    let operations = site.simulator.operations_token();
    for (line, security, expected) in [
        ("fetch", Some(token.as_str()), 0),
        ("fetch", None, 2),
        ("fetch", Some("a b"), 2),
        ("fetch", Some("unknown-token"), 3),
        ("fetch", Some(foreign.as_str()), 3),
        ("fetch", Some(operations.as_str()), 3),
        ("check", Some("unknown-token"), 1),
        ("fetch --since whenever", Some(token.as_str()), 2),
        ("fetch --limit 0", Some(token.as_str()), 2),
        ("fetch --region atlantis", Some(token.as_str()), 2),
        ("fetch --follow --output json", Some(token.as_str()), 2),
        ("search *leading", Some(token.as_str()), 2),
        ("fetch --url http://127.0.0.1:1 --time-budget 1", Some(token.as_str()), 4),
        ("fetch --component /dev/null", Some(token.as_str()), 6),
        ("fetch --component /nonexistent", Some(token.as_str()), 7),
        ("fetch --state /nonexistent/state", Some(token.as_str()), 7),
    ] {
        let mut command = site.command(line);
        match security {
            Some(token) => command.env("LOGZIO_SECURITY_TOKEN", token),
            None => command.env_remove("LOGZIO_SECURITY_TOKEN"),
        };
        let output = command.output().unwrap();
        assert_eq!(code(&output), expected, "{line}: {output:?}");
        let shown = format!("{output:?}");
        for token in [&token, &foreign, &operations, "unknown-token", "a b"] {
            assert!(!shown.contains(token), "{line}: {shown}");
        }
        let silent = output.stderr.is_empty();
        assert_eq!(silent, matches!(expected, 0 | 1), "{line}: {output:?}");
    }
}
