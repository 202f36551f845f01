//! Reads some logs of each log type in a range. Must not know what is looked for in them.
//!
//! 1. A search for each window of two days counts the logs of each type, and returns the newest of each: many types in one
//!    request. (An aggregation by `type`, with the first logs of each.)
//! 2. Where Logz.io takes no such request, each type is searched by itself in the window that has most of it.
//! 3. Where Logz.io lists only a part of the types, or counts none, logs of none of the types known so far are asked for,
//!    until there is none.
//! 4. Logs that have none of the fields seen so far of their type are asked for, until none is left that could teach more: a
//!    type may hold many sorts of logs, of which the newest are one.
//! 5. Of a long range only some windows are sampled. At the end, in the others the logs of each type are counted, and types
//!    that are new are sampled.

use crate::contract::{Error, Notice, NoticeCode, sentence};
use crate::hunting::document::Document;
use crate::hunting::evidence::{COMMON, Evidence};
use crate::logs::range::Range;
use crate::logzio::client::Client;
use crate::logzio::condition::{Condition, TYPE};
use crate::logzio::conversions;
use crate::logzio::paging::PageError;
use crate::logzio::wire::{Hit, LogHits, LogSearch};
use std::collections::{BTreeMap, BTreeSet};

/// The most windows that are sampled. A longer range is sampled at such intervals, and counted in between.
const MOST_WINDOWS: usize = 60;
/// The logs that one search returns of each type, at least and at most, and of all types together.
const FEWEST: u32 = 3;
const MOST: u32 = 25;
const MOST_AT_ONCE: u32 = 1_500;
/// The logs of a type that is searched by itself, and of those without a type.
const ROWS: u32 = 50;
/// How often logs of other types than those that are known are asked for in a window.
const MOST_STEPS: usize = 50;
/// The most searches for types by themselves.
const MOST_SEARCHES: usize = 300;
/// How often logs with other fields are asked for, and in how many windows.
const MOST_ROUNDS: usize = 3;
const WINDOWS_OF_A_ROUND: usize = 8;
/// The most conditions of such a search. (See `query` for the limit.)
const MOST_CONDITIONS: usize = 700;
/// The searches that are under way at a time.
const AT_ONCE: usize = 4;
/// What a hunt's time budget has for it: this part.
const PART_OF_THE_TIME: u32 = 3;
/// Parts of names of fields that may hold indicators, where nothing else tells logs of one sort from another.
const HINTS: &[&str] = &[
    "*ip*", "*IP*", "*addr*", "*Addr*", "*src*", "*dst*", "*host*", "*Host*", "*user*", "*User*", "*domain*",
    "*Domain*", "*url*", "*Url*", "*URL*", "*uri*", "*mail*", "*Mail*", "*hash*", "*Hash*", "*md5*", "*sha*",
    "*client*", "*remote*", "*query*", "*name*", "*Name*",
];

/// What sampling came to.
#[derive(Debug, Default)]
pub struct Sample {
    /// What the logs say about fields.
    pub evidence: Evidence,
    /// The log types in the range that were not sampled.
    pub unknown: BTreeSet<String>,
    /// Why there may be others: a failure, or the time that ended.
    pub why_partial: Option<String>,
    /// How many searches it took.
    pub searches: usize,
}

impl Sample {
    /// Whether every log type in the range was sampled.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unknown.is_empty() && self.why_partial.is_none()
    }

    /// That the fields of some log types are not known, if so.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        if self.is_whole() {
            return None;
        }
        let why = self.why_partial.as_deref().unwrap_or("the time did not suffice");
        let types = match self.unknown.len() {
            0 => "the fields of some log types are not known".to_owned(),
            1 => format!("the fields of the log type {:?} are not known", self.unknown.first()?),
            count => format!("the fields of {count} log types, such as {:?}, are not known", self.unknown.first()?),
        };
        let text = format!("{types} ({why}): give the call more time, or shorten the range");
        Some(Notice::new(NoticeCode::LogTypesUnknown, text))
    }
}

