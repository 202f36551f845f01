//! What `fetch-incidents` means: a sweep over security events, with the
//! contract's filters, limits and attached logs around it.

use crate::contract::{Error, EventFilter, FetchRequest, Incident, IncidentPage, Notice, NoticeCode, Start, sentence};
use crate::incidents::attach::attach_logs;
use crate::incidents::cursor::{self, Cursor};
use crate::incidents::sweep::{Ask, MOST_ROUNDS, Page, Plan, Row, Sweep, sweep};
use crate::logzio::client::Client;
use crate::logzio::conversions::{self, Event};
use crate::logzio::paging::{PageError, Slice};
use crate::logzio::wire::{EventSearch, EventSearchFilter, Pagination, TimeRange};
use crate::sealed;
use crate::time::{self, Edge};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// The most incidents of a page.
pub const LARGEST_LIMIT: u32 = 50;
/// The look-back if a fetch names none, and the longest, in minutes.
pub const DEFAULT_LOOK_BACK: u32 = 15;
/// See [`DEFAULT_LOOK_BACK`].
pub const LONGEST_LOOK_BACK: u32 = 1_440;
/// The most logs that are attached to an incident.
pub const MOST_ATTACHED: u32 = 100;
/// A further page of events is only asked for with so much time left.
const TIME_FOR_A_PAGE: Duration = Duration::from_millis(750);
/// The longest text to look for in rule names, and the most tags.
const LONGEST_RULE_NAME: usize = 1_000;
const MOST_TAGS: usize = 1_000;
/// A clock that is further off than this is worth a notice, in seconds.
const CLOCK_TOLERANCE: i64 = 60;

/// Carries out `fetch-incidents`.
///
/// # Errors
/// As the contract has it.
pub fn fetch(client: &Client, request: &FetchRequest, now: DateTime<Utc>) -> Result<IncidentPage, Error> {
    fetch_by(|cursor, plan, fetch, wanted, go_on| sweep(cursor, plan, fetch, wanted, go_on), client, request, now)
}

/// Carries out `fetch-incidents` with this sweep.
///
/// # Errors
/// As the contract has it.
pub fn fetch_by(
    sweep: Sweep<Event>,
    client: &Client,
    request: &FetchRequest,
    now: DateTime<Utc>,
) -> Result<IncidentPage, Error> {
    let limit = request.limit.unwrap_or(LARGEST_LIMIT).min(LARGEST_LIMIT);
    if limit == 0 {
        return Err(Error::InvalidArgument("a limit of 0 fetches nothing: give 1 to 50".into()));
    }
    let look_back = request.look_back_minutes.unwrap_or(DEFAULT_LOOK_BACK);
    if look_back > LONGEST_LOOK_BACK {
        return Err(Error::InvalidArgument(format!(
            "a look-back of {look_back} minutes is too long: give 0 to {LONGEST_LOOK_BACK}"
        )));
    }
    let mut filter = Filter::new(&request.filter)?;
    let mut cursor = start(&request.start, now)?;
    client.target().require(crate::connection::Account::Security)?;

    let look_back = i64::from(look_back) * 60;
    let plan = Plan {
        now: now.timestamp(),
        look_back,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        filter: filter.fingerprint(),
        sparse: !filter.tags.is_empty(),
        most_rounds: MOST_ROUNDS,
    };
    let tags = std::mem::take(&mut filter.tags);
    let sweep_from = |cursor: &mut Cursor| {
        sweep(cursor, plan, &mut |ask| page(client, &filter.wire, ask), &|event| has_a_tag(event, &tags), &|| {
            client.time_left() > TIME_FOR_A_PAGE
        })
    };
    let mut swept = sweep_from(&mut cursor);
    if let Start::At(expression) = &request.start {
        if !swept.moved && swept.failure.is_none() {
            // Nothing was due, so Logz.io was not asked; but its clock decides
            // where the fetch starts.
            let second = cursor.start.div_euclid(1000);
            page(client, &filter.wire, Ask { from: second - 1, to: second, slice: Slice { page: 1, size: 1 } })?;
        }
        if let Some(earlier) = start_by_logzio(client, expression, &cursor, now) {
            cursor = earlier;
            swept = sweep_from(&mut cursor);
        }
    }
    if let Some(error) = swept.failure {
        if !swept.moved {
            return Err(error);
        }
        swept.notices.push(Notice::new(
            NoticeCode::CutShort,
            format!("not all was read, the next fetch goes on from here: {}", sentence(&error)),
        ));
    }
    let mut incidents: Vec<Incident> = swept.items.into_iter().map(|(near, event)| event.incident(near)).collect();
    // One whose date is not to believe may have another time than it was found at.
    incidents.sort_by(|a, b| a.occurred.cmp(&b.occurred));
    if let Some(count) = request.attach_logs.filter(|count| *count > 0) {
        attach_logs(client, &mut incidents, count.min(MOST_ATTACHED), &mut swept.notices);
    }
    let next = cursor.write();
    if !swept.more {
        swept.notices.extend(shortened_memory(&cursor, look_back));
    }
    swept.notices.extend(clock_notice(client, now));
    Ok(IncidentPage { incidents, next, more: swept.more, notices: swept.notices })
}

