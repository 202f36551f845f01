//! From what Logz.io sent to what the contract promises. An event is read field by field: what cannot be read becomes a
//! defect and stops nothing. Knows the fields of events and logs, and nothing of requests.

use crate::contract::{Incident, Log, Severity, TimeWindow};
use crate::logzio::wire::{Fields, Hit, Whoami};
use crate::sealed;
use crate::text::{self, LONGEST_FIELD, LONGEST_MESSAGE};
use crate::time;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Dates of events are believed from 1970 up to but not including 2100, in
/// milliseconds.
const BELIEVED: std::ops::Range<i64> = 0..4_102_444_800_000;
/// So many repeated fields of an event are named as defects.
const MOST_REPEATED: usize = 20;
/// Longer ids are not ids.
const LONGEST_ID: usize = 1_024;

/// The severity as Logz.io writes it; none for what it does not know.
#[must_use]
pub fn severity_word(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Unclassified => None,
        Severity::Info => Some("INFO"),
        Severity::Low => Some("LOW"),
        Severity::Medium => Some("MEDIUM"),
        Severity::High => Some("HIGH"),
        Severity::Severe => Some("SEVERE"),
    }
}

/// An event as a row of a sweep: what says which and when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The id, given or derived.
    pub id: String,
    /// The date in milliseconds since 1970, if it has one to believe.
    pub date: Option<i64>,
    /// The whole event.
    pub raw: Box<str>,
}

impl Event {
    /// Reads the id and the date of an event.
    #[must_use]
    pub fn read(raw: Box<RawValue>) -> Self {
        let fields = Fields::read(raw.get()).unwrap_or_default();
        let id = given_id(&fields).unwrap_or_else(|| derived_id(raw.get()));
        let date = event_date(&fields);
        // Moved, not copied: a page may hold many megabytes.
        Self { id, date, raw: raw.into() }
    }

    /// The tags of the event's rule.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        Fields::read(&self.raw).map(|fields| texts(&fields, "tags", &mut Vec::new())).unwrap_or_default()
    }

    /// The incident, with `fallback` as its time if the event has none.
    #[must_use]
    pub fn incident(self, fallback: i64) -> Incident {
        let mut defects = Vec::new();
        let fields = Fields::read(&self.raw).unwrap_or_else(|| {
            defects.push("the event is not a JSON object that can be read".to_owned());
            Fields::default()
        });
        for name in fields.repeated.iter().take(MOST_REPEATED) {
            defects.push(format!("{} occurs more than once; its first value is used", shown(name)));
        }
        if given_id(&fields).is_none() {
            defects.push("alertEventId is missing or not an id; the id is derived from the event's content".into());
        }
        let window_end = fields.get("alertWindowEndDate").and_then(date);
        let occurred = self.date.unwrap_or_else(|| {
            let (millis, source) = match window_end {
                Some(millis) => (millis, "the end of the event's window"),
                None => (fallback, "near the time that it was found at"),
            };
            defects.push(match fields.get("eventDate") {
                None => format!("eventDate is missing; the time is {source}"),
                Some(_) if fields.is_repeated("eventDate") => format!("eventDate is ambiguous; the time is {source}"),
                Some(text) => format!("eventDate is {}, not a date to believe; the time is {source}", shown(text)),
            });
            millis
        });
        let name = text_field(&fields, "name", &mut defects).unwrap_or_else(|| {
            defects.push("name is missing".into());
            "Logz.io security event".into()
        });
        let severity = severity(&fields, &mut defects);
        let window = window(&fields, &mut defects);
        Incident {
            rule_id: parsed(&fields, "alertId", "a rule's id", &mut defects),
            description: text_field(&fields, "description", &mut defects),
            summary: text_field(&fields, "alertSummary", &mut defects),
            severity,
            occurred: time::format_millis(occurred),
            window,
            group_by: group_by(&fields, &mut defects),
            tags: texts(&fields, "tags", &mut defects),
            mitre_tags: texts(&fields, "mitreTags", &mut defects),
            muted: parsed(&fields, "isMuted", "true or false", &mut defects).unwrap_or(false),
            logs: Vec::new(),
            defects,
            name,
            id: self.id,
            raw: self.raw.into(),
        }
    }
}

