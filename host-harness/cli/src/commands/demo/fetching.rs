//! The fetches of the demo, and whether they delivered every event once.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{Clock, EventRecord, Simulator};
use logzio_soar_host::Session;
use logzio_soar_host::contract::{FetchRequest, Incident, IncidentPage, Notice, Start};

use super::scenario::DAYS;
use super::stage::Stage;
use crate::failure::Failure;
use crate::records::IncidentRecord;

/// How many virtual minutes are shown live.
const LIVE_MINUTES: u32 = 12;

/// What a platform does: fetch with the cursor of the page before.
pub(super) struct Feed {
    session: Session,
    since: DateTime<Utc>,
    start: Start,
    pub(super) incidents: Vec<Incident>,
    notices: Vec<Notice>,
}

impl Feed {
    pub(super) fn new(session: Session, now: DateTime<Utc>) -> Self {
        Self {
            session,
            since: now - TimeDelta::days(DAYS),
            start: Start::At(format!("{DAYS} days ago")),
            incidents: Vec::new(),
            notices: Vec::new(),
        }
    }

    async fn fetch(&mut self) -> Result<IncidentPage, Failure> {
        let request = FetchRequest::from(self.start.clone());
        let page = self.session.fetch_incidents(&request).await??;
        self.start = Start::After(page.next.clone());
        self.incidents.extend(page.incidents.iter().cloned());
        self.notices.extend(page.notices.iter().cloned());
        Ok(page)
    }
}

pub(super) async fn first_fetch(stage: &mut Stage, feed: &mut Feed) -> Result<(), Failure> {
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
        stage.record(&IncidentRecord(incident))?;
        stage.pause(120).await;
    }
    Ok(())
}

pub(super) async fn live(
    stage: &mut Stage,
    feed: &mut Feed,
    simulator: &Simulator,
    clock: &Clock,
) -> Result<(), Failure> {
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
            stage.record(&IncidentRecord(incident))?;
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

pub(super) fn compare(stage: &mut Stage, feed: &Feed, simulator: &Simulator, clock: &Clock) -> Result<(), Failure> {
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
