//! Bodies and headers from templates: what a value holds cannot change what is around it.

use std::collections::BTreeMap;

use logzio_soar_sinks::Envelope;
use serde_json::{Value, json};

use crate::support::{Folder, Received, Reply, Server, envelopes, named, of, whole};

/// Names that a rule of an attacker could have.
const HOSTILE: [&str; 12] = [
    r#"", "admin": true, "x": ""#,
    "\\\", \\\\\"",
    "{{ values }} {% raw %} {# x #}",
    "line one\nline two\r\n\u{0}\u{7}",
    "<!channel> <https://evil.example|click> & *bold*",
    "[click](https://evil.example) **bold**",
    "<script>alert('x')</script>",
    "\u{2028}\u{202e}\u{feff}",
    "𝕳𝖎 ünï 日本 🚨",
    "null",
    "",
    "]}]}",
];

async fn sent(settings: &str, files: &[(&str, &str)], batch: &[Envelope]) -> Received {
    let server = Server::start(&[Reply::Status(200)]).await;
    let folder = Folder::with(&format!("[sinks.it]\ntype = \"webhook\"\nurl = \"{}\"\n{settings}", server.url("/")));
    for (name, text) in files {
        folder.write(name, text);
    }
    folder.open().await.deliver(batch).await.unwrap();
    server.received().pop().unwrap()
}

async fn ready(body: &str, incident: &Envelope) -> Value {
    let values =
        r#"values = { project = "SEC", issue-type = "Task", routing-key = "R0123456789ABCDEF0123456789ABCDE" }"#;
    sent(&format!("body = \"{body}\"\n{values}"), &[], std::slice::from_ref(incident)).await.json()
}

/// Every text in a value, with the path to it.
fn texts(value: &Value, path: &str, into: &mut BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            into.insert(path.to_owned(), text.clone());
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| texts(value, &format!("{path}/{at}"), into))
        }
        Value::Object(fields) => fields.iter().for_each(|(key, value)| texts(value, &format!("{path}/{key}"), into)),
        _ => {}
    }
}

