//! The suite on components that are broken in one way or another: each is reported as what it is, in time.

use std::time::{Duration, Instant};

use logzio_soar_conformance::{Group, Verdict};
use logzio_soar_host::EMBEDDED_COMPONENT;

use crate::support::{component, failure, of_one_interface, run, suite};

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
fn what_cannot_be_loaded_is_reported_and_nothing_is_called() {
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
    assert!(suite().only("errors/no-such-case").run(|_| {}).unwrap_err().to_string().contains("no-such-case"));
}

#[test]
fn an_adapter_that_does_not_start_conforms_to_nothing() {
    let report = run(&suite().adapter("exit 3").only("errors/timed-out").only("contract/describes-itself"));
    assert!(!report.conforms && report.cases.len() == 2);
    for case in &report.cases {
        assert!(failure(case).contains("nothing can be called"), "{}", failure(case));
    }
}
