//! What both endpoints check of a request before they read it.

use serde_json::{Map, Value};

use super::context::Context;
use crate::refusal::Refusal;

pub(crate) fn read_body(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::search("The request body must be a JSON object")),
        Err(error) => Err(Refusal::search(format!("The request body is not valid JSON: {error}"))),
    }
}

pub(crate) fn check_members(body: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    let unknown: Vec<&str> = body.keys().map(String::as_str).filter(|name| !known.contains(name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::search(format!("Found JSON elements which are not allowed [{}]", unknown.join(", "))))
}

/// Reads the parameters of the URL; the result is the day offset.
pub(crate) fn check_url(context: &Context<'_>) -> Result<i64, Refusal> {
    let mut day_offset = 0;
    for pair in context.url_query.split('&') {
        match pair.split_once('=') {
            Some(("dayOffset", days)) => {
                day_offset = days
                    .parse::<u32>()
                    .map(i64::from)
                    .map_err(|_| Refusal::search(format!("dayOffset must be a whole number, not [{days}]")))?;
            }
            Some(("accountIds", id)) if id.parse() != Ok(context.account.id()) => {
                return Err(Refusal::forbidden(403));
            }
            _ => {}
        }
    }
    Ok(day_offset)
}

pub(crate) fn texts(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, Refusal> {
    let refused = || Refusal::search(format!("[{name}] must be an array of strings"));
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => {
            values.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(refused)).collect()
        }
        Some(_) => Err(refused()),
    }
}