/// A log as Logz.io's search found it, and its time. Where the fields that were
/// asked for leave the time out, what it was sorted by tells it.
#[must_use]
pub fn found_log(hit: Hit) -> (Log, Option<DateTime<Utc>>) {
    let sorted = hit.sorted_by().and_then(time::parse_timestamp);
    let time = sorted.or_else(|| timestamp(hit.source.get()));
    (Log { timestamp: time.map(time::format), id: hit.id, source: Box::<str>::from(hit.source).into() }, time)
}

/// A log as it stands behind an event, without an id.
#[must_use]
pub fn event_log(raw: Box<RawValue>) -> Log {
    Log { timestamp: timestamp(raw.get()).map(time::format), id: None, source: Box::<str>::from(raw).into() }
}

/// The `@timestamp` of a log.
fn timestamp(source: &str) -> Option<DateTime<Utc>> {
    let fields = Fields::read(source)?;
    let text = fields.get("@timestamp")?;
    let text = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
    time::parse_timestamp(&text)
}

/// What tells a log from all others: where it lies in its index, or its text if Logz.io does not say that.
#[must_use]
pub fn log_identity(hit: &Hit) -> u64 {
    match &hit.id {
        Some(id) => sealed::short_hash(&[hit.index.as_deref().unwrap_or_default(), "\n", id]),
        None => sealed::short_hash(&[hit.source.get()]),
    }
}

/// The name of an account, for sentences.
#[must_use]
pub fn account_in_words(who: &Whoami) -> String {
    let name = who.account_name.as_deref().map(|name| text::quoted(name, LONGEST_MESSAGE));
    match (name, who.account_id) {
        (Some(name), Some(id)) => format!("account {name} ({id})"),
        (Some(name), None) => format!("account {name}"),
        (None, Some(id)) => format!("account {id}"),
        (None, None) => "an account without a name".into(),
    }
}

/// A type of account, such as `SECURITY_ACCOUNT`, in words: `a security account`.
#[must_use]
pub fn account_kind_in_words(kind: &str) -> String {
    let words = text::cut(&kind.to_lowercase().replace('_', " "), LONGEST_MESSAGE);
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {words}")
}

fn given_id(fields: &Fields) -> Option<String> {
    let id: String = serde_json::from_str(fields.get("alertEventId")?).ok()?;
    let sane = !id.trim().is_empty() && id.len() <= LONGEST_ID && !id.contains(char::is_control);
    sane.then_some(id)
}

/// What the id of an event without one begins with.
const DERIVED: &str = "content-";

fn derived_id(raw: &str) -> String {
    format!("{DERIVED}{:032x}", sealed::hash(&[raw]))
}

/// Whether an id was made here, and so means nothing to Logz.io.
#[must_use]
pub fn is_derived_id(id: &str) -> bool {
    id.strip_prefix(DERIVED).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The date of an event. Of two, nobody knows which one Logz.io sorts by.
fn event_date(fields: &Fields) -> Option<i64> {
    fields.get("eventDate").filter(|_| !fields.is_repeated("eventDate")).and_then(date)
}

/// A date in decimal seconds, as a number or a text, or as RFC 3339.
fn date(text: &str) -> Option<i64> {
    let millis = if text.starts_with('"') {
        let text: String = serde_json::from_str(text).ok()?;
        time::millis_from_decimal(text.trim())
            .or_else(|| DateTime::parse_from_rfc3339(text.trim()).ok().map(|date| date.timestamp_millis()))
    } else {
        time::millis_from_decimal(text)
    };
    millis.filter(|millis| BELIEVED.contains(millis))
}

fn severity(fields: &Fields, defects: &mut Vec<String>) -> Severity {
    let Some(text) = fields.get("severity") else {
        defects.push("severity is missing".into());
        return Severity::Unclassified;
    };
    let word = serde_json::from_str::<String>(text).unwrap_or_default();
    let known = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Severe];
    let found = known
        .into_iter()
        .find(|severity| severity_word(*severity).is_some_and(|known| known.eq_ignore_ascii_case(word.trim())));
    found.unwrap_or_else(|| {
        defects.push(format!("severity is {}, which is not known", shown(text)));
        Severity::Unclassified
    })
}

