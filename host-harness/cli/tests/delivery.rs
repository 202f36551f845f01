//! `fetch`: what reaches a file, a pipe or nobody, and what the state says about it: full disks, kills, rotation, closed
//! outputs.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::{COMMAND, Site, code, ids_of};

const FETCH: &str = "fetch --all --state state --since 2026-01-01";
const FETCH_REDIRECTED: &str = "exec $C fetch --all --state state --since 2026-01-01 -o ndjson";

fn truth(site: &Site) -> BTreeSet<String> {
    site.simulator.events().into_iter().map(|event| event.id).collect()
}

/// Every line of the files is whole, and every event is in one of them, once.
fn assert_exactly_once(site: &Site, files: &[&str]) {
    let mut all = Vec::new();
    for file in files {
        all.extend(ids_of(&fs::read(site.files.path().join(file)).unwrap()));
    }
    let count = all.len();
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), truth(site));
    assert_eq!(count, truth(site).len(), "repeated");
}

/// Runs a line of the shell, with the command as `$C`.
fn shell(site: &Site, script: &str) -> Output {
    let command = site.command("");
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).env_clear().current_dir(site.files.path()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.env("C", COMMAND).env("PATH", "/usr/bin:/bin").output().unwrap()
}

fn state(site: &Site) -> Option<String> {
    fs::read_to_string(site.files.path().join("state")).ok()
}

fn message(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A site whose disk has room for so many blocks of 512 bytes behind what is in the file `out`. A limit on the size of files
/// stands for the full disk: a write stops in the middle of a line. The file is large, so that what the sandbox keeps in files
/// of its own is below the limit.
struct FullDisk {
    site: Site,
    before: usize,
}

impl FullDisk {
    fn new() -> Self {
        let site = Site::with_events(160);
        let before = 16 << 20;
        site.write("out", format!("{{{}}}\n", " ".repeat(before - 3)));
        Self { site, before }
    }

    fn run(&self, room: usize, command: &str) -> Output {
        let limit = self.before / 512 + room;
        let output = shell(&self.site, &format!("trap '' XFSZ; ulimit -f {limit}; {command}"));
        assert!(self.out().len() < room * 512);
        output
    }

    /// What was written behind what there was.
    fn out(&self) -> Vec<u8> {
        fs::read(self.site.files.path().join("out")).unwrap().split_off(self.before)
    }

    fn assert_exactly_once(&self) {
        let all = ids_of(&self.out());
        assert_eq!(all.len(), truth(&self.site).len());
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), truth(&self.site));
    }
}

#[test]
fn a_disk_that_fills_up_leaves_whole_lines_and_loses_nothing() {
    let disk = FullDisk::new();
    for room in [150, 210] {
        let full = disk.run(room, &format!("{FETCH_REDIRECTED} >> out"));
        assert_eq!(code(&full), 7, "{full:?}");
        let out = disk.out();
        assert!(out.is_empty() || out.ends_with(b"\n"), "half a line with {room} blocks");
    }
    assert_eq!(code(&shell(&disk.site, &format!("{FETCH_REDIRECTED} >> out"))), 0);
    disk.assert_exactly_once();
}

#[test]
fn an_unfinished_line_is_ended_before_the_next_record() {
    let site = Site::with_events(20);
    for (content, mode) in [("{\"id\": \"half", 0o600), ("{\"id\": \"half", 0o200), ("{}\n", 0o600)] {
        let _ = fs::remove_file(site.files.path().join("state"));
        site.write("out", content);
        let path = site.files.path().join("out");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        assert_eq!(code(&shell(&site, &format!("{FETCH_REDIRECTED} >> out"))), 0);
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        assert_eq!(first, content.trim_end());
        assert_eq!(ids_of(rest.trim_start().as_bytes()).len(), truth(&site).len());
    }
}

#[test]
fn an_output_that_takes_nothing_is_an_error_and_the_state_stays() {
    let site = Site::with_events(60);
    for redirection in [">&-", "1</dev/null", ">/dev/full"] {
        let output = shell(&site, &format!("{FETCH_REDIRECTED} {redirection}"));
        assert_eq!((code(&output), state(&site)), (7, None), "{redirection}: {}", message(&output));
        assert!(message(&output).contains("output"), "{redirection}: {}", message(&output));
    }
    for line in ["search x", "check", "describe", "describe --schema", "logs x", "fields", "hunt 192.0.2.1 -o stix"] {
        let output = shell(&site, &format!("exec $C {line} >&-"));
        assert_eq!(code(&output), 7, "{line}: {}", message(&output));
    }
    // Whoever says so throws the incidents away, in the shell or as Python's subprocess.DEVNULL does it.
    assert_eq!(code(&shell(&site, &format!("{FETCH_REDIRECTED} 1<>/dev/null"))), 0);
    assert!(state(&site).is_some());
}

