//! What `hunt-indicators` means: many indicators in few searches, and each log
//! back to the indicators that it holds.
//!
//! 1. Indicators are packed into queries as large as Logz.io takes, and each
//!    query is asked for in windows of two days, the newest first.
//! 2. Each log that is found is compared with every indicator of its query:
//!    Logz.io finds words, an indicator is more than that.
//! 3. Where a window holds more logs than are read at once, the query is
//!    halved, until one indicator is left, whose logs Logz.io counted.
//! 4. An indicator counts as looked for when all of its windows were searched.

use crate::api::{LogHits, LogSearch};
use crate::client::{Client, PageError};
use crate::connection::Account;
use crate::contract::{Error, HuntReport, HuntRequest, Indicator as Given, IndicatorKind, RejectedIndicator, sentence};
use crate::indicator::{self, Indicator, Spelling, Values};
use crate::range::Range;
use crate::sighting::{Sightings, Witness};
use crate::{conversions, field_names, lucene};
use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most indicators of a request.
pub const MOST_INDICATORS: usize = 10_000;
/// How many logs can be returned for each indicator.
pub const LIMITS: std::ops::RangeInclusive<u32> = 0..=1_000;
/// See [`LIMITS`].
pub const DEFAULT_LIMIT: u32 = 100;
/// How far back a hunt goes if nothing is said.
const USUAL_DAYS: i64 = 7;
/// The most conditions of one query. Elasticsearch takes 1 024. (Elasticsearch
/// 6.8, "Search settings", `indices.query.bool.max_clause_count`.)
const MOST_CLAUSES: usize = 1_000;
/// The length that a query of several indicators stays below, in bytes.
const LONGEST_QUERY: usize = 30_000;
/// The most fields of a kind: the spellings of one indicator fit in a query.
const MOST_FIELDS: usize = 60;
const LONGEST_FIELD: usize = 256;
const MOST_NETWORKS: usize = 1_000;
/// How many logs of a window are read at once.
const ROWS: u32 = 2_000;
/// The searches that are under way at a time.
const AT_ONCE: usize = 4;
/// How many texts of one sort a report has, so that it stays readable.
const MOST_WARNINGS: usize = 20;
/// How much of a refused value is repeated, in characters.
const SHOWN: usize = 60;

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
    let usual = TimeDelta::days(USUAL_DAYS);
    let (range, too_far) = Range::read(request.since.as_deref(), request.until.as_deref(), usual, now)?.up_to_soon(now);
    let fields = Fields::read(&request.fields)?;
    let internal = internal_networks(&request.internal_networks)?;
    let (indicators, given, rejected) = read_indicators(&request.indicators)?;
    client.target().require(Account::Operations)?;

    let mut hunt = Hunt {
        client,
        sightings: Sightings::new(indicators.len(), limit, internal),
        indicators,
        fields,
        refused: BTreeMap::new(),
        queries: Vec::new(),
        stray: 0,
        stopped_searches: 0,
        at_once: AT_ONCE,
    };
    let mut warnings = hunt.warnings_of_internal_addresses();
    warnings.extend(too_far);
    let mut jobs: VecDeque<Job> = hunt
        .packs()
        .into_iter()
        .flat_map(|members| range.windows().into_iter().map(move |window| Job::new(members.clone(), window)))
        .collect();
    let mut failure = hunt.work(&mut jobs);
    if failure.is_none() && jobs.is_empty() {
        jobs = hunt.searches_for_the_first();
        failure = hunt.work(&mut jobs);
    }
    let open: BTreeSet<usize> = jobs.into_iter().flat_map(|job| job.members).collect();
    hunt.report(&given, &open, rejected, failure, &mut warnings)
}

/// A search that is still to be made.
struct Job {
    /// The indicators, by their place.
    members: Vec<usize>,
    window: Range,
    rows: u32,
    /// Looks for the earliest log only.
    oldest_first: bool,
}

