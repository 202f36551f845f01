//! `demo`: the main job on a simulated account, from the check of the connection to the logs behind an incident, compared
//! with the simulator's ground truth at the end.
//!
//! The simulator and the component share a clock that stands still unless it is moved, so a demo is the same each time.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use logzio_simulator::{
    AccountKind, Clock, Event, EventRecord, Log, Region, Scenario, Severity, Simulator, SimulatorOptions,
};
use logzio_soar_host::contract::{
    EventFilter, FetchRequest, HuntRequest, Incident, IncidentPage, Indicator, LogQuery, Notice, Order, Start,
};
use logzio_soar_host::{Connection, EMBEDDED_COMPONENT, Session, Upstream};
use serde_json::Value;

use crate::arguments::DemoArguments;
use crate::colour::Palette;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Page, Record};
use crate::record::{CheckRecord, IncidentRecord, LogRecord, field_of, is_failed};
use crate::runner;
use crate::sighting::SightingRecord;
use crate::table::{stdout_width, wrapped};

/// How far back the first fetch goes.
const DAYS: i64 = 3;
/// What is hunted for: an address, a program, and a domain that nobody went to.
const HUNTED: [&str; 3] = ["203[.]0[.]113[.]9", "powershell.exe", "c2.evil[.]example"];
/// How many virtual minutes are shown live.
const LIVE_MINUTES: u32 = 12;
/// The narrowest and the widest that the demo writes.
const WIDTHS: (usize, usize) = (60, 100);

/// Runs the command.
pub(crate) async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen();
    interrupt.or(show(arguments)).await?
}

async fn show(arguments: DemoArguments) -> Result<(), Failure> {
    let mut stage = Stage::new(arguments.hurry);
    let now = start_of_demo();
    let (simulator, clock) = simulated(arguments.seed, now);

    stage.title("A simulated Logz.io account, and a component in a sandbox")?;
    let events = simulator.events();
    let known = events.iter().filter(|event| event.visible_at <= now).count();
    stage.say(&format!(
        "The account is in the region eu and has {known} security events. Its clock stands at {} UTC. Nothing leaves this \
         machine.",
        now.format("%Y-%m-%d %H:%M")
    ))?;
    let time = clock.clone();
    let builder = runner::builder(&arguments.component)
        .upstream(Upstream::service(simulator.router()))
        .clock(move || time.now().into());
    let progress = stage.progress("compiling the component");
    let runner = runner::build(builder).await?;
    progress.finish_and_clear();
    let session = runner.connect(
        Connection::new()
            .region("eu")
            .security_token(simulator.security_token())
            .operations_token(simulator.operations_token()),
    );
    let component = match &arguments.component.component {
        Some(file) => file.display().to_string(),
        None => format!("The embedded component ({} KB)", EMBEDDED_COMPONENT.len() / 1_000),
    };
    stage.say(&format!(
        "{component} may reach {} and nothing else; it has no files, no sockets, 256 MiB of memory and 30 seconds a call.",
        session.allowed_origin().unwrap_or_default()
    ))?;

    stage.title("Does the connection work?")?;
    let checks = session.check_connection().await??;
    for check in &checks {
        stage.record(&CheckRecord::from(check))?;
        stage.pause(150).await;
    }
    if checks.iter().any(is_failed) {
        return Err(Failure::Found);
    }

    let mut feed = Feed::new(session.clone(), now);
    first_fetch(&mut stage, &mut feed).await?;
    live(&mut stage, &mut feed, &simulator, &clock).await?;
    let event = logs_behind(&mut stage, &session, &feed, &simulator).await?;
    search(&mut stage, &session, &event, &simulator).await?;
    hunt(&mut stage, &session, &simulator, clock.now()).await?;
    compare(&mut stage, &feed, &simulator, &clock)
}

/// A moment that no clock of this machine knows, so that each demo is alike.
fn start_of_demo() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).single().unwrap_or_default()
}

fn simulated(seed: u64, now: DateTime<Utc>) -> (Simulator, Clock) {
    let clock = Clock::at(now);
    let simulator = Simulator::new(SimulatorOptions {
        clock: clock.clone(),
        region: Region::from_code("eu"),
        seed,
        ..SimulatorOptions::default()
    });
    simulator.generate(&Scenario {
        events_per_hour: 6.0,
        background_logs_per_hour: 60.0,
        ..Scenario::new(now - TimeDelta::days(7), now)
    });
    // The live part: some new events, two of them at the same moment, and one that Logz.io indexes only after later ones.
    let at = |seconds| now + TimeDelta::seconds(seconds);
    let event = |id: u32, seconds, severity, rule: &str| {
        Event::new(format!("5a1e7b2c-0d3f-4e6a-8b9c-{id:012}"), at(seconds))
            .visible_at(at(seconds + 20))
            .severity(severity)
            .rule(9_000 + id, rule)
    };
    simulator.add_events([
        event(1, 65, Severity::Medium, "Okta: impossible travel").group_by([("user", "ada")]),
        event(2, 100, Severity::Severe, "Malware found by endpoint protection")
            .group_by([("host", "hq-laptop-17")])
            .visible_at(at(500)),
        event(3, 140, Severity::High, "Brute force: many failed SSH logins").group_by([("source.ip", "203.0.113.9")]),
        event(4, 140, Severity::High, "Brute force: many failed SSH logins").group_by([("source.ip", "203.0.113.77")]),
        event(5, 320, Severity::Low, "Firewall: port scan").group_by([("source.ip", "198.51.100.4")]),
    ]);
    (simulator, clock)
}

