//! What the cases of hunting share: the report of a hunt, and what is in it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::bench::{Bench, Broken, HUNT, hunt, texts};

pub(super) const MD5: &str = "5d41402abc4b2a76b9719d911017c592";

pub(super) const SHA1: &str = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";

pub(super) const SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
pub(super) const SHA512: &str = concat!(
    "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7",
    "2323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043"
);

/// An indicator with its kind.
pub(super) fn indicator(kind: &str, value: &str) -> Value {
    json!({"value": value, "kind": kind})
}

pub(super) fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn hits(sighting: &Value) -> u64 {
    sighting.get("hits").and_then(Value::as_u64).unwrap_or_default()
}

pub(super) fn values(report: &Value) -> Vec<&str> {
    texts(report, "sightings", "value")
}

pub(super) fn log_ids(sighting: &Value) -> BTreeSet<&str> {
    texts(sighting, "logs", "id").into_iter().collect()
}

/// The only sighting of a report.
pub(super) fn only(report: &Value) -> Result<&Value, Broken> {
    match list(report, "sightings") {
        [sighting] => Ok(sighting),
        several => Err(Broken(format!("one sighting was expected, {} came", several.len()))),
    }
}

pub(super) async fn report(bench: &mut Bench<'_>, indicators: Vec<Value>, request: Value) -> Result<Value, Broken> {
    let mut whole = json!({"indicators": indicators});
    if let (Value::Object(whole), Value::Object(request)) = (&mut whole, request) {
        whole.extend(request);
    }
    bench.ok(HUNT, hunt(&[], whole)).await
}
