//! A host that runs a component for somebody else, as a process that is spoken to in lines of JSON: the side that asks.
//! `JSON.md` beside this crate has the protocol; [`serve_adapter`](crate::serve_adapter) is the side that answers.
//!
//! Nothing that the process does can hold up its user: it is given a time for every answer, and whatever happens is one
//! [`AdapterError`], after which the process is dead, with all that it started.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use logzio_soar_host::{Answer, Call};
use logzio_soar_wit_json::read;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::error::AdapterError;
use super::process::{Process, read_lines};
use super::protocol::COMPONENT_VARIABLE;
use crate::text::on_one_line;

/// How much of a line that cannot be read is shown, in characters.
const SHOWN: usize = 200;

/// An adapter that was started: a process that runs one component, a call at a time. Dropping it ends the process.
pub struct Adapter {
    process: Process,
    requests: mpsc::Sender<Vec<u8>>,
    lines: UnboundedReceiver<io::Result<Vec<u8>>>,
    name: String,
    enforces: Vec<String>,
    deadline: Duration,
    calls: u32,
    /// What no error may quote.
    tokens: Vec<String>,
    /// Why it is of no use any more.
    failure: Option<AdapterError>,
}

impl Adapter {
    /// Starts a command by the shell (`sh -c`), with the component's path in the variable [`COMPONENT_VARIABLE`] and
    /// without this process's variables that begin with `LOGZIO_`, and waits for its first line. `log` takes its standard
    /// error. `deadline` is for that line and then for every answer, on tokio's clock.
    ///
    /// # Errors
    /// Any [`AdapterError`].
    pub async fn start(command: &str, component: &Path, log: Stdio, deadline: Duration) -> Result<Self, AdapterError> {
        let failed = |error: io::Error| AdapterError::Start(error.to_string());
        let component = std::path::absolute(component).map_err(failed)?;
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LOGZIO_") {
                shell.env_remove(name);
            }
        }
        shell.env(COMPONENT_VARIABLE, component);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child = shell.spawn().map_err(failed)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let process = Process::new(child);
        let (Some(mut input), Some(output)) = (input, output) else {
            return Err(AdapterError::Start("it has no standard input or output".into()));
        };

        // Threads of their own, since a pipe that nobody reads from or writes to holds up whoever uses it.
        let (requests, waiting) = mpsc::channel::<Vec<u8>>();
        std::thread::spawn(move || {
            for line in waiting {
                if input.write_all(&line).and_then(|()| input.flush()).is_err() {
                    // The other thread sees the end of the process.
                    return;
                }
            }
        });
        let (read, lines) = unbounded_channel();
        std::thread::spawn(move || read_lines(output, &read));

        let (name, enforces) = (String::new(), Vec::new());
        let (calls, tokens) = (0, Vec::new());
        let mut adapter = Self { process, requests, lines, name, enforces, deadline, calls, tokens, failure: None };
        let hello = adapter.line().await?;
        let name = member(&hello, "adapter", read::string);
        let enforces = member(&hello, "enforces", read::list(read::string));
        let (Some(name), Some(enforces)) = (name, enforces) else {
            let why = "its first line names no adapter, or not what it enforces";
            return Err(adapter.fail(AdapterError::Garbled(why.into())));
        };
        adapter.name = name;
        adapter.enforces = enforces;
        Ok(adapter)
    }

    /// What it calls itself: a name and a version.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it says that it enforces a limit: `one-host`, `memory`, `deadline`, `environment` or `files`.
    #[must_use]
    pub fn enforces(&self, limit: &str) -> bool {
        self.enforces.iter().any(|named| named == limit)
    }

    /// How long it may take for an answer from now on.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Makes a call, of a component that sees these variables and no others.
    ///
    /// # Errors
    /// Any [`AdapterError`]. Then the process is dead, and every further call fails in the same way.
    pub async fn call(&mut self, call: &Call, environment: &[(String, String)]) -> Result<Answer, AdapterError> {
        self.ask(call, environment, None).await
    }

    /// The same, of a component that may take so much memory, in bytes.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_within(
        &mut self,
        call: &Call,
        environment: &[(String, String)],
        memory_bytes: usize,
    ) -> Result<Answer, AdapterError> {
        self.ask(call, environment, Some(memory_bytes)).await
    }

    async fn ask(
        &mut self,
        call: &Call,
        environment: &[(String, String)],
        memory_bytes: Option<usize>,
    ) -> Result<Answer, AdapterError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.calls += 1;
        let connection = call.arguments.get("connection").and_then(Value::as_object);
        let given = connection.into_iter().flatten().filter(|(name, _)| name.ends_with("_token"));
        let given = given.filter_map(|(_, token)| token.as_str().map(str::to_owned));
        let set = environment.iter().filter(|(name, _)| name.ends_with("_TOKEN")).map(|(_, token)| token.clone());
        self.tokens = given.chain(set).map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()).collect();
        let id = self.calls;
        let mut request = call.to_json();
        if let Value::Object(request) = &mut request {
            let environment = environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            request.insert("id".into(), json!(id));
            request.insert("environment".into(), Value::Object(environment));
            if let Some(bytes) = memory_bytes {
                request.insert("limits".into(), json!({"memory_bytes": bytes}));
            }
        }
        // If nobody takes it, the process has ended, which is seen below.
        let _ = self.requests.send(format!("{request}\n").into_bytes());
        loop {
            let line = self.line().await?;
            match member(&line, "id", read::whole::<u32>) {
                Some(answered) if answered == id => {
                    return Answer::from_json(&line)
                        .map_err(|why| self.fail(AdapterError::Garbled(format!("since in {why}"))));
                }
                // The answer to a call that its caller did not wait for.
                Some(answered) if answered < id => {}
                _ => {
                    let why = match member(&line, "invalid", read::string) {
                        Some(why) => format!(
                            "since it could not read the call: {}",
                            on_one_line(&self.without_tokens(&why), SHOWN)
                        ),
                        None => format!("since its id is not {id}"),
                    };
                    return Err(self.fail(AdapterError::Garbled(why)));
                }
            }
        }
    }

    /// The next line that it writes, which is JSON.
    async fn line(&mut self) -> Result<String, AdapterError> {
        let failure = match tokio::time::timeout(self.deadline, self.lines.recv()).await {
            Ok(Some(Ok(line))) => {
                let line = String::from_utf8_lossy(&line).into_owned();
                if read::text(&line, "line").is_ok() {
                    return Ok(line);
                }
                let text = self.without_tokens(&line);
                AdapterError::Garbled(format!("since it is no JSON: {}", on_one_line(&text, SHOWN)))
            }
            Ok(Some(Err(error))) if error.kind() == io::ErrorKind::InvalidData => {
                AdapterError::Garbled(error.to_string())
            }
            Ok(Some(Err(error))) => AdapterError::Ended(format!("could not be read ({error})")),
            Ok(None) => AdapterError::Ended(self.process.how_it_ended()),
            Err(_) => AdapterError::Late { deadline: self.deadline },
        };
        Err(self.fail(failure))
    }

    /// An adapter may write what it was given.
    fn without_tokens(&self, text: &str) -> String {
        self.tokens.iter().fold(text.to_owned(), |text, token| text.replace(token, "***"))
    }

    fn fail(&mut self, failure: AdapterError) -> AdapterError {
        self.process.kill();
        self.failure = Some(failure.clone());
        failure
    }
}

/// A member of a line, if it is there and of that form.
fn member<T>(line: &str, name: &str, read: impl Fn(&RawValue, &str) -> read::Outcome<T>) -> Option<T> {
    let members = read::members(read::text(line, "line").ok()?, "line").ok()?;
    let (_, value) = members.into_iter().find(|(key, _)| key == name)?;
    read(value, name).ok()
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").field("name", &self.name).field("failure", &self.failure).finish_non_exhaustive()
    }
}
