//! `watch` and `state`, as a person uses them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use logzio_simulator::{AccountKind, Token};

use crate::support::{Site, code, ids};

const WATCH: &str = "watch --accounts accounts.toml --least-interval 1s";

/// A watcher that runs beside a test.
struct Watching {
    process: Child,
    log: std::path::PathBuf,
}

impl Watching {
    fn start(site: &Site, options: &str) -> Self {
        Self::start_with(site, "watch.db", options)
    }

    fn start_with(site: &Site, state: &str, options: &str) -> Self {
        Self::started(site, state, options, Stdio::null())
    }

    fn started(site: &Site, state: &str, options: &str, stdout: Stdio) -> Self {
        let log = site.files.path().join("watch.log");
        let stderr = fs::File::create(&log).unwrap();
        let mut command = site.command(&format!("{WATCH} --state {state} {options}"));
        let process = command.stdout(stdout).stderr(stderr).spawn().unwrap();
        Self { process, log }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until something is true.
    fn until(&mut self, what: &str, is: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is(self) {
            assert!(self.process.try_wait().unwrap().is_none(), "it ended before {what}: {}", self.log());
            assert!(begun.elapsed() < Duration::from_secs(60), "not within a minute: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Asks it to end.
    fn stop(mut self) -> String {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let begun = Instant::now();
        let ended = self.process.wait().unwrap();
        assert!(ended.success() && begun.elapsed() < Duration::from_secs(10), "{ended}: {}", self.log());
        self.log()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An account of the site's own simulator, with its token in a file.
fn account(site: &Site, name: &str, rest: &str) -> String {
    let file = site.files.path().join("acme.token");
    if !file.exists() {
        private(&file, &site.simulator.security_token());
    }
    let url = site.url();
    format!(
        "[accounts.{name}]\nurl = \"{url}\"\nsecurity-token = {{ file = \"acme.token\" }}\ninterval = \"1s\"\n\
         first-fetch = \"3 days ago\"\n{rest}\n"
    )
}

fn private(file: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn written(site: &Site, name: &str) -> Vec<String> {
    let text = fs::read_to_string(site.files.path().join(name)).unwrap_or_default();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|line| format!("{} {}", line["account"].as_str().unwrap(), line["id"].as_str().unwrap())).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeeds(site: &Site, line: &str) -> Output {
    let output = site.run(line);
    assert_eq!(code(&output), 0, "{line}: {}", said(&output));
    output
}

#[test]
fn what_is_watched_is_delivered_once_and_kept() {
    let site = Site::with_events(130);
    let events = ids(&site, "fetch --since 3d --all -o ndjson").len();
    let accounts = account(&site, "acme", "") + &account(&site, "beta", "severities = [\"severe\"]");
    private(&site.files.path().join("accounts.toml"), &accounts);
    let dry = succeeds(&site, &format!("{WATCH} --state watch.db --stdout --dry-run"));
    assert!(String::from_utf8_lossy(&dry.stdout).starts_with("acme: 50 incidents and more behind them: 50 to stdout"));
    assert!(!site.files.path().join("watch.db").exists());

    let mut watching = Watching::start(&site, "--ndjson out.ndjson");
    let of_acme = |site: &Site| written(site, "out.ndjson").iter().filter(|id| id.starts_with("acme ")).count();
    watching.until("all are delivered", |_| of_acme(&site) == events);
    watching.until("both are polled", |watching| watching.log().contains("account=\"beta\""));
    let second = site.run(&format!("{WATCH} --state watch.db --stdout"));
    assert_eq!(code(&second), 7);
    assert!(said(&second).contains("another watcher is using it; let it end, or name another state"));
    let reset = site.run("state reset --account acme --state watch.db");
    assert!(said(&reset).contains("another watcher is using it"), "{}", said(&reset));

    // What is stored comes again if it is asked for, and beside the watcher.
    let before = written(&site, "out.ndjson").len();
    let replayed = succeeds(&site, "state replay --sink ndjson --account acme --state watch.db");
    assert!(said(&replayed).contains(&format!("{events} incidents wait for ndjson now")), "{}", said(&replayed));
    watching.until("they came again", |_| written(&site, "out.ndjson").len() == before + events);
    let filled =
        "state back-fill --account acme --since 3d --ndjson out.ndjson --accounts accounts.toml --state watch.db";
    assert!(said(&succeeds(&site, filled)).contains(&format!("acme: {events} incidents, 0 of them new")));
    watching.stop();
    fs::remove_file(site.files.path().join("out.ndjson")).unwrap();

    let mut watching = Watching::start(&site, "--ndjson out.ndjson -v");
    watching.until("it was polled", |watching| watching.log().matches("nothing new").count() > 3);
    watching.stop();
    assert_eq!(written(&site, "out.ndjson"), [""; 0]);

    let exported = succeeds(&site, "state export --account acme --state watch.db").stdout;
    let exported = String::from_utf8(exported).unwrap();
    assert_eq!(exported.lines().count(), events);
    assert!(exported.starts_with(r#"{"account":"acme","sequence":"#));
    let list = succeeds(&site, "state list --json --state watch.db").stdout;
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    assert_eq!((&list["accounts"][0]["account"], &list["accounts"][0]["incidents"]), (&"acme".into(), &events.into()));
    assert_eq!((&list["sinks"][0]["sink"], &list["sinks"][0]["waiting"]), (&"ndjson".into(), &0.into()));
    succeeds(&site, "state list --state watch.db");
    succeeds(&site, "state backup copy.db --state watch.db");
    succeeds(&site, "state check --state copy.db");
    // A range that the state does not hold goes to the sinks.
    succeeds(&site, "state reset --sink ndjson --state watch.db");
}

#[test]
fn another_token_is_refused_until_someone_accepts_it() {
    let site = Site::with_events(20);
    private(&site.files.path().join("accounts.toml"), &account(&site, "acme", ""));
    let mut watching = Watching::start(&site, "--ndjson out.ndjson");
    watching.until("incidents came", |_| !written(&site, "out.ndjson").is_empty());
    site.simulator.remove_tokens(AccountKind::Security);
    watching.until("the token is refused", |watching| watching.log().contains("outcome=\"unauthorized\""));
    let renewed = "7d8f0a52-4c7e-4f0b-9d3a-6c1f5e8b2a77";
    site.simulator.add_token(AccountKind::Security, Token::new(renewed));
    private(&site.files.path().join("acme.token"), renewed);
    let remedy = "logzio-soar state accept-token acme";
    watching.until("it says what to do", |watching| watching.log().contains(remedy));
    assert_eq!(code(&site.run("state accept-token nobody --state watch.db")), 2);
    succeeds(&site, "state accept-token acme --state watch.db");
    watching.until("it goes on", |watching| watching.log().contains("polls succeed again"));
    let log = watching.stop();
    assert!(!log.contains(renewed) && !log.contains(&site.simulator.security_token()), "{log}");
}

#[test]
fn files_that_change_are_read_again_and_wrong_ones_are_not_in_force() {
    let site = Site::with_events(20);
    let file = site.files.path().join("accounts.toml");
    private(&file, &account(&site, "acme", ""));
    let mut watching = Watching::start(&site, "--ndjson out.ndjson -v");
    watching.until("acme is polled", |watching| watching.log().contains("nothing new account=\"acme\""));
    private(&file, "[accounts.acme]\nregoin = \"eu\"\n");
    watching
        .until("the fault is named", |watching| watching.log().contains("the former accounts and sinks stay in force"));
    assert!(watching.log().contains("regoin"));
    private(&file, "# being written\n");
    watching.until("an empty file is one", |watching| watching.log().contains("has no account"));
    let polls = watching.log().matches("nothing new").count();
    watching.until("acme is polled all the same", |watching| watching.log().matches("nothing new").count() > polls + 1);
    private(&file, &account(&site, "beta", ""));
    let hangup = Command::new("kill").args(["-HUP", &watching.process.id().to_string()]).status().unwrap();
    assert!(hangup.success());
    watching.until("beta is polled", |watching| watching.log().contains("nothing new account=\"beta\""));
    assert!(watching.log().contains("polled no more account=acme"), "{}", watching.log());
    watching.stop();
}

#[test]
fn it_ends_in_time_whatever_it_waits_for() {
    let site = Site::with_events(300);
    let started = site.files.path().join("started");
    let token = format!("security-token = {{ command = [\"sh\", \"-c\", \"touch {}; sleep 30\"] }}", started.display());
    let hanging = account(&site, "acme", "").replace("security-token = { file = \"acme.token\" }", &token);
    private(&site.files.path().join("accounts.toml"), &hanging);
    let mut dry = site.command(&format!("{WATCH} --state watch.db --stdout --dry-run")).spawn().unwrap();
    while !started.exists() {
        assert!(dry.try_wait().unwrap().is_none(), "it ended before it asked for the token");
        std::thread::sleep(Duration::from_millis(50));
    }
    let begun = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &dry.id().to_string()]).status().unwrap().success());
    assert_eq!(dry.wait().unwrap().code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(10));

    // Standard output is a pipe that nobody reads, and soon full.
    private(&site.files.path().join("accounts.toml"), &account(&site, "acme", ""));
    let mut watching = Watching::started(&site, "watch.db", "--stdout -v", Stdio::piped());
    watching.until("it is read to the end", |watching| watching.log().contains("nothing new"));
    assert!(watching.stop().trim_end().ends_with("stopped"));
}

#[test]
fn sinks_that_are_named_later_are_in_force() {
    let site = Site::with_events(20);
    private(&site.files.path().join("accounts.toml"), &account(&site, "acme", ""));
    let mut watching = Watching::start(&site, "--ndjson out.ndjson");
    watching.until("incidents came", |_| !written(&site, "out.ndjson").is_empty());
    let usual = site.files.path().join(".config/logzio-soar/sinks.toml");
    fs::create_dir_all(usual.parent().unwrap()).unwrap();
    fs::write(&usual, "[sinks.second]\ntype = \"ndjson\"\npath = \"second.ndjson\"\n").unwrap();
    watching.until("both are in force", |watching| watching.log().contains("accounts and sinks were read again"));
    let unknown = site.run("state dead-letters --sink nobody --state watch.db");
    assert!(code(&unknown) != 0 && said(&unknown).contains("nobody"), "{}", said(&unknown));
    watching.stop();
}

#[test]
fn a_fetch_is_taken_over_where_it_ended() {
    let site = Site::with_events(60);
    private(&site.files.path().join("accounts.toml"), &account(&site, "acme", ""));
    let fetched = ids(&site, "fetch --since 3d --state soc.json --limit 50 -o ndjson");
    let all = ids(&site, "fetch --since 3d --all -o ndjson");
    let import = "state import soc.json --account acme --accounts accounts.toml --state other.db";
    succeeds(&site, import);
    assert_eq!(code(&site.run(import)), 2, "it has a place by now");
    let mut watching = Watching::start_with(&site, "other.db", "--ndjson out.ndjson");
    watching.until("the rest came", |_| written(&site, "out.ndjson").len() == all.len() - fetched.len());
    watching.stop();
    let rest: BTreeSet<String> = written(&site, "out.ndjson").into_iter().collect();
    assert!(fetched.iter().all(|id| !rest.contains(&format!("acme {id}"))));
}

#[test]
fn metrics_and_health_are_served() {
    let site = Site::with_events(20);
    private(&site.files.path().join("accounts.toml"), &account(&site, "acme", ""));
    private(&site.files.path().join("scrape.token"), "a-token-of-some-length");
    let options = "--ndjson out.ndjson --listen 127.0.0.1:0 --bearer-token-file scrape.token";
    let mut watching = Watching::start(&site, options);
    watching.until("incidents came", |_| !written(&site, "out.ndjson").is_empty());
    let log = watching.log();
    let (_, rest) = log.split_once("metrics are at http://").unwrap();
    let (address, _) = rest.split_once("/metrics").unwrap();
    let get = |path: &str, header: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(get("/metrics", "").starts_with("HTTP/1.1 401"));
    assert!(get("/healthz", "").starts_with("HTTP/1.1 200"));
    assert!(get("/readyz", "").ends_with("\r\n\r\nok\n"));
    let answer = get("/metrics", "authorization: Bearer a-token-of-some-length\r\n");
    let (_, metrics) = answer.split_once("\r\n\r\n").unwrap();
    for name in [
        "logzio_soar_incidents_total{account=\"acme\",severity=",
        "logzio_soar_polls_total{account=\"acme\",outcome=\"ok\"}",
        "logzio_soar_requests_total{path=\"/v2/security/rules/events/search\",status=\"200\"}",
        "logzio_soar_outbox_incidents{sink=\"ndjson\"}",
        "logzio_soar_lag_seconds{account=\"acme\"}",
    ] {
        assert!(metrics.contains(name), "{name}\n{metrics}");
    }
    watching.stop();
    check_with_promtool(metrics);
}

/// Prometheus's own check of names, types and help texts, where it is installed (Debian has it in `prometheus`).
fn check_with_promtool(metrics: &str) {
    let check =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut check) = check else {
        eprintln!("promtool is not installed: the metrics were not checked with it");
        return;
    };
    check.stdin.take().unwrap().write_all(older_format(metrics).as_bytes()).unwrap();
    let checked = check.wait_with_output().unwrap();
    assert!(checked.status.success(), "{}\n{metrics}", said(&checked));
}

/// The same metrics in the format before OpenMetrics, which is what promtool reads: the suffix is a part of the name, and a
/// type `info` is not known.
fn older_format(metrics: &str) -> String {
    let types: std::collections::BTreeMap<&str, &str> =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let named = |name: &str| match types.get(name) {
        Some(&"counter") => format!("{name}_total"),
        Some(&"info") => format!("{name}_info"),
        _ => name.to_owned(),
    };
    let lines = metrics.lines().filter_map(|line| {
        if line.starts_with("# UNIT") || line.starts_with("# EOF") {
            return None;
        }
        let Some((keyword, (name, rest))) =
            line.split_at_checked(7).and_then(|(keyword, rest)| Some((keyword, rest.split_once(' ')?)))
        else {
            return Some(line.to_owned());
        };
        match keyword {
            "# TYPE " => Some(format!("# TYPE {} {}", named(name), if rest == "info" { "gauge" } else { rest })),
            "# HELP " => Some(format!("# HELP {} {rest}", named(name))),
            _ => Some(line.to_owned()),
        }
    });
    lines.map(|line| line + "\n").collect()
}
