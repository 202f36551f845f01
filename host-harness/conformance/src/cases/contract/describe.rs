//! What the cases of the manifest share: the description, and the parts of it.

use serde_json::{Value, json};

use crate::bench::{Bench, Broken, DESCRIBE};

pub(super) async fn describe(bench: &mut Bench<'_>) -> Result<Value, Broken> {
    bench.ok(DESCRIBE, json!({})).await
}

pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Every parameter of an integration and of its commands, with the command's name.
pub(super) fn all_parameters(integration: &Value) -> Vec<(String, Value)> {
    let own = list(integration, "parameters").iter().map(|parameter| ("the integration".to_owned(), parameter.clone()));
    let of_commands = list(integration, "commands").iter().flat_map(|command| {
        list(command, "arguments").iter().map(|argument| (text(command, "name").to_owned(), argument.clone()))
    });
    own.chain(of_commands).collect()
}
