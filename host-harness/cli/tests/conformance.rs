//! The conformance suite on components that are broken in one way or another: each is reported as what it is, in time.
//!
//! That the suite notices broken rules is proved by the mutants, which are many: `make conformance`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use logzio_soar_conformance::{CaseReport, Group, Report, Suite, Verdict};
use logzio_soar_host::EMBEDDED_COMPONENT;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// A component of the contract whose functions all do one thing.
fn component(misdeed: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let (package, _) = resolve.push_path(wit).unwrap();
    of_world(&resolve, resolve.select_world(&[package], Some("plugin")).unwrap(), misdeed)
}

/// The same of a world that lacks the interfaces but for one.
fn of_one_interface() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let (package, _) = resolve.push_path(wit).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    resolve.worlds[world].exports.retain(|key, _| {
        let name = match key {
            wit_parser::WorldKey::Interface(id) => resolve.interfaces[*id].name.clone().unwrap_or_default(),
            wit_parser::WorldKey::Name(name) => name.clone(),
        };
        name == "manifest"
    });
    of_world(&resolve, world, "unreachable\n")
}

fn of_world(resolve: &Resolve, world: wit_parser::WorldId, misdeed: &str) -> Vec<u8> {
    let dummy = wit_component::dummy_module(resolve, world, ManglingAndAbi::Standard32);
    let text = wasmprinter::print_bytes(dummy).unwrap();
    assert!(text.contains("    unreachable\n"), "{text}");
    let mut module = wat::parse_str(text.replace("    unreachable\n", misdeed)).unwrap();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap();
    encoder.encode().unwrap()
}

fn suite() -> Suite {
    Suite::new().jobs(2).cache_directory(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm"))
}

fn run(suite: &Suite) -> Report {
    suite.run(|_| {}).unwrap()
}

fn failure(case: &CaseReport) -> &str {
    match &case.verdict {
        Verdict::Failed(why) => why,
        other => panic!("{} is {other:?}", case.path()),
    }
}

/// Every group but the largest, which the command's own run covers.
fn good() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let groups = ["contract", "diagnostics", "errors", "faults", "capabilities", "secrets"];
        run(&groups.into_iter().fold(suite(), Suite::only))
    })
}

#[test]
fn the_component_of_this_repository_conforms() {
    let report = good();
    let failed: Vec<String> = report
        .cases
        .iter()
        .filter(|case| case.verdict != Verdict::Passed)
        .map(|case| format!("{}: {:?}", case.path(), case.verdict))
        .collect();
    assert_eq!(failed, [""; 0]);
    assert!(report.conforms && report.cases.len() > 60, "{} cases", report.cases.len());
}

#[test]
fn a_component_that_traps_fails_each_case_and_the_suite_goes_on() {
    let report = run(&suite().component("traps", component("unreachable\n")).only("errors").only("contract"));
    assert!(!report.conforms);
    for case in &report.cases {
        if case.path() == "contract/exports" {
            assert_eq!(case.verdict, Verdict::Passed);
        } else {
            assert!(failure(case).contains("trapped"), "{}: {}", case.path(), failure(case));
        }
    }
}

#[test]
fn a_component_that_never_returns_is_stopped_and_the_suite_goes_on() {
    let started = Instant::now();
    let report = run(&suite()
        .component("loops", component("(loop (br 0)) unreachable\n"))
        .only("errors/t")
        .only("diagnostics/n"));
    assert!(report.cases.len() >= 3 && !report.conforms);
    for case in &report.cases {
        assert!(failure(case).contains("stopped") || failure(case).contains("did not return"), "{}", failure(case));
    }
    assert!(started.elapsed() < Duration::from_secs(90), "{:?}", started.elapsed());
}

#[test]
fn a_component_that_takes_memory_for_ever_is_reported_as_such() {
    let greedy = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1000)) (i32.const -1)))) unreachable\n";
    let report = run(&suite().component("greedy", component(greedy)).only("contract/describes-itself"));
    assert!(failure(&report.cases[0]).contains("memory"), "{}", failure(&report.cases[0]));
}

#[test]
fn a_component_that_returns_garbage_is_reported_as_such() {
    // A pointer to nothing, as the answer of each function.
    let garbage = "(i32.const -8) return\n";
    let report =
        run(&suite().component("garbage", component(garbage)).only("errors/s").only("contract/describes-itself"));
    assert!(!report.conforms);
    report.cases.iter().for_each(|case| assert!(!failure(case).is_empty(), "{}", case.path()));
}

#[test]
fn an_interface_that_is_not_there_fails_its_cases_with_that_reason() {
    let report =
        run(&suite().component("one interface", of_one_interface()).only("contract/exports").only("diagnostics"));
    let exports = report.of(Group::Contract).next().unwrap();
    assert!(failure(exports).contains("is not exported"), "{}", failure(exports));
    for case in report.of(Group::Diagnostics) {
        assert!(failure(case).contains("diagnostics.check-connection is not there"), "{}", failure(case));
    }
}

