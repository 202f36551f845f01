//! Answers in the JSON form: held to the schema of the contract, with the rules that hold for every answer.

use std::sync::LazyLock;

use chrono::DateTime;
use logzio_soar_host::CONTRACT_SCHEMA;
use logzio_soar_wit_json::read::{self, Outcome};
use logzio_soar_wit_json::refusal::Refusal;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What follows the name of a member that holds JSON values in the name of the one that holds their texts.
const TEXT: &str = "_text";

static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(CONTRACT_SCHEMA).unwrap_or_default());

/// Reads what a function returned, of its `result` the side `ok` or `err`, and checks what holds for every answer: it is of
/// the form, times are as the contract writes them, and texts for people say something.
///
/// Beside each member that holds JSON values of Logz.io's, one with `_text` in its name is added, which holds their texts.
pub(super) fn answer(function: &str, side: &str, value: &RawValue) -> Outcome<Value> {
    let sides = SCHEMA.pointer(&format!("/$defs/{function}.answer/oneOf")).and_then(Value::as_array);
    let schema = sides.into_iter().flatten().find_map(|one| one.pointer(&format!("/properties/{side}")));
    match schema {
        Some(schema) => of_schema(schema, value, side),
        None => Err(Refusal::new(side, format!("{function} cannot return it"))),
    }
}

fn of_schema(schema: &Value, value: &RawValue, path: &str) -> Outcome<Value> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let definition = name.strip_prefix('#').and_then(|pointer| SCHEMA.pointer(pointer));
        let definition = definition.ok_or_else(|| Refusal::new(path, format!("the schema lacks {name}")))?;
        let read = of_schema(definition, value, path)?;
        return if name.ends_with("/types.datetime") { datetime(read, path) } else { Ok(read) };
    }
    if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
        let one = alternatives.iter().find(|one| is_null(one) == (value.get() == "null"));
        return one.map_or_else(|| Ok(Value::Null), |one| of_schema(one, value, path));
    }
    if let Some(cases) = schema.get("oneOf").and_then(Value::as_array) {
        return case(cases, value, path);
    }
    match schema.get("type").and_then(Value::as_str) {
        // JSON of Logz.io's.
        None => Ok(of_logzio(value)),
        Some("null") if value.get() == "null" => Ok(Value::Null),
        Some("boolean") => read::boolean(value, path).map(Value::from),
        Some("integer") => {
            let number = read::whole::<u32>(value, path)?;
            let most = schema.get("maximum").and_then(Value::as_u64).unwrap_or_default();
            if u64::from(number) <= most {
                Ok(Value::from(number))
            } else {
                Err(Refusal::expected(path, &format!("a number of at most {most}")))
            }
        }
        Some("string") => read::string(value, path).map(Value::from),
        Some("array") => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            read::list(|value, path| of_schema(items, value, path))(value, path).map(Value::Array)
        }
        Some("object") => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => record(properties, value, path),
            None => entries(schema, value, path),
        },
        other => Err(Refusal::expected(path, &format!("{other:?}"))),
    }
}

