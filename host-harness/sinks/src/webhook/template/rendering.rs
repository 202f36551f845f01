//! A template with incidents in it.

use std::collections::BTreeMap;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::de::IgnoredAny;

use super::context::Items;
use super::filters;
use crate::envelope::{Envelope, Incident};
use crate::error::SinkError;
use crate::secret::{Secret, hide};
use crate::sink::Undelivered;

/// How many steps a template may take for a request.
const FUEL: u64 = 1_000_000;

/// A template of a body: JSON, in which each value is written as JSON, with its quotation marks.
pub(crate) struct Template {
    environment: Environment<'static>,
    values: BTreeMap<String, String>,
    /// What no text may show.
    secrets: Vec<Secret>,
}

/// Templates of headers, in which each value is written as text on one line.
pub(crate) struct HeaderTemplates {
    environment: Environment<'static>,
    names: Vec<HeaderName>,
    values: BTreeMap<String, String>,
    secrets: Vec<Secret>,
}

impl Template {
    /// A template, tried with an incident that has every field and one that has only those that all have. `name` is for
    /// errors.
    pub(crate) fn new(
        name: &str,
        source: String,
        values: BTreeMap<String, Secret>,
        is_list: bool,
    ) -> Result<Self, SinkError> {
        let (values, secrets) = exposed(values);
        let mut environment = environment();
        environment.set_formatter(write_json);
        // What macros and blocks make is then not written as JSON again.
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        let failed =
            |error: &minijinja::Error| SinkError(hide(&format!("the template {name}: {}", said(error)), &secrets));
        environment.add_template_owned("body", source).map_err(|error| failed(&error))?;
        let template = Self { environment, values, secrets };
        for sample in samples() {
            template
                .render(&[sample?], is_list)
                .map_err(|error| SinkError(format!("the template {name}: tried with a sample: {}", error.why())))?;
        }
        Ok(template)
    }

    /// The body for some incidents.
    pub(crate) fn render(&self, batch: &[Envelope], is_list: bool) -> Result<Vec<u8>, Undelivered> {
        let refused = |why: String| Undelivered::refused(hide(&why, &self.secrets));
        let items = Items::of(batch)?;
        let view = Value::from(Serde(items.view(is_list, &self.values)));
        let rendered = self.environment.get_template("body").and_then(|template| template.render(view));
        let text = rendered.map_err(|error| refused(format!("it fails in {}", said(&error))))?;
        serde_json::from_str::<IgnoredAny>(&text).map_err(|error| {
            refused(format!(
                "what it makes is no JSON, {error}: write values as {{{{ incident.name }}}}, without quotation marks"
            ))
        })?;
        Ok(text.into_bytes())
    }
}

impl HeaderTemplates {
    pub(crate) fn new(
        templates: Vec<(HeaderName, String)>,
        values: BTreeMap<String, Secret>,
        is_list: bool,
    ) -> Result<Self, SinkError> {
        let (values, secrets) = exposed(values);
        let mut environment = environment();
        environment.set_formatter(write_text);
        let names = templates.iter().map(|(name, _)| name.clone()).collect();
        for (name, source) in templates {
            let added = environment.add_template_owned(name.as_str().to_owned(), source);
            added.map_err(|error| SinkError(hide(&format!("the header {name}: {}", said(&error)), &secrets)))?;
        }
        let templates = Self { environment, names, values, secrets };
        for sample in samples() {
            templates
                .render(&[sample?], is_list)
                .map_err(|error| SinkError(format!("tried with a sample: {}", error.why())))?;
        }
        Ok(templates)
    }

    /// The headers for some incidents. Characters that no header has become `?`.
    pub(crate) fn render(&self, batch: &[Envelope], is_list: bool) -> Result<HeaderMap, Undelivered> {
        if self.names.is_empty() {
            return Ok(HeaderMap::new());
        }
        let items = Items::of(batch)?;
        let view = Value::from(Serde(items.view(is_list, &self.values)));
        let mut headers = HeaderMap::new();
        for name in &self.names {
            let refused = |why: String| Undelivered::refused(hide(&format!("the header {name}: {why}"), &self.secrets));
            let rendered = self.environment.get_template(name.as_str()).and_then(|template| template.render(&view));
            let text = rendered.map_err(|error| refused(said(&error)))?;
            let plain: String =
                filters::line(&text).chars().map(|char| if matches!(char, ' '..='~') { char } else { '?' }).collect();
            let value = HeaderValue::from_str(&plain).map_err(|error| refused(error.to_string()))?;
            headers.insert(name.clone(), value);
        }
        Ok(headers)
    }
}

/// What all templates have. Nothing in it switches off how values are written.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.remove_filter("safe");
    environment.add_filter("cut", filters::cut);
    environment.add_filter("line", filters::line);
    environment.add_filter("slack", filters::slack);
    environment
}

fn write_json(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    // What a macro or a block made was written as JSON before.
    if value.is_safe() {
        return Ok(write!(output, "{value}")?);
    }
    let json = serde_json::to_string(value)
        .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(output.write_str(&json)?)
}

fn write_text(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    Ok(write!(output, "{value}")?)
}

fn exposed(values: BTreeMap<String, Secret>) -> (BTreeMap<String, String>, Vec<Secret>) {
    let exposed = values.iter().map(|(key, value)| (key.clone(), value.expose().to_owned())).collect();
    (exposed, values.into_values().collect())
}

/// What a template's error says, with the line.
fn said(error: &minijinja::Error) -> String {
    let line = error.line().unwrap_or(1);
    let detail = error.detail().map_or(String::new(), |detail| format!(": {detail}"));
    let remedy = match error.kind() {
        ErrorKind::UndefinedError => "check the name, and write | default(none) behind what may be missing",
        ErrorKind::OutOfFuel => "let it do less",
        _ => "correct it",
    };
    format!("line {line}: {}{detail}: {remedy}", error.kind())
}

/// An incident with every field, and one with those that all have.
fn samples() -> [Result<Envelope, SinkError>; 2] {
    let whole = r#"{"id":"a","rule_id":1,"name":"n","description":"d","summary":"s","severity":"high","occurred":"2026-11-22T08:00:00.000Z","window":{"start":"2026-11-22T07:00:00.000Z","end":"2026-11-22T08:00:00.000Z"},"group_by":{"a":"b"},"tags":["t"],"mitre_tags":["T1110"],"muted":true,"raw":{"a":1},"logs":[{"a":1}],"defects":["d"]}"#;
    let least = r#"{"id":"a","rule_id":null,"name":"","description":null,"summary":null,"severity":"unclassified","occurred":"2026-11-22T08:00:00.000Z","window":null,"group_by":{},"tags":[],"mitre_tags":[],"muted":false,"raw":{},"logs":[],"defects":[]}"#;
    [whole, least].map(|json| {
        let incident = Incident::from_json(json).map_err(|error| SinkError(error.to_string()))?;
        Ok(Envelope { account: "sample".into(), sequence: 1, incident })
    })
}