/// What a platform does: fetch with the cursor of the page before.
struct Feed {
    session: Session,
    since: DateTime<Utc>,
    start: Start,
    incidents: Vec<Incident>,
    notices: Vec<Notice>,
}

impl Feed {
    fn new(session: Session, now: DateTime<Utc>) -> Self {
        Self {
            session,
            since: now - TimeDelta::days(DAYS),
            start: Start::At(format!("{DAYS} days ago")),
            incidents: Vec::new(),
            notices: Vec::new(),
        }
    }

    async fn fetch(&mut self) -> Result<IncidentPage, Failure> {
        let request = FetchRequest {
            start: self.start.clone(),
            filter: EventFilter { rule_name: None, severities: vec![], tags: vec![], include_muted: false },
            limit: None,
            look_back_minutes: None,
            attach_logs: None,
        };
        let page = self.session.fetch_incidents(&request).await??;
        self.start = Start::After(page.next.clone());
        self.incidents.extend(page.incidents.iter().cloned());
        self.notices.extend(page.notices.iter().cloned());
        Ok(page)
    }
}

async fn first_fetch(stage: &mut Stage, feed: &mut Feed) -> Result<(), Failure> {
    stage.title(&format!("The first fetch goes {DAYS} days back"))?;
    let progress = stage.progress("fetching");
    let mut pages = 0;
    loop {
        let page = feed.fetch().await?;
        pages += 1;
        progress.set_message(format!("{} incidents", feed.incidents.len()));
        stage.pause(60).await;
        if !page.more {
            break;
        }
    }
    progress.finish_and_clear();
    let count = feed.incidents.len();
    stage.say(&format!("{count} incidents in {pages} pages, oldest first. The last ones:"))?;
    for incident in feed.incidents.iter().skip(count.saturating_sub(4)) {
        stage.record(&IncidentRecord::from(incident))?;
        stage.pause(120).await;
    }
    Ok(())
}

async fn live(stage: &mut Stage, feed: &mut Feed, simulator: &Simulator, clock: &Clock) -> Result<(), Failure> {
    stage.title(&format!("{LIVE_MINUTES} minutes live, in fast motion: a fetch each minute"))?;
    stage.say(
        "Logz.io needs a while to index, so the last three minutes are left for the next fetch. One event is indexed only \
         after later ones: it still comes, and nothing comes twice.",
    )?;
    let truth: BTreeMap<String, EventRecord> =
        simulator.events().into_iter().map(|event| (event.id.clone(), event)).collect();
    for minute in 1..=LIVE_MINUTES {
        clock.advance(TimeDelta::minutes(1));
        let newest = feed.incidents.iter().map(|incident| incident.occurred.clone()).max();
        let page = feed.fetch().await?;
        let time = clock.now().format("%H:%M");
        match page.incidents.len() {
            0 => stage.faint(&format!("{time}  nothing new"))?,
            1 => stage.faint(&format!("{time}  1 new"))?,
            count => stage.faint(&format!("{time}  {count} new"))?,
        }
        for incident in &page.incidents {
            stage.record(&IncidentRecord::from(incident))?;
            let late = truth.get(&incident.id).map(|event| event.visible_at - event.date);
            if let Some(late) = late.filter(|_| newest.as_ref() > Some(&incident.occurred)) {
                stage.notice(&format!(
                    "late: indexed {} min after it happened, behind what was read already",
                    late.num_minutes()
                ))?;
            }
        }
        stage.pause(if minute == LIVE_MINUTES { 100 } else { 250 }).await;
    }
    Ok(())
}

