//! The runner as an adapter: calls come in as lines of JSON, and answers go out. `JSON.md` beside this crate has the protocol;
//! [`Adapter`](crate::Adapter) is the side that asks.

use std::io;

use logzio_soar_host::{Answer, Call, Runner};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

use super::protocol::LIMITS;

/// Answers the calls in `input` one after the other, until it ends. The component sees the variables that a call names, and
/// none of the runner's own.
///
/// # Errors
/// What reading or writing failed with. A line that cannot be understood is answered, and is no error.
pub async fn serve_adapter(
    runner: &Runner,
    mut input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let name = concat!("logzio-soar ", env!("CARGO_PKG_VERSION"));
    write_line(&mut output, &json!({"adapter": name, "enforces": LIMITS})).await?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let (id, answer) = answer(runner, &line).await;
        let mut answer = answer.to_json();
        if let Value::Object(answer) = &mut answer {
            answer.insert("id".into(), id);
        }
        write_line(&mut output, &answer).await?;
    }
}

async fn write_line(output: &mut (impl AsyncWrite + Unpin), value: &Value) -> io::Result<()> {
    output.write_all(format!("{value}\n").as_bytes()).await?;
    output.flush().await
}

async fn answer(runner: &Runner, line: &[u8]) -> (Value, Answer) {
    let line: Map<String, Value> = match serde_json::from_slice(line) {
        Ok(Value::Object(line)) => line,
        Ok(_) => return (Value::Null, Answer::Invalid("the line is no object: write one call to a line".into())),
        // The error's own text can quote what is there, which may be a token.
        Err(error) => {
            let why = format!("the line is no JSON (column {}): write one object to a line", error.column());
            return (Value::Null, Answer::Invalid(why));
        }
    };
    let id = line.get("id").cloned().unwrap_or_default();
    let answer = match read(runner, line) {
        Ok((runner, call)) => runner.call_json(&call).await,
        Err(why) => Answer::Invalid(why),
    };
    (id, answer)
}

/// A call, and the runner with the settings that it asks for.
fn read(runner: &Runner, line: Map<String, Value>) -> Result<(Runner, Call), String> {
    const FIELDS: [&str; 5] = ["id", "function", "arguments", "environment", "limits"];
    if let Some(unknown) = line.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!("unknown field \"{unknown}\": the fields are {}", FIELDS.join(", ")));
    }
    let environment = match line.get("environment") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(variables)) => {
            let variables = variables.iter().map(|(name, value)| match value.as_str() {
                Some(value) => Ok((name.clone(), value.to_owned())),
                None => Err(format!("environment.{name}: a string is expected")),
            });
            variables.collect::<Result<_, _>>()?
        }
        Some(_) => return Err("environment: an object is expected".into()),
    };
    let mut runner = runner.with_environment(environment);
    match line.get("limits") {
        None | Some(Value::Null) => {}
        Some(Value::Object(limits)) => {
            if let Some(unknown) = limits.keys().find(|name| *name != "memory_bytes") {
                return Err(format!("limits: unknown field \"{unknown}\": the only one is memory_bytes"));
            }
            if let Some(bytes) = limits.get("memory_bytes").filter(|bytes| !bytes.is_null()) {
                let bytes = bytes.as_u64().and_then(|bytes| usize::try_from(bytes).ok());
                let bytes = bytes.ok_or("limits.memory_bytes: a number of bytes is expected")?;
                runner = runner.with_memory_limit(bytes);
            }
        }
        Some(_) => return Err("limits: an object is expected".into()),
    }
    Ok((runner, Call::from_json(&Value::Object(line))?))
}
