//! The security events of an account, sorted and counted.
//!
//! A page is found without looking at the events before it: dates are searched
//! by bisection, and running counts by severity and muting tell how many match
//! before any row. Must not know of requests.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::event::{Event, Severity};
use crate::behaviour::Ties;

use crate::time;

/// What is known of an event: the truth that a client can be held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// The id.
    pub id: String,
    /// When the rule was triggered.
    pub date: DateTime<Utc>,
    /// When the event can be found from.
    pub visible_at: DateTime<Utc>,
    /// The rule's severity.
    pub severity: Severity,
    /// The rule's number.
    pub rule_id: u32,
    /// The rule's name.
    pub rule_name: String,
    /// The rule's tags.
    pub tags: Vec<String>,
    /// Whether the event is muted.
    pub muted: bool,
    /// When the earliest and the latest log involved were written.
    pub window: (DateTime<Utc>, DateTime<Utc>),
    /// The values that the rule grouped by, by field.
    pub group_by: Vec<(String, String)>,
    /// The ids of the logs behind the event, in the Operations account.
    pub logs: Vec<String>,
    /// The bytes that are served for the event.
    pub raw: Bytes,
}

/// Severity and muting of an event in one number.
fn class(event: &Event) -> usize {
    event.severity as usize * 2 + usize::from(event.muted)
}

const CLASSES: usize = Severity::ALL.len() * 2;

#[derive(Debug, Clone)]
struct Row {
    nanos: i64,
    /// The order of arrival in the store, which settles ties.
    number: u64,
    class: u8,
    rule: u32,
    raw: Bytes,
    event: Arc<Event>,
}

/// The order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortKey {
    Date { descending: bool },
    Severity { descending: bool },
}

/// Which events to find.
#[derive(Debug, Clone)]
pub(crate) struct EventQuery {
    /// The first and last date, in nanoseconds, both included.
    pub(crate) dates: (i64, i64),
    /// Compare only the whole seconds of dates.
    pub(crate) whole_seconds: bool,
    pub(crate) severities: Vec<Severity>,
    pub(crate) muted: bool,
    pub(crate) rule_name: Option<String>,
    pub(crate) ignore_case: bool,
    pub(crate) sort: Vec<SortKey>,
    pub(crate) ties: Ties,
    /// What the order of shuffled ties follows from.
    pub(crate) seed: u64,
}

/// The events, those to be found now apart from those to be found later.
#[derive(Debug, Default)]
pub(crate) struct EventStore {
    /// By when they become visible, the next at the end.
    waiting: Vec<Row>,
    waiting_sorted: bool,
    /// By date and number.
    visible: Vec<Row>,
    /// `counts[i]`: how many of the first `i` visible rows are of each class.
    counts: Vec<[u32; CLASSES]>,
    shown: Option<DateTime<Utc>>,
    rules: Vec<String>,
    rule_numbers: HashMap<String, u32>,
    by_id: HashMap<String, Arc<Event>>,
    next_number: u64,
}

