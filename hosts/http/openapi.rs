//! The OpenAPI document, from the schema of the contract's JSON form.

use std::error::Error;

use serde_json::{Map, Value, json};

const REFERENCES: (&str, &str) = ("#/$defs/", "#/components/schemas/");

/// Which statuses an operation that asks Logz.io can have, besides 200.
const STATUSES: [(&str, &str); 14] = [
    ("400", "The call, its connection or an argument cannot be used"),
    ("401", "Logz.io does not accept the token, or this service does not accept its own"),
    ("403", "The token is of another region or kind of account"),
    ("405", "The method is another"),
    ("408", "The body did not arrive in time"),
    ("413", "The body is too long"),
    ("415", "The body is not said to be JSON"),
    ("421", "The service answers under another name"),
    ("422", "Logz.io refuses the query"),
    ("429", "Logz.io asks for fewer requests"),
    ("500", "The component failed, and was stopped"),
    ("502", "Logz.io failed, or cannot be reached"),
    ("503", "This service has too much to do"),
    ("504", "Logz.io did not answer in time"),
];

/// The document, as a text.
pub(crate) fn of_schema(schema: &Value, version: &str) -> Result<String, Box<dyn Error>> {
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
        // What it leaves out comes from the headers and the environment, and so may all of it.
        if let Some(Value::Array(required)) = arguments.get_mut("required") {
            required.retain(|name| name != "connection");
        }
        let description = arguments.as_object_mut().and_then(|object| object.remove("description"));
        let description = description.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
        let summary = description.lines().next().unwrap_or_default().to_owned();
        schemas.insert(name.clone(), arguments);
        let mut responses = responses(&STATUSES);
        responses.insert(
            "200".into(),
            json!({"description": "The result", "content": {"application/json": {"schema": moved(result)}}}),
        );
        let parameters = if connects { connection_headers() } else { Value::Array(Vec::new()) };
        paths.insert(
            format!("/v1/{operation}"),
            json!({"post": {
                "operationId": operation,
                "summary": summary,
                "description": description,
                "parameters": parameters,
                "requestBody": {
                    // An empty object, where there is nothing to say: without a type, a page in a browser could send it.
                    "required": true,
                    "content": {"application/json": {"schema": {"$ref": format!("{}{name}", REFERENCES.1)}}},
                },
                "responses": responses,
            }}),
        );
    }
    for (path, id, summary, content) in [
        ("/openapi.json", "openapi", "This document", json!({"type": "object"})),
        ("/healthz", "healthz", "That the service is there; asks Logz.io nothing", health()),
    ] {
        let mut responses = responses(&[("405", "The method is another"), ("503", "This service has too much to do")]);
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
        // A service on a loopback address asks for none.
        "security": [{"bearer": []}, {}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "The service's own token, where it asks for one",
            }},
            "schemas": schemas,
        },
    });
    Ok(document.to_string())
}

fn responses(statuses: &[(&str, &str)]) -> Map<String, Value> {
    let response = |description: &str| {
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": format!("{}problem", REFERENCES.1)}}},
        })
    };
    statuses.iter().map(|(status, description)| ((*status).to_owned(), response(description))).collect()
}

fn connection_headers() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    // What can stand in a header.
    let text = json!({"type": "string", "pattern": "^[!-~]+$", "maxLength": 512});
    json!([
        header("Logzio-Region", "The region of the account, where the body names no endpoint", text.clone()),
        header("Logzio-Url", "The base URL of the API, instead of a region", text.clone()),
        header("Logzio-Security-Token", "The API token of the Security account, where the body has none", text.clone()),
        header("Logzio-Operations-Token", "The API token of the Operations account, where the body has none", text),
        header(
            "Logzio-Time-Budget-Ms",
            "How long the call may take, where the body does not say so",
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
