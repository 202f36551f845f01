//! `conformance`: what it writes and how it ends. The suite itself is tested where it is.

use std::process::{Command, Output};

use crate::support::{COMMAND, cache};

/// A component that exports nothing.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

fn command(line: &[&str]) -> Output {
    Command::new(COMMAND)
        .arg("conformance")
        .args(line)
        .env_clear()
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("XDG_CACHE_HOME", cache())
        .output()
        .unwrap()
}

#[test]
fn the_command_says_what_failed_and_ends_with_one() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(file("empty.wasm"), EMPTY).unwrap();
    let (junit, json, html) = (file("r.xml"), file("r.json"), file("r.html"));
    let good = command(&["--only", "diagnostics", "--junit", &junit, "--json", &json, "--html", &html]);
    let text = String::from_utf8(good.stdout).unwrap();
    assert_eq!(good.status.code(), Some(0), "{text}");
    assert!(text.contains("conforms  9 passed") && !text.contains('\u{1b}'), "{text}");
    for file in [junit, json, html] {
        assert!(std::fs::metadata(file).unwrap().len() > 500);
    }
    let bad = command(&[&file("empty.wasm"), "--only", "diagnostics/one-token"]);
    let text = String::from_utf8(bad.stdout).unwrap();
    assert_eq!((bad.status.code(), bad.stderr.as_slice()), (Some(1), b"".as_slice()), "{text}");
    assert!(text.contains("FAILED  one-token") && text.contains("does not conform"), "{text}");
    for usage in [&["--only", "nothing/at-all"][..], &["--jobs", "0"]] {
        assert_eq!(command(usage).status.code(), Some(2), "{usage:?}");
    }
    assert_eq!(command(&["no-such-file.wasm"]).status.code(), Some(7));
    let list = String::from_utf8(command(&["--list"]).stdout).unwrap();
    assert!(list.lines().filter(|line| !line.starts_with(' ')).count() > 140, "{list}");
}

#[test]
fn the_same_cases_run_through_an_adapter() {
    let adapter = format!("'{COMMAND}' adapter");
    let output =
        command(&["--adapter", &adapter, "--only", "diagnostics", "--only", "secrets/in-", "--only", "logs/or"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("through the adapter") && text.contains("1 skipped"), "{text}");
}
