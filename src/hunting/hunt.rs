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

use crate::connection::{Account, Target};
use crate::contract::{
    Error, HuntReport, HuntRequest, Indicator as Given, IndicatorKind, Notice, NoticeCode, RejectedIndicator, sentence,
};
use crate::hunting::fields;
use crate::hunting::indicator::{self, Boundaries, Indicator, Piece, Spelling, Values};
use crate::hunting::sighting::{Sightings, Witness};
use crate::logs::range::Range;
use crate::logzio::client::{Client, PageError};
use crate::logzio::conversions;
use crate::logzio::wire::{LogHits, LogSearch};
use crate::lucene;
use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

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
/// The most windows of two days: an indicator must fit into one call.
const MOST_WINDOWS: usize = 900;
/// The most searches of a call: a host gives a call only so much.
const MOST_SEARCHES: usize = 2_000;
/// The most fields of a kind: the spellings of one indicator fit in a query.
const MOST_FIELDS: usize = 60;
const LONGEST_FIELD: usize = 256;
const MOST_NETWORKS: usize = 1_000;
/// How many logs of a window are read at once.
const ROWS: u32 = 2_000;
/// How often the logs of a window are read on where some do not hold the
/// indicator.
const MOST_READS: u32 = 5;
/// How many of the earliest logs are asked for first.
const EARLIEST_ROWS: u32 = 100;
/// The searches that are under way at a time.
const AT_ONCE: usize = 4;
/// How many texts of one sort a report has, so that it stays readable.
const MOST_NOTICES: usize = 20;
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
    let windows = range.windows();
    if windows.len() > MOST_WINDOWS {
        return Err(Error::InvalidArgument(format!(
            "the range is too long for a hunt: give one of at most {} days, and the time before to another call",
            2 * MOST_WINDOWS
        )));
    }
    let fields = Fields::read(&request.fields, client.target())?;
    let internal = internal_networks(&request.internal_networks)?;
    let (indicators, given, rejected) = read_indicators(&request.indicators, client.target())?;
    client.target().require(Account::Operations)?;

    let mut hunt = Hunt {
        client,
        sightings: Sightings::new(indicators.len(), limit, internal),
        indicators,
        fields,
        refused: BTreeMap::new(),
        queries: Vec::new(),
        word_by_word: BTreeSet::new(),
        searches: 0,
        stray: 0,
        stopped_searches: 0,
        at_once: AT_ONCE,
    };
    let mut notices: Vec<Notice> = too_far.into_iter().collect();
    notices.extend(hunt.notice_of_internal_addresses());
    // The windows of a pack become searches when its turn comes.
    let mut packs = VecDeque::from(hunt.packs());
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
    hunt.report(&given, &open, rejected, failure, &mut notices)
}

/// A search that is still to be made.
struct Job {
    /// The indicators, by their place.
    members: Vec<usize>,
    window: Range,
    rows: u32,
    /// Looks for the earliest log only.
    oldest_first: bool,
    /// How often the window was read on.
    reads: u32,
    /// The logs that were read of it so far.
    known: HashSet<u64>,
    /// Some of them hold no indicator.
    has_strays: bool,
}

impl Job {
    fn new(members: Vec<usize>, window: Range) -> Self {
        Self { members, window, rows: ROWS, oldest_first: false, reads: 0, known: HashSet::new(), has_strays: false }
    }

    /// The same behind the last log that was read, if it can be told where
    /// that is. Of that log's millisecond there may be more.
    fn further(mut self, last: Option<i64>) -> Result<Self, Range> {
        self.reads += 1;
        let window = self.window;
        match last {
            Some(last) if self.oldest_first => self.window.since = last,
            Some(last) => self.window.until = last,
            None => {}
        }
        self.rows = ROWS;
        if self.window == window || self.reads >= MOST_READS { Err(self.window) } else { Ok(self) }
    }