fn window(fields: &Fields, defects: &mut Vec<String>) -> Option<TimeWindow> {
    let mut end = |name: &str| {
        let text = fields.get(name)?;
        let found = date(text);
        if found.is_none() {
            defects.push(format!("{name} is {}, not a date to believe", shown(text)));
        }
        found.map(time::format_millis)
    };
    let (start, end) = (end("alertWindowStartDate"), end("alertWindowEndDate"));
    start.zip(end).map(|(start, end)| TimeWindow { start, end })
}

fn group_by(fields: &Fields, defects: &mut Vec<String>) -> Vec<(String, String)> {
    let Some(text) = fields.get("groupBy") else { return Vec::new() };
    let Some(groups) = Fields::read(text) else {
        defects.push(format!("groupBy is {}, not an object", shown(text)));
        return Vec::new();
    };
    // A value that is not a text, such as a port, keeps its JSON form.
    groups
        .iter()
        .map(|(key, value)| (key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.to_owned())))
        .collect()
}

fn text_field(fields: &Fields, name: &str, defects: &mut Vec<String>) -> Option<String> {
    parsed(fields, name, "a text", defects).filter(|text: &String| !text.is_empty())
}

fn texts(fields: &Fields, name: &str, defects: &mut Vec<String>) -> Vec<String> {
    let items: Vec<Box<RawValue>> = parsed(fields, name, "a list", defects).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let text = serde_json::from_str(item.get());
            if text.is_err() {
                defects.push(format!("{name} holds {}, not a text", shown(item.get())));
            }
            text.ok()
        })
        .collect()
}

fn parsed<T: DeserializeOwned>(fields: &Fields, name: &str, what: &str, defects: &mut Vec<String>) -> Option<T> {
    let text = fields.get(name)?;
    let value = serde_json::from_str(text);
    if value.is_err() {
        defects.push(format!("{name} is {}, not {what}", shown(text)));
    }
    value.ok()
}

