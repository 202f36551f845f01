//! What `hunt-indicators` means: many indicators in few searches, and each log
//! back to the indicators that it holds.
//!
//! 1. Indicators are packed into queries as large as Logz.io takes, and each
//!    query is asked for in windows of two days, the newest first.
//! 2. Each log that is found is compared with every indicator of its query:
//!    Logz.io finds words, an indicator is more than that.
//! 3. Where a window holds more logs than are read at once, the query is
//!    halved, until one indicator is left. Its logs are those that Logz.io
//!    counted, unless some of those do not hold it: then more are read.
//! 4. An indicator counts as looked for when all of its windows were searched.

use crate::connection::Account;
use crate::contract::{Error, HuntReport, HuntRequest, IndicatorKind, Notice, Searched};
use crate::hunting::arguments::{self, internal_networks, read_indicators};
use crate::hunting::coverage::Coverage;
use crate::hunting::fields::{Fields, Scope};
use crate::hunting::indicator::{Indicator, Values};
use crate::hunting::job::Job;
use crate::hunting::pair::Pair;
use crate::hunting::query::{Everywhere, Queries, Query};
use crate::hunting::report::{Findings, Stop, report};
use crate::hunting::sighting::Witness;
use crate::logs::range::Range;
use crate::logzio::client::Client;
use crate::logzio::conversions;
use crate::logzio::paging::PageError;
use crate::logzio::wire::{LogHits, LogSearch};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many logs can be returned for each indicator.
pub const LIMITS: std::ops::RangeInclusive<u32> = 0..=1_000;
/// See [`LIMITS`].
pub const DEFAULT_LIMIT: u32 = 100;
/// The most searches of a call: a host gives a call only so much.
const MOST_SEARCHES: usize = 2_000;
/// The searches that are under way at a time.
const AT_ONCE: usize = 4;
/// How many logs are read at once again behind one that is too large.
const ROWS_AGAIN: u32 = 8;
/// All that is read of a log that is too large.
const TIME: &str = "@timestamp";

/// Carries out `hunt-indicators`.
///
/// # Errors
/// As the contract has it.
pub fn hunt(client: &Client, request: &HuntRequest, now: DateTime<Utc>) -> Result<HuntReport, Error> {
    let limit = request.limit_per_indicator.unwrap_or(DEFAULT_LIMIT);
    if !LIMITS.contains(&limit) {
        return Err(Error::InvalidArgument(format!(
            "a limit of {limit} logs per indicator is not possible: give {} to {}",
            LIMITS.start(),
            LIMITS.end()
        )));
    }
    let (range, too_far) = arguments::range(request.since.as_deref(), request.until.as_deref(), now)?;
    let windows = range.windows();
    let mut fields = Fields::read(&request.fields, client.target())?;
    let internal = internal_networks(&request.internal_networks)?;
    let (indicators, given, rejected) = read_indicators(&request.indicators, client.target())?;
    client.target().require(Account::Operations)?;
    let (indicators, hosts) = with_hosts(indicators);
    let must_learn = indicators.iter().any(|indicator| !fields.are_named(indicator.kind));
    let coverage = Coverage::of(client, &windows, &mut fields, must_learn, request.log_types.as_deref())?;

    let mut hunt = Hunt {
        client,
        fields,
        found: Findings::new(indicators, limit, internal),
        searches: coverage.searches,
        at_once: AT_ONCE,
    };
    let mut notices: Vec<Notice> = too_far.into_iter().chain(coverage.notice.clone()).collect();
    notices.extend(hunt.found.notice_of_internal_addresses());
    // The windows of a pack become searches when its turn comes.
    let mut packs = VecDeque::from(hunt.queries().packs());
    let mut jobs = VecDeque::new();
    let mut failure = hunt.work(&mut jobs, &mut packs, &windows);
    while failure.is_none() && jobs.is_empty() && packs.is_empty() {
        jobs = hunt.searches_for_the_first();
        if jobs.is_empty() {
            break;
        }
        failure = hunt.work(&mut jobs, &mut packs, &windows);
    }
    let open: BTreeSet<usize> =
        jobs.into_iter().flat_map(|job| job.members).chain(packs.into_iter().flatten()).collect();
    let stop = match failure {
        Some(error) => Stop::Failed(error),
        None if hunt.searches >= MOST_SEARCHES => Stop::MostSearches(MOST_SEARCHES),
        None => Stop::Enough(client.why_enough().unwrap_or("the time budget ended"), client.target().budget),
    };
    if hunt.found.everywhere != Everywhere::Within {
        let is_asked = |place: &usize| hunt.queries_as(Everywhere::Within).are_asked_everywhere(&[*place]);
        let places: Vec<usize> = (0..hunt.found.indicators.len()).filter(is_asked).collect();
        places.into_iter().for_each(|place| hunt.found.sightings.searched_in_part(place));
    }
    let searched = searched(&hunt, &coverage);
    let mut report = report(hunt.found, &given, &hosts, &open, rejected, stop, notices)?;
    if !coverage.is_whole() {
        report.sightings.iter_mut().for_each(|sighting| sighting.complete = false);
    }
    Ok(HuntReport { searched, unknown_log_types: coverage.unknown, ..report })
}