/// Samples the logs in these windows.
///
/// # Errors
/// What the first search failed with. What fails later is in [`Sample::why_partial`].
pub fn sample(client: &Client, windows: &[Range]) -> Result<Sample, Error> {
    let mut sampling = Sampling::new(client);
    let (chosen, between) = spread(windows, MOST_WINDOWS);
    sampling.all(&chosen)?;
    sampling.other_types(&[]);
    sampling.one_by_one();
    sampling.with_other_fields(&chosen);
    if !between.is_empty() {
        sampling.only_counted(&between);
        sampling.other_types(&[]);
        sampling.one_by_one();
    }
    let Sampling { mut sample, counts, .. } = sampling;
    sample.unknown = counts.into_keys().filter(|name| sample.evidence.sampled(name) == 0).collect();
    Ok(sample)
}

/// Finds the log types in these windows that are not among the known ones, and samples nothing.
///
/// # Errors
/// What the first search failed with. What fails later is in [`Sample::why_partial`].
pub fn types_besides(client: &Client, windows: &[Range], known: &[String]) -> Result<Sample, Error> {
    let mut sampling = Sampling::new(client);
    sampling.by_type = false;
    sampling.all(windows)?;
    sampling.other_types(known);
    if !known.iter().any(String::is_empty) && sampling.has_untyped() {
        sampling.sample.unknown.insert(String::new());
    }
    let Sampling { mut sample, counts, .. } = sampling;
    sample.unknown.extend(counts.into_keys().filter(|name| !known.contains(name)));
    Ok(sample)
}

struct Sampling<'a> {
    client: &'a Client<'a>,
    sample: Sample,
    /// How many logs of a type each window has.
    counts: BTreeMap<String, Vec<(Range, u64)>>,
    /// The windows that have logs without a type, or may have.
    untyped: BTreeSet<(i64, i64)>,
    /// The windows that have more types than were listed.
    cut: Vec<Range>,
    /// The windows whose types are not counted.
    uncounted: Vec<Range>,
    /// Logz.io returns logs of each type in one search.
    by_type: bool,
    /// How many of each.
    samples: u32,
}

impl<'a> Sampling<'a> {
    /// Nothing sampled yet.
    fn new(client: &'a Client<'a>) -> Self {
        Self {
            client,
            sample: Sample::default(),
            counts: BTreeMap::new(),
            untyped: BTreeSet::new(),
            cut: Vec::new(),
            uncounted: Vec::new(),
            by_type: true,
            samples: MOST,
        }
    }

    /// The newest logs of each type in each window.
    fn all(&mut self, windows: &[Range]) -> Result<(), Error> {
        let mut left = windows;
        let mut is_first = true;
        while !left.is_empty() {
            // The first answer says how many types there are.
            let (batch, rest) = left.split_at(if is_first { 1 } else { AT_ONCE.min(left.len()) });
            if !is_first && self.is_late() {
                self.gave_up("the time did not suffice to sample every log type");
                return Ok(());
            }
            let samples = if self.by_type { self.samples } else { 0 };
            let search = |window: &Range| everything(*window).by_type(samples);
            let answers = self.ask(&batch.iter().map(search).collect::<Vec<_>>());
            let mut again = false;
            for (window, answer) in batch.iter().zip(answers) {
                match answer {
                    Ok(answer) => self.count(*window, answer),
                    Err(PageError::TooLarge) if samples > 1 => {
                        self.samples = samples.div_ceil(5);
                        again = true;
                    }
                    Err(PageError::TooLarge | PageError::Failed(Error::QueryRejected(_) | Error::Server(_)))
                        if samples > 0 =>
                    {
                        self.by_type = false;
                        again = true;
                    }
                    Err(PageError::Failed(Error::QueryRejected(_))) => self.not_counted(*window),
                    Err(error) if is_first => return Err(error.into()),
                    Err(error) => {
                        self.gave_up(&sentence(&error.into()));
                    }
                }
            }
            if again {
                continue;
            }
            if is_first {
                let types = u32::try_from(self.counts.len()).unwrap_or(u32::MAX).max(1);
                self.samples = self.samples.min((MOST_AT_ONCE / types).clamp(FEWEST, MOST));
            }
            (left, is_first) = (rest, false);
        }
        Ok(())
    }