/// A piece of an event, for a message.
fn shown(piece: &str) -> String {
    text::cut(piece, LONGEST_FIELD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(raw: &str) -> Incident {
        Event::read(serde_json::from_str(raw).unwrap()).incident(1_000)
    }

    #[test]
    fn an_event_becomes_an_incident_with_all_it_says() {
        let raw = r#"{"alertEventId":"e-1","alertId":7,"name":"Shell","description":"Look","alertSummary":"5 in 10",
            "eventDate":1581418327.791000000,"alertWindowStartDate":1581414727.791000000,"alertWindowEndDate":1581418327.791,
            "severity":"HIGH","groupBy":{"a.b":"x","port":22},"tags":["t1","t2"],"hits":0,"isMuted":true,"mitreTags":["T1059"]}"#;
        let incident = incident(raw);
        assert_eq!(incident.raw, raw);
        assert_eq!(incident.defects, [""; 0]);
        assert_eq!(incident.occurred, "2020-02-11T10:52:07.791Z");
        assert_eq!(
            incident.window,
            Some(TimeWindow { start: "2020-02-11T09:52:07.791Z".into(), end: "2020-02-11T10:52:07.791Z".into() })
        );
        assert_eq!(incident.group_by, [("a.b".into(), "x".into()), ("port".into(), "22".into())]);
        assert_eq!((incident.rule_id, incident.severity, incident.muted), (Some(7), Severity::High, true));
        assert_eq!((incident.tags, incident.mitre_tags), (vec!["t1".into(), "t2".into()], vec!["T1059".into()]));
    }

    #[test]
    fn optional_fields_may_be_absent_or_null() {
        let incident = incident(
            r#"{"alertEventId":"e","eventDate":1581418327,"severity":"low","name":"n","groupBy":null,"tags":null,
            "description":null,"alertId":null,"isMuted":null,"mitreTags":null,"alertSummary":""}"#,
        );
        assert_eq!(incident.defects, [""; 0]);
        assert_eq!((incident.severity, incident.summary, incident.window), (Severity::Low, None, None));
    }

    #[test]
    fn every_bad_field_is_a_defect_and_the_event_is_delivered() {
        for (raw, defect) in [
            (r#"{"severity":"CRITICAL"}"#, "severity is \"CRITICAL\""),
            (r#"{"severity":null}"#, "severity is missing"),
            (r#"{"severity":4}"#, "severity is 4"),
            (r#"{"groupBy":"x"}"#, "groupBy is \"x\""),
            (r#"{"groupBy":[1]}"#, "groupBy is [1]"),
            (r#"{"tags":"x"}"#, "tags is \"x\""),
            (r#"{"tags":[1,"a"]}"#, "tags holds 1"),
            (r#"{"alertId":-1}"#, "alertId is -1"),
            (r#"{"alertId":99999999999}"#, "alertId is 99999999999"),
            (r#"{"name":[]}"#, "name is []"),
            (r#"{"isMuted":"no"}"#, "isMuted is \"no\""),
            (r#"{"eventDate":-5}"#, "eventDate is -5"),
            (r#"{"eventDate":4102444800}"#, "eventDate is 4102444800"),
            (r#"{"eventDate":"soon"}"#, "eventDate is \"soon\""),
            (r#"{"eventDate":{}}"#, "eventDate is {}"),
            (r#"{"alertWindowStartDate":true}"#, "alertWindowStartDate is true"),
            (r#"{"name":"a","name":"b"}"#, "name occurs more than once"),
            (r#"{"eventDate":1581418327,"eventDate":1581418328}"#, "eventDate is ambiguous"),
            (r#"{"alertEventId":7}"#, "alertEventId is missing or not an id"),
            (r#"{"alertEventId":""}"#, "alertEventId is missing or not an id"),
            (r#"{"description":"\ud800"}"#, "description is"),
            ("{}", "name is missing"),
            ("null", "not a JSON object"),
            ("[[]]", "not a JSON object"),
            (r#""text""#, "not a JSON object"),
        ] {
            let incident = incident(raw);
            assert!(incident.defects.iter().any(|d| d.contains(defect)), "{raw}: {:?}", incident.defects);
            assert_eq!(incident.raw, raw);
            assert!(!incident.id.is_empty() && !incident.name.is_empty());
        }
    }

    #[test]
    fn keys_of_group_by_cannot_replace_the_fields_of_the_event() {
        let incident = incident(
            r#"{"groupBy":{"severity":"error","eventDate":"0","alertEventId":"other","name":"n2","tags":"x"},
            "alertEventId":"e","eventDate":1581418327,"severity":"LOW","name":"n"}"#,
        );
        assert_eq!((incident.id.as_str(), incident.name.as_str(), incident.severity), ("e", "n", Severity::Low));
        assert_eq!(incident.group_by.len(), 5);
        assert_eq!(incident.defects, [""; 0]);
    }

    #[test]
    fn an_event_without_an_id_gets_the_same_one_each_time() {
        let (a, b, c) = (incident(r#"{"x":1}"#), incident(r#"{"x":1}"#), incident(r#"{"x":2}"#));
        assert_eq!(a.id, b.id);
        assert_ne!(a.id, c.id);
        assert!(a.id.starts_with("content-"));
    }

    #[test]
    fn dates_are_read_as_number_text_or_rfc_3339() {
        for text in ["1581418327.791", "\"1581418327.791000000\"", "1581418327791", "\"2020-02-11T10:52:07.791Z\""] {
            assert_eq!(date(text), Some(1_581_418_327_791), "{text}");
        }
    }
}
