//! Which part of a document is shown.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::body::Part;
use crate::logs::Log;
use crate::query::Glob;
use crate::refusal::Refusal;

#[derive(Debug)]
pub(crate) enum Source {
    Whole,
    None,
    Some { includes: Vec<String>, excludes: Vec<String> },
}

impl Source {
    pub(crate) fn read(value: Option<&Value>) -> Result<Self, Refusal> {
        let refused = || Refusal::search("[_source] must be true, false or {\"includes\": [...]}");
        let list = |value: &Value| -> Result<Vec<String>, Refusal> {
            match value {
                Value::String(field) => Ok(vec![field.clone()]),
                Value::Array(fields) => {
                    fields.iter().map(|field| field.as_str().map(str::to_owned).ok_or_else(refused)).collect()
                }
                _ => Err(refused()),
            }
        };
        match value {
            None | Some(Value::Null | Value::Bool(true)) => Ok(Self::Whole),
            Some(Value::Bool(false)) => Ok(Self::None),
            Some(Value::Object(filter)) => {
                let (mut includes, mut excludes) = (Vec::new(), Vec::new());
                for (name, value) in filter {
                    match name.as_str() {
                        "includes" | "include" => includes = list(value)?,
                        "excludes" | "exclude" => excludes = list(value)?,
                        _ => return Err(refused()),
                    }
                }
                Ok(match includes.is_empty() && excludes.is_empty() {
                    true => Self::Whole,
                    false => Self::Some { includes, excludes },
                })
            }
            Some(other) => Ok(Self::Some { includes: list(other)?, excludes: Vec::new() }),
        }
    }

    /// The document as it is shown, byte for byte if all of it is.
    pub(crate) fn of(&self, log: &Arc<Log>) -> Option<Part> {
        match self {
            Self::Whole => Some(log.part()),
            Self::None => None,
            Self::Some { includes, excludes } => {
                let globs = |fields: &[String]| -> Vec<Glob> { fields.iter().map(|field| Glob::new(field)).collect() };
                let (includes, excludes) = (globs(includes), globs(excludes));
                Some(match log.is_filled() {
                    true => {
                        let log = Arc::clone(log);
                        Part::made(None, move || filtered(&log.served(), &includes, &excludes))
                    }
                    false => Part::Ready(filtered(log.document(), &includes, &excludes)),
                })
            }
        }
    }
}

fn filtered(document: &[u8], includes: &[Glob], excludes: &[Glob]) -> Bytes {
    match serde_json::from_slice(document) {
        Ok(Value::Object(document)) => {
            Value::Object(filter_object("", document, includes, excludes)).to_string().into()
        }
        _ => Bytes::from_static(b"{}"),
    }
}

/// Keeps the members whose path, or the path of an object around them, is
/// among the fields asked for.
fn filter_object(path: &str, object: Map<String, Value>, includes: &[Glob], excludes: &[Glob]) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in object {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if excludes.iter().any(|glob| glob.matches(&path)) {
            continue;
        }
        // The whole of an included object is included.
        let included = includes.is_empty() || includes.iter().any(|glob| glob.matches(&path));
        let includes = if included { &[] } else { includes };
        match value {
            Value::Object(members) => {
                let members = filter_object(&path, members, includes, excludes);
                if included || !members.is_empty() {
                    kept.insert(name, Value::Object(members));
                }
            }
            Value::Array(values) if values.iter().any(Value::is_object) => {
                let values: Vec<Value> = values
                    .into_iter()
                    .filter_map(|value| match value {
                        Value::Object(members) => {
                            let members = filter_object(&path, members, includes, excludes);
                            (included || !members.is_empty()).then_some(Value::Object(members))
                        }
                        value => included.then_some(value),
                    })
                    .collect();
                if included || !values.is_empty() {
                    kept.insert(name, Value::Array(values));
                }
            }
            value if included => {
                kept.insert(name, value);
            }
            _ => {}
        }
    }
    kept
}
