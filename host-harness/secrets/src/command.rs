//! A secret that a program prints: started without a shell, with an end to its time and to its output.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep_until};

use crate::hidden::hide_tokens;

/// How long a program may take: one that asks a service elsewhere takes seconds.
pub const LONGEST: Duration = Duration::from_secs(30);
/// How long its output may stay open when it has ended: something that it started may keep it.
const OUTPUT_AFTER_END: Duration = Duration::from_millis(500);
/// The most that it may print, in bytes.
const LARGEST: u64 = 64 << 10;
/// How much of its standard error is shown, in characters.
const SHOWN: usize = 400;

/// How much of a program's name is shown, in characters.
const SHOWN_NAME: usize = 64;

/// Why a program printed no secret. The text ends with what to do, and holds nothing of what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    kind: CommandErrorKind,
    text: String,
}

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandErrorKind {
    /// There is no such program.
    Missing,
    /// It cannot be run.
    Unreadable,
    /// What it printed is too long, or no text.
    Unusable,
    /// It ended with an error.
    Failed,
    /// It took too long.
    TimedOut,
}

impl CommandError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> CommandErrorKind {
        self.kind
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for CommandError {}

/// Runs a program, given with its arguments, and takes the first line that it prints: as with the password commands of mail
/// programs, since `pass` keeps notes below the password. It is ended with all that it started when its time is over.
///
/// # Errors
/// If it cannot be run, fails, prints more than 64 KiB or no text, or takes longer than `longest`.
pub async fn first_line(command: &[String], longest: Duration) -> Result<String, CommandError> {
    let failed = |kind, text| CommandError { kind, text };
    let Some((program, arguments)) = command.split_first() else {
        return Err(failed(CommandErrorKind::Missing, "the command is empty: name a program".into()));
    };
    let ended = match start(program, arguments) {
        Ok(child) => finish(child, longest).await,
        Err(error) => Err(error),
    };
    let program = shown(program);
    let Ended { status, output, error } = ended.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => failed(
            CommandErrorKind::Missing,
            format!("there is no program {program}: install it, or write its whole path"),
        ),
        io::ErrorKind::TimedOut => failed(
            CommandErrorKind::TimedOut,
            format!(
                "the command {program} took more than {} s and was ended: run it by hand to see what it waits for",
                longest.as_secs_f32()
            ),
        ),
        io::ErrorKind::FileTooLarge => failed(
            CommandErrorKind::Unusable,
            format!("the command {program} printed more than {} KiB: let it print the secret only", LARGEST >> 10),
        ),
        _ => failed(
            CommandErrorKind::Unreadable,
            format!("the command {program} cannot be run ({error}): run it by hand to see why"),
        ),
    })?;
    let output = String::from_utf8(output);
    if !status.success() {
        let said = said(&error, output.as_deref().unwrap_or_default());
        return Err(failed(
            CommandErrorKind::Failed,
            format!("the command {program} failed with {}{said}: run it by hand to see why", how(status)),
        ));
    }
    let output = output.map_err(|_| {
        failed(CommandErrorKind::Unusable, format!("the command {program} printed no text: let it print the secret"))
    })?;
    Ok(output.lines().next().unwrap_or_default().to_owned())
}

/// A program's name, harmless to print and not longer than a name should be.
fn shown(program: &str) -> String {
    let cut = if program.chars().count() > SHOWN_NAME { "…" } else { "" };
    let name: String = program.chars().take(SHOWN_NAME).collect();
    format!("{}{cut}", name.escape_debug())
}

/// What a program did.
struct Ended {
    status: ExitStatus,
    output: Vec<u8>,
    error: Vec<u8>,
}

fn start(program: &str, arguments: &[String]) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A group of its own can be ended as a whole. On a terminal the program stays in ours, or it could not ask there.
    #[cfg(unix)]
    if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        command.process_group(0);
    }
    command.spawn()
}

/// Waits for a program and its output, and ends it when its time is over, or its output too long.
async fn finish(mut child: Child, longest: Duration) -> io::Result<Ended> {
    let group = Group::of(&child);
    let (mut output, mut error) = (Vec::new(), Vec::new());
    let ended = wait(&mut child, &mut output, &mut error, longest).await;
    if ended.is_err() {
        group.end();
    }
    Ok(Ended { status: ended?, output, error })
}

async fn wait(
    child: &mut Child,
    output: &mut Vec<u8>,
    error: &mut Vec<u8>,
    longest: Duration,
) -> io::Result<ExitStatus> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reading = async { tokio::try_join!(read_whole(stdout, output), read_beginning(stderr, error)) };
    tokio::pin!(reading);
    let mut end = Instant::now() + longest;
    let (mut status, mut is_read) = (None, false);
    loop {
        tokio::select! {
            ended = child.wait(), if status.is_none() => {
                status = Some(ended?);
                end = end.min(Instant::now() + OUTPUT_AFTER_END);
            }
            read = &mut reading, if !is_read => is_read = read.map(|_| true)?,
            () = sleep_until(end) => return status.ok_or(io::ErrorKind::TimedOut.into()),
        }
        if let (Some(status), true) = (status, is_read) {
            return Ok(status);
        }
    }
}

