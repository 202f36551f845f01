//! Queries: no value changes one, and those of a report can be searched with.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::report::{indicator, list, log_ids, report};
use crate::bench::{Bench, Broken, SEARCH, ensure, listed, log, search, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Hunting,
        "no-value-changes-a-query",
        Code(no_value_changes_a_query),
        "Quotes, wildcards and operators in a value are looked for as they are",
        ["hunting.hunt-indicators.quoted"],
    ),
    code_case!(
        Hunting,
        "queries-for-pasting",
        Code(queries_for_pasting),
        "The queries of a report, pasted into a search, find the logs that it counts",
        ["hunting.hunt-report.queries"],
    ),
];

async fn no_value_changes_a_query(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let hostile = [
        "a\" OR x:\"y",
        "*",
        "a*",
        "?",
        "x:y",
        "a AND b",
        "NOT a",
        "(a",
        "a)",
        "[a TO b]",
        "{a",
        "/a.*/",
        "a\\",
        "\\\"",
        "a~2",
        "a^9",
        "+a -b",
        "a && b",
        "a || b",
        "_exists_:x",
        "a\u{3000}b",
        "$(id)",
        "'; drop",
    ];
    let time = bench.minutes_ago(60);
    bench.add_logs(
        hostile.iter().zip(0..).map(|(value, number)| log(format!("h{number}"), time, json!({"odd name": value}))),
    );
    // What a query that was changed would find.
    let decoys = ["a", "b", "ab", "a b", "y", "id", "AND", "anything else"];
    bench.add_logs(
        decoys
            .iter()
            .zip(0..)
            .map(|(value, number)| log(format!("decoy{number}"), time, json!({"odd name": value, "x": "y"}))),
    );
    let indicators: Vec<Value> = hostile.iter().map(|value| indicator("process", value)).collect();
    let report = report(bench, indicators, json!({"fields": {"process": ["odd name"]}})).await?;
    ensure!(
        list(&report, "rejected").is_empty(),
        "{} values were rejected: {}",
        list(&report, "rejected").len(),
        listed(&texts(&report, "rejected", "value"))
    );
    for (sighting, (value, number)) in list(&report, "sightings").iter().zip(hostile.iter().zip(0..)) {
        let found = log_ids(sighting);
        ensure!(found.contains(format!("h{number}").as_str()), "{value:?} was not found");
        for id in found {
            let log = list(sighting, "logs").iter().find(|log| log.get("id").and_then(Value::as_str) == Some(id));
            let source = log.and_then(|log| log.get("source"));
            let holds = source.and_then(|source| {
                Some(source.get("odd name")?.as_str()?.to_lowercase().contains(&value.to_lowercase()))
            });
            ensure!(holds == Some(true), "{value:?} was found in {source:?}");
        }
    }
    Ok(())
}

async fn queries_for_pasting(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("a", time, json!({"source.ip": "203.0.113.9"})),
        log("b", time, json!({"dns.question.name": "evil.example"})),
        log("c", time, json!({"file.name": "a \"quoted\" name.exe"})),
        log("d", time, json!({"type": "noise"})),
    ]);
    let indicators = vec![
        json!({"value": "203.0.113.9"}),
        json!({"value": "evil.example"}),
        indicator("file-name", "a \"quoted\" name.exe"),
    ];
    let report = report(bench, indicators, json!({})).await?;
    let queries: Vec<String> =
        list(&report, "queries").iter().filter_map(|query| query.as_str().map(str::to_owned)).collect();
    ensure!(!queries.is_empty(), "the report names no query");
    let mut found = BTreeSet::new();
    for query in queries {
        let page = bench.ok(SEARCH, search(json!({"lucene": query, "since": "-7d"}))).await?;
        found.extend(texts(&page, "logs", "id").into_iter().map(str::to_owned));
    }
    let found: Vec<String> = found.into_iter().collect();
    ensure!(found == ["a", "b", "c"], "the queries find {}", listed(&found));
    Ok(())
}
