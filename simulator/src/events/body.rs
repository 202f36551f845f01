//! The members of a request's body.

use serde_json::{Map, Value};

use crate::refusal::Refusal;

pub(crate) fn read_body(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::invalid("The request body must be a JSON object")),
        Err(error) => Err(Refusal::invalid(format!("The request body is not valid JSON: {error}"))),
    }
}

pub(crate) fn check_members(members: &Map<String, Value>, path: &str, known: &[&str]) -> Result<(), Refusal> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Refusal::invalid(format!("Unrecognized field \"{path}{name}\""))),
        None => Ok(()),
    }
}

/// A member that is an object, empty if it is absent or null.
pub(crate) fn object(members: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Refusal::invalid(format!("{name} must be an object"))),
    }
}

pub(crate) fn boolean(members: &Map<String, Value>, path: &str, name: &str) -> Result<Option<bool>, Refusal> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Refusal::invalid(format!("{path}{name} must be true or false"))),
    }
}