#[test]
fn the_state_waits_for_the_reader_of_a_pipe() {
    let site = Site::with_events(40);
    let mut child = site.command(&format!("{FETCH} -o ndjson")).stdout(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdout.take().unwrap();
    // A page fits into the pipe: it is written, and not read.
    let mut first = [0; 100];
    pipe.read_exact(&mut first).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(state(&site), None, "the state is ahead of the reader");
    drop(pipe);
    assert_eq!(child.wait().unwrap().code(), Some(7));
    assert_eq!(state(&site), None);
}

#[test]
fn an_appended_file_agrees_with_the_state_after_a_full_disk() {
    let disk = FullDisk::new();
    for room in [150, 210] {
        let full = disk.run(room, &format!("exec $C {FETCH} --append out"));
        assert_eq!(code(&full), 7, "{full:?}");
    }
    for _ in 0..2 {
        let output = disk.site.run(&format!("{FETCH} --append out"));
        assert_eq!((code(&output), output.stdout.as_slice()), (0, b"".as_slice()), "{output:?}");
        // The second time, nothing is left to come.
        disk.assert_exactly_once();
    }
}

#[test]
fn a_page_that_was_interrupted_is_completed_once() {
    let site = Site::with_events(120);
    let append = format!("{FETCH} --append out");
    let (out, state) = (site.files.path().join("out"), site.files.path().join("state"));
    let read = |path| fs::read_to_string(path).unwrap();
    site.run("fetch --limit 50 --state state --since 2026-01-01 --append out");
    let (first, before) = (read(&out), read(&state));
    let length = format!("\"length\": {}", first.len());
    assert!(before.contains(&length), "{before}");
    // The second page, as its run left it at each moment.
    site.run("fetch --limit 50 --state state --append out");
    let (second, after) = (read(&out), read(&state));
    let page = &second.as_bytes()[first.len()..];
    let cursor = |state: &str| serde_json::from_str::<serde_json::Value>(state).unwrap()["cursor"].clone();
    let mut begun: serde_json::Value = serde_json::from_str(&before).unwrap();
    begun["append"]["pending"] = serde_json::json!({
        "length": page.len(), "sha256": sha256(page), "next": cursor(&after),
    });
    for written in [0, 1, page.len() / 2, page.len() - 1, page.len()] {
        for renamed in [false, true] {
            fs::write(&state, begun.to_string()).unwrap();
            let mut file = fs::OpenOptions::new().write(true).truncate(true).open(&out).unwrap();
            file.write_all(&second.as_bytes()[..first.len() + written]).unwrap();
            drop(file);
            if renamed {
                fs::rename(&out, site.files.path().join("out.1")).unwrap();
            }
            let output = site.run(&append);
            assert_eq!(code(&output), 0, "{output:?}");
            let files: &[&str] = if renamed { &["out.1", "out"] } else { &["out"] };
            assert_exactly_once(&site, files);
            if renamed {
                // The same file again, under its first name.
                fs::rename(site.files.path().join("out.1"), &out).unwrap();
            }
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_others_append_is_never_cut() {
    let site = Site::with_events(70);
    site.run("fetch --limit 30 --state state --since 2026-01-01 --append out");
    let out = site.files.path().join("out");
    let mut file = fs::OpenOptions::new().append(true).open(&out).unwrap();
    file.write_all(b"{\"by\": \"another program\"").unwrap();
    assert_eq!(code(&site.run(&format!("{FETCH} --append out"))), 0);
    let text = fs::read_to_string(&out).unwrap();
    let others: Vec<&str> = text.lines().filter(|line| line.contains("another program")).collect();
    assert_eq!(others, ["{\"by\": \"another program\""]);
    assert_eq!(text.lines().count(), truth(&site).len() + 1);
}

#[test]
fn a_file_that_is_renamed_is_followed_by_a_new_one() {
    let site = Site::with_events(90);
    let path = |name| site.files.path().join(name);
    site.run("fetch --limit 30 --state state --since 2026-01-01 --append out");
    fs::rename(path("out"), path("out.1")).unwrap();
    site.run("fetch --limit 30 --state state --append out");
    fs::rename(path("out"), path("out.2")).unwrap();
    site.run(&format!("{FETCH} --append out"));
    assert_exactly_once(&site, &["out.1", "out.2", "out"]);
}

#[test]
fn an_appended_file_has_to_be_one() {
    let site = Site::with_events(10);
    for (line, words) in [
        ("fetch --append out", "--state"),
        ("fetch --state state --append out -o csv", "leave --output out"),
        ("fetch --state state --append /dev/null", "no regular file"),
        ("fetch --state state --append missing/out", "missing/out"),
    ] {
        let output = site.run(line);
        assert_ne!(code(&output), 0, "{line}");
        assert!(message(&output).contains(words), "{line}: {}", message(&output));
    }
    let locked = File::options().create(true).append(true).open(site.files.path().join("out")).unwrap();
    locked.lock().unwrap();
    assert!(message(&site.run(&format!("{FETCH} --append out"))).contains("another fetch is appending"));
}

/// `KILLS=1000` makes it a soak.
#[test]
fn kills_at_any_moment_lose_nothing_and_repeat_nothing() {
    let kills = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let mut done = 0;
    // Each run gets a little further, so a site is used until all of it was fetched.
    for round in 0.. {
        let site = Site::with_events(900);
        let line = format!("{FETCH} --append out");
        let mut wait = 20;
        loop {
            let mut child = site.command(&line).stderr(Stdio::null()).spawn().unwrap();
            let end = std::time::Instant::now() + Duration::from_millis(wait);
            let ended = loop {
                match child.try_wait().unwrap() {
                    Some(status) => break Some(status),
                    None if std::time::Instant::now() >= end => break None,
                    None => std::thread::sleep(Duration::from_millis(1)),
                }
            };
            if let Some(status) = ended {
                assert_eq!(status.code(), Some(0));
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            done += 1;
            // Steps of a prime: kills spread over the whole of a run.
            wait = 20 + (wait + 37 + round) % 700;
        }
        assert_exactly_once(&site, &["out"]);
        let left: Vec<_> = fs::read_dir(site.files.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".unfinished")), "{left:?}");
        if done >= kills {
            break;
        }
    }
}
