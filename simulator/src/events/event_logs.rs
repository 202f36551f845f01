//! `POST /v2/security/rules/events/logs/search`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::body::{check_members, object, read_body};
use super::page::Page;
use super::store::EventStore;
use crate::answer::Answer;
use crate::behaviour::{Behaviour, UnknownEvent};
use crate::logs::{Log, LogStore};
use crate::refusal::{ErrorShape, Refusal};

/// `POST /v2/security/rules/events/logs/search`.
pub(crate) fn search_event_logs(
    events: &mut EventStore,
    logs: &LogStore,
    behaviour: &Behaviour,
    now: DateTime<Utc>,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let body = read_body(body)?;
    check_members(&body, "", &["filter", "pagination"])?;
    let filter = object(&body, "filter")?;
    check_members(&filter, "filter.", &["alertEventId"])?;
    let id = match filter.get("alertEventId") {
        Some(Value::String(id)) if !id.is_empty() => id,
        Some(Value::String(_)) | Some(Value::Null) | None => {
            return Err(Refusal::invalid("filter.alertEventId may not be empty"));
        }
        Some(_) => return Err(Refusal::invalid("filter.alertEventId must be a string")),
    };
    let page = Page::read(&body, behaviour)?;
    let event = events.get(id).filter(|event| event.visible_at <= now);
    let ids = match event {
        Some(event) => event.logs.as_slice(),
        None if behaviour.unknown_event == UnknownEvent::Empty => &[],
        None => {
            return Err(Refusal {
                status: 404,
                shape: ErrorShape::JsonString,
                code: "security/EVENT_NOT_FOUND",
                message: format!("no event id {id} found"),
            });
        }
    };
    let kept: Vec<&Arc<Log>> = ids
        .iter()
        .filter_map(|id| logs.get(id))
        .filter(|log| log.visible_at <= now)
        .filter(|log| behaviour.log_retention.is_none_or(|kept| now - log.time <= kept))
        .collect();
    let found = kept.iter().skip(page.rows().start).take(page.rows().len()).map(|log| log.part()).collect();
    Ok(page.answer(kept.len(), found))
}
