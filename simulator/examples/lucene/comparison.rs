//! Puts the three verdicts on a query, and what is found, side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use chrono::DateTime;
use logzio_simulator::{AccountKind, Clock, Log, Simulator, SimulatorOptions};
use serde_json::{Value, json};

use crate::documents::DAY;
use crate::{analysis, lucene};

/// What an engine makes of a query: what it finds, or why it refuses.
type Verdict = Result<BTreeSet<String>, String>;

/// Compares and reports; fails if the check refuses what Lucene accepts, or
/// the simulator differs from it in a way that is not known.
pub(crate) fn compare(folder: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let read = |name: &str| -> Result<Vec<Value>, Box<dyn Error>> {
        let text = std::fs::read_to_string(folder.join(name))?;
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    let (documents, queries, answers) = (read("documents.jsonl")?, read("queries.jsonl")?, read("answers.jsonl")?);
    if queries.len() != answers.len() {
        return Err(format!("{} queries, but {} answers of Lucene", queries.len(), answers.len()).into());
    }
    let simulator = simulator(documents)?;

    let mut counts = BTreeMap::from([("refused by the check, accepted by Lucene", 0)]);
    let mut count = |name, by| *counts.entry(name).or_default() += by;
    let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut differences: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (query, answer) in queries.iter().zip(&answers) {
        if let Some(text) = query.get("text").and_then(Value::as_str) {
            count("texts analysed", 1);
            let (words, expected) = (analysis::words(text), words_of_lucene(answer));
            count("words compared", expected.len());
            if words != expected {
                wrong.push(format!("the words of {text:?}: Lucene {expected:?}, simulator {words:?}"));
            }
            continue;
        }
        let text = member(query, "query");
        let expected = lucene_verdict(answer);
        let simulated = simulated(&simulator, query)?;
        let checked = lucene::check(text);
        count("queries", 1);
        count(if expected.is_ok() { "accepted by Lucene" } else { "refused by Lucene" }, 1);
        match (&expected, &checked) {
            (_, Err(problem)) if expected.is_ok() || answer.get("classic") == Some(&Value::Bool(true)) => {
                count("refused by the check, accepted by Lucene", 1);
                wrong.push(format!("{text:?}: the check refuses it {problem}"));
            }
            (Err(_), Err(_)) => count("refused by both", 1),
            (Err(reason), Ok(())) => {
                count("refused by Lucene, sent by the check", 1);
                sent.entry(kind_of(reason)).or_default().push(format!("{text:?}"));
            }
            _ => {}
        }
        let difference = match (&expected, &simulated) {
            (Ok(expected), Ok(found)) => {
                count("answers compared", 1);
                count("documents found", expected.len());
                count("answers with documents", usize::from(!expected.is_empty()));
                (expected != found).then(|| {
                    let missing: Vec<_> = expected.difference(found).take(3).collect();
                    let surplus: Vec<_> = found.difference(expected).take(3).collect();
                    format!("Lucene {}, simulator {}, -{missing:?} +{surplus:?}", expected.len(), found.len())
                })
            }
            (Ok(_), Err(reason)) => Some(format!("the simulator refuses it: {reason}")),
            (Err(reason), Ok(_)) => Some(format!("the simulator accepts it, Lucene does not: {}", kind_of(reason))),
            (Err(_), Err(_)) => None,
        };
        if let Some(difference) = difference {
            let entry = match query.get("fields") {
                Some(_) => format!("{query}: {difference}"),
                None => format!("{text:?} ({}): {difference}", member(query, "operator")),
            };
            match known_difference(text, &expected, &simulated) {
                Some(reason) => differences.entry(reason).or_default().push(entry),
                None => wrong.push(entry),
            }
        }
    }

    for (name, count) in &counts {
        println!("{count:7} {name}");
    }
    for (title, lists) in [
        ("refused by Lucene, sent by the check", sent.iter().map(|(k, v)| (k.as_str(), v)).collect::<Vec<_>>()),
        ("known to differ", differences.iter().map(|(k, v)| (*k, v)).collect()),
    ] {
        for (reason, examples) in lists {
            println!("{:7} {title}: {reason}", examples.len());
            for example in examples.iter().take(2) {
                println!("          {example}");
            }
        }
    }
    println!("{:7} differences", wrong.len());
    for line in wrong.iter().take(60) {
        println!("        {line}");
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn simulator(documents: Vec<Value>) -> Result<Simulator, Box<dyn Error>> {
    let noon = DateTime::parse_from_rfc3339(&format!("{DAY}T23:59:59Z"))?.to_utc();
    let simulator = Simulator::new(SimulatorOptions { clock: Clock::at(noon), ..SimulatorOptions::default() });
    let mut logs = Vec::new();
    for mut document in documents {
        let id = member(&document, "_id").to_owned();
        let time = DateTime::parse_from_rfc3339(member(&document, "@timestamp"))?.to_utc();
        if let Value::Object(members) = &mut document {
            members.remove("_id");
        }
        logs.push(Log::new(id, time, document.to_string()));
    }
    simulator.add_logs(AccountKind::Operations, logs);
    Ok(simulator)
}

/// The text of a member, empty if there is none.
fn member<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn words_of_lucene(answer: &Value) -> Vec<&str> {
    let words = answer.get("words").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    words.iter().filter_map(Value::as_str).collect()
}

fn lucene_verdict(answer: &Value) -> Verdict {
    match answer.get("ids").and_then(Value::as_array) {
        Some(ids) => Ok(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        None => Err(member(answer, "refused").to_owned()),
    }
}

/// A line of the queries as Elasticsearch is asked.
fn to_elasticsearch(query: &Value) -> Value {
    let mut asked = json!({
        "query": member(query, "query"),
        "default_operator": member(query, "operator"),
        "lenient": true,
    });
    if let (Value::Object(asked), Some(fields)) = (&mut asked, query.get("fields")) {
        asked.insert("fields".to_owned(), fields.clone());
    }
    match query.get("and") {
        Some(other) => json!({"bool": {"must": [{"query_string": asked}, to_elasticsearch(other)]}}),
        None => json!({"query_string": asked}),
    }
}

fn simulated(simulator: &Simulator, query: &Value) -> Result<Verdict, Box<dyn Error>> {
    let body = json!({
        "query": to_elasticsearch(query),
        "_source": {"includes": ["type"]},
        "size": 1000,
    });
    let (request, ()) = http::Request::post("/v1/search")
        .header("x-api-token", simulator.operations_token())
        .header("content-type", "application/json")
        .body(())?
        .into_parts();
    let answer = simulator.answer(&request, body.to_string().as_bytes());
    if answer.status != 200 {
        return Ok(Err(answer.text().chars().take(300).collect()));
    }
    let answer: Value = serde_json::from_str(&answer.text())?;
    let hits = answer.pointer("/hits/hits").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Ok(Ok(hits.iter().filter_map(|hit| hit.get("_id").and_then(Value::as_str)).map(str::to_owned).collect()))
}

/// A refusal of Lucene's without what is of one query.
fn kind_of(reason: &str) -> String {
    let reason = reason.rsplit("': ").next().unwrap_or(reason);
    let line = reason.lines().next().unwrap_or_default();
    let words = line.split(['[', '\\']).next().unwrap_or_default();
    let kind = words.split(" at ").next().unwrap_or_default().split(" from ").next().unwrap_or_default();
    match kind.split_once("<RANGE_GOOP>") {
        Some((before, _)) => format!("{before}<RANGE_GOOP>"),
        None => kind.trim_end().to_owned(),
    }
}

/// Why a difference is none that matters: see the README beside the script.
fn known_difference(query: &str, expected: &Verdict, simulated: &Verdict) -> Option<&'static str> {
    let says = |verdict: &Verdict, text| verdict.as_ref().is_err_and(|reason| reason.contains(text));
    let in_pattern = |class: &str| query.contains('/') && query.contains(class);
    if says(simulated, "is not simulated") {
        Some("the simulator names an operator of regular expressions that it lacks")
    } else if says(expected, "failed to parse date field") && simulated.is_ok() {
        Some("of dates, only RFC 3339 in full is compared")
    } else if says(simulated, "invalid regular expression") {
        Some("Lucene takes a stray bracket at the start of a regular expression for itself")
    } else if says(expected, "invalid character class")
        || [r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", r"\\-"].into_iter().any(in_pattern)
    {
        Some("an escape in a regular expression can be a class since Lucene 9, and is itself before")
    } else {
        None
    }
}