/// Reads to the end; more than the bound is an error.
async fn read_whole(from: Option<impl AsyncRead + Unpin>, to: &mut Vec<u8>) -> io::Result<()> {
    let Some(from) = from else { return Ok(()) };
    from.take(LARGEST + 1).read_to_end(to).await?;
    if to.len() as u64 > LARGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

/// Reads to the end, and keeps what is within the bound.
async fn read_beginning(from: Option<impl AsyncRead + Unpin>, to: &mut Vec<u8>) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    (&mut from).take(LARGEST).read_to_end(to).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await.map(|_| ())
}

/// The program and all that it started, which are not to outlive it.
struct Group {
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

impl Group {
    fn of(child: &Child) -> Self {
        #[cfg(unix)]
        {
            let id = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
            // Only a group of its own.
            let own = |id: &rustix::process::Pid| rustix::process::getpgid(Some(*id)).is_ok_and(|group| group == *id);
            Self { id: id.filter(own) }
        }
        #[cfg(not(unix))]
        {
            let _ = child;
            Self {}
        }
    }

    /// Ends it. What has ended is no matter; the child itself is ended when it is dropped, too.
    fn end(&self) {
        #[cfg(unix)]
        if let Some(id) = self.id {
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

/// How a program ended.
fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    status.code().map_or_else(|| "no exit code".into(), |code| format!("exit code {code}"))
}

/// What a program wrote to its standard error, as a part of a sentence. What it printed is left out: it may be the token.
fn said(error: &[u8], output: &str) -> String {
    let error = hide_tokens(&String::from_utf8_lossy(error), output.split_whitespace());
    let words = error.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = if words.chars().count() > SHOWN { "…" } else { "" };
    let words: String = words.chars().take(SHOWN).collect();
    if words.is_empty() { String::new() } else { format!(" ({}{cut})", words.escape_debug()) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn shell(script: &str) -> Result<String, CommandError> {
        first_line(&["sh", "-c", script].map(str::to_owned), Duration::from_secs(5)).await
    }

    #[tokio::test]
    async fn the_first_line_is_the_secret() {
        assert_eq!(shell("echo abc; echo note").await.unwrap(), "abc");
        assert_eq!(shell("printf abc").await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn arguments_are_not_for_a_shell() {
        let words = ["printf", "%s", "a;$(id)`id`*"].map(str::to_owned);
        assert_eq!(first_line(&words, LONGEST).await.unwrap(), "a;$(id)`id`*");
    }

    #[tokio::test]
    async fn standard_input_is_empty() {
        assert_eq!(shell("cat; echo abc").await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn a_failure_says_the_code_and_the_standard_error_and_never_the_output() {
        let error = shell("echo s3cret-token; echo 'no key, not even s3cret-token' >&2; exit 7").await.unwrap_err();
        assert_eq!(error.kind(), CommandErrorKind::Failed);
        assert_eq!(
            error.to_string(),
            "the command sh failed with exit code 7 (no key, not even ***): run it by hand to see why"
        );
        let error = shell("kill -9 $$").await.unwrap_err().to_string();
        assert!(error.starts_with("the command sh failed with signal 9: "), "{error}");
        let error = shell("printf '\\033[2J%0900d' 1 >&2; exit 1").await.unwrap_err().to_string();
        assert!(error.len() < 600 && error.contains("…)") && !error.contains('\u{1b}'), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_text_is_an_error_without_what_was_printed() {
        let error = shell("printf '\\377s3cret'").await.unwrap_err();
        assert_eq!(error.kind(), CommandErrorKind::Unusable);
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert_eq!(shell("").await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = first_line(&["logzio-soar-no-such-program".to_owned()], LONGEST).await.unwrap_err();
        assert_eq!(error.kind(), CommandErrorKind::Missing);
        assert!(error.to_string().contains("logzio-soar-no-such-program"), "{error}");
        let error = first_line(&["/".to_owned()], LONGEST).await.unwrap_err();
        assert_eq!(error.kind(), CommandErrorKind::Unreadable);
    }

    #[tokio::test]
    async fn a_program_without_an_end_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 300 & echo $! > {}; wait", pid.display());
        let words = ["sh", "-c", &script].map(str::to_owned);
        let error = first_line(&words, Duration::from_millis(300)).await.unwrap_err();
        assert_eq!(error.kind(), CommandErrorKind::TimedOut);
        assert!(error.to_string().contains("more than 0.3 s"), "{error}");
        let pid: i32 = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // Whoever adopts it may take a moment to notice.
        for _ in 0..100 {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z ") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{pid:?} is still there");
    }

    #[tokio::test]
    async fn a_helper_that_keeps_the_output_open_delays_nobody() {
        let begin = std::time::Instant::now();
        assert_eq!(shell("sleep 4 & echo abc").await.unwrap(), "abc");
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    }

    #[tokio::test]
    async fn endless_output_is_an_error() {
        let error = shell("yes").await.unwrap_err();
        assert_eq!(error.kind(), CommandErrorKind::Unusable);
        assert!(error.to_string().contains("more than 64 KiB"), "{error}");
        // What is dropped of standard error stops no program.
        assert_eq!(shell("head -c 1000000 /dev/zero >&2 && echo abc").await.unwrap(), "abc");
    }
}