impl EventStore {
    pub(crate) fn add(&mut self, event: Event) {
        let raw = event.to_json();
        let rules = &mut self.rules;
        let rule = *self.rule_numbers.entry(event.rule_name.clone()).or_insert_with(|| {
            rules.push(event.rule_name.clone());
            rules.len() as u32 - 1
        });
        let event = Arc::new(event);
        self.by_id.insert(event.id.clone(), Arc::clone(&event));
        self.waiting.push(Row {
            nanos: time::nanos(event.date),
            number: self.next_number,
            class: class(&event) as u8,
            rule,
            raw,
            event,
        });
        self.waiting_sorted = false;
        self.next_number += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.visible.len() + self.waiting.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Event>> {
        self.by_id.get(id)
    }

    /// Every event, by date, visible or not.
    pub(crate) fn records(&self) -> Vec<EventRecord> {
        let mut rows: Vec<&Row> = self.visible.iter().chain(&self.waiting).collect();
        rows.sort_by_key(|row| (row.nanos, row.number));
        rows.into_iter()
            .map(|row| EventRecord {
                id: row.event.id.clone(),
                date: row.event.date,
                visible_at: row.event.visible_at,
                severity: row.event.severity,
                rule_id: row.event.rule_id,
                rule_name: row.event.rule_name.clone(),
                tags: row.event.tags.clone(),
                muted: row.event.muted,
                window: row.event.window,
                group_by: row.event.group_by.clone(),
                logs: row.event.logs.clone(),
                raw: row.raw.clone(),
            })
            .collect()
    }

    /// Shows what has become visible by `now`, and hides what has not.
    pub(crate) fn refresh(&mut self, now: DateTime<Utc>) {
        if self.shown.is_some_and(|shown| now < shown) {
            self.waiting.append(&mut self.visible);
            self.counts.clear();
            self.waiting_sorted = false;
        }
        self.shown = Some(now);
        if !self.waiting_sorted {
            self.waiting.sort_by_key(|row| std::cmp::Reverse((row.event.visible_at, row.number)));
            self.waiting_sorted = true;
        }
        let first_new = self.waiting.partition_point(|row| row.event.visible_at > now);
        if first_new < self.waiting.len() {
            let new = self.waiting.split_off(first_new);
            let key = |row: &Row| (row.nanos, row.number);
            let earliest = new.iter().map(key).min().unwrap_or_default();
            let unchanged = self.visible.partition_point(|row| key(row) < earliest);
            self.visible.extend(new);
            if let Some(changed) = self.visible.get_mut(unchanged..) {
                changed.sort_by_key(key);
            }
            self.count_from(unchanged);
        }
        if self.counts.is_empty() {
            self.counts.push([0; CLASSES]);
        }
    }

    fn count_from(&mut self, first: usize) {
        self.counts.truncate(first + 1);
        let mut running = self.counts.last().copied().unwrap_or_default();
        if self.counts.is_empty() {
            self.counts.push(running);
        }
        for row in self.visible.iter().skip(first) {
            if let Some(count) = running.get_mut(usize::from(row.class)) {
                *count += 1;
            }
            self.counts.push(running);
        }
    }

    /// How many events match, and those of `rows` in the order asked for.
    pub(crate) fn search(&self, query: &EventQuery, rows: Range<usize>) -> (usize, Vec<Bytes>) {
        let seen = |row: &Row| match query.whole_seconds {
            true => row.nanos.div_euclid(1_000_000_000).saturating_mul(1_000_000_000),
            false => row.nanos,
        };
        let start = self.visible.partition_point(|row| seen(row) < query.dates.0);
        let end = self.visible.partition_point(|row| seen(row) <= query.dates.1);
        let range = start..end.max(start);
        let by_date = match query.sort.first() {
            None => Some(true),
            Some(SortKey::Date { descending }) => Some(*descending),
            Some(SortKey::Severity { .. }) => None,
        };
        match by_date {
            Some(descending) if query.rule_name.is_none() => self.page_by_count(query, range, descending, rows),
            _ => self.page_by_scan(query, range, rows),
        }
    }

    /// The common case, by date and without a rule name: matching rows are
    /// counted, not visited.
    fn page_by_count(
        &self,
        query: &EventQuery,
        range: Range<usize>,
        descending: bool,
        rows: Range<usize>,
    ) -> (usize, Vec<Bytes>) {
        let classes: Vec<usize> = (0..CLASSES).filter(|class| matches_class(query, *class)).collect();
        let before = |row: usize| -> usize {
            self.counts
                .get(row)
                .map_or(0, |counts| classes.iter().filter_map(|class| counts.get(*class)).map(|n| *n as usize).sum())
        };
        let skipped = before(range.start);
        let total = before(range.end) - skipped;
        let rows = rows.start.min(total)..rows.end.min(total);
        // The row with `rank` matching rows before it.
        let row_of = |rank: usize| -> usize {
            let (mut low, mut high) = (range.start, range.end);
            while low < high {
                let middle = low + (high - low) / 2;
                if before(middle + 1) - skipped <= rank {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        };
        let ascending = match descending {
            false => rows.clone(),
            true => total - rows.end..total - rows.start,
        };
        if ascending.is_empty() {
            return (total, Vec::new());
        }
        let (first, last) = (row_of(ascending.start), row_of(ascending.end - 1));
        // Ties reach beyond the page, and all of them are shuffled together.
        let date = |row: usize| self.visible.get(row).map_or(0, |row| row.nanos);
        let (low, high) = (
            self.visible.partition_point(|row| row.nanos < date(first)).max(range.start),
            self.visible.partition_point(|row| row.nanos <= date(last)).min(range.end),
        );
        let (low, high) = match query.ties {
            Ties::Stable => (first, last + 1),
            Ties::Shuffled => (low, high),
        };
        let mut found: Vec<&Row> = self
            .visible
            .get(low..high)
            .unwrap_or_default()
            .iter()
            .filter(|row| matches_class(query, usize::from(row.class)))
            .collect();
        self.settle_ties(query, &mut found);
        let offset = ascending.start - (before(low) - skipped);
        let mut page: Vec<Bytes> =
            found.into_iter().skip(offset).take(ascending.len()).map(|row| row.raw.clone()).collect();
        if descending {
            page.reverse();
        }
        (total, page)
    }

    fn page_by_scan(&self, query: &EventQuery, range: Range<usize>, rows: Range<usize>) -> (usize, Vec<Bytes>) {
        let fold = |text: &str| match query.ignore_case {
            true => text.to_lowercase(),
            false => text.to_owned(),
        };
        let named: Option<Vec<bool>> = query.rule_name.as_ref().map(|name| {
            let name = fold(name);
            self.rules.iter().map(|rule| fold(rule).contains(&name)).collect()
        });
        let mut found: Vec<&Row> = self
            .visible
            .get(range)
            .unwrap_or_default()
            .iter()
            .filter(|row| matches_class(query, usize::from(row.class)))
            .filter(|row| named.as_ref().is_none_or(|named| named.get(row.rule as usize).copied().unwrap_or_default()))
            .collect();
        self.settle_ties(query, &mut found);
        let keys = match query.sort.as_slice() {
            [] => &[SortKey::Date { descending: true }][..],
            keys => keys,
        };
        found.sort_by(|a, b| {
            keys.iter()
                .map(|key| match key {
                    SortKey::Date { descending: false } => a.nanos.cmp(&b.nanos),
                    SortKey::Date { descending: true } => b.nanos.cmp(&a.nanos),
                    SortKey::Severity { descending: false } => (a.class / 2).cmp(&(b.class / 2)),
                    SortKey::Severity { descending: true } => (b.class / 2).cmp(&(a.class / 2)),
                })
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let total = found.len();
        let page = found.into_iter().skip(rows.start).take(rows.len()).map(|row| row.raw.clone()).collect();
        (total, page)
    }

    /// Puts rows of the same date, which stand together, into this call's
    /// order.
    fn settle_ties(&self, query: &EventQuery, rows: &mut [&Row]) {
        if query.ties == Ties::Stable {
            return;
        }
        for tied in rows.chunk_by_mut(|a, b| a.nanos == b.nanos) {
            let date = tied.first().map_or(0, |row| row.nanos) as u64;
            fastrand::Rng::with_seed(query.seed ^ date).shuffle(tied);
        }
    }
}

fn matches_class(query: &EventQuery, class: usize) -> bool {
    let severity =
        query.severities.is_empty() || query.severities.iter().any(|severity| *severity as usize == class / 2);
    severity && (query.muted || class.is_multiple_of(2))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn epoch(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn all() -> EventQuery {
        EventQuery {
            dates: (i64::MIN, i64::MAX),
            whole_seconds: false,
            severities: Vec::new(),
            muted: true,
            rule_name: None,
            ignore_case: false,
            sort: vec![SortKey::Date { descending: false }],
            ties: Ties::Stable,
            seed: 0,
        }
    }

    fn texts(page: Vec<Bytes>) -> Vec<String> {
        page.iter().map(|raw| String::from_utf8(raw.to_vec()).unwrap()).collect()
    }

    /// A store of events at random seconds, some late, muted or tied.
    fn random(rng: &mut fastrand::Rng, count: usize) -> EventStore {
        let mut store = EventStore::default();
        for number in 0..count {
            let date = epoch(rng.i64(0..60));
            let name = ["Brute force", "brute squad", "Malware"][rng.usize(0..3)];
            let event = Event::new(format!("{number}"), date)
                .visible_at(date + TimeDelta::seconds(rng.i64(0..30)))
                .severity(Severity::ALL[rng.usize(0..5)])
                .muted(rng.bool())
                .rule(1, name)
                .raw(format!("{number}"));
            store.add(event);
        }
        store
    }

    #[test]
    fn pages_are_what_a_plain_sort_and_cut_gives() {
        let mut rng = fastrand::Rng::with_seed(7);
        for round in 0..300 {
            let mut store = random(&mut rng, 80);
            let now = epoch(rng.i64(0..90));
            // Through an earlier and a later time first: the way must not matter.
            store.refresh(epoch(rng.i64(0..90)));
            store.refresh(now);
            let descending = rng.bool();
            let from = rng.i64(0..60);
            let query = EventQuery {
                dates: (from * 1_000_000_000, rng.i64(from..90) * 1_000_000_000),
                severities: if rng.bool() { vec![Severity::Low, Severity::High] } else { Vec::new() },
                muted: rng.bool(),
                rule_name: (round % 3 == 0).then(|| "rute".to_owned()),
                sort: vec![SortKey::Date { descending }],
                ..all()
            };
            let mut expected: Vec<_> = store
                .records()
                .into_iter()
                .filter(|event| event.visible_at <= now)
                .filter(|event| (query.dates.0..=query.dates.1).contains(&time::nanos(event.date)))
                .filter(|event| query.muted || !event.muted)
                .filter(|event| query.severities.is_empty() || query.severities.contains(&event.severity))
                .filter(|event| query.rule_name.is_none() || event.rule_name.contains("rute"))
                .collect();
            if descending {
                expected.sort_by_key(|event| std::cmp::Reverse(event.date));
            }
            let start = rng.usize(0..50);
            let rows = start..start + rng.usize(1..20);
            let (total, page) = store.search(&query, rows.clone());
            assert_eq!(total, expected.len());
            let dates = |ids: &[String]| -> Vec<_> { ids.iter().map(|id| store.get(id).unwrap().date).collect() };
            let wanted: Vec<_> =
                expected.iter().skip(rows.start).take(rows.len()).map(|event| event.id.clone()).collect();
            let page = texts(page);
            // Ties may come in either order, but in one order over all pages.
            assert_eq!(dates(&page), dates(&wanted));
            let (_, whole) = store.search(&query, 0..1000);
            let whole = texts(whole);
            assert_eq!(page, whole.into_iter().skip(rows.start).take(rows.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn shuffled_ties_are_one_permutation_within_a_call() {
        let mut store = EventStore::default();
        for number in 0..40 {
            store.add(Event::new(format!("{number}"), epoch(number / 20)).raw(format!("{number}")));
        }
        store.refresh(epoch(100));
        let query = |seed| EventQuery { ties: Ties::Shuffled, seed, ..all() };
        let mut pages: Vec<String> =
            (0..4).flat_map(|page| texts(store.search(&query(3), page * 10..page * 10 + 10).1)).collect();
        let other = texts(store.search(&query(4), 0..40).1);
        assert_ne!(pages, other);
        pages.sort();
        pages.dedup();
        assert_eq!(pages.len(), 40);
    }

    #[test]
    fn whole_seconds_find_what_fractions_put_outside() {
        let mut store = EventStore::default();
        store.add(Event::new("a", epoch(5) + TimeDelta::milliseconds(791)));
        store.refresh(epoch(10));
        let query = EventQuery { dates: (0, 5_000_000_000), ..all() };
        assert_eq!(store.search(&query, 0..9).0, 0);
        let query = EventQuery { whole_seconds: true, ..query };
        assert_eq!(store.search(&query, 0..9).0, 1);
    }
}
