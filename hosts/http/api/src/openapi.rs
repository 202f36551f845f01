//! The OpenAPI document, from the JSON Schema of the contract and the facts of this API.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::problem::{BUSY, KINDS, Kind, METHOD_NOT_ALLOWED};
use crate::{header, path};

/// How references begin in the schema, and in the document.
const REFERENCES: (&str, &str) = ("#/$defs/", "#/components/schemas/");

/// The document, as a text.
///
/// # Errors
/// What the schema lacks.
pub fn of_schema(schema: &Value, version: &str) -> Result<String, &'static str> {
    let definitions = schema.get("$defs").and_then(Value::as_object).ok_or("the schema has no definitions")?;
    let mut schemas: Map<String, Value> = Map::new();
    let mut paths = Map::new();
    for (name, definition) in definitions {
        let Some(function) = name.strip_suffix(".arguments") else {
            if !name.ends_with(".answer") {
                schemas.insert(name.clone(), moved(definition));
            }
            continue;
        };
        let operation = function.rsplit('.').next().unwrap_or_default();
        let answer = definitions.get(&format!("{function}.answer")).ok_or("a function has no answer")?;
        let result = answer.pointer("/oneOf/0/properties/ok").ok_or("an answer has no result")?;
        let mut arguments = moved(definition);
        let connects = arguments.pointer("/properties/connection").is_some();
        let description = arguments.as_object_mut().and_then(|object| object.remove("description"));
        let description = description.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
        let summary = description.lines().next().unwrap_or_default().to_owned();
        schemas.insert(name.clone(), arguments);
        // The path is there.
        let mut responses = responses(KINDS.iter().filter(|kind| kind.status != StatusCode::NOT_FOUND));
        responses.insert(
            "200".into(),
            json!({"description": "The result", "content": {"application/json": {"schema": moved(result)}}}),
        );
        let parameters = if connects { connection_headers() } else { Value::Array(Vec::new()) };
        paths.insert(
            format!("{}{operation}", path::OPERATIONS),
            json!({"post": {
                "operationId": operation,
                "summary": summary,
                "description": description,
                "parameters": parameters,
                "requestBody": {
                    // An empty object if there are no arguments: a page in a browser could send a body without a type.
                    "required": true,
                    "content": {"application/json": {"schema": {"$ref": format!("{}{name}", REFERENCES.1)}}},
                },
                "responses": responses,
            }}),
        );
    }
    for (path, id, summary, content) in [
        (path::OPENAPI, "openapi", "This document", json!({"type": "object"})),
        (path::HEALTH, "healthz", "That the service runs; sends nothing to Logz.io", health()),
    ] {
        let mut responses = responses([METHOD_NOT_ALLOWED, BUSY].iter());
        let ok = json!({"description": summary, "content": {"application/json": {"schema": content}}});
        responses.insert("200".into(), ok);
        paths.insert(
            path.into(),
            json!({"get": {"operationId": id, "summary": summary, "security": [], "responses": responses}}),
        );
    }
    schemas.insert("problem".into(), problem());
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "logzio-soar",
            "version": version,
            "description": schema.get("description").cloned().unwrap_or_default(),
        },
        "servers": [{"url": "/"}],
        // A service on a loopback address requires none.
        "security": [{"bearer": []}, {}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "The service's own token, if it requires one",
            }},
            "schemas": schemas,
        },
    });
    Ok(document.to_string())
}

/// A response for each status, described by the titles of its problems.
fn responses<'a>(kinds: impl Iterator<Item = &'a Kind>) -> Map<String, Value> {
    let mut titles: Map<String, Value> = Map::new();
    for kind in kinds {
        let title = titles.entry(kind.status.as_str()).or_insert_with(|| json!(""));
        let before = title.as_str().filter(|before| !before.is_empty()).map(|before| format!("{before}. "));
        *title = json!(format!("{}{}", before.unwrap_or_default(), kind.title));
    }
    let response = |description: Value| {
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": format!("{}problem", REFERENCES.1)}}},
        })
    };
    titles.into_iter().map(|(status, description)| (status, response(description))).collect()
}

fn connection_headers() -> Value {
    let parameter = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    // The characters that a header can hold.
    let text = json!({"type": "string", "pattern": "^[!-~]+$", "maxLength": 512});
    json!([
        parameter(header::REGION, "The region of the account, where the body names no endpoint", text.clone()),
        parameter(header::URL, "The base URL of the API, instead of a region", text.clone()),
        parameter(
            header::SECURITY_TOKEN,
            "The API token of the Security account, where the body has none",
            text.clone()
        ),
        parameter(header::OPERATIONS_TOKEN, "The API token of the Operations account, where the body has none", text),
        parameter(
            header::TIME_BUDGET_MS,
            "How long the call may take, in milliseconds, where the body does not say so",
            json!({"type": "integer", "minimum": 1000, "maximum": 600_000}),
        ),
    ])
}

fn health() -> Value {
    json!({
        "type": "object",
        "properties": {"status": {"const": "ok"}, "version": {"type": "string"}},
        "required": ["status", "version"],
    })
}

fn problem() -> Value {
    json!({
        "description": "Why a request failed (RFC 9457)",
        "type": "object",
        "properties": {
            "type": {"type": "string", "description": "urn:logzio-soar:problem: and what it is, such as rate-limited"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What was tried, and what to change. Holds no token."},
            "case": {"type": "string", "description": "The case of the contract's error, if it is one"},
            "value": {"description": "What the case holds"},
        },
        "required": ["type", "title", "status", "detail"],
    })
}

/// A schema with its references where the document has them.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| match value.as_str().and_then(|text| text.strip_prefix(REFERENCES.0)) {
                Some(name) if key == "$ref" => (key.clone(), Value::from(format!("{}{name}", REFERENCES.1))),
                _ => (key.clone(), moved(value)),
            })
            .collect(),
        Value::Array(array) => array.iter().map(moved).collect(),
        other => other.clone(),
    }
}
