//! A host that runs a component for somebody else, as a process that is spoken to in lines of JSON: the side that asks.
//! `conformance/JSON.md` has the protocol; [`serve_adapter`](crate::serve_adapter) is the side that answers.
//!
//! Nothing that the process does can hold up its user: it is given a time for every answer, and whatever happens is one
//! [`AdapterError`], after which the process is dead, with all that it started.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use logzio_soar_host::{Answer, Call};

/// The variable with the component's path.
pub const COMPONENT_VARIABLE: &str = "LOGZIO_SOAR_COMPONENT";
/// The longest line that is read. A page of the most logs that the contract allows is a fraction of it.
const LONGEST_LINE: u64 = 512 << 20;
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
    calls: u64,
    /// What no error may quote.
    tokens: Vec<String>,
    /// Why it is of no use any more.
    failure: Option<AdapterError>,
}

/// Why there is no answer of an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdapterError {
    /// The command could not be started.
    Start(String),
    /// The process ended, or closed its output, before it answered.
    Ended(String),
    /// It did not answer in time, and was killed.
    Late {
        /// How long it was given.
        deadline: Duration,
    },
    /// It wrote something that is no answer, and was killed.
    Garbled(String),
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(why) => write!(f, "the adapter could not be started: {why}: check the command"),
            Self::Ended(how) => {
                write!(f, "the adapter {how} without an answer: see what it wrote to its standard error")
            }
            Self::Late { deadline } => {
                let seconds = deadline.as_secs_f64();
                write!(f, "the adapter did not answer within {seconds:.1} s and was killed: find out what it waits for")
            }
            Self::Garbled(why) => {
                write!(f, "the adapter wrote what is no answer, {why}: only answers belong on its standard output")
            }
        }
    }
}

impl std::error::Error for AdapterError {}

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
        let process = Process(child);
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
        let name = hello.get("adapter").and_then(Value::as_str);
        let enforces = hello.get("enforces").and_then(Value::as_array).map(|all| {
            let all = all.iter().map(|one| one.as_str().map(str::to_owned));
            all.collect::<Option<Vec<String>>>()
        });
        let (Some(name), Some(Some(enforces))) = (name, enforces) else {
            let why = "its first line names no adapter, or not what it enforces";
            return Err(adapter.fail(AdapterError::Garbled(why.into())));
        };
        adapter.name = name.to_owned();
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
            match line.get("id").and_then(Value::as_u64) {
                Some(answered) if answered == id => {
                    return Answer::from_json(&line).map_err(|why| self.fail(AdapterError::Garbled(why)));
                }
                // The answer to a call that its caller did not wait for.
                Some(answered) if answered < id => {}
                _ => {
                    let why = match line.get("invalid").and_then(Value::as_str) {
                        Some(why) => format!("since it could not read the call: {}", shown(&self.without_tokens(why))),
                        None => format!("since its id is not {id}"),
                    };
                    return Err(self.fail(AdapterError::Garbled(why)));
                }
            }
        }
    }

    /// The next line that it writes, as JSON.
    async fn line(&mut self) -> Result<Value, AdapterError> {
        let failure = match tokio::time::timeout(self.deadline, self.lines.recv()).await {
            Ok(Some(Ok(line))) => match serde_json::from_slice(&line) {
                Ok(value) => return Ok(value),
                Err(_) => {
                    let line = self.without_tokens(&String::from_utf8_lossy(&line));
                    AdapterError::Garbled(format!("since it is no JSON: {}", shown(&line)))
                }
            },
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

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").field("name", &self.name).field("failure", &self.failure).finish_non_exhaustive()
    }
}

/// Reads lines until the end, or until one is not whole.
fn read_lines(output: impl Read, read: &UnboundedSender<io::Result<Vec<u8>>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let outcome = match output.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(_) if line.ends_with(b"\n") => Ok(line),
            Ok(0) => return,
            Ok(count) if count as u64 == LONGEST_LINE => {
                let why = format!("since the line is longer than {} MiB", LONGEST_LINE >> 20);
                Err(io::Error::new(io::ErrorKind::InvalidData, why))
            }
            Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "since it ends within a line")),
            Err(error) => Err(error),
        };
        let last = outcome.is_err();
        if read.send(outcome).is_err() || last {
            return;
        }
    }
}

/// The beginning of what somebody wrote, on one line.
fn shown(text: &str) -> String {
    let text = text.trim();
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        short.push('…');
    }
    short
}

/// A process and what it started. Killed when it is dropped.
struct Process(Child);

impl Process {
    /// How it ended, for a sentence. It has closed its output; it may need a moment more.
    fn how_it_ended(&mut self) -> String {
        for _ in 0..20 {
            match self.0.try_wait() {
                Ok(Some(status)) => return format!("ended ({status})"),
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => break,
            }
        }
        "closed its standard output".into()
    }

    fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // The group may outlive its first process. It is gone if this fails.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