/// The indicators, and behind them the hosts of URLs that are not among them, with the URLs that they are of.
fn with_hosts(mut indicators: Vec<Indicator>) -> (Vec<Indicator>, BTreeMap<usize, Vec<usize>>) {
    let mut known: BTreeMap<(IndicatorKind, String), usize> =
        indicators.iter().enumerate().map(|(place, indicator)| (indicator.identity(), place)).collect();
    let given = indicators.len();
    let mut hosts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for url in 0..given {
        let Some(indicator) = indicators.get(url).filter(|indicator| indicator.kind == IndicatorKind::Url) else {
            continue;
        };
        let Some(host) = indicator.url_host() else { continue };
        let place = *known.entry(host.identity()).or_insert(indicators.len());
        if place == indicators.len() {
            indicators.push(host);
        }
        if place >= given {
            hosts.entry(place).or_default().push(url);
        }
    }
    (indicators, hosts)
}

/// Where each kind that was hunted for was looked for.
fn searched(hunt: &Hunt, coverage: &Coverage) -> Vec<Searched> {
    let kinds: BTreeSet<IndicatorKind> = hunt.found.indicators.iter().map(|indicator| indicator.kind).collect();
    let of_kind = |kind| Searched { kind, fields: hunt.fields.of(kind).to_vec(), log_types: coverage.known.clone() };
    kinds.into_iter().map(of_kind).collect()
}

struct Hunt<'a> {
    client: &'a Client<'a>,
    fields: Fields,
    found: Findings,
    /// How many searches were made.
    searches: usize,
    at_once: usize,
}