    /// The types of each window, and none of their logs.
    fn only_counted(&mut self, windows: &[Range]) {
        for batch in windows.chunks(AT_ONCE) {
            if self.is_late() {
                return self.gave_up("the time did not suffice to find the log types of the whole range");
            }
            let search = |window: &Range| everything(*window).by_type(0);
            let answers = self.ask(&batch.iter().map(search).collect::<Vec<_>>());
            for (window, answer) in batch.iter().zip(answers) {
                match answer {
                    Ok(answer) => self.count(*window, answer),
                    Err(PageError::Failed(Error::QueryRejected(_))) => self.not_counted(*window),
                    Err(error) => self.gave_up(&sentence(&error.into())),
                }
            }
        }
    }

    /// Logz.io does not count by type.
    fn not_counted(&mut self, window: Range) {
        self.uncounted.push(window);
        self.untyped.insert((window.since, window.until));
    }

    fn count(&mut self, window: Range, answer: LogHits) {
        if let Some(why) = answer.why_partial() {
            self.gave_up(&format!("Logz.io answered in part, since {why}"));
        }
        let total = answer.hits.total;
        let types = answer.aggregations.map(|counted| counted.types);
        let Some(types) = types else {
            self.untyped.insert((window.since, window.until));
            return;
        };
        let other = types.sum_other_doc_count.unwrap_or(0);
        let mut counted = other;
        if other > 0 {
            self.cut.push(window);
        }
        for bucket in types.buckets {
            let count = bucket.doc_count.unwrap_or(1);
            counted = counted.saturating_add(count);
            self.counts.entry(bucket.key).or_default().push((window, count));
            for hit in bucket.samples.map(|samples| samples.hits.hits).unwrap_or_default() {
                self.read(hit);
            }
        }
        if total.is_none_or(|total| !total.is_exact || total.value > counted) {
            self.untyped.insert((window.since, window.until));
        }
    }

    /// The types that were not listed, besides those that the caller knows.
    fn other_types(&mut self, known: &[String]) {
        let (cut, uncounted) = (std::mem::take(&mut self.cut), std::mem::take(&mut self.uncounted));
        let windows = cut.into_iter().map(|window| (window, true)).chain(uncounted.into_iter().map(|one| (one, false)));
        for (window, is_counted) in windows {
            let mut rows = ROWS;
            let mut is_through = false;
            for _ in 0..MOST_STEPS {
                if self.is_late() {
                    break;
                }
                let types: BTreeSet<String> = self.counts.keys().chain(known).cloned().collect();
                let types: Vec<String> = types.into_iter().filter(|name| !name.is_empty()).collect();
                let mut condition = vec![Condition::exists(TYPE)];
                if !types.is_empty() {
                    condition.push(Condition::none(vec![Condition::of_types(types)]));
                }
                let size = if is_counted { 0 } else { rows };
                let search = LogSearch::of(Condition::all(condition), (window.since, window.until), true, size);
                let search = if is_counted { search.by_type(0) } else { search };
                match self.ask(&[search]).pop() {
                    Some(Ok(answer)) => {
                        let before = self.counts.len();
                        self.take_types(window, answer);
                        if self.counts.len() == before {
                            is_through = true;
                            break;
                        }
                    }
                    Some(Err(PageError::TooLarge)) if rows > 1 => rows = rows.div_ceil(8),
                    _ => break,
                }
            }
            if !is_through {
                self.gave_up("not every log type could be listed");
            }
        }
    }

    /// The types of an answer, counted or of its logs.
    fn take_types(&mut self, window: Range, answer: LogHits) {
        if let Some(why) = answer.why_partial() {
            self.gave_up(&format!("Logz.io answered in part, since {why}"));
        }
        for bucket in answer.aggregations.map(|counted| counted.types.buckets).unwrap_or_default() {
            self.counts.entry(bucket.key).or_default().push((window, bucket.doc_count.unwrap_or(1)));
        }
        for hit in answer.hits.hits {
            for log_type in Document::read(hit.source.get()).log_types() {
                self.counts.entry(log_type.to_owned()).or_default().push((window, 1));
            }
            self.read(hit);
        }
    }

