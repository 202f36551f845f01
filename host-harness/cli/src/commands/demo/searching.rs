//! The logs, the search and the hunt of the demo, each compared with the ground truth.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use logzio_simulator::{AccountKind, EventRecord, Log, Simulator};
use logzio_soar_host::Session;
use logzio_soar_host::contract::{HuntRequest, Indicator, LogQuery, Order};
use serde_json::Value;

use super::fetching::Feed;
use super::scenario::DAYS;
use super::stage::Stage;
use crate::failure::Failure;
use crate::records::{LogRecord, SightingRecord, field_of};

/// What is hunted for: an address, a program, and a domain that nobody went to.
const HUNTED: [&str; 3] = ["203[.]0[.]113[.]9", "powershell.exe", "c2.evil[.]example"];

pub(super) async fn logs_behind(
    stage: &mut Stage,
    session: &Session,
    feed: &Feed,
    simulator: &Simulator,
) -> Result<EventRecord, Failure> {
    let truth = simulator.events();
    // The newest incident of a container, as it is searched for next; any with logs otherwise.
    let with_logs = || {
        let newest = feed.incidents.iter().rev();
        newest
            .filter_map(|incident| truth.iter().find(|event| event.id == incident.id))
            .filter(|event| !event.logs.is_empty())
    };
    let found = with_logs().find(|event| event.rule_name.contains("Falco")).or(with_logs().next());
    let event = found.cloned().ok_or(Failure::Found)?;
    stage.title("The logs behind an incident")?;
    stage.say(&format!("{}, {}:", event.rule_name, event.id))?;
    let page = session.get_logs_by_event_id(&event.id, Some(100), None).await??;
    for log in page.logs.iter().take(4) {
        stage.record(&LogRecord::new(log, &[]))?;
        stage.pause(120).await;
    }
    stage.verdict(
        page.logs.len() == event.logs.len(),
        &format!("{} logs, {} in the ground truth", page.logs.len(), event.logs.len()),
    )?;
    Ok(event)
}

pub(super) async fn search(
    stage: &mut Stage,
    session: &Session,
    event: &EventRecord,
    simulator: &Simulator,
) -> Result<(), Failure> {
    let lucene = "type:falco AND output_fields.user.name:root";
    let (since, until) = (event.date - TimeDelta::days(DAYS), event.date);
    stage.title("A search in the Operations account")?;
    stage.say(&format!("{lucene}, {DAYS} days up to the incident, newest first:"))?;
    let mut query = LogQuery {
        since: Some(since.to_rfc3339_opts(SecondsFormat::Millis, true)),
        until: Some(until.to_rfc3339_opts(SecondsFormat::Millis, true)),
        order: Some(Order::NewestFirst),
        limit: Some(100),
        ..LogQuery::new(lucene)
    };
    let mut found = 0;
    loop {
        let page = session.search_logs(&query).await??;
        for log in page.logs.iter().take(3_usize.saturating_sub(found)) {
            stage.record(&LogRecord::new(log, &[]))?;
            stage.pause(120).await;
        }
        found += page.logs.len();
        if page.next.is_none() {
            break;
        }
        query.page = page.next;
    }
    let logs = simulator.logs(AccountKind::Operations);
    let due = logs.iter().filter(|log| log.time() >= since && log.time() <= until && is_falco_by_root(log));
    let due = due.count();
    stage.verdict(
        found == due && found > 0,
        &format!("{found} logs, {due} in the ground truth; Logz.io itself searches 2 days at a time"),
    )
}

/// Whether a log matches the query of the search, decided without a query language.
fn is_falco_by_root(log: &Log) -> bool {
    let document: Value = serde_json::from_slice(log.document()).unwrap_or_default();
    let holds = |field, wanted: &str| {
        // Logz.io repeats some values in an array.
        let text = field_of(&document, field).unwrap_or_default();
        text == wanted || text.contains(&format!("\"{wanted}\""))
    };
    holds("type", "falco") && holds("output_fields.user.name", "root")
}

pub(super) async fn hunt(
    stage: &mut Stage,
    session: &Session,
    simulator: &Simulator,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    stage.title("A hunt for indicators, as a report writes them")?;
    stage.say(&format!("{}, {DAYS} days back:", HUNTED.join(", ")))?;
    let request = HuntRequest {
        since: Some(format!("{DAYS} days ago")),
        limit_per_indicator: Some(1),
        ..HuntRequest::new(HUNTED.map(Indicator::from))
    };
    let report = session.hunt_indicators(&request).await??;
    for sighting in report.sightings.iter().filter(|sighting| sighting.hits > 0) {
        stage.record(&SightingRecord(sighting))?;
        stage.pause(120).await;
    }
    let since = now - TimeDelta::days(DAYS);
    let logs = simulator.logs(AccountKind::Operations);
    let documents = logs.iter().filter(|log| log.time() >= since && log.time() <= now);
    let documents: Vec<_> = documents.map(|log| String::from_utf8_lossy(log.document())).collect();
    let due: Vec<usize> = report
        .sightings
        .iter()
        .map(|sighting| documents.iter().filter(|document| has_word(document, &sighting.value)).count())
        .collect();
    let hits: Vec<usize> =
        report.sightings.iter().map(|sighting| usize::try_from(sighting.hits).unwrap_or_default()).collect();
    let listed = |counts: &[usize]| counts.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    stage.verdict(
        hits == due && hits.len() == HUNTED.len(),
        &format!("{} logs hold them, {} in the ground truth", listed(&hits), listed(&due)),
    )
}

/// Whether a text holds a value, and not as a part of a longer one.
fn has_word(text: &str, value: &str) -> bool {
    let ends = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    text.match_indices(value).any(|(at, _)| {
        let (before, from) = text.split_at_checked(at).unwrap_or_default();
        ends(before.chars().next_back()) && ends(from.chars().nth(value.chars().count()))
    })
}