impl Hunt<'_> {
    fn queries(&self) -> Queries<'_> {
        self.queries_as(self.found.everywhere)
    }

    fn queries_as(&self, everywhere: Everywhere) -> Queries<'_> {
        Queries { indicators: &self.found.indicators, fields: &self.fields, everywhere }
    }

    fn query(&self, members: &[usize]) -> Query {
        let word_by_word = members.iter().any(|place| self.found.word_by_word.contains(place));
        self.queries().query(members, word_by_word)
    }

    /// Makes searches, a few side by side, until none is left, the time is up
    /// or Logz.io cannot be asked any more. Then returns why.
    fn work(&mut self, jobs: &mut VecDeque<Job>, packs: &mut VecDeque<Vec<usize>>, windows: &[Range]) -> Option<Error> {
        loop {
            let refused = &self.found.refused;
            jobs.retain(|job| !job.members.iter().all(|place| refused.contains_key(place)));
            while jobs.len() < self.at_once
                && let Some(members) = packs.pop_front()
            {
                jobs.extend(windows.iter().map(|window| Job::new(members.clone(), *window)));
            }
            if jobs.is_empty() {
                return None;
            }
            if self.searches > 0 && self.client.why_enough().is_some() {
                return None;
            }
            let left = MOST_SEARCHES.saturating_sub(self.searches);
            if left == 0 {
                return None;
            }
            let batch: Vec<Job> = jobs.drain(..self.at_once.min(jobs.len()).min(left)).collect();
            self.searches += batch.len();
            let everywhere = self.found.everywhere;
            let queries: Vec<Query> = batch.iter().map(|job| self.query(&job.members)).collect();
            let time = [TIME.to_owned()];
            let searches: Vec<LogSearch> = batch
                .iter()
                .zip(&queries)
                .map(|(job, query)| {
                    let window = (job.window.since, job.window.until);
                    let search = LogSearch::of(query.condition.clone(), window, !job.oldest_first, job.rows);
                    if job.only_time { search.with_fields(&time) } else { search }
                })
                .collect();
            let answers = self.client.ask_all(&searches);
            for text in queries.into_iter().flat_map(|query| query.texts) {
                if !self.found.queries.contains(&text) {
                    self.found.queries.push(text);
                }
            }
            let mut failure = None;
            let mut again = Vec::new();
            for (mut job, answer) in batch.into_iter().zip(answers) {
                let single = job.members.len() == 1;
                match answer {
                    Ok(answer) if !single && !job.reads_on() && self.is_cut(&job, &answer) => {
                        again.extend(job.halves());
                    }
                    Ok(answer) => again.extend(self.take(job, answer)),
                    Err(PageError::Failed(Error::QueryRejected(_)))
                        if everywhere != Everywhere::Nothing
                            && self.queries_as(everywhere).are_asked_everywhere(&job.members) =>
                    {
                        // Others of the batch may have been refused for the same.
                        if self.found.everywhere == everywhere {
                            self.found.everywhere = everywhere.less().unwrap_or_default();
                        }
                        again.push(job);
                    }
                    Err(PageError::Failed(Error::QueryRejected(_)))
                        if !job.members.iter().any(|place| self.found.word_by_word.contains(place)) =>
                    {
                        self.found.word_by_word.extend(job.members.iter().copied());
                        again.push(job);
                    }
                    Err(PageError::TooLarge) if job.rows > 1 => {
                        // Large logs: fewer of them at a time, and one answer at a time.
                        job.rows = (job.rows / 8).max(1);
                        self.at_once = 1;
                        again.push(job);
                    }
                    Err(PageError::TooLarge) if !job.only_time => {
                        job.only_time = true;
                        again.push(job);
                    }
                    Err(PageError::Failed(Error::QueryRejected(_))) if !single => again.extend(job.halves()),
                    Err(PageError::Failed(Error::QueryRejected(why))) => {
                        self.found.refused.extend(job.members.into_iter().map(|place| (place, why.clone())));
                    }
                    Err(error) => {
                        let error = Error::from(error);
                        let slower = self.at_once > 1 && matches!(error, Error::RateLimited(_));
                        if slower {
                            self.at_once = 1;
                        } else {
                            failure = failure.or(Some(error));
                        }
                        again.push(job);
                    }
                }
            }
            for job in again.into_iter().rev() {
                jobs.push_front(job);
            }
            if failure.is_some() {
                return failure;
            }
        }
    }

    /// Whether a window holds more logs than were read.
    fn is_cut(&self, job: &Job, answer: &LogHits) -> bool {
        let read = answer.hits.hits.len();
        read >= usize::try_from(job.rows).unwrap_or(usize::MAX)
            && answer
                .hits
                .total
                .is_none_or(|total| !total.is_exact || total.value > u64::try_from(read).unwrap_or(u64::MAX))
    }

    /// Whether an answer is less than what was asked for.
    fn is_partial(job: &Job, answer: &LogHits) -> bool {
        answer.why_partial().is_some() || answer.is_short(job.rows)
    }

    /// Takes over what was found, and tells where to read on.
    fn take(&mut self, mut job: Job, answer: LogHits) -> Vec<Job> {
        let cut = self.is_cut(&job, &answer);
        let read = u64::try_from(answer.hits.hits.len()).unwrap_or(u64::MAX);
        if job.only_time {
            // Whether it holds an indicator cannot be told.
            job.members.iter().for_each(|place| self.found.sightings.answered_in_part(*place));
            let time = answer.hits.hits.into_iter().next().and_then(|hit| conversions::found_log(hit).1);
            let is_more = time.is_some_and(|time| job.go_past(time.timestamp_millis()));
            job.rows = job.rows.max(ROWS_AGAIN);
            return if is_more { vec![job] } else { Vec::new() };
        }
        let partial = Self::is_partial(&job, &answer);
        self.found.stopped_searches += u32::from(partial);
        let total = answer.hits.total;
        let member = |place: &usize| {
            let indicator = self.found.indicators.get(*place)?;
            Some((*place, indicator, self.fields.scope(indicator.kind, indicator.has_a_form())))
        };
        let members: Vec<(usize, &Indicator, Scope)> = job.members.iter().filter_map(member).collect();
        let scopes: BTreeSet<Scope> = members.iter().map(|(_, _, scope)| *scope).collect();
        let mut attributed: u64 = 0;
        let mut last = None;
        for hit in answer.hits.hits {
            let mark = conversions::log_identity(&hit);
            let (log, time) = conversions::found_log(hit);
            last = time.map(|time| time.timestamp_millis()).or(last);
            if !job.known.insert(mark) {
                continue;
            }
            let witness = Witness::new(log, time, &self.fields);
            let values: BTreeMap<Scope, Values> =
                scopes.iter().map(|scope| (*scope, self.fields.values(*scope, witness.document()))).collect();
            let mut held = false;
            for (place, indicator, scope) in &members {
                let is_whole = values.get(scope).is_some_and(|values| indicator.is_in(values));
                let is_pair = || !self.fields.are_named(indicator.kind) && Pair::is_in(indicator, witness.document());
                if is_whole || is_pair() {
                    held = true;
                    if job.oldest_first {
                        self.found.sightings.seen_at(*place, witness.time());
                    } else {
                        self.found.sightings.add(*place, &witness);
                    }
                }
            }
            attributed += u64::from(held);
            job.has_strays |= !held;
            self.found.stray += u32::from(!held && !job.oldest_first);
        }
        if partial {
            for (place, _, _) in &members {
                self.found.sightings.answered_in_part(*place);
            }
        }
        if !cut && !job.oldest_first {
            return Vec::new();
        }
        let [(place, indicator, _)] = members.as_slice() else {
            return if job.go_on(last) { vec![job] } else { job.halves().into() };
        };
        let place = *place;
        if job.oldest_first {
            if attributed > 0 {
                self.found.sightings.first_was_found(place);
            } else if !cut {
                // None of the logs there holds it.
                self.found.sightings.first_is_not_in(place, job.window, partial);
            } else if job.go_on(last) {
                return vec![job];
            } else {
                self.found.sightings.first_is_unknown(place);
            }
            return Vec::new();
        }
        let counts = !job.has_strays && indicator.spellings_are_exact();
        let reads_on = job.reads_on() || !counts;
        if reads_on && job.go_on(last) {
            return vec![job];
        }
        if job.rows == 1 && job.reads_on() && last.is_some_and(|last| job.go_past(last)) {
            // The one log that is read at a time was known, so others of its millisecond cannot be.
            self.found.sightings.answered_in_part(place);
            return vec![job];
        }
        if counts {
            // What Logz.io counted stands for what was not read.
            let more = total.map_or(0, |total| total.value.saturating_sub(read));
            self.found.sightings.cut(place, job.window, more, total.is_some_and(|total| total.is_exact));
        } else {
            self.found.sightings.cut(place, job.window, 0, false);
        }
        Vec::new()
    }

    /// The searches for the earliest log of indicators with more logs than
    /// were read.
    fn searches_for_the_first(&self) -> VecDeque<Job> {
        (0..self.found.indicators.len())
            .filter(|place| !self.found.refused.contains_key(place))
            .filter_map(|place| {
                let window = self.found.sightings.first_is_unread(place)?;
                Some(Job::for_the_earliest(place, window))
            })
            .collect()
    }
}