#[test]
fn what_cannot_be_loaded_is_told_and_nothing_is_called() {
    let files =
        wat::parse_str(r#"(component (import "wasi:filesystem/preopens@0.2.0" (instance (export "get" (func)))))"#);
    let cut = EMBEDDED_COMPONENT[..EMBEDDED_COMPONENT.len() / 2].to_vec();
    for (name, wasm, says) in [
        ("files", files.unwrap(), "wasi:filesystem"),
        ("a script", b"#!/bin/sh".to_vec(), "not a WebAssembly file"),
        ("half of a file", cut, "could not be loaded"),
        ("empty", Vec::new(), "not a WebAssembly file"),
    ] {
        let report = run(&suite().component(name, wasm).only("capabilities").only("diagnostics/one-token"));
        assert!(!report.conforms, "{name}");
        let loaded = report.cases.iter().find(|case| case.name == "it-can-be-loaded").unwrap();
        assert!(failure(loaded).contains(says), "{name}: {}", failure(loaded));
        let called = report.of(Group::Diagnostics).next().unwrap();
        assert!(
            matches!(&called.verdict, Verdict::Skipped(why) if why.contains("nothing can be called")),
            "{called:?}"
        );
    }
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let outline = |seed: u64| {
        let report = run(&suite().seed(seed).only("incidents/once-with-crashes").only("hunting/planted"));
        report.cases.iter().map(|case| (case.path(), case.calls, case.requests)).collect::<Vec<_>>()
    };
    assert_eq!(outline(5), outline(5));
    assert_ne!(outline(5), outline(6));
}

#[test]
fn a_pattern_that_means_nothing_is_refused() {
    assert!(suite().only("errors/no-such-case").run(|_| {}).unwrap_err().contains("no-such-case"));
}

/// A component that fails, and whose report quotes what it was called with.
fn bad() -> Report {
    run(&suite()
        .component("<a & \"b\">", component("unreachable\n"))
        .only("errors/unauthorized")
        .only("secrets")
        .only("logs/or"))
}

#[test]
fn no_report_holds_a_token() {
    let report = bad();
    for text in [report.to_json(), report.to_html(), report.to_junit()] {
        assert!(text.contains("security token"), "the report shows no call");
        // A token is 36 letters and digits on end, which nothing else is.
        let longest = text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max();
        assert!(longest < Some(36), "{longest:?}");
    }
}

#[test]
fn the_reports_can_be_read() {
    for report in [good(), &bad()] {
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["format"], 1);
        assert_eq!(json["cases"].as_array().unwrap().len(), report.cases.len());
        assert_eq!(json["conforms"], report.conforms);
        for markup in [report.to_junit(), report.to_html()] {
            balanced(&markup);
        }
        let html = report.to_html();
        for foreign in ["http://", "https://", "<script", "src=", "@import", "url("] {
            let own = html.matches(foreign).count();
            // What cases quote is text, and escaped as such.
            assert!(matches!(foreign, "http://" | "https://") || own == 0, "{foreign}");
        }
        assert!(!html.contains("<a & "));
    }
}

/// That every element is closed by its own end.
fn balanced(markup: &str) {
    const VOID: [&str; 2] = ["meta", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    for (at, _) in markup.match_indices('<') {
        let tag = markup[at + 1..].split('>').next().unwrap();
        if tag.starts_with('?') || tag.ends_with('/') {
            continue;
        }
        let name = tag.split_whitespace().next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "near {}", &markup[at.saturating_sub(80)..at]),
            None if VOID.contains(&name) => {}
            None => open.push(name),
        }
    }
    assert_eq!(open, [""; 0]);
}

fn command(line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_logzio-soar"))
        .arg("conformance")
        .args(line)
        .env_clear()
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .output()
        .unwrap()
}

#[test]
fn the_command_says_what_failed_and_ends_with_one() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(file("traps.wasm"), component("unreachable\n")).unwrap();
    let (junit, json, html) = (file("r.xml"), file("r.json"), file("r.html"));
    let good = command(&["--only", "diagnostics", "--junit", &junit, "--json", &json, "--html", &html]);
    let text = String::from_utf8(good.stdout).unwrap();
    assert_eq!(good.status.code(), Some(0), "{text}");
    assert!(text.contains("conforms  9 passed") && !text.contains('\u{1b}'), "{text}");
    for file in [junit, json, html] {
        assert!(std::fs::metadata(file).unwrap().len() > 500);
    }
    let bad = command(&[&file("traps.wasm"), "--only", "diagnostics/one-token"]);
    let text = String::from_utf8(bad.stdout).unwrap();
    assert_eq!((bad.status.code(), bad.stderr.as_slice()), (Some(1), b"".as_slice()), "{text}");
    assert!(text.contains("FAILED  one-token") && text.contains("does not conform"), "{text}");
    for usage in [&["--only", "nothing/at-all"][..], &["--jobs", "0"]] {
        assert_eq!(command(usage).status.code(), Some(2), "{usage:?}");
    }
    assert_eq!(command(&["no-such-file.wasm"]).status.code(), Some(7));
    let list = String::from_utf8(command(&["--list"]).stdout).unwrap();
    assert!(list.lines().filter(|line| !line.starts_with(' ')).count() > 140, "{list}");
}

#[test]
fn an_adapter_that_does_not_start_conforms_to_nothing() {
    let report = run(&suite().adapter("exit 3").only("errors/timed-out").only("contract/describes-itself"));
    assert!(!report.conforms && report.cases.len() == 2);
    for case in &report.cases {
        assert!(failure(case).contains("nothing can be called"), "{}", failure(case));
    }
}

#[test]
fn the_same_cases_run_through_an_adapter() {
    let adapter = format!("'{}' adapter", env!("CARGO_BIN_EXE_logzio-soar"));
    let output =
        command(&["--adapter", &adapter, "--only", "diagnostics", "--only", "secrets/in-", "--only", "logs/or"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("through the adapter") && text.contains("1 skipped"), "{text}");
}
