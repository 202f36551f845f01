//! `POST /v1/scroll`, and the scrolls under way.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::body::{check_members, read_body};
use super::context::Context;
use super::found::Found;
use super::presentation::Presentation;
use super::request::SearchRequest;
use crate::account::AccountKind;
use crate::answer::Answer;
use crate::behaviour::ScrollHits;
use crate::body::BodyWriter;
use crate::refusal::{ErrorShape, Refusal};

const MAX_SCROLL_PAGE: u64 = 1000;
const DEFAULT_KEEP_ALIVE: TimeDelta = TimeDelta::minutes(1);
const MAX_KEEP_ALIVE: TimeDelta = TimeDelta::minutes(5);
const MAX_SCROLL_AGE: TimeDelta = TimeDelta::minutes(20);

/// The scrolls under way.
#[derive(Debug, Default)]
pub(crate) struct Scrolls {
    contexts: HashMap<u64, Scroll>,
    next: u64,
}

#[derive(Debug)]
struct Scroll {
    account: AccountKind,
    found: Found,
    presentation: Presentation,
    size: usize,
    position: usize,
    begun: DateTime<Utc>,
    used: DateTime<Utc>,
    keep_alive: TimeDelta,
}

/// `POST /v1/scroll`.
pub(crate) fn scroll(context: Context<'_>, scrolls: &mut Scrolls, body: &[u8]) -> Result<Answer, Refusal> {
    let mut body = read_body(body)?;
    check_members(
        &body,
        &["query", "from", "size", "sort", "_source", "post_filter", "aggs", "aggregations", "scroll", "scroll_id"],
    )?;
    let keep_alive = match body.get("scroll") {
        None | Some(Value::Null) => DEFAULT_KEEP_ALIVE,
        Some(value) => value
            .as_str()
            .and_then(keep_alive)
            .ok_or_else(|| Refusal::search(format!("failed to parse setting [scroll] with value [{value}]")))?,
    };
    if keep_alive > MAX_KEEP_ALIVE {
        return Err(Refusal::search("Scroll can't exceed [5m]"));
    }
    let (now, account, hits_shape) = (context.now, context.account, context.behaviour.scroll_hits);
    let expired_status = context.behaviour.expired_scroll_status;
    let number = match body.get("scroll_id") {
        None | Some(Value::Null) => {
            let request = SearchRequest::read(&mut body, &context)?;
            if request.size > MAX_SCROLL_PAGE {
                return Err(Refusal::search(format!("Scroll page size can't exceed [{MAX_SCROLL_PAGE}]")));
            }
            let found = request.run(context, 0)?;
            scrolls.next += 1;
            let scroll = Scroll {
                account,
                found,
                presentation: request.presentation,
                size: request.size as usize,
                position: request.from as usize,
                begun: now,
                used: now,
                keep_alive,
            };
            scrolls.contexts.insert(scrolls.next, scroll);
            scrolls.next
        }
        Some(id) => {
            if body.contains_key("query") {
                return Err(Refusal::search("ScrollId and query parameter can not co-exist in request"));
            }
            id.as_str()
                .and_then(|id| id.strip_prefix("DnF1ZXJ5VGhlbkZldGNo"))
                .and_then(|id| id.split('-').next())
                .and_then(|number| u64::from_str_radix(number, 16).ok())
                .unwrap_or_default()
        }
    };
    scrolls.contexts.retain(|_, scroll| now - scroll.used <= scroll.keep_alive && now - scroll.begun <= MAX_SCROLL_AGE);
    let Some(scroll) = scrolls.contexts.get_mut(&number).filter(|scroll| scroll.account == account) else {
        return Err(match expired_status {
            404 => Refusal {
                status: 404,
                shape: ErrorShape::Text,
                code: "search/SCROLL_EXPIRED",
                message: "scroll context has expired".to_owned(),
            },
            status => {
                Refusal { status, ..Refusal::elasticsearch("SearchContextMissingException[No search context found]") }
            }
        });
    };
    scroll.used = now;
    let page = scroll.found.rows(scroll.position, scroll.size);
    scroll.position += page.len();
    let total = scroll.found.hits.len();
    let mut hits = BodyWriter::default();
    hits.text(format!("{{\"total\":{total},\"hits\":["));
    scroll.presentation.write(page, scroll.found.scored, &mut hits);
    hits.text("]}");
    let hits = hits.finish().to_vec();
    let hits = String::from_utf8_lossy(&hits);
    let hits = match hits_shape {
        ScrollHits::Text => Value::from(&*hits).to_string(),
        ScrollHits::NestedText => Value::from(format!("{{\"hits\":{hits}}}")).to_string(),
        ScrollHits::Object => hits.into_owned(),
    };
    let rows = page.len();
    // Only the first answer has them.
    let aggregations = match scroll.found.aggregations.take() {
        Some(aggregations) => format!(",\"aggregations\":{aggregations}"),
        None => String::new(),
    };
    let id = format!("DnF1ZXJ5VGhlbkZldGNo{number:x}-{:x}", scroll.position);
    let answer = format!("{{\"code\":200,\"scrollId\":\"{id}\",\"hits\":{hits}{aggregations}}}");
    Ok(Answer { rows, ..Answer::json(answer) })
}

fn keep_alive(text: &str) -> Option<TimeDelta> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok()?;
    match text.get(digits.len()..)? {
        "m" => TimeDelta::try_minutes(number),
        "s" => TimeDelta::try_seconds(number),
        "ms" => TimeDelta::try_milliseconds(number),
        "micros" => Some(TimeDelta::microseconds(number)),
        "nanos" => Some(TimeDelta::nanoseconds(number)),
        _ => None,
    }
}
