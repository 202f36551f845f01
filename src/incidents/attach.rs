//! Attaches to incidents the logs behind their events. What cannot be had is a
//! notice, and fails no fetch.

use crate::contract::{Incident, Notice, NoticeCode, sentence};
use crate::logzio::client::Client;
use crate::logzio::conversions;
use crate::logzio::paging::PageError;
use crate::logzio::wire::{EventLogFilter, EventLogSearch, Pagination};
use std::collections::VecDeque;

/// The most bytes of logs that are attached to a page of incidents.
const MOST_BYTES: usize = 8 << 20;
/// The incidents whose logs are asked for side by side.
const AT_ONCE: usize = 4;

/// Attaches up to `count` logs to each incident, the oldest incidents first.
pub(super) fn attach_logs(client: &Client, incidents: &mut [Incident], count: u32, notices: &mut Vec<Notice>) {
    let mut attaching = Attaching { left: MOST_BYTES, size: count, fewer: 0, failed: Vec::new() };
    // An id that was derived here means nothing to Logz.io.
    let mut waiting: VecDeque<&mut Incident> =
        incidents.iter_mut().filter(|incident| !conversions::is_derived_id(&incident.id)).collect();
    let mut at_once = AT_ONCE;
    while !waiting.is_empty() {
        if attaching.left == 0 {
            attaching.fewer += waiting.len();
            break;
        }
        let batch: Vec<&mut Incident> = waiting.drain(..at_once.min(waiting.len())).collect();
        let pagination = Pagination { page_number: 1, page_size: attaching.size };
        let searches: Vec<EventLogSearch> = batch
            .iter()
            .map(|incident| EventLogSearch { filter: EventLogFilter { alert_event_id: &incident.id }, pagination })
            .collect();
        let answers = client.ask_all(&searches);
        let mut again = Vec::new();
        for (incident, answer) in batch.into_iter().zip(answers) {
            match answer {
                Ok(rows) => attaching.attach(incident, rows.results, rows.total, count),
                // Answers side by side share what can be read at once.
                Err(PageError::TooLarge) if at_once > 1 || attaching.size > 1 => again.push(incident),
                Err(PageError::TooLarge) => attaching.fewer += 1,
                Err(error) => attaching.failed.push((incident.id.clone(), sentence(&error.into()))),
            }
        }
        if again.is_empty() {
            // Large logs of one incident are no reason to attach fewer to the next.
            attaching.size = count;
        } else {
            if at_once == 1 {
                attaching.size = (attaching.size / 4).max(1);
            }
            at_once = 1;
        }
        for incident in again.into_iter().rev() {
            waiting.push_front(incident);
        }
    }
    notices.extend(attaching.notices());
}

/// What was attached so far.
struct Attaching {
    /// The bytes that the page still takes.
    left: usize,
    /// The logs to ask for at once, so that an answer can be read.
    size: u32,
    /// The incidents that have fewer logs than there are.
    fewer: usize,
    /// The incidents whose logs could not be had, and why.
    failed: Vec<(String, String)>,
}

impl Attaching {
    fn attach(
        &mut self,
        incident: &mut Incident,
        logs: Vec<Box<serde_json::value::RawValue>>,
        total: Option<u64>,
        count: u32,
    ) {
        let wanted = total.unwrap_or_default().min(count.into());
        let mut is_cut = u64::try_from(logs.len()).is_ok_and(|there| there < wanted);
        for raw in logs.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let Some(left) = self.left.checked_sub(raw.get().len()) else {
                self.left = 0;
                is_cut = true;
                break;
            };
            self.left = left;
            incident.logs.push(Box::<str>::from(raw).into());
        }
        self.fewer += usize::from(is_cut);
    }

    fn notices(self) -> Vec<Notice> {
        let mut notices = Vec::new();
        // What fails for one mostly fails for all: one notice is enough.
        if let Some((id, why)) = self.failed.first() {
            let others =
                if self.failed.len() > 1 { format!(" and {} others", self.failed.len() - 1) } else { String::new() };
            notices.push(Notice::new(
                NoticeCode::LogsNotAttached,
                format!("the logs of the incident {id}{others} could not be attached: {why}"),
            ));
        }
        if self.fewer > 0 {
            notices.push(Notice::new(
                NoticeCode::LogsNotAttached,
                format!(
                    "{} {} not all the logs that were asked for attached, since a page holds at most {} MiB of them: \
                     attach fewer, or get them by the event's id",
                    self.fewer,
                    if self.fewer == 1 { "incident has" } else { "incidents have" },
                    MOST_BYTES >> 20
                ),
            ));
        }
        notices
    }
}
