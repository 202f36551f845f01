//! `hunt`: lists, formats, interruptions and failures.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use logzio_simulator::Log;
use serde_json::{Value, json};

use crate::support::{RANGE, Site, code, start};

/// How many logs hold each indicator, as ndjson has it.
fn hits_of(site: &Site, line: &str) -> BTreeMap<String, u64> {
    let output = site.run(&format!("{line} --output ndjson"));
    assert!(output.status.success(), "{line}: {output:?}");
    hits(&output.stdout)
}

fn hits(ndjson: &[u8]) -> BTreeMap<String, u64> {
    let lines = str::from_utf8(ndjson).unwrap().lines();
    let sightings = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let pairs: Vec<_> =
        sightings.map(|one| (one["value"].as_str().unwrap().to_owned(), one["hits"].as_u64().unwrap())).collect();
    let map: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "one comes twice: {pairs:?}");
    map
}

fn map(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|(value, hits)| ((*value).to_owned(), *hits)).collect()
}

/// A log, so many minutes after the start.
fn log(minutes: i64, mut members: Value) -> Log {
    let time = start() + TimeDelta::minutes(minutes);
    members["@timestamp"] = json!(time.to_rfc3339());
    Log::new(format!("log-{minutes}"), time, members.to_string())
}

/// Some logs of two attackers.
fn logs() -> Vec<Log> {
    vec![
        log(1, json!({"source.ip": "203.0.113.9", "user.name": "ada", "host.name": "web-01", "message": "in"})),
        log(2, json!({"source.ip": "203.0.113.9", "destination.ip": "10.0.0.7", "message": "out"})),
        log(3, json!({"dns.question.name": "evil.example", "source.ip": "198.51.100.4", "message": "dns"})),
        log(4, json!({"user.name": "eve\u{1b}[31m\u{202e}", "source.ip": "192.0.2.5", "message": "a\u{1b}]0;x\u{7}"})),
    ]
}

