//! What `fetch-incidents` means: a sweep over security events, with the
//! contract's filters, limits and attached logs around it.

use crate::contract::{Error, EventFilter, FetchRequest, Incident, IncidentPage, Notice, NoticeCode, Start, sentence};
use crate::incidents::cursor::{self, Cursor};
use crate::incidents::sweep::{Ask, MOST_ROUNDS, Page, Plan, Row, Sweep, sweep};
use crate::logzio::client::Client;
use crate::logzio::conversions::{self, Event};
use crate::logzio::paging::PageError;
use crate::logzio::wire::{EventLogFilter, EventLogSearch, EventSearch, EventSearchFilter, Pagination, TimeRange};
use crate::sealed;
use crate::time::{self, Edge};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The most incidents of a page.
pub const LARGEST_LIMIT: u32 = 50;
/// The look-back if a fetch names none, and the longest, in minutes.
pub const DEFAULT_LOOK_BACK: u32 = 15;
/// See [`DEFAULT_LOOK_BACK`].
pub const LONGEST_LOOK_BACK: u32 = 1_440;
/// The most logs that are attached to an incident, and to a page in bytes.
pub const MOST_ATTACHED: u32 = 100;
const LARGEST_ATTACHED: usize = 8 << 20;
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
    let mut harvest =
        sweep(&mut cursor, plan, &mut |ask| page(client, &filter.wire, ask), &|event| has_a_tag(event, &tags), &|| {
            client.time_left() > TIME_FOR_A_PAGE
        });
    if let Some(error) = harvest.failure {
        if !harvest.moved {
            return Err(error);
        }
        harvest.notices.push(Notice::new(
            NoticeCode::CutShort,
            format!("not all was read, the next fetch goes on from here: {}", sentence(&error)),
        ));
    }
    let mut incidents: Vec<Incident> = harvest.items.into_iter().map(|(near, event)| event.incident(near)).collect();
    // One whose date is not to believe may have another time than it was found at.
    incidents.sort_by(|a, b| a.occurred.cmp(&b.occurred));
    if let Some(count) = request.attach_logs.filter(|count| *count > 0) {
        attach_logs(client, &mut incidents, count.min(MOST_ATTACHED), &mut harvest.notices);
    }
    let next = cursor.write();
    if !harvest.more {
        harvest.notices.extend(shortened_memory(&cursor, look_back));
    }
    harvest.notices.extend(clock_notice(client, now));
    Ok(IncidentPage { incidents, next, more: harvest.more, notices: harvest.notices })
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
        u32::try_from(sealed::hash(text.as_bytes()) & u128::from(u32::MAX)).unwrap_or_default()
    }
}

fn page(client: &Client, filter: &EventSearchFilter, ask: Ask) -> Result<Page<Event>, PageError> {
    let mut filter = filter.clone();
    filter.time_range = TimeRange { from_date: ask.from, to_date: ask.to };
    let pagination = Pagination { page_number: ask.slice.page, page_size: ask.slice.size };
    let rows = client.search_events(&EventSearch::new(filter, false, pagination))?;
    let total = rows.total;
    let rows = rows
        .results
        .into_iter()
        .map(|raw| {
            let event = Event::read(raw);
            Row { id: event.id.clone(), date: event.date, item: event }
        })
        .collect();
    Ok(Page { rows, total, date: client.server_date() })
}

fn has_a_tag(event: &Event, tags: &[String]) -> bool {
    tags.is_empty() || event.tags().iter().any(|tag| tags.contains(&tag.trim().to_lowercase()))
}

/// Attaches logs. What cannot be had is a notice and fails nothing.
fn attach_logs(client: &Client, incidents: &mut [Incident], count: u32, notices: &mut Vec<Notice>) {
    let pagination = Pagination { page_number: 1, page_size: count };
    // An id that was derived here means nothing to Logz.io.
    let mut incidents: Vec<&mut Incident> =
        incidents.iter_mut().filter(|incident| !conversions::is_derived_id(&incident.id)).collect();
    let searches: Vec<EventLogSearch> = incidents
        .iter()
        .map(|incident| EventLogSearch { filter: EventLogFilter { alert_event_id: &incident.id }, pagination })
        .collect();
    let answers = client.ask_all(&searches);
    let (mut size, mut left_out) = (0, 0);
    let mut failed: Vec<(String, String)> = Vec::new();
    for (incident, rows) in incidents.iter_mut().zip(answers) {
        match rows {
            Ok(rows) => {
                for raw in rows.results.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
                    size += raw.get().len();
                    if size > LARGEST_ATTACHED {
                        left_out += 1;
                    } else {
                        incident.logs.push(Box::<str>::from(raw).into());
                    }
                }
            }
            Err(error) => failed.push((incident.id.clone(), sentence(&error.into()))),
        }
    }
    // What fails for one mostly fails for all: one notice is enough.
    if let Some((id, why)) = failed.first() {
        let others = if failed.len() > 1 { format!(" and {} others", failed.len() - 1) } else { String::new() };
        notices.push(Notice::new(
            NoticeCode::LogsNotAttached,
            format!("the logs of the incident {id}{others} could not be attached: {why}"),
        ));
    }
    if left_out > 0 {
        notices.push(Notice::new(NoticeCode::LogsNotAttached, format!(
            "{left_out} logs were not attached, since a page holds at most {} MiB of them: attach fewer, or get them \
             by event id",
            LARGEST_ATTACHED >> 20
        )));
    }
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

/// Says so if the clocks differ: the last three minutes are told by ours.
fn clock_notice(client: &Client, now: DateTime<Utc>) -> Option<Notice> {
    let started = now.timestamp() + i64::try_from(client.elapsed().as_secs()).unwrap_or_default();
    let ahead = started - client.server_date()?;
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