#[tokio::test]
async fn a_name_cannot_change_the_body_around_it() {
    for body in ["slack", "teams", "jira", "pagerduty"] {
        let mut usual = BTreeMap::new();
        texts(&ready(body, &named(1, "usual")).await, "", &mut usual);
        for name in HOSTILE {
            let mut found = BTreeMap::new();
            texts(&ready(body, &named(1, name)).await, "", &mut found);
            assert!(found.keys().eq(usual.keys()), "{body} {name}: {found:#?}");
            // Only texts with the name in them differ.
            for (path, text) in &found {
                assert!(text == &usual[path] || usual[path].contains("usual"), "{body} {name} {path}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn slack_gets_a_message_of_plain_text() {
    let body = ready("slack", &named(1, HOSTILE[4])).await;
    assert_eq!(body["text"], "[HIGH] &lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; *bold*");
    assert_eq!(body["blocks"][0]["text"]["text"], format!("[HIGH] {}", HOSTILE[4]));
    let mut all = BTreeMap::new();
    texts(&body["blocks"], "", &mut all);
    let kinds = all
        .iter()
        .filter(|(path, _)| path.ends_with("/text/type") || path.contains("fields") && path.ends_with("/type"));
    assert!(kinds.clone().count() >= 3 && kinds.clone().all(|(_, kind)| kind == "plain_text"), "{all:#?}");
    let long = ready("slack", &named(1, &"x".repeat(5_000))).await;
    assert_eq!(long["blocks"][0]["text"]["text"].as_str().unwrap().chars().count(), 150);
}

#[tokio::test]
async fn pagerduty_gets_one_alert_of_an_incident() {
    let body = ready("pagerduty", &named(1, "Brute force")).await;
    assert_eq!(body["routing_key"], "R0123456789ABCDEF0123456789ABCDE");
    assert_eq!(body["event_action"], "trigger");
    assert_eq!(body["dedup_key"], "acme:5a1e7b2c-1");
    assert_eq!(body["payload"]["summary"], "[HIGH] Brute force");
    assert_eq!(body["payload"]["severity"], "error");
    assert_eq!(body["payload"]["custom_details"]["group_by"], json!({"source.ip": "203.0.113.9", "user.name": "ada"}));
    for (severity, expected) in
        [("severe", "critical"), ("medium", "warning"), ("low", "info"), ("info", "info"), ("unclassified", "info")]
    {
        let mut incident = whole("a", "n");
        incident["severity"] = severity.into();
        assert_eq!(ready("pagerduty", &of(1, &incident)).await["payload"]["severity"], expected);
    }
    let body = ready("pagerduty", &of(1, &whole(&"i".repeat(300), "n"))).await;
    let key = body["dedup_key"].as_str().unwrap();
    assert!(key.starts_with("inc_") && key.len() == 36, "{key}");
}

#[tokio::test]
async fn jira_gets_an_issue_with_a_label_to_find_it_again() {
    let body = ready("jira", &named(1, &format!("two\nlines {}", "x".repeat(300)))).await;
    let fields = &body["fields"];
    assert_eq!((&fields["project"]["key"], &fields["issuetype"]["name"]), (&json!("SEC"), &json!("Task")));
    let summary = fields["summary"].as_str().unwrap();
    assert!(summary.starts_with("[HIGH] two lines xxx") && summary.chars().count() == 255, "{summary}");
    assert!(fields["labels"][1].as_str().unwrap().starts_with("inc_"));
    let description = &fields["description"];
    assert_eq!((&description["type"], &description["content"][0]["type"]), (&json!("doc"), &json!("paragraph")));
}

#[tokio::test]
async fn teams_gets_a_card_without_markdown() {
    let body = ready("teams", &named(1, HOSTILE[5])).await;
    let content = &body["attachments"][0]["content"];
    assert_eq!(content["type"], "AdaptiveCard");
    let mut all = BTreeMap::new();
    texts(&content["body"], "", &mut all);
    let kinds: Vec<_> = all.iter().filter(|(path, _)| path.ends_with("/type")).map(|(_, kind)| kind.as_str()).collect();
    assert!(kinds.iter().all(|kind| ["RichTextBlock", "TextRun"].contains(kind)), "{kinds:?}");
    assert_eq!(content["body"][0]["inlines"][0]["text"], format!("[HIGH] {}", HOSTILE[5]));
}

#[tokio::test]
async fn a_template_of_ones_own_sees_incidents_values_and_raw() {
    let template = r#"{"a": {{ incident.raw.alertEventId | default(none) }}, "b": {{ values.x }}, "c": {{ "n: " ~ incident.name }}, "d": {{ incident.window }},
        "e": [{% for tag in incident.tags %}{{ tag | upper }}{% if not loop.last %}, {% endif %}{% endfor %}], "f": {{ sequence }}}"#;
    let request = sent(
        "template = \"t\"\nvalues = { x = { file = \"x\" } }",
        &[("t", template), ("x", "y\"z")],
        &[named(9, "q\"")],
    )
    .await;
    let expected = json!({
        "a": "5a1e7b2c-9", "b": "y\"z", "c": "n: q\"",
        "d": {"start": "2026-11-22T07:55:00.000Z", "end": "2026-11-22T08:00:00.000Z"}, "e": ["AUTH", "LINUX"], "f": 9,
    });
    assert_eq!(request.json(), expected);
    assert_eq!(request.header("content-type"), "application/json");
    let list = r#"[{% for item in items %}{{ item.account ~ "/" ~ item.incident.id }}{% if not loop.last %},{% endif %}{% endfor %}]"#;
    let request = sent("template = \"t\"\nbatch = 5", &[("t", list)], &envelopes(1..=3)).await;
    assert_eq!(request.json(), json!(["acme/5a1e7b2c-1", "acme/5a1e7b2c-2", "acme/5a1e7b2c-3"]));
}

#[tokio::test]
async fn json_of_logzio_that_no_program_can_take_is_a_text() {
    let mut text = whole("a", "n").to_string();
    text = text.replace("1000000000.0", "1e999");
    assert!(text.contains("1e999"));
    let incident = logzio_soar_sinks::Incident::from_json(&text).unwrap();
    let envelope = Envelope { account: "acme".into(), sequence: 1, incident };
    let body = sent("template = \"t\"", &[("t", "{{ incident.raw }}")], &[envelope]).await.json();
    assert!(body.as_str().unwrap().contains("1e999"), "{body}");
}

#[tokio::test]
async fn nothing_in_a_template_switches_off_how_values_are_written() {
    let name = HOSTILE[0];
    for template in [
        "{% autoescape false %}{{ incident.name }}{% endautoescape %}",
        "{% set x %}{{ incident.name }}{% endset %}{{ x }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(incident.name) }}",
        "{% filter trim %}{{ incident.name }}{% endfilter %}",
        "{{ incident.name | tojson }}",
        "{{ incident.name | escape }}",
    ] {
        let body = sent("template = \"t\"", &[("t", template)], &[named(1, name)]).await;
        let found = body.json();
        let found = found.as_str().unwrap_or_else(|| panic!("{template}"));
        assert_eq!(found, name, "{template}");
    }
}

#[tokio::test]
async fn a_template_that_cannot_work_is_refused_when_the_sink_is_opened() {
    let open = |template: &'static str| async move {
        let folder = Folder::with(
            "[sinks.it]\ntype = \"webhook\"\nurl = \"https://a.example/\"\ntemplate = \"t\"\nvalues = { x = \"s3cret-value\" }",
        );
        folder.write("t", template);
        folder.try_open().await.err().map(|error| error.to_string())
    };
    for (template, expected) in [
        ("{", "what it makes is no JSON"),
        ("\n{{ incident.nam }}", "line 2: undefined value"),
        ("\n\n{% for %}", "line 3: syntax error"),
        ("{{ incident.name | safe }}", "unknown filter"),
        ("{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}1", "ran out of fuel"),
        ("{% include '/etc/passwd' %}", "syntax error"),
        ("{{ incident.summary | length }}", "it fails in line 1"),
        ("{{ values.x | int }}", "it fails in line 1"),
        ("{{ values.y }}", "undefined value"),
    ] {
        let error = open(template).await.unwrap_or_else(|| panic!("{template}"));
        assert!(error.contains(expected) && !error.contains("s3cret"), "{template}: {error}");
    }
    assert_eq!(open("{{ incident.name }}").await, None);
}

#[tokio::test]
async fn headers_from_templates_stay_on_their_line() {
    for (name, expected) in [
        ("Brute force", "high Brute force"),
        ("x\r\nAuthorization: evil", "high x Authorization: evil"),
        ("ünï", "high ?n?"),
        ("", "high"),
    ] {
        let settings = "header-templates = { X-Rule = \"{{ incident.severity }} {{ incident.name }}\" }";
        let request = sent(settings, &[], &[named(1, name)]).await;
        assert_eq!(request.header("x-rule"), expected);
        assert_eq!(request.header("authorization"), "");
    }
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    for (settings, expected) in [
        ("body = \"pagerduty\"", "`routing-key` is missing: write values = { routing-key = "),
        ("body = \"jira\"\nvalues = { project = \"A\" }", "`issue-type` is missing"),
        ("body = \"slack\"\nbatch = 2", "this body holds one incident: leave batch out"),
        ("body = \"slack\"\ntemplate = \"t\"", "`body` names another one"),
        ("values = { a = \"b\" }", "nothing uses them"),
    ] {
        let folder = Folder::with(&format!("[sinks.it]\ntype = \"webhook\"\nurl = \"https://a.example/\"\n{settings}"));
        let error = folder.sinks().unwrap_err();
        assert!(error.contains(expected), "{settings}: {error}");
    }
}
