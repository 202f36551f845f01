//! A client that asks a simulator natively and reads JSON.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use logzio_simulator::{AccountKind, Answer, Behaviour, Clock, Endpoint, Region, Simulator, SimulatorOptions};
use serde_json::Value;

pub fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// A simulator of empty accounts in the region eu, at noon of a day.
pub fn simulator() -> Simulator {
    with_behaviour(Behaviour::default())
}

pub fn with_behaviour(behaviour: Behaviour) -> Simulator {
    Simulator::new(SimulatorOptions {
        clock: Clock::at(time("2026-11-22T12:00:00Z")),
        region: Region::from_code("eu"),
        seed: 11,
        behaviour,
    })
}

pub fn token(simulator: &Simulator, account: AccountKind) -> String {
    match account {
        AccountKind::Owner => simulator.owner_token(),
        AccountKind::Operations => simulator.operations_token(),
        AccountKind::Security => simulator.security_token(),
        AccountKind::Foreign => simulator.foreign_token(),
    }
}

/// The request of a client that does everything right.
pub fn request(simulator: &Simulator, endpoint: Endpoint, body: &str) -> Request<Bytes> {
    let account = match endpoint {
        Endpoint::Search | Endpoint::Scroll | Endpoint::LogTypes => AccountKind::Operations,
        _ => AccountKind::Security,
    };
    Request::builder()
        .method(endpoint.method())
        .uri(endpoint.path())
        .header("content-type", "application/json")
        .header("x-api-token", token(simulator, account))
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

pub fn send(simulator: &Simulator, request: Request<Bytes>) -> Answer {
    let (parts, body) = request.into_parts();
    simulator.answer(&parts, &body)
}

pub fn ask(simulator: &Simulator, endpoint: Endpoint, body: &str) -> Answer {
    send(simulator, request(simulator, endpoint, body))
}

/// The answer as JSON, which must be a 200.
pub fn ask_json(simulator: &Simulator, endpoint: Endpoint, body: &str) -> Value {
    let answer = ask(simulator, endpoint, body);
    assert_eq!(answer.status, 200, "{body}: {}", answer.text());
    serde_json::from_slice(&answer.body.to_vec()).unwrap()
}

/// The status and message of an error, whatever its shape.
pub fn refusal(answer: &Answer) -> (u16, String) {
    let message = match serde_json::from_slice::<Value>(&answer.body.to_vec()) {
        Ok(Value::String(text)) => text,
        Ok(Value::Object(body)) => body["message"].as_str().unwrap().to_owned(),
        Ok(other) => panic!("{other}"),
        Err(_) => answer.text(),
    };
    (answer.status.as_u16(), message)
}