    /// The types that were not returned with others, and logs without a type.
    fn one_by_one(&mut self) {
        let mut searches: Vec<(Range, Option<String>)> = Vec::new();
        let untyped = std::mem::take(&mut self.untyped).into_iter();
        let untyped: Vec<Range> = untyped.map(|(since, until)| Range { since, until }).collect();
        searches.extend(spread(&untyped, MOST_WINDOWS).0.into_iter().map(|window| (window, None)));
        for (name, windows) in &self.counts {
            let most = windows.iter().max_by_key(|(_, count)| *count);
            if self.sample.evidence.sampled(name) == 0
                && let Some((window, _)) = most
            {
                searches.push((*window, Some(name.clone())));
            }
        }
        let mut left = searches.get(..searches.len().min(MOST_SEARCHES)).unwrap_or_default();
        let mut rows = ROWS;
        while !left.is_empty() {
            if self.is_late() {
                return self.gave_up("the time did not suffice to sample every log type");
            }
            let (batch, rest) = left.split_at(AT_ONCE.min(left.len()));
            let search = |(window, name): &(Range, Option<String>)| {
                let condition = match name {
                    Some(name) => Condition::of_types(vec![name.clone()]),
                    None => Condition::none(vec![Condition::exists(TYPE)]),
                };
                LogSearch::of(condition, (window.since, window.until), true, rows)
            };
            let answers = self.ask(&batch.iter().map(search).collect::<Vec<_>>());
            let too_large = answers.iter().any(|answer| matches!(answer, Err(PageError::TooLarge)));
            for ((_, name), answer) in batch.iter().zip(answers) {
                match answer {
                    Ok(answer) => answer.hits.hits.into_iter().for_each(|hit| self.read(hit)),
                    // A type that was not sampled is named anyway.
                    Err(_) if name.is_some() || (too_large && rows > 1) => {}
                    Err(error) => self.gave_up(&sentence(&error.into())),
                }
            }
            if too_large && rows > 1 {
                rows = rows.div_ceil(8);
            } else {
                left = rest;
            }
        }
    }

    /// Whether a log has no type.
    fn has_untyped(&mut self) -> bool {
        let windows: Vec<(i64, i64)> = self.untyped.iter().copied().collect();
        for batch in windows.chunks(AT_ONCE) {
            let condition = || Condition::none(vec![Condition::exists(TYPE)]);
            let searches: Vec<LogSearch> =
                batch.iter().map(|window| LogSearch::of(condition(), *window, true, 1)).collect();
            for answer in self.ask(&searches) {
                match answer {
                    Ok(answer) if answer.hits.hits.is_empty() => {}
                    // A log that is too large is one, too.
                    Ok(_) | Err(PageError::TooLarge) => return true,
                    Err(error) => self.gave_up(&sentence(&error.into())),
                }
            }
        }
        false
    }

    /// Logs that have other fields than those of their type that were seen.
    fn with_other_fields(&mut self, windows: &[Range]) {
        let (windows, _) = spread(windows, WINDOWS_OF_A_ROUND);
        for _ in 0..MOST_ROUNDS {
            let Some(condition) = self.other_fields() else { return };
            let before = self.sample.evidence.shapes();
            for batch in windows.chunks(AT_ONCE) {
                if self.is_late() {
                    return;
                }
                let samples = if self.by_type { self.samples } else { 0 };
                let rows = if self.by_type { 0 } else { ROWS };
                let search = |window: &Range| {
                    let search = LogSearch::of(condition.clone(), (window.since, window.until), true, rows);
                    if samples > 0 { search.by_type(samples) } else { search }
                };
                for answer in self.ask(&batch.iter().map(search).collect::<Vec<_>>()).into_iter().flatten() {
                    let types = answer.aggregations.map(|counted| counted.types.buckets).unwrap_or_default();
                    let of_types =
                        types.into_iter().filter_map(|bucket| bucket.samples).flat_map(|some| some.hits.hits);
                    let hits: Vec<Hit> = of_types.chain(answer.hits.hits).collect();
                    hits.into_iter().for_each(|hit| self.read(hit));
                }
            }
            if self.sample.evidence.shapes() == before {
                return;
            }
        }
    }