/// JSON of Logz.io's as a value: of a key that is there twice, the last. What `serde_json` has no value for, such as `1e400`,
/// makes it a string with the text.
fn of_logzio(value: &RawValue) -> Value {
    serde_json::from_str(value.get()).unwrap_or_else(|_| Value::from(value.get()))
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The name of an enum's case, or a case of a variant.
fn case(cases: &[Value], value: &RawValue, path: &str) -> Outcome<Value> {
    let names: Vec<&str> = cases.iter().filter_map(|case| case.get("const")?.as_str()).collect();
    if names.len() == cases.len() {
        let name = read::string(value, path)?;
        let is_known = names.contains(&name.as_str());
        return if is_known { Ok(Value::from(name)) } else { Err(Refusal::one_is_expected(path, names)) };
    }
    let found = read::any(value, path)?;
    let name = found.get("case").and_then(Value::as_str);
    let of = |case: &&Value| case.pointer("/properties/case/const").and_then(Value::as_str) == name;
    let Some(schema) = cases.iter().find(of) else {
        return Err(Refusal::expected(&format!("{path}.case"), "a case of the contract"));
    };
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let read = record(&properties, value, path)?;
    match (read.get("value"), name) {
        (Some(Value::String(text)), Some(name)) if text.trim().is_empty() => {
            Err(Refusal::new(path, format!("the text of {name} is empty")))
        }
        _ => Ok(read),
    }
}

/// An object with all of these members, and no others.
fn record(properties: &Map<String, Value>, value: &RawValue, path: &str) -> Outcome<Value> {
    let members = read::members(value, path)?;
    if let Some((unknown, _)) = members.iter().find(|(name, _)| !properties.contains_key(name)) {
        return Err(Refusal::unknown_field(path, unknown, properties.keys().map(String::as_str)));
    }
    let mut found = Map::new();
    for (name, schema) in properties {
        let path = format!("{path}.{name}");
        let (_, member) =
            members.iter().find(|(key, _)| key == name).ok_or_else(|| Refusal::new(&path, "it is missing"))?;
        let read = of_schema(schema, member, &path)?;
        if matches!(name.as_str(), "text" | "defects" | "why") && says_nothing(&read) {
            return Err(Refusal::new(&path, "it holds an empty text"));
        }
        if let Some(texts) = texts(schema, member, &path)? {
            found.insert(format!("{name}{TEXT}"), texts);
        }
        found.insert(name.clone(), read);
    }
    Ok(Value::Object(found))
}

/// The texts of a member that holds JSON of Logz.io's, alone or in a list.
fn texts(schema: &Value, member: &RawValue, path: &str) -> Outcome<Option<Value>> {
    let is_json = |schema: &Value| schema.get("$ref").and_then(Value::as_str) == Some("#/$defs/types.json");
    if is_json(schema) {
        return read::json(member, path).map(|text| Some(Value::from(text)));
    }
    match schema.get("items") {
        Some(items) if is_json(items) => read::list(read::json)(member, path).map(|texts| Some(Value::from(texts))),
        _ => Ok(None),
    }
}

fn entries(schema: &Value, value: &RawValue, path: &str) -> Outcome<Value> {
    let (keys, values) = (schema.get("propertyNames"), schema.get("additionalProperties").unwrap_or(&Value::Null));
    let mut found = Map::new();
    for (name, member) in read::members(value, path)? {
        if let Some(keys) = keys {
            let quoted = Value::from(name.as_str()).to_string();
            of_schema(keys, read::text(&quoted, path)?, path)?;
        }
        let read = of_schema(values, member, &format!("{path}.{name}"))?;
        found.insert(name, read);
    }
    Ok(Value::Object(found))
}

fn datetime(read: Value, path: &str) -> Outcome<Value> {
    let is_written = read
        .as_str()
        .is_some_and(|text| text.len() == 24 && text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok());
    if is_written {
        Ok(read)
    } else {
        Err(Refusal::new(path, format!("{read} is not RFC 3339 in UTC with milliseconds")))
    }
}

/// Whether a text, or one in a list, is empty.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.iter().any(says_nothing),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(function: &str, side: &str, text: &str) -> Outcome<Value> {
        answer(function, side, read::text(text, "answer").unwrap())
    }

    const PAGE: &str = r#"{"logs": [{"id": null, "timestamp": "2026-11-22T08:00:00.000Z", "source": {"b": 1.0, "text": ""}}],
        "total": 1, "next": null, "notices": [{"code": "goes-on", "text": "t"}]}"#;

    #[test]
    fn json_of_logzio_is_a_value_and_its_text() {
        let page = read("logs.search-logs", "ok", PAGE).unwrap();
        assert_eq!(page["logs"][0]["source"]["b"], 1.0);
        assert_eq!(page["logs"][0]["source_text"], r#"{"b": 1.0, "text": ""}"#);
        assert!(page["notices"][0].get("text_text").is_none());
    }

    #[test]
    fn a_key_may_be_there_twice_in_json_of_logzio() {
        let page = read("logs.search-logs", "ok", &PAGE.replace(r#""b": 1.0"#, r#""b": 1.0, "b": 2"#)).unwrap();
        assert_eq!(page["logs"][0]["source"]["b"], 2);
        let page = read("logs.search-logs", "ok", &PAGE.replace("1.0", "1e400")).unwrap();
        assert_eq!(page["logs"][0]["source"], r#"{"b": 1e400, "text": ""}"#);
    }

    #[test]
    fn what_is_not_of_the_form_is_found() {
        for (from, to, why) in [
            ("\"id\": null, ", "", "ok.logs[0].id: it is missing"),
            ("\"id\"", "\"other\": 1, \"id\"", "ok.logs[0]: unknown field \"other\""),
            ("\"total\": 1", "\"total\": \"1\"", "ok.total: a number from 0"),
            ("\"total\": 1", "\"total\": 1.0", "ok.total: a number from 0"),
            ("08:00:00.000Z", "08:00:00Z", "ok.logs[0].timestamp: \"2026-11-22T08:00:00Z\" is not RFC 3339"),
            ("goes-on", "goes-off", "ok.notices[0].code: one of"),
            ("\"text\": \"t\"", "\"text\": \" \"", "ok.notices[0].text: it holds an empty text"),
            ("\"next\": null", "\"next\": null, \"next\": null", "ok: the key \"next\" is there twice"),
        ] {
            assert!(PAGE.contains(from));
            let refusal = read("logs.search-logs", "ok", &PAGE.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(refusal.starts_with(why), "{refusal}");
        }
        for (text, why) in [
            (r#"{"case": "timed-out", "value": ""}"#, "err: the text of timed-out is empty"),
            (r#"{"case": "timed-out"}"#, "err.value: it is missing"),
            (r#"{"case": "banana", "value": ""}"#, "err.case: a case of the contract is expected"),
        ] {
            assert_eq!(read("logs.search-logs", "err", text).unwrap_err().to_string(), why);
        }
        assert!(read("logs.search-logs", "err", r#"{"case": "rate-limited", "value": null}"#).is_ok());
        assert!(read("manifest.describe", "err", "{}").is_err());
    }
}
