//! The runner as an adapter: calls come in as lines of JSON, and answers go out. `JSON.md` beside this crate has the protocol;
//! [`Adapter`](crate::Adapter) is the side that asks.

use std::io;

use logzio_soar_host::{Answer, Call, Runner};
use logzio_soar_wit_json::read;
use logzio_soar_wit_json::refusal::Refusal;
use serde_json::value::RawValue;
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
    write_line(&mut output, &json!({"adapter": name, "enforces": LIMITS}).to_string()).await?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let (id, answer) = answer(runner, &line).await;
        let (name, value) = answer.member();
        write_line(&mut output, &format!("{{\"id\":{id},\"{name}\":{}}}", value.get())).await?;
    }
}

async fn write_line(output: &mut (impl AsyncWrite + Unpin), line: &str) -> io::Result<()> {
    output.write_all(format!("{line}\n").as_bytes()).await?;
    output.flush().await
}

/// The `id` of a line as it was, and the answer.
async fn answer(runner: &Runner, line: &[u8]) -> (String, Answer) {
    const NO_ID: &str = "null";
    let invalid = |refusal: Refusal| Answer::Invalid(format!("{refusal}; write one call to a line, an object"));
    let line = String::from_utf8_lossy(line);
    let line = match read::text(&line, "line") {
        Ok(line) => line,
        Err(refusal) => return (NO_ID.to_owned(), invalid(refusal)),
    };
    let members = match read::members(line, "line") {
        Ok(members) => members,
        Err(refusal) => return (NO_ID.to_owned(), invalid(refusal)),
    };
    let id = members.iter().find(|(name, _)| name == "id").map_or(NO_ID, |(_, id)| id.get()).to_owned();
    let answer = match read_call(runner, line) {
        Ok((runner, call)) => runner.call_json(&call).await,
        Err(refusal) => Answer::Invalid(refusal.to_string()),
    };
    (id, answer)
}

/// A call, and the runner with the settings that it asks for.
fn read_call(runner: &Runner, line: &RawValue) -> read::Outcome<(Runner, Call)> {
    let fields = read::Fields::of(line, "line", &["id", "function", "arguments", "environment", "limits"])?;
    let environment = fields.or_default("environment", read::option(read::entries(read::string, read::string)))?;
    let mut runner = runner.with_environment(environment.unwrap_or_default());
    let memory = |value: &RawValue, path: &str| {
        read::Fields::of(value, path, &["memory_bytes"])?.or_default("memory_bytes", read::option(read::any))
    };
    if let Some(Some(bytes)) = fields.or_default("limits", read::option(memory))? {
        let bytes = bytes.as_u64().and_then(|bytes| usize::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| Refusal::expected("line.limits.memory_bytes", "a number of bytes"))?;
        runner = runner.with_memory_limit(bytes);
    }
    let arguments = fields.or_default("arguments", |value, _| read::option(read::any)(value, "arguments"))?;
    let mut call = Map::new();
    call.insert("function".into(), fields.or_default("function", read::option(read::any))?.unwrap_or_default());
    call.insert("arguments".into(), arguments.unwrap_or_default());
    Ok((runner, Call::from_json(&Value::Object(call))?))
}