impl Job {
    fn new(members: Vec<usize>, window: Range) -> Self {
        Self { members, window, rows: ROWS, oldest_first: false }
    }

    /// The same in two halves.
    fn halves(mut self) -> [Self; 2] {
        let behind = self.members.split_off(self.members.len() / 2);
        let other = Self { members: behind, ..self };
        [self, other]
    }
}

struct Hunt<'a> {
    client: &'a Client<'a>,
    indicators: Vec<Indicator>,
    fields: Fields,
    sightings: Sightings,
    /// What Logz.io itself refused, and why.
    refused: BTreeMap<usize, String>,
    queries: Vec<String>,
    /// How many logs were found that hold no indicator.
    stray: u32,
    stopped_searches: u32,
    at_once: usize,
}

impl Hunt<'_> {
    /// Indicators that fit into one query, by their places.
    fn packs(&self) -> Vec<Vec<usize>> {
        let mut places: Vec<usize> = (0..self.indicators.len()).collect();
        places.sort_by_key(|place| self.indicators.get(*place).map(|indicator| indicator.kind));
        let mut packs: Vec<Vec<usize>> = Vec::new();
        let (mut clauses, mut bytes, mut last) = (0, 0, None);
        for place in places {
            let Some(indicator) = self.indicators.get(place) else { continue };
            let fields = self.fields.of(indicator.kind);
            let width = fields.len().max(1);
            let spellings: Vec<String> = indicator.spellings().iter().map(|one| in_lucene(one, None)).collect();
            let more_clauses = width * spellings.len();
            let mut more_bytes = width * spellings.iter().map(|text| text.len() + " OR ".len()).sum::<usize>();
            if last != Some(indicator.kind) {
                more_bytes += fields.iter().map(|field| field.len() + " OR :()".len()).sum::<usize>();
            }
            last = Some(indicator.kind);
            match packs.last_mut() {
                Some(pack) if clauses + more_clauses <= MOST_CLAUSES && bytes + more_bytes <= LONGEST_QUERY => {
                    pack.push(place);
                    clauses += more_clauses;
                    bytes += more_bytes;
                }
                _ => {
                    packs.push(vec![place]);
                    (clauses, bytes) = (more_clauses, more_bytes);
                }
            }
        }
        packs
    }

    fn query(&self, members: &[usize]) -> String {
        let mut kinds: BTreeMap<IndicatorKind, Vec<Spelling>> = BTreeMap::new();
        for indicator in members.iter().filter_map(|place| self.indicators.get(*place)) {
            kinds.entry(indicator.kind).or_default().extend(indicator.spellings());
        }
        let mut parts = Vec::new();
        for (kind, spellings) in kinds {
            let any = |field| {
                let terms: Vec<String> = spellings.iter().map(|spelling| in_lucene(spelling, field)).collect();
                let several = terms.len() > 1;
                let terms = terms.join(" OR ");
                if several && field.is_some() { format!("({terms})") } else { terms }
            };
            let fields = self.fields.of(kind);
            if fields.is_empty() {
                parts.push(any(None));
            }
            parts.extend(fields.into_iter().map(|field| format!("{}:{}", lucene::escaped(field), any(Some(field)))));
        }
        parts.join(" OR ")
    }

    /// Makes searches, a few side by side, until none is left, the time is up
    /// or Logz.io cannot be asked any more. Then returns why.
    fn work(&mut self, jobs: &mut VecDeque<Job>) -> Option<Error> {
        let mut asked = !self.queries.is_empty();
        loop {
            let refused = &self.refused;
            jobs.retain(|job| !job.members.iter().all(|place| refused.contains_key(place)));
            if jobs.is_empty() {
                return None;
            }
            if asked && self.client.why_enough().is_some() {
                return None;
            }
            asked = true;
            let batch: Vec<Job> = jobs.drain(..self.at_once.min(jobs.len())).collect();
            let queries: Vec<String> = batch.iter().map(|job| self.query(&job.members)).collect();
            let searches: Vec<LogSearch> = batch
                .iter()
                .zip(&queries)
                .map(|(job, query)| {
                    let window = (job.window.since, job.window.until);
                    LogSearch::new(query, window, !job.oldest_first, job.rows, &[])
                })
                .collect();
            let answers = self.client.search_logs(&searches);
            for query in queries {
                if !self.queries.contains(&query) {
                    self.queries.push(query);
                }
            }
            let mut failure = None;
            let mut again = Vec::new();
            for (mut job, answer) in batch.into_iter().zip(answers) {
                let single = job.members.len() == 1;
                match answer {
                    Ok(answer) if !single && self.is_cut(&job, &answer) => again.extend(job.halves()),
                    Ok(answer) => self.take(&job, answer),
                    Err(PageError::TooLarge | PageError::Failed(Error::QueryRejected(_))) if !single => {
                        again.extend(job.halves());
                    }
                    Err(PageError::Failed(Error::QueryRejected(why))) => {
                        self.refused.extend(job.members.into_iter().map(|place| (place, why.clone())));
                    }
                    Err(PageError::TooLarge) if job.rows > 1 => {
                        job.rows /= 2;
                        again.push(job);
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

    fn take(&mut self, job: &Job, answer: LogHits) {
        let cut = self.is_cut(job, &answer);
        self.stopped_searches += u32::from(answer.timed_out == Some(true));
        let total = answer.hits.total;
        let members: Vec<(usize, &Indicator)> =
            job.members.iter().filter_map(|place| Some((*place, self.indicators.get(*place)?))).collect();
        let kinds: BTreeSet<IndicatorKind> = members.iter().map(|(_, indicator)| indicator.kind).collect();
        let mut attributed: u64 = 0;
        for hit in answer.hits.hits {
            let (log, time) = conversions::found_log(hit);
            let witness = Witness::new(log, time, &self.fields.users(), &self.fields.hosts(), &self.fields.addresses());
            let values: BTreeMap<IndicatorKind, Values> =
                kinds.iter().map(|kind| (*kind, self.fields.values(*kind, &witness))).collect();
            let mut held = false;
            for (place, indicator) in &members {
                if values.get(&indicator.kind).is_some_and(|values| indicator.is_in(values)) {
                    held = true;
                    if job.oldest_first {
                        self.sightings.seen_at(*place, witness.time());
                    } else {
                        self.sightings.add(*place, &witness);
                    }
                }
            }
            attributed += u64::from(held);
            self.stray += u32::from(!held && !job.oldest_first);
        }
        if let [(place, indicator)] = members.as_slice()
            && cut
            && !job.oldest_first
        {
            // What Logz.io counted stands for what was not read.
            let counted = total.filter(|_| indicator.spellings_are_exact());
            let more = counted.map_or(0, |total| total.value.saturating_sub(attributed));
            self.sightings.cut(*place, job.window, more, counted.is_some_and(|total| total.is_exact));
        }
    }

    /// The searches for the earliest log of indicators with more logs than
    /// were read.
    fn searches_for_the_first(&self) -> VecDeque<Job> {
        (0..self.indicators.len())
            .filter(|place| !self.refused.contains_key(place))
            .filter_map(|place| {
                let window = self.sightings.first_is_unread(place)?;
                let exact = self.indicators.get(place)?.spellings_are_exact();
                Some(Job { members: vec![place], window, rows: if exact { 1 } else { ROWS }, oldest_first: true })
            })
            .collect()
    }

    fn warnings_of_internal_addresses(&self) -> Vec<String> {
        let mut internal = self
            .indicators
            .iter()
            .filter(|indicator| indicator.address().is_some_and(|address| self.sightings.is_internal(address)))
            .map(|indicator| indicator.value.as_str());
        let Some(first) = internal.next() else { return Vec::new() };
        let others = match internal.count() {
            0 => String::new(),
            count => format!(" and {count} more are internal addresses"),
        };
        let verb = if others.is_empty() { " is an internal address" } else { "" };
        vec![format!("{first}{others}{verb}: what holds it may be everyday traffic of your own network")]
    }

    fn report(
        self,
        given: &[Given],
        open: &BTreeSet<usize>,
        mut rejected: Vec<RejectedIndicator>,
        failure: Option<Error>,
        warnings: &mut Vec<String>,
    ) -> Result<HuntReport, Error> {
        let is_done = |place: usize| !open.contains(&place) && !self.refused.contains_key(&place);
        let done = (0..self.indicators.len()).filter(|place| is_done(*place)).count();
        if done == 0 && !open.is_empty() {
            return Err(failure.unwrap_or_else(|| {
                Error::TimedOut(format!(
                    "not one of {} indicators could be looked for in the whole range before {} ({:.0} s): raise \
                     time-budget-ms, or shorten the range",
                    self.indicators.len(),
                    self.client.why_enough().unwrap_or("the time budget ended"),
                    self.client.target().budget.as_secs_f64()
                ))
            }));
        }
        if !open.is_empty() {
            let why = match &failure {
                Some(error) => sentence(error),
                None => self.client.why_enough().unwrap_or("the time budget ended").into(),
            };
            warnings.push(format!("{} indicators were not looked for: {why}", open.len()));
        }
        let mut refused = self.refused.into_iter().collect::<BTreeMap<_, _>>();
        if done == 0
            && let Some((_, why)) = refused.pop_first()
        {
            return Err(Error::QueryRejected(why));
        }
        rejected.extend(refused.iter().filter_map(|(place, why)| {
            Some(RejectedIndicator { value: shown(&self.indicators.get(*place)?.value), why: why.clone() })
        }));
        if self.stray > 0 {
            warnings.push(format!(
                "{} logs that Logz.io found hold no indicator as a whole value, and were left out",
                self.stray
            ));
        }
        if self.stopped_searches > 0 {
            warnings.push(format!(
                "Logz.io stopped {} searches before they were through, so there may be more: narrow the range",
                self.stopped_searches
            ));
        }
        let unfinished = open.iter().filter_map(|place| given.get(*place).cloned()).collect();
        let wanted = |place: &usize| !open.contains(place) && !refused.contains_key(place);
        let (sightings, more_warnings) = self.sightings.finish(&self.indicators, wanted);
        let count = more_warnings.len();
        warnings.extend(more_warnings.into_iter().take(MOST_WARNINGS));
        if count > MOST_WARNINGS {
            warnings.push(format!("{} more indicators are in too many logs to read", count - MOST_WARNINGS));
        }
        let warnings = std::mem::take(warnings);
        Ok(HuntReport { sightings, rejected, unfinished, queries: self.queries, warnings })
    }
}

/// The fields that a caller named, by kind.
struct Fields(Vec<(IndicatorKind, Vec<String>)>);

impl Fields {
    fn read(given: &[(IndicatorKind, Vec<String>)]) -> Result<Self, Error> {
        let mut fields: Vec<(IndicatorKind, Vec<String>)> = Vec::new();
        for (kind, names) in given {
            let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
            let odd = |name: &String| {
                name.is_empty()
                    || name.len() > LONGEST_FIELD
                    || name.starts_with('_')
                    || name.contains(char::is_control)
            };
            if let Some(name) = names.iter().find(|name| odd(name)) {
                return Err(Error::InvalidArgument(format!(
                    "{:?} is no field of a log: name one such as source.ip",
                    shown(name)
                )));
            }
            match fields.iter_mut().find(|(known, _)| known == kind) {
                Some((_, known)) => known.extend(names),
                None => fields.push((*kind, names)),
            }
        }
        for (_, names) in &mut fields {
            let mut known = BTreeSet::new();
            names.retain(|name| known.insert(name.clone()));
            if names.len() > MOST_FIELDS {
                return Err(Error::InvalidArgument(format!(
                    "{} fields of one kind are too many: name at most {MOST_FIELDS}, or none to look in any field",
                    names.len()
                )));
            }
        }
        Ok(Self(fields))
    }

    /// The fields to look in for a kind; none for any field.
    fn of(&self, kind: IndicatorKind) -> Vec<&str> {
        match self.0.iter().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.iter().map(String::as_str).collect(),
            None => field_names::defaults(kind).to_vec(),
        }
    }

    fn values(&self, kind: IndicatorKind, witness: &Witness) -> Values {
        let fields = self.of(kind);
        if fields.is_empty() {
            return Values::new(witness.document().all_values());
        }
        Values::new(fields.into_iter().flat_map(|field| witness.document().values(field)))
    }

    /// The fields to read names from: not the message, which is a sentence.
    fn to_read(&self, kind: IndicatorKind) -> Vec<&str> {
        let mut fields = self.of(kind);
        if fields.is_empty() {
            fields = field_names::defaults(kind).to_vec();
        }
        fields.retain(|field| *field != field_names::MESSAGE);
        fields
    }

    fn users(&self) -> Vec<&str> {
        self.to_read(IndicatorKind::User)
    }

    fn hosts(&self) -> Vec<&str> {
        self.to_read(IndicatorKind::Host)
    }

    fn addresses(&self) -> Vec<&str> {
        self.to_read(IndicatorKind::Ip)
    }
}

/// What can be looked for, each once, with what was given for it; and what
/// cannot.
type Read = (Vec<Indicator>, Vec<Given>, Vec<RejectedIndicator>);

fn read_indicators(given: &[Given]) -> Result<Read, Error> {
    if given.is_empty() {
        return Err(Error::InvalidArgument("there is nothing to look for: give at least one indicator".into()));
    }
    if given.len() > MOST_INDICATORS {
        return Err(Error::InvalidArgument(format!(
            "{} indicators are too many for one call: give at most {MOST_INDICATORS}, and the rest to another",
            given.len()
        )));
    }
    let (mut indicators, mut kept, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = BTreeSet::new();
    for one in given {
        match Indicator::read(&one.value, one.kind) {
            Ok(indicator) => {
                if known.insert(indicator.identity()) {
                    indicators.push(indicator);
                    kept.push(one.clone());
                }
            }
            Err(why) => rejected.push(RejectedIndicator { value: shown(&one.value), why }),
        }
    }
    match rejected.first() {
        Some(first) if indicators.is_empty() => Err(Error::InvalidArgument(format!(
            "none of {} indicators can be looked for; of {:?}, {}",
            given.len(),
            first.value,
            first.why
        ))),
        _ => Ok((indicators, kept, rejected)),
    }
}

fn internal_networks(given: &[String]) -> Result<Vec<IpNet>, Error> {
    if given.len() > MOST_NETWORKS {
        return Err(Error::InvalidArgument(format!(
            "{} internal networks are too many: give at most {MOST_NETWORKS}",
            given.len()
        )));
    }
    let read = |text: &String| {
        indicator::network(text)
            .map_err(|why| Error::InvalidArgument(format!("the internal network {:?}: {why}", shown(text))))
    };
    given.iter().map(read).collect()
}

/// A spelling as a term of a query, in a field or in any.
///
/// An IPv6 address is one value in most fields but several words in a field
/// that is analysed, where only its first groups in a row can be asked for.
fn in_lucene(spelling: &Spelling, field: Option<&str>) -> String {
    match spelling {
        Spelling::Whole(text) => lucene::quoted(text),
        Spelling::Prefix(text) => {
            let value = format!("{}*", lucene::escaped(text));
            let words = lucene::quoted(text.trim_end_matches(':'));
            match field {
                _ if !text.contains(':') => value,
                Some(field_names::MESSAGE) => words,
                Some(_) => value,
                None => format!("{value} OR {words}"),
            }
        }
    }
}

/// A text of somebody's, cut to a readable length.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