#[test]
fn values_come_from_arguments_a_file_and_standard_input() {
    let site = Site::with_logs(logs());
    let list = b"\xef\xbb\xbf203[.]0[.]113[.]9\r\n\r\n# comment\r  evil.example \t# C2\n2001:db8::9\n203.0.113.9";
    site.write("list", list);
    let expected = map(&[("203.0.113.9", 2), ("evil.example", 1), ("2001:db8::9", 0)]);
    assert_eq!(hits_of(&site, &format!("hunt --file list {RANGE}")), expected);
    assert_eq!(hits_of(&site, &format!("hunt 203.0.113.9 evil[.]example --file list {RANGE}")), expected);

    for named in ["--file -", "-", ""] {
        let mut child = site
            .command(&format!("hunt {named} {RANGE} --output ndjson"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(list).unwrap();
        assert_eq!(hits(&child.wait_with_output().unwrap().stdout), expected, "{named}");
    }

    assert_eq!(hits_of(&site, &format!("hunt --kind user ada {RANGE}")), map(&[("ada", 1)]));
    assert_eq!(
        hits_of(&site, &format!("hunt --field domain=message evil.example {RANGE}")),
        map(&[("evil.example", 0)])
    );
}

#[test]
fn a_file_is_read_as_people_have_it() {
    let site = Site::with_logs(logs());
    let expected = map(&[("203.0.113.9", 2), ("evil.example", 1)]);
    for (name, content, taken) in [
        ("notes", "Report of Monday\nSeen was 203[.]0.113.9, and\n- Domain: evil[.]example\n", "line 2: 203[.]0.113.9"),
        ("feed.csv", "ioc,type\n203.0.113.9,ip\nevil.example,domain\n", "line 3: evil.example"),
    ] {
        site.write(name, content);
        let output = site.run(&format!("hunt --file {name} {RANGE} --output ndjson"));
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!((code(&output), hits(&output.stdout)), (0, expected.clone()), "{said}");
        assert!(said.contains(&format!("{name}, {taken}")), "{said}");
        assert_eq!(said.contains("nothing was taken from lines without an indicator: 1"), name == "notes", "{said}");
    }
    // A hunt's own bundle can be hunted for.
    let bundle = site.run(&format!("hunt 203.0.113.9 evil.example {RANGE} --output stix"));
    site.write("bundle.json", &bundle.stdout);
    let again = hits_of(&site, &format!("hunt --file bundle.json {RANGE}"));
    assert_eq!(again, expected);
    site.write("other.json", "{\"ip\": \"203.0.113.9\"}");
    let output = site.run(&format!("hunt --file other.json {RANGE}"));
    assert_eq!(code(&output), 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("neither STIX 2.1 nor MISP"));
}

#[test]
fn a_hunt_of_several_calls_learns_once_and_says_where_it_looked() {
    let site = Site::with_logs(logs());
    let list: String = (0..1_200).map(|n| format!("198.18.{}.{}\n", n / 200, n % 200 + 1)).collect();
    let samples = |indicators: &str| {
        let before = site.simulator.requests().len();
        site.write("list", format!("203.0.113.9\n{indicators}"));
        let output = site.run(&format!("hunt --file list {RANGE}"));
        assert_eq!(code(&output), 0, "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("\nSearched:\n") && text.contains("ip in "), "{text}");
        // What learns the fields asks for the newest logs of each type, and nothing else does.
        let requests = site.simulator.requests();
        requests[before..].iter().filter(|request| String::from_utf8_lossy(&request.body).contains("top_hits")).count()
    };
    let once = samples("");
    assert!(once > 0);
    assert_eq!(samples(&list), once);
}

#[test]
fn a_hunt_is_written_in_every_format() {
    let site = Site::with_logs(logs());
    let line = format!("hunt 192.0.2.0/24 nothing.example 203.0.113.9 {RANGE}");

    let output = site.run(&line);
    let table = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!((code(&output), output.stderr.as_slice()), (0, b"".as_slice()));
    assert!(table.contains("2  ip         2026-11-01 00:01:00  2026-11-01 00:02:00  203.0.113.9\n"), "{table}");
    assert!(table.contains("    users     ada\n    hosts     web-01\n    internal  10.0.0.7\n"), "{table}");
    assert!(table.contains("\nNot seen:\n    nothing.example\n\nSearched:\n    cidr in "), "{table}");
    assert!(table.ends_with("\n2 seen, 1 not seen\n"), "{table}");
    assert!(!table.contains("message"), "{table}");
    let logs = String::from_utf8(site.run(&format!("{line} --limit 1")).stdout).unwrap();
    for text in [&table, &logs] {
        assert!(text.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{text:?}");
    }
    assert!(logs.contains("    2026-11-01 00:02:00.000  out\n") && !logs.contains("  in\n"), "{logs}");

    let array: Vec<Value> = serde_json::from_slice(&site.run(&format!("{line} --output json")).stdout).unwrap();
    assert_eq!(array.len(), 3);
    let one = array.iter().find(|one| one["value"] == "203.0.113.9").unwrap();
    assert_eq!((&one["kind"], &one["hits"], &one["complete"]), (&json!("ip"), &json!(2), &json!(true)));
    assert_eq!(one["logs"].as_array().unwrap().len(), 2);
    assert_eq!(one["logs"][0]["source"]["message"], "out");

    let csv = site.run(&format!("{line} --output csv")).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    assert_eq!(reader.headers().unwrap().iter().take(3).collect::<Vec<_>>(), ["value", "kind", "hits"]);
    assert_eq!(reader.records().filter(Result::is_ok).count(), 3);
}

#[test]
fn a_bundle_has_the_same_ids_at_each_run() {
    let site = Site::with_logs(logs());
    let bundle = |values: &str| {
        let output = site.run(&format!("hunt {values} {RANGE} --output stix"));
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let first = bundle("203.0.113.9 evil.example");
    assert_eq!(first, bundle("203.0.113.9 evil.example"));
    let objects = first["objects"].as_array().unwrap();
    let ids: BTreeSet<&str> = objects.iter().map(|object| object["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), objects.len());
    let sightings: Vec<_> = objects.iter().filter(|object| object["type"] == "sighting").collect();
    assert_eq!(sightings.iter().map(|one| one["count"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(sightings[0]["first_seen"], "2026-11-01T00:01:00.000Z");
    assert!(ids.contains(sightings[0]["observed_data_refs"][0].as_str().unwrap()));
    let unseen = bundle("nothing.example");
    assert_eq!(unseen["objects"][1]["count"], 0);
    assert_eq!(unseen["objects"].as_array().unwrap().len(), 2);
}

#[test]
fn internal_addresses_are_those_that_the_command_line_names_too() {
    let site = Site::with_logs(logs());
    let ips = |flags: &str| {
        let output = site.run(&format!("hunt 203.0.113.9 10.0.0.7 {RANGE} --output json {flags}"));
        let warned = String::from_utf8(output.stderr).unwrap();
        assert!(warned.contains("internal address"), "{warned}");
        let array: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        (array[0]["internal_ips"].clone(), array[0]["external_ips"].clone())
    };
    assert_eq!(ips(""), (json!(["10.0.0.7"]), json!(["203.0.113.9"])));
    assert_eq!(ips("--internal 203.0.113.0/24"), (json!(["10.0.0.7", "203.0.113.9"]), json!([])));
}

#[test]
fn a_long_list_is_looked_for_whole() {
    let site = Site::with_logs(logs());
    let mut list: Vec<String> = (0..2_300).map(|n| format!("{n:032x}")).collect();
    list.insert(2_200, "evil.example".into());
    list.insert(1_500, "203.0.113.9".into());
    list.insert(10, "10.0.0.7".into());
    // Another spelling of one that is in another call.
    list.insert(0, "EVIL[.]example".into());
    site.write("list", list.join("\n"));
    let hits = hits_of(&site, &format!("hunt --file list {RANGE}"));
    assert_eq!(hits.len(), 2_303);
    let seen: BTreeMap<_, _> = hits.into_iter().filter(|(_, hits)| *hits > 0).collect();
    assert_eq!(seen, map(&[("10.0.0.7", 1), ("203.0.113.9", 2), ("EVIL.example", 1)]));
}

#[test]
fn what_a_call_could_not_finish_goes_to_the_next_one() {
    let site = Site::with_logs(logs());
    let mut list: Vec<String> = (0..900).map(|n| format!("{n:032x}")).collect();
    list.push("evil.example".into());
    site.write("list", list.join("\n"));
    // The list takes more searches than the budget has time for.
    site.simulator.faults("search:delayx*;for=200ms".parse().unwrap());
    let output = site.run(&format!("hunt --file list {RANGE} --time-budget 3 --output ndjson"));
    assert_eq!((code(&output), String::from_utf8(output.stderr.clone()).unwrap()), (0, String::new()));
    let hits = hits(&output.stdout);
    assert_eq!((hits.len(), hits["evil.example"]), (901, 1));
    assert!(site.simulator.requests().len() > 9, "{}", site.simulator.requests().len());
}

#[test]
fn what_cannot_be_hunted_for_is_told_and_the_rest_is_not_kept_from_it() {
    let site = Site::with_logs(logs());
    site.write("binary", b"\x7fELF\0\0");
    site.write("long", "x".repeat(65_537));
    site.write("value", "y".repeat(60_000));
    site.write("empty", "# nothing\r\n\n");
    for (line, expected, words) in [
        ("hunt", 2, "--file"),
        ("hunt --file empty", 2, "nothing to hunt for"),
        ("hunt --file binary", 2, "binary: it is no text"),
        ("hunt --file long", 2, "line 1 is longer than 64 KiB"),
        ("hunt --file value", 2, "shorten it to 2048"),
        ("hunt --file nonexistent", 7, "nonexistent could not be read"),
        ("hunt --file .", 7, ". could not be read"),
        ("hunt 0.0.0.0/0", 2, "too wide"),
        ("hunt ada", 2, "its kind cannot be recognised"),
        ("hunt ada --kind login", 2, "file-name"),
        ("hunt 203.0.113.9 --field source.ip", 2, "ip=source.ip"),
        ("hunt 203.0.113.9 --internal 10.0.0.0/64", 2, "internal network"),
        ("hunt 203.0.113.9 --limit 2000", 2, "0 to 1000"),
        ("hunt 203.0.113.9 --since whenever", 2, "is not a time"),
    ] {
        for format in ["table", "json", "stix"] {
            let output = site.run(&format!("{line} --output {format}"));
            let told = String::from_utf8(output.stderr.clone()).unwrap();
            assert_eq!((code(&output), output.stdout.as_slice()), (expected, b"".as_slice()), "{line}: {output:?}");
            assert!(told.contains(words), "{line}: {told}");
        }
    }
    assert_eq!(site.simulator.requests().len(), 0);

    let output = site.run(&format!("hunt 203.0.113.9 0.0.0.0/0 {RANGE} --output ndjson"));
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((code(&output), hits(&output.stdout)), (1, map(&[("203.0.113.9", 2)])));
    assert!(told.contains("0.0.0.0/0 was not looked for: the network is too wide"), "{told}");
    // Every one of them, since a script has no other place to read it from.
    let bad: Vec<String> = (0..40).map(|n| format!("user{n}")).chain(["203.0.113.9".to_owned()]).collect();
    site.write("bad", bad.join("\n"));
    let output = site.run(&format!("hunt --file bad {RANGE} --output json"));
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((code(&output), told.matches("was not looked for: ").count()), (1, 40), "{told}");
    // A whole call of what cannot be looked for, before one of what can.
    let list: Vec<String> = (0..500).map(|n| format!("user{n}")).chain(["203.0.113.9".to_owned()]).collect();
    site.write("list", list.join("\n"));
    let output = site.run(&format!("hunt --file list {RANGE}"));
    let table = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(table.contains("user0 and the 499 behind it: none of 500"), "{table}");
}

#[test]
fn a_failed_hunt_keeps_what_it_found() {
    let site = Site::with_logs(logs());
    let list: Vec<String> = ["evil.example".into()].into_iter().chain((0..750).map(|n| format!("{n:032x}"))).collect();
    site.write("list", list.join("\n"));
    let whole = site.run(&format!("hunt --file list {RANGE} --output ndjson"));
    assert_eq!(hits(&whole.stdout).len(), 751);
    let requests = site.simulator.requests().len();
    // The last search fails, and with it the second call.
    for format in ["ndjson", "json", "csv", "stix", "table"] {
        site.simulator.faults(format!("search@{requests}:403x*").parse().unwrap());
        let output = site.run(&format!("hunt --file list {RANGE} --output {format}"));
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(code(&output), 3, "{format}: {told}");
        assert!(text.contains("evil.example"), "{format}: {text}");
        assert!(told.contains("indicators were not looked for"), "{format}: {told}");
        if format == "json" || format == "stix" {
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{format}: {text}");
        }
    }
}

#[test]
fn a_hunt_that_is_under_way_is_not_given_up_at_the_first_failure() {
    let site = Site::with_logs(logs());
    // The second call is for the last one only.
    let list: Vec<String> = (0..500).map(|n| format!("{n:032x}")).chain(["evil.example".to_owned()]).collect();
    site.write("list", list.join("\n"));
    let line = format!("hunt --file list {RANGE} --time-budget 2");
    assert_eq!(hits_of(&site, &line).len(), 501);
    let requests = site.simulator.requests().len();
    site.simulator.faults(format!("search@{requests}:429x2;retry-after=5").parse().unwrap());
    let line = format!("{line} --output ndjson");
    let output = site.run(&line);
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((code(&output), hits(&output.stdout)["evil.example"]), (0, 1), "{told}");
    assert!(told.contains("trying again in 5 s"), "{told}");
    // But one that never got anywhere is.
    site.simulator.faults("search:429x*;retry-after=5".parse().unwrap());
    let output = site.run(&line);
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((code(&output), output.stdout.as_slice()), (4, b"".as_slice()), "{told}");
    assert!(!told.contains("trying again in"), "{told}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_hunt_shows_what_it_found() {
    let site = Site::with_logs(logs());
    let list: Vec<String> = ["evil.example".into()].into_iter().chain((0..750).map(|n| format!("{n:032x}"))).collect();
    site.write("list", list.join("\n"));
    assert!(site.run(&format!("hunt --file list {RANGE}")).status.success());
    let requests = site.simulator.requests().len();
    // The last search never ends.
    site.simulator.faults(format!("search@{requests}:hangx*").parse().unwrap());
    let line = format!("hunt --file list {RANGE}");
    let mut child = site.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first call's findings are written as they come.
    let first: Vec<String> = lines.by_ref().take(2).map(Result::unwrap).collect();
    assert!(first[1].ends_with("  evil.example"), "{first:?}");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(rest.last().unwrap(), "1 seen, 499 not seen");
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "warning: 251 indicators were not looked for\n");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let site = Site::with_logs(logs());
    let list: Vec<String> = (0..1_500).map(|n| format!("{n:032x}")).collect();
    site.write("list", list.join("\n"));
    for line in [
        "hunt --file list --output ndjson",
        "hunt 203.0.113.9 --output stix",
        "hunt 203.0.113.9",
        "search * --histogram",
    ] {
        let line = format!("{line} {RANGE}");
        let mut child = site.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), output.stderr.as_slice()), (0, b"".as_slice()), "{line}: {output:?}");
    }
}