async fn logs_behind(
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

async fn search(
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
        lucene: lucene.to_owned(),
        since: Some(since.to_rfc3339_opts(SecondsFormat::Millis, true)),
        until: Some(until.to_rfc3339_opts(SecondsFormat::Millis, true)),
        order: Some(Order::NewestFirst),
        fields: vec![],
        limit: Some(100),
        page: None,
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

/// Whether a log matches the query of the search, told without a query language.
fn is_falco_by_root(log: &Log) -> bool {
    let document: Value = serde_json::from_slice(log.document()).unwrap_or_default();
    let holds = |field, wanted: &str| {
        // Logz.io repeats some values in an array.
        let text = field_of(&document, field).unwrap_or_default();
        text == wanted || text.contains(&format!("\"{wanted}\""))
    };
    holds("type", "falco") && holds("output_fields.user.name", "root")
}

async fn hunt(stage: &mut Stage, session: &Session, simulator: &Simulator, now: DateTime<Utc>) -> Result<(), Failure> {
    stage.title("A hunt for indicators, as a report writes them")?;
    stage.say(&format!("{}, {DAYS} days back:", HUNTED.join(", ")))?;
    let indicators = HUNTED.map(|value| Indicator { value: value.to_owned(), kind: None });
    let request = HuntRequest {
        indicators: indicators.to_vec(),
        fields: vec![],
        internal_networks: vec![],
        since: Some(format!("{DAYS} days ago")),
        until: None,
        limit_per_indicator: Some(1),
    };
    let report = session.hunt_indicators(&request).await??;
    for sighting in report.sightings.iter().filter(|sighting| sighting.hits > 0) {
        stage.record(&SightingRecord::from(sighting))?;
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

fn compare(stage: &mut Stage, feed: &Feed, simulator: &Simulator, clock: &Clock) -> Result<(), Failure> {
    stage.title("Was every event delivered, once, and nothing else?")?;
    let now = clock.now();
    let mut delivered: BTreeMap<&str, usize> = BTreeMap::new();
    for incident in &feed.incidents {
        *delivered.entry(&incident.id).or_default() += 1;
    }
    let due: Vec<EventRecord> = simulator
        .events()
        .into_iter()
        .filter(|event| event.date >= feed.since && event.visible_at <= now && !event.muted)
        .collect();
    let missing = due.iter().filter(|event| !delivered.contains_key(event.id.as_str())).count();
    let twice = delivered.values().filter(|times| **times > 1).count();
    let unknown = delivered.len().saturating_sub(due.len().saturating_sub(missing));
    stage.verdict(
        missing == 0 && twice == 0 && unknown == 0,
        &format!(
            "{} events due, {} delivered, {missing} missing, {twice} twice, {unknown} too many",
            due.len(),
            feed.incidents.len()
        ),
    )?;
    for notice in &feed.notices {
        stage.notice(&format!("warning: {}", notice.text))?;
    }
    if stage.failed {
        return Err(Failure::Found);
    }
    stage.say("")?;
    stage.say("Next: `logzio-soar simulate` serves such an account to other programs; `logzio-soar check --help` tells how to \
               connect to yours.")
}

/// Writes the demo, at a pace that can be read if someone is there to read it.
struct Stage {
    out: Box<dyn Write>,
    palette: Palette,
    width: usize,
    hurry: bool,
    failed: bool,
    titled: bool,
}

impl Stage {
    fn new(hurry: bool) -> Self {
        let width = stdout_width().unwrap_or(80).clamp(WIDTHS.0, WIDTHS.1);
        Self {
            out: Box::new(io::stdout()),
            palette: Palette::for_stdout(),
            width,
            hurry: hurry || !io::stdout().is_terminal(),
            failed: false,
            titled: false,
        }
    }

    fn title(&mut self, text: &str) -> Result<(), Failure> {
        let style = self.palette.title;
        if std::mem::replace(&mut self.titled, true) {
            writeln!(self.out)?;
        }
        writeln!(self.out, "{style}== {text}{style:#}")?;
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        for line in wrapped(text, self.width) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn faint(&mut self, text: &str) -> Result<(), Failure> {
        let style = self.palette.faint;
        writeln!(self.out, "{style}{text}{style:#}")?;
        Ok(())
    }

    fn notice(&mut self, text: &str) -> Result<(), Failure> {
        let style = self.palette.notice;
        for line in wrapped(text, self.width.saturating_sub(4)) {
            writeln!(self.out, "    {style}{line}{style:#}")?;
        }
        Ok(())
    }

    fn verdict(&mut self, good: bool, text: &str) -> Result<(), Failure> {
        let (mark, style) = if good { ("ok", self.palette.good) } else { ("WRONG", self.palette.bad) };
        self.failed |= !good;
        writeln!(self.out, "{style}{mark}{style:#}  {text}")?;
        Ok(())
    }

    fn record(&mut self, record: &impl Record) -> Result<(), Failure> {
        let (palette, width) = (self.palette, Some(self.width));
        record.write_for_people(&mut Page { out: &mut *self.out, palette, width }, false)?;
        Ok(())
    }

    fn progress(&self, message: &str) -> ProgressBar {
        if self.hurry {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(message.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    async fn pause(&self, milliseconds: u64) {
        if !self.hurry {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
    }
}
