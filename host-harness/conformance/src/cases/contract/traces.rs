//! The lines that trace requests.

use logzio_simulator::{Endpoint, Fault, FaultPlan};
use serde_json::{Value, json};

use crate::bench::{Bench, Broken, EVENT_LOGS, FETCH, HUNT, SEARCH, ensure, fetch, from, hunt, search};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[code_case!(
    Contract,
    "traces",
    Process(traces),
    "A component that is asked to writes a line of JSON for each request that it sent, tries again included",
    ["plugin.trace", "plugin.trace.no-token"],
)];

/// Whether a value is what a field may hold.
type Check = fn(&Value) -> bool;

/// The fields of a line, in their order, and whether a value fits.
const FIELDS: [(&str, Check); 9] = [
    ("trace", |value| value == "request"),
    ("method", |value| value == "GET" || value == "POST"),
    ("path", |value| value.as_str().is_some_and(|path| path.starts_with('/'))),
    ("try", |value| value.as_u64().is_some_and(|tried| tried > 0)),
    ("status", |value| value.is_null() || value.is_u64()),
    ("failure", |value| value.is_null() || value.is_string()),
    ("ms", Value::is_u64),
    ("bytes_sent", Value::is_u64),
    ("bytes_received", Value::is_u64),
];

async fn traces(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    bench.ok(SEARCH, search(json!({"since": "-1d"}))).await?;
    let lines = lines(bench.output());
    ensure!(lines.is_empty(), "a request is traced that was not asked for: {} lines", lines.len());

    bench.set_variable("LOGZIO_SOAR_TRACE", "1");
    for (function, arguments) in [
        (FETCH, fetch(from("2 hours ago"), json!({"attach_logs": 2}))),
        (EVENT_LOGS, json!({"event_id": "e1"})),
        (SEARCH, search(json!({"since": "-5d"}))),
        (HUNT, hunt(&["203.0.113.9"], json!({}))),
    ] {
        let before = bench.site.request_count();
        bench.ok(function, arguments).await?;
        each_request_has_a_line(bench, function, before)?;
    }
    // Tries again are requests too, and so are those that bring no answer.
    for (fault, statuses) in [
        (Fault::status(503), vec![json!(503), json!(200)]),
        (Fault::too_many_requests(None), vec![json!(429), json!(200)]),
        (Fault::Reset(None), vec![Value::Null, json!(200)]),
    ] {
        bench.site.simulator.faults(FaultPlan::none().with(Endpoint::Search, 1, fault));
        let before = bench.site.request_count();
        bench.ok(SEARCH, search(json!({"since": "-1h"}))).await?;
        let lines = each_request_has_a_line(bench, SEARCH, before)?;
        let found: Vec<&Value> = lines.iter().filter_map(|line| line.get("status")).collect();
        ensure!(found.iter().copied().eq(&statuses), "the statuses are {statuses:?}, and the lines say {found:?}");
        let tries: Vec<Option<u64>> = lines.iter().map(|line| line.get("try").and_then(Value::as_u64)).collect();
        ensure!(tries == [Some(1), Some(2)], "a request was sent twice, and the lines count {tries:?}");
        let failures = lines.iter().filter(|line| line.get("failure").is_some_and(Value::is_string)).count();
        let expected = statuses.iter().filter(|status| status.is_null()).count();
        ensure!(failures == expected, "{expected} requests brought no answer, and {failures} lines say why");
    }
    Ok(())
}

/// The lines of the last call, of which there must be one for each request from a number on.
fn each_request_has_a_line(bench: &Bench<'_>, function: &str, before: usize) -> Result<Vec<Value>, Broken> {
    let lines = lines(bench.output());
    let mut open = lines.clone();
    let requests = bench.site.requests_from(before);
    for request in &requests {
        let is_of_it = |line: &Value| {
            let is = |name: &str, value: &str| line.get(name).and_then(Value::as_str) == Some(value);
            let sent = line.get("bytes_sent").and_then(Value::as_u64);
            is("method", &request.method) && is("path", &request.path) && sent == u64::try_from(request.body.len()).ok()
        };
        let Some(index) = open.iter().position(is_of_it) else {
            return Err(Broken(format!("{function}: {} {} has no line", request.method, request.path)));
        };
        open.remove(index);
    }
    ensure!(open.is_empty(), "{function}: {} requests have {} lines", requests.len(), lines.len());
    for line in &lines {
        let names: Vec<&String> = line.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        ensure!(names.len() == FIELDS.len(), "{function}: a line has the fields {names:?}");
        for (name, fits) in FIELDS {
            let value = line.get(name).unwrap_or_default();
            ensure!(fits(value), "{function}: {name} of a line is {value}");
        }
        let (status, failure) = (line.get("status"), line.get("failure"));
        let answered = status.is_some_and(Value::is_u64);
        ensure!(
            answered == failure.is_some_and(Value::is_null),
            "{function}: a line has the status {status:?} and the failure {failure:?}"
        );
    }
    Ok(lines)
}

/// The lines of an output that are traces.
fn lines(output: &str) -> Vec<Value> {
    let values = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.filter(|value| value.get("trace").is_some()).collect()
}