    /// The condition for such logs.
    fn other_fields(&self) -> Option<Condition> {
        let evidence = &self.sample.evidence;
        let mut left = MOST_CONDITIONS;
        let mut of_types = Vec::new();
        for (name, seen) in evidence.types() {
            let (fields, is_plain) = telling_fields(seen.shapes.iter(), |field| evidence.types_with(field));
            let count = fields.len() + 2 + if is_plain { HINTS.len() + 1 } else { 0 };
            if fields.is_empty() && !is_plain || count > left {
                continue;
            }
            left -= count;
            let of_type = match name {
                "" => Condition::none(vec![Condition::exists(TYPE)]),
                name => Condition::of_types(vec![name.to_owned()]),
            };
            let mut all = vec![of_type, Condition::none(fields.into_iter().map(Condition::exists).collect())];
            if is_plain {
                // What has nothing but a message can be told from others only by what those may have besides.
                let mut others: Vec<Condition> = HINTS.iter().copied().map(Condition::exists).collect();
                others.push(Condition::none(vec![Condition::exists("message")]));
                all.push(Condition::any(others));
            }
            of_types.push(Condition::all(all));
        }
        (!of_types.is_empty()).then(|| Condition::any(of_types))
    }

    fn read(&mut self, hit: Hit) {
        let identity = conversions::log_identity(&hit);
        self.sample.evidence.read(identity, hit.source.get());
    }

    fn ask(&mut self, searches: &[LogSearch]) -> Vec<Result<LogHits, PageError>> {
        self.sample.searches += searches.len();
        self.client.ask_all(searches)
    }

    fn is_late(&self) -> bool {
        self.client.elapsed() > self.client.target().budget / PART_OF_THE_TIME || self.client.why_enough().is_some()
    }

    fn gave_up(&mut self, why: &str) {
        self.sample.why_partial.get_or_insert_with(|| why.to_owned());
    }
}

/// Fields of which every shape has one, few and as telling as may be, and whether there are shapes that have none but those
/// that every log has.
fn telling_fields<'s>(
    shapes: impl Iterator<Item = &'s BTreeSet<String>>,
    types_with: impl Fn(&str) -> usize,
) -> (Vec<&'s str>, bool) {
    let mut left: Vec<&BTreeSet<String>> = Vec::new();
    let mut is_plain = false;
    for shape in shapes {
        if shape.iter().any(|field| !COMMON.contains(&field.as_str())) {
            left.push(shape);
        } else {
            is_plain = true;
        }
    }
    let mut fields: Vec<&str> = Vec::new();
    while !left.is_empty() {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for field in left.iter().flat_map(|shape| shape.iter()).filter(|field| !COMMON.contains(&field.as_str())) {
            *counts.entry(field).or_default() += 1;
        }
        // A field that other types have too may be in logs that would teach more.
        let best = counts.into_iter().max_by_key(|(field, count)| (*count, std::cmp::Reverse(types_with(field))));
        let Some((best, _)) = best else { break };
        left.retain(|shape| !shape.contains(best));
        fields.push(best);
    }
    (fields, is_plain)
}

fn everything<'a>(window: Range) -> LogSearch<'a> {
    LogSearch::of(Condition::lucene("*"), (window.since, window.until), true, 0)
}

/// So many of the windows, from the first to the last, and the others.
fn spread(windows: &[Range], most: usize) -> (Vec<Range>, Vec<Range>) {
    if windows.len() <= most {
        return (windows.to_vec(), Vec::new());
    }
    let last = windows.len() - 1;
    let places: BTreeSet<usize> = (0..most).map(|number| number * last / (most - 1)).collect();
    let (chosen, others): (Vec<_>, Vec<_>) = windows.iter().enumerate().partition(|(place, _)| places.contains(place));
    let of = |some: Vec<(usize, &Range)>| some.into_iter().map(|(_, window)| *window).collect();
    (of(chosen), of(others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_spread_over_the_range() {
        let windows: Vec<Range> = (0..100).map(|n| Range { since: n, until: n }).collect();
        let (chosen, others) = spread(&windows, 5);
        assert_eq!(chosen.iter().map(|window| window.since).collect::<Vec<_>>(), [0, 24, 49, 74, 99]);
        assert_eq!((others.len(), others.first().map(|window| window.since)), (95, Some(1)));
        assert_eq!(spread(&windows, 100), (windows, Vec::new()));
    }

    #[test]
    fn every_shape_has_a_telling_field() {
        let shape = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<BTreeSet<_>>();
        let shapes =
            [shape(&["message", "a", "b"]), shape(&["message", "a", "c"]), shape(&["type", "d"]), shape(&["message"])];
        let (fields, is_plain) = telling_fields(shapes.iter(), |_| 1);
        assert_eq!((fields, is_plain), (vec!["a", "d"], true));
    }
}
