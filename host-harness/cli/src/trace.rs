//! `--verbose`: each request of a call as a line on standard error, from what the component traces. It knows the format of
//! the traces (`wit/world.wit`), and nothing of what a request is for.

use logzio_soar_host::{Observation, RunnerBuilder};
use serde::Deserialize;

use crate::output::{printable, say};

/// The variable that asks the component for traces.
const VARIABLE: (&str, &str) = ("LOGZIO_SOAR_TRACE", "1");

/// A request that is over.
#[derive(Deserialize)]
struct Request {
    #[serde(rename = "trace")]
    _kind: Kind,
    method: String,
    path: String,
    #[serde(rename = "try")]
    tried: u32,
    status: Option<u16>,
    failure: Option<String>,
    ms: u64,
    bytes_sent: u64,
    bytes_received: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Request,
}

/// Shows the requests of every call, when it ends.
pub(crate) fn traced(builder: RunnerBuilder) -> RunnerBuilder {
    let (name, value) = VARIABLE;
    builder.environment(name, value).observer(|observation| match observation {
        Observation::Output { text } => text.lines().for_each(|line| say("trace", &shown(line))),
        Observation::Denied { .. } => say("trace", "a request to another origin was denied"),
        _ => {}
    })
}

/// A line of the component's standard error, for people.
fn shown(line: &str) -> String {
    let Ok(request) = serde_json::from_str::<Request>(line) else { return printable(line) };
    let Request { method, path, tried, status, failure, ms, bytes_sent, bytes_received, .. } = request;
    let outcome = match (status, failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => failure,
        (None, None) => "no answer".to_owned(),
    };
    let again = if tried > 1 { format!(", try {tried}") } else { String::new() };
    format!("{method} {path}: {outcome}, {ms} ms, {bytes_sent} bytes sent, {bytes_received} received{again}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_shown_on_one_line() {
        let line = r#"{"trace":"request","method":"POST","path":"/v1/search","try":1,"status":200,"failure":null,"ms":12,"bytes_sent":340,"bytes_received":5600}"#;
        assert_eq!(shown(line), "POST /v1/search: 200, 12 ms, 340 bytes sent, 5600 received");
        let line = r#"{"trace":"request","method":"GET","path":"/v1/x","try":2,"status":null,"failure":"timed-out","ms":5,"bytes_sent":0,"bytes_received":0}"#;
        assert_eq!(shown(line), "GET /v1/x: timed-out, 5 ms, 0 bytes sent, 0 received, try 2");
    }

    #[test]
    fn what_else_a_component_writes_is_shown_as_it_is() {
        for line in ["some words", r#"{"trace":"sleep","ms":1}"#, "\u{1b}[2J"] {
            assert_eq!(shown(line), printable(line));
        }
    }
}