    /// The same in two halves.
    fn halves(mut self) -> [Self; 2] {
        let behind = self.members.split_off(self.members.len() / 2);
        let mut other = Self::new(behind, self.window);
        other.rows = self.rows;
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
    /// Those for which Logz.io took no regular expression.
    word_by_word: BTreeSet<usize>,
    /// How many searches were made.
    searches: usize,
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
            let Terms { words, pattern } = self.terms(indicator);
            let of_words = words.iter().map(|text| text.len() + " OR ".len()).sum::<usize>();
            // An upper bound: two regular expressions in a row hold as much as
            // one can.
            let of_pattern = pattern.as_ref().map_or(0, |pattern| pattern.len() + 1 + pattern.len() / 2);
            let is_new = last != Some(indicator.kind);
            let (mut more_clauses, mut more_bytes) = (0, 0);
            for field in fields.iter().copied().map(Some).chain(fields.is_empty().then_some(None)) {
                let (in_words, by_pattern) = self.fields.ways(indicator.kind, field, pattern.is_some());
                if in_words {
                    more_clauses += words.len();
                    more_bytes += of_words;
                }
                if by_pattern {
                    more_bytes += of_pattern;
                    more_clauses += usize::from(is_new);
                    more_bytes += if is_new { FRAME } else { 0 };
                }
                more_bytes +=
                    if is_new { field.map_or(0, |field| lucene::escaped(field).len()) + " OR :()".len() } else { 0 };
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

    /// What to ask for an indicator: words, and a part of a regular expression
    /// for values that hold it.
    fn terms(&self, indicator: &Indicator) -> Terms {
        let spellings = indicator.spellings();
        let fields = self.fields.of(indicator.kind);
        // A long value in many fields is looked for by how it begins.
        let most = (LONGEST_QUERY / fields.len().max(1)).saturating_sub(FRAME).clamp(100, lucene::LONGEST_ALTERNATIVES);
        let pieces = indicator.pieces();
        let mut pattern = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => pattern.push_str(&lucene::any_case(text, most)),
                Piece::Zeros => pattern.push_str("0*"),
                Piece::ZeroGroups => pattern.push_str("[0:]*"),
                Piece::Number => pattern.push_str("[0-9]+"),
                Piece::OneOf(numbers) => {
                    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                    pattern.push_str(&format!("({})", numbers.join("|")));
                }
                Piece::Rest => pattern.push_str(".*"),
            }
        }
        Terms {
            words: spellings.iter().map(|spelling| in_lucene(spelling, Some(fields::MESSAGE))).collect(),
            pattern: (!pieces.is_empty()).then_some(pattern),
        }
    }