/// The cursor to go on from.
fn start(start: &Start, now: DateTime<Utc>) -> Result<Cursor, Error> {
    match start {
        Start::At(expression) => {
            let time = time::parse(expression, Edge::Start, now).map_err(Error::InvalidArgument)?;
            if time > now {
                return Err(Error::InvalidArgument(format!(
                    "the start {} lies in the future: give a time before {}",
                    time::format(time),
                    time::format(now)
                )));
            }
            Ok(Cursor::new(time.timestamp_millis()))
        }
        Start::After(text) => {
            let cursor = Cursor::read(text).map_err(Error::InvalidArgument)?;
            // A day of tolerance, for a clock that was wrong for a while.
            if cursor.start > now.timestamp_millis() + 86_400_000 {
                return Err(Error::InvalidArgument(format!(
                    "the cursor starts at {}, in the future: check the clock, or start anew at a time",
                    time::format_millis(cursor.start)
                )));
            }
            Ok(cursor)
        }
    }
}

/// The start by Logz.io's clock, where ours is ahead of it: by ours, the fetch
/// would begin in Logz.io's future, and never return what happens until then.
fn start_by_logzio(client: &Client, expression: &str, cursor: &Cursor, now: DateTime<Utc>) -> Option<Cursor> {
    let ahead = ahead_of_logzio(client, now)?;
    if ahead <= CLOCK_TOLERANCE {
        return None;
    }
    let there = now - TimeDelta::seconds(ahead);
    let start = time::parse(expression, Edge::Start, there).ok()?.min(there);
    (start.timestamp_millis() < cursor.start).then(|| Cursor::new(start.timestamp_millis()))
}

/// The filter of a fetch: what Logz.io applies, and what we apply.
struct Filter {
    wire: EventSearchFilter,
    /// In lower case.
    tags: Vec<String>,
}

impl Filter {
    fn new(filter: &EventFilter) -> Result<Self, Error> {
        let rule_name = filter.rule_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        if rule_name.is_some_and(|name| name.len() > LONGEST_RULE_NAME) || filter.tags.len() > MOST_TAGS {
            return Err(Error::InvalidArgument(format!(
                "the filter is too large: give a rule name of at most {LONGEST_RULE_NAME} bytes and at most \
                 {MOST_TAGS} tags"
            )));
        }
        let mut severities = Vec::new();
        for severity in &filter.severities {
            severities.push(conversions::severity_word(*severity).ok_or_else(|| {
                Error::InvalidArgument(
                    "Logz.io cannot filter by the severity unclassified: name others, or none for all".into(),
                )
            })?);
        }
        severities.sort_unstable();
        severities.dedup();
        let tags = filter.tags.iter().map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()).collect();
        let wire = EventSearchFilter {
            search_term: rule_name.map(str::to_owned),
            severities,
            include_muted_events: filter.include_muted,
            ..EventSearchFilter::default()
        };
        Ok(Self { wire, tags })
    }

    /// Differs where Logz.io would show other rows.
    fn fingerprint(&self) -> u32 {
        let text = serde_json::to_string(&self.wire).unwrap_or_default();
        u32::try_from(sealed::hash(&[&text]) & u128::from(u32::MAX)).unwrap_or_default()
    }
}

fn page(client: &Client, filter: &EventSearchFilter, ask: Ask) -> Result<Page<Event>, PageError> {
    let mut filter = filter.clone();
    filter.time_range = TimeRange { from_date: ask.from, to_date: ask.to };
    let pagination = Pagination { page_number: ask.slice.page, page_size: ask.slice.size };
    let rows = client.search_events(&EventSearch::new(filter, false, pagination))?;
    let (total, echoed) = (rows.total, rows.received().echoed);
    let rows = rows
        .results
        .into_iter()
        .map(|raw| {
            let event = Event::read(raw);
            Row { id: event.id.clone(), date: event.date, item: event }
        })
        .collect();
    Ok(Page { rows, total, echoed, date: client.server_date() })
}

fn has_a_tag(event: &Event, tags: &[String]) -> bool {
    tags.is_empty() || event.tags().iter().any(|tag| tags.contains(&tag.trim().to_lowercase()))
}

/// Says so if the memory does not reach as far as the look-back.
fn shortened_memory(cursor: &Cursor, look_back: i64) -> Option<Notice> {
    let newest = cursor.newest?;
    let wanted = (newest - look_back).max(cursor.start.div_euclid(1000));
    (cursor.forgotten > Some(wanted)).then(|| {
        Notice::new(NoticeCode::LookBackShortened, format!(
            "the look-back reaches to {} only: a cursor of {} characters cannot remember more events. Events that are \
             indexed later than that are not found; filter by severity or rule name to remember for longer",
            time::format_millis(cursor.since * 1000),
            cursor::LONGEST
        ))
    })
}

/// How many seconds our clock is ahead of Logz.io's, once Logz.io answered.
fn ahead_of_logzio(client: &Client, now: DateTime<Utc>) -> Option<i64> {
    let here = now.timestamp() + i64::try_from(client.elapsed().as_secs()).unwrap_or_default();
    Some(here - client.server_date()?)
}

/// Says so if the clocks differ: the last three minutes go by ours.
fn clock_notice(client: &Client, now: DateTime<Utc>) -> Option<Notice> {
    let ahead = ahead_of_logzio(client, now)?;
    (ahead.abs() > CLOCK_TOLERANCE).then(|| {
        Notice::new(
            NoticeCode::ClockDiffers,
            format!(
                "the clock here is {} s {} that of Logz.io: set it right, since it says which events are recent",
                ahead.abs(),
                if ahead > 0 { "ahead of" } else { "behind" }
            ),
        )
    })
}
