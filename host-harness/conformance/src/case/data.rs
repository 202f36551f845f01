//! Cases that are data: calls, what Logz.io must be asked and answers, and what must come back.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::template::Surroundings;
use crate::bench::{Answer, Bench, Broken, Exchange, expect};
use crate::text::shown;

/// A file of `conformance/cases/`. The README beside them says what each field means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataCase {
    pub(crate) title: String,
    pub(crate) promises: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    steps: Vec<DataStep>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataStep {
    /// The step is repeated with each of these as `${each}`.
    #[serde(default)]
    each: Vec<Value>,
    call: DataCall,
    #[serde(default)]
    exchanges: Vec<Value>,
    expected: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataCall {
    function: String,
    #[serde(default)]
    arguments: Value,
}

impl DataCase {
    /// Carries the case out.
    pub(crate) async fn run(&self, bench: &mut Bench<'_>) -> Result<(), Broken> {
        let names = bench.names();
        for (name, value) in &self.environment {
            let text = fill(bench, &names, &Value::Null, &json!(value))?;
            bench.set_variable(name, text.as_str().unwrap_or_default());
        }
        for step in &self.steps {
            if step.each.is_empty() {
                run(step, bench, &names, &Value::Null).await?;
            }
            for each in &step.each {
                let each = fill(bench, &names, &Value::Null, each)?;
                let came = run(step, bench, &names, &each).await;
                came.map_err(|Broken(why)| Broken(format!("with {}: {why}", bench.site.redact(&shown(&each)))))?;
            }
        }
        Ok(())
    }
}

async fn run(
    step: &DataStep,
    bench: &mut Bench<'_>,
    names: &[(&'static str, String)],
    each: &Value,
) -> Result<(), Broken> {
    let arguments = fill(bench, names, each, &step.call.arguments)?;
    let mut exchanges = Vec::new();
    for exchange in &step.exchanges {
        let exchange = fill(bench, names, each, exchange)?;
        let exchange: Exchange = serde_json::from_value(exchange)
            .map_err(|error| Broken(format!("an exchange of the case cannot be read: {error}")))?;
        exchanges.push(exchange);
    }
    let expected = fill(bench, names, each, &step.expected)?;
    let answer: Answer = bench.scripted(&step.call.function, arguments, exchanges).await?;
    expect(&expected, &answer.to_json()).map_err(|Broken(why)| Broken(bench.site.redact(&format!("the answer: {why}"))))
}

fn fill(bench: &Bench<'_>, names: &[(&'static str, String)], each: &Value, value: &Value) -> Result<Value, Broken> {
    let surroundings = Surroundings { now: bench.site.now, names, answers: bench.answers(), each };
    Ok(surroundings.fill(value)?)
}