    fn query(&self, members: &[usize]) -> String {
        let word_by_word = members.iter().any(|place| self.word_by_word.contains(place));
        let mut kinds: BTreeMap<IndicatorKind, Vec<&Indicator>> = BTreeMap::new();
        for indicator in members.iter().filter_map(|place| self.indicators.get(*place)) {
            kinds.entry(indicator.kind).or_default().push(indicator);
        }
        let mut parts = Vec::new();
        for (kind, indicators) in kinds {
            let spellings: Vec<Spelling> = indicators.iter().flat_map(|indicator| indicator.spellings()).collect();
            let patterns: Vec<String> = if word_by_word {
                Vec::new()
            } else {
                indicators.iter().filter_map(|indicator| self.terms(indicator).pattern).collect()
            };
            let boundaries = Boundaries::of(kind);
            let expressions = lucene::holding(&patterns, boundaries.before, boundaries.behind, boundaries.before_word);
            let any = |field: Option<&str>| {
                let (in_words, by_pattern) = self.fields.ways(kind, field, !expressions.is_empty());
                let mut terms = Vec::new();
                if in_words {
                    terms.extend(spellings.iter().map(|spelling| in_lucene(spelling, field)));
                }
                if by_pattern {
                    terms.extend(expressions.iter().cloned());
                }
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
    fn work(&mut self, jobs: &mut VecDeque<Job>, packs: &mut VecDeque<Vec<usize>>, windows: &[Range]) -> Option<Error> {
        loop {
            let refused = &self.refused;
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
                    Ok(answer) => again.extend(self.take(job, answer)),
                    Err(PageError::Failed(Error::QueryRejected(_)))
                        if !job.members.iter().any(|place| self.word_by_word.contains(place)) =>
                    {
                        self.word_by_word.extend(job.members.iter().copied());
                        again.push(job);
                    }
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

    /// Whether an answer is less than what was asked for.
    fn is_partial(job: &Job, answer: &LogHits) -> bool {
        answer.why_partial().is_some() || answer.is_short(job.rows)
    }

    /// Takes over what was found, and tells where to read on.
    fn take(&mut self, mut job: Job, answer: LogHits) -> Option<Job> {
        let cut = self.is_cut(&job, &answer);
        let partial = Self::is_partial(&job, &answer);
        self.stopped_searches += u32::from(partial);
        let total = answer.hits.total;
        let members: Vec<(usize, &Indicator)> =
            job.members.iter().filter_map(|place| Some((*place, self.indicators.get(*place)?))).collect();
        let kinds: BTreeSet<IndicatorKind> = members.iter().map(|(_, indicator)| indicator.kind).collect();
        let mut attributed: u64 = 0;
        let mut last = None;
        for hit in answer.hits.hits {
            let mut mark = DefaultHasher::new();
            match &hit.id {
                Some(id) => (&hit.index, id).hash(&mut mark),
                None => hit.source.get().hash(&mut mark),
            }
            let (log, time) = conversions::found_log(hit);
            last = time.map(|time| time.timestamp_millis()).or(last);
            if !job.known.insert(mark.finish()) {
                continue;
            }
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
            job.has_strays |= !held;
            self.stray += u32::from(!held && !job.oldest_first);
        }
        if partial {
            for (place, _) in &members {
                self.sightings.answered_in_part(*place);
            }
        }
        let [(place, indicator)] = members.as_slice() else { return None };
        let place = *place;
        if job.oldest_first {
            if attributed > 0 {
                self.sightings.first_was_found(place);
                return None;
            }
            if !cut {
                // None of the logs there holds it.
                self.sightings.first_is_not_in(place, job.window, partial);
                return None;
            }
            return job.further(last).map_err(|_| self.sightings.first_is_unknown(place)).ok();
        }
        if !cut {
            return None;
        }
        if !job.has_strays && indicator.spellings_are_exact() {
            // What Logz.io counted stands for what was not read.
            let more = total.map_or(0, |total| total.value.saturating_sub(attributed));
            self.sightings.cut(place, job.window, more, total.is_some_and(|total| total.is_exact));
            return None;
        }
        // What Logz.io counted is more than what holds it.
        job.further(last).map_err(|window| self.sightings.cut(place, window, 0, false)).ok()
    }

    /// The searches for the earliest log of indicators with more logs than
    /// were read.
    fn searches_for_the_first(&self) -> VecDeque<Job> {
        (0..self.indicators.len())
            .filter(|place| !self.refused.contains_key(place))
            .filter_map(|place| {
                let window = self.sightings.first_is_unread(place)?;
                Some(Job { rows: EARLIEST_ROWS, oldest_first: true, ..Job::new(vec![place], window) })
            })
            .collect()
    }

    fn notice_of_internal_addresses(&self) -> Option<Notice> {
        let mut internal = self
            .indicators
            .iter()
            .filter(|indicator| indicator.network().is_some_and(|network| self.sightings.is_internal(network)))
            .map(|indicator| indicator.value.as_str());
        let first = internal.next()?;
        let others = match internal.count() {
            0 => " is an internal address or network".to_owned(),
            count => format!(" and {count} more are internal addresses or networks"),
        };
        let text = format!("{first}{others}: what holds it may be everyday traffic of your own network");
        Some(Notice::new(NoticeCode::InternalIndicator, text))
    }

    fn report(
        mut self,
        given: &[Given],
        open: &BTreeSet<usize>,
        mut rejected: Vec<RejectedIndicator>,
        failure: Option<Error>,
        notices: &mut Vec<Notice>,
    ) -> Result<HuntReport, Error> {
        let is_done = |place: usize| !open.contains(&place) && !self.refused.contains_key(&place);
        let done = (0..self.indicators.len()).filter(|place| is_done(*place)).count();
        if done == 0 && !open.is_empty() {
            if failure.is_none() && self.searches >= MOST_SEARCHES {
                return Err(Error::InvalidArgument(format!(
                    "not one of {} indicators could be looked for in the whole range with {MOST_SEARCHES} searches: \
                     shorten the range",
                    self.indicators.len()
                )));
            }
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
                None if self.searches >= MOST_SEARCHES => format!("a call makes {MOST_SEARCHES} searches at most"),
                None => self.client.why_enough().unwrap_or("the time budget ended").into(),
            };
            notices.push(Notice::new(
                NoticeCode::IndicatorsUnfinished,
                format!("{} indicators were not looked for: {why}", open.len()),
            ));
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
            notices.push(Notice::new(
                NoticeCode::FalseMatches,
                format!("{} logs that Logz.io found hold no indicator as a whole value, and were left out", self.stray),
            ));
        }
        if self.stopped_searches > 0 {
            notices.push(Notice::new(NoticeCode::MayBeMissing, format!(
                "Logz.io answered {} searches only in part, so there may be more: narrow the range, or hunt again later",
                self.stopped_searches
            )));
        }
        let mut word_by_word = self.word_by_word.iter().filter(|place| !refused.contains_key(place));
        if let Some(first) = word_by_word.next().and_then(|place| self.indicators.get(*place)) {
            notices.push(Notice::new(NoticeCode::SimplifiedSearch, format!(
                "Logz.io refused regular expressions for {} indicators, such as {}: of these, values within longer ones \
                 and in other letter cases were not found",
                word_by_word.count() + 1,
                first.value
            )));
            for place in self.word_by_word {
                self.sightings.answered_in_part(place);
            }
        }
        let unfinished = open.iter().filter_map(|place| given.get(*place).cloned()).collect();
        let wanted = |place: &usize| !open.contains(place) && !refused.contains_key(place);
        let (sightings, more_notices) = self.sightings.finish(&self.indicators, wanted);
        let count = more_notices.len();
        notices.extend(more_notices.into_iter().take(MOST_NOTICES));
        if count > MOST_NOTICES {
            notices.push(Notice::new(
                NoticeCode::MoreNotices,
                format!(
                    "{} more such notices are left out: sightings that are not whole say so by `complete`",
                    count - MOST_NOTICES
                ),
            ));
        }
        let notices = std::mem::take(notices);
        Ok(HuntReport { sightings, rejected, unfinished, queries: self.queries, notices })
    }
}

/// What to ask for an indicator.
struct Terms {
    words: Vec<String>,
    pattern: Option<String>,
}

/// About how long a regular expression is besides its alternatives.
const FRAME: usize = 160;

/// The fields that a caller named, by kind.
struct Fields(Vec<(IndicatorKind, Vec<String>)>);

impl Fields {
    fn read(given: &[(IndicatorKind, Vec<String>)], target: &Target) -> Result<Self, Error> {
        let mut fields: Vec<(IndicatorKind, Vec<String>)> = Vec::new();
        for (kind, names) in given {
            let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
            let odd = |name: &String| {
                name.is_empty()
                    || target.masked(name).is_some()
                    || name.len() > LONGEST_FIELD
                    || name.starts_with('_')
                    || name.contains(char::is_control)
            };
            if let Some(name) = names.iter().find(|name| odd(name)) {
                return Err(Error::InvalidArgument(format!(
                    "{:?} is no field of a log: name one such as source.ip",
                    shown(&target.masked(name).unwrap_or_else(|| name.clone()))
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
            None => fields::defaults(kind).to_vec(),
        }
    }

    /// Whether a field is asked word by word, and whether by regular
    /// expressions, which Logz.io compares with whole values.
    fn ways(&self, kind: IndicatorKind, field: Option<&str>, has_patterns: bool) -> (bool, bool) {
        if !has_patterns {
            return (true, false);
        }
        match field {
            // A regular expression would have to fit a word of it.
            Some(fields::MESSAGE) => (true, false),
            // Nobody knows whether it is analysed.
            None => (true, true),
            Some(_) if self.0.iter().any(|(known, _)| *known == kind) => (true, true),
            Some(_) => (false, true),
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
            fields = fields::defaults(kind).to_vec();
        }
        fields.retain(|field| !matches!(*field, fields::MESSAGE | fields::OUTPUT));
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

fn read_indicators(given: &[Given], target: &Target) -> Result<Read, Error> {
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
        if let Some(masked) = target.masked(&one.value) {
            let why = "it holds a token of the connection: a token belongs into no query".into();
            rejected.push(RejectedIndicator { value: shown(&masked), why });
            continue;
        }
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
                Some(fields::MESSAGE) => words,
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
