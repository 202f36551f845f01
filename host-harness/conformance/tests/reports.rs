//! Reports: of a component that conforms, and of one that does not.

use std::sync::OnceLock;

use logzio_soar_conformance::{Report, Suite, Verdict};

use crate::support::{component, run, suite};

/// Every group but the largest, which the command's own run covers.
fn good() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let groups = ["contract", "diagnostics", "errors", "faults", "capabilities", "secrets"];
        run(&groups.into_iter().fold(suite(), Suite::only))
    })
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
