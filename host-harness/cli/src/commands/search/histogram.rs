//! `search --histogram`: how many logs match a query over time. Logz.io counts what a search finds, so a bar is a search for
//! one log; where it does not count all of them, they are read.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use indicatif::ProgressBar;
use logzio_soar_host::Session;
use logzio_soar_host::contract::{ContractError, Error, LogPage, LogQuery, Notice, NoticeCode, Order};
use tokio::task::JoinSet;

use super::arguments::SearchArguments;
use super::bars::{Bar, bars, days, size_for};
use super::plot::{BarRecord, Plot};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Ink, Output, note, progress, say};

/// How many counts are asked for side by side.
const AT_ONCE: usize = 4;
/// How many logs are asked for at a time where they have to be read.
const PAGE: u32 = 10_000;
/// Runs the command.
pub(crate) async fn run(session: &Session, arguments: &SearchArguments) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen();
    let mut output = Output::to_stdout(arguments.output.output)?;
    let query = Query { session: session.clone(), lucene: arguments.query.clone() };
    let progress = progress("{bar:20} {pos} of {len} counts ({elapsed})", Some(0));
    let counted = interrupt.or(count(&query, arguments, &progress)).await;
    progress.finish_and_clear();
    let counted = counted??;
    for notice in &counted.notices {
        say("warning", &notice.text);
    }
    if counted.bars.is_empty() {
        output.finish(false)?;
        note("no logs were found");
        return Ok(());
    }
    let most = counted.bars.iter().map(|bar| bar.count).max().unwrap_or_default();
    let total: u64 = counted.bars.iter().map(|bar| bar.count).sum();
    let plot = Plot { most, digits: total.to_string().len().max(4), size: counted.size, ink: Ink::of_this_terminal() };
    for bar in &counted.bars {
        output.write(&BarRecord::new(bar, counted.range, &plot))?;
    }
    output.write_for_people(|page| plot.write_total(page, total))?;
    output.finish(false)?;
    Ok(())
}

/// The bars of a histogram, none if nothing matches.
struct Counted {
    size: TimeDelta,
    /// From the first log until the first moment behind the last one: more was not counted.
    range: (DateTime<Utc>, DateTime<Utc>),
    bars: Vec<Bar>,
    notices: Vec<Notice>,
}

async fn count(query: &Query, arguments: &SearchArguments, progress: &ProgressBar) -> Result<Counted, Failure> {
    let end = |order| query.end(order, arguments.since.clone(), arguments.until.clone());
    let (first, last) = tokio::join!(end(Order::OldestFirst), end(Order::NewestFirst));
    let ((first, at_first), (last, at_last)) = (first?, last?);
    let mut notices = Notices::default();
    notices.extend(at_first);
    notices.extend(at_last);
    let (Some(first), Some(last)) = (first, last) else {
        let range = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        return Ok(Counted { size: TimeDelta::zero(), range, bars: Vec::new(), notices: notices.all });
    };
    // Logs may come and go between two searches.
    let (first, last) = (first.min(last), first.max(last));
    let size = size_for(first, last);
    let mut bars = bars(first, last, size);
    let mut pieces: VecDeque<(usize, DateTime<Utc>, DateTime<Utc>)> = VecDeque::new();
    for (place, bar) in bars.iter().enumerate() {
        pieces.extend(
            days(bar.start.max(first), bar.end.min(last + TimeDelta::milliseconds(1))).map(|(a, b)| (place, a, b)),
        );
    }
    progress.set_length(u64::try_from(pieces.len()).unwrap_or_default());
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some((place, since, until)) = pieces.pop_front()
        {
            let query = query.clone();
            under_way.spawn(async move { query.count(since, until).await.map(|found| (place, found)) });
        }
        let Some(done) = under_way.join_next().await else { break };
        let done = done.map_err(|error| Failure::File(format!("a search could not be awaited: {error}")))?;
        let (place, (found, said)) = done?;
        *counts.entry(place).or_default() += found;
        notices.extend(said);
        progress.inc(1);
    }
    for (place, bar) in bars.iter_mut().enumerate() {
        bar.count = counts.get(&place).copied().unwrap_or_default();
    }
    let range = (first, last + TimeDelta::milliseconds(1));
    Ok(Counted { size, range, bars, notices: notices.all })
}

/// Each notice once, as they came.
#[derive(Default)]
struct Notices {
    all: Vec<Notice>,
    known: HashSet<String>,
}

impl Notices {
    fn extend(&mut self, notices: Vec<Notice>) {
        // The command goes on by itself.
        let notices = notices.into_iter().filter(|notice| notice.code != NoticeCode::GoesOn);
        self.all.extend(notices.filter(|notice| self.known.insert(notice.text.clone())));
    }
}

#[derive(Clone)]
struct Query {
    session: Session,
    lucene: String,
}

impl Query {
    /// The time of the first log in an order, none if there is no log, and the notices.
    async fn end(
        &self,
        order: Order,
        since: Option<String>,
        until: Option<String>,
    ) -> Result<(Option<DateTime<Utc>>, Vec<Notice>), Failure> {
        let mut query = LogQuery { order: Some(order), since, until, ..self.of(1) };
        let mut notices = Vec::new();
        loop {
            let page = self.session.search_logs(&query).await??;
            notices.extend(page.notices);
            if let Some(log) = page.logs.first() {
                let time = log.timestamp.as_ref().and_then(|time| DateTime::parse_from_rfc3339(time).ok());
                let unreadable = || {
                    let text = "a log at the end of the range has no @timestamp that can be read: narrow the range";
                    Failure::from(ContractError::from(Error::MalformedResponse(text.into())))
                };
                return Ok((Some(time.ok_or_else(unreadable)?.to_utc()), notices));
            }
            if page.next.is_none() {
                return Ok((None, notices));
            }
            query.page = page.next;
        }
    }

    /// How many logs there are from one moment until before another one, and the notices.
    async fn count(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<(u64, Vec<Notice>), Failure> {
        let text = |time: DateTime<Utc>| Some(time.to_rfc3339_opts(SecondsFormat::Millis, true));
        let (since, until) = (text(since), text(until - TimeDelta::milliseconds(1)));
        let query = LogQuery { since: since.clone(), until: until.clone(), ..self.of(1) };
        let page = self.session.search_logs(&query).await??;
        if let Some(total) = page.total {
            return Ok((total.into(), page.notices));
        }
        let mut query = LogQuery { since, until, ..self.of(PAGE) };
        let mut notices = page.notices;
        let mut count = 0;
        loop {
            let LogPage { logs, next, notices: said, .. } = self.session.search_logs(&query).await??;
            count += u64::try_from(logs.len()).unwrap_or_default();
            notices.extend(said);
            if next.is_none() {
                return Ok((count, notices));
            }
            query.page = next;
        }
    }

    fn of(&self, limit: u32) -> LogQuery {
        LogQuery {
            lucene: self.lucene.clone(),
            since: None,
            until: None,
            order: None,
            fields: vec!["@timestamp".into()],
            limit: Some(limit),
            page: None,
        }
    }
}
