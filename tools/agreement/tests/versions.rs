//! The component, the contract and every package have one version: that of the workspace in `Cargo.toml`.
//!
//! The tests of the hosts have it too, where they break it on purpose; they fail by themselves.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;

use agreement::contract::Contract;
use agreement::source;
use regex::Regex;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a version stands without a name of ours beside it: the file, and the expression that has it as its group.
const PLACES: &[(&str, &str)] = &[
    ("CHANGELOG.md", r"(?m)^## (\S+)"),
    ("hosts/http/spin.toml", r#"(?m)^version = "(.+)""#),
    ("hosts/node/package.json", r#"(?m)^  "version": "(.+)""#),
    ("hosts/node/package-lock.json", r#"(?m)^  "version": "(.+)""#),
    ("hosts/node/src/worker.ts", r"(?m)^const VERSION = '(.+)'"),
    ("hosts/node-red/package.json", r#"(?m)^  "version": "(.+)""#),
    ("hosts/python/pyproject.toml", r#"(?m)^version = "(.+)""#),
    ("hosts/python/src/logzio_soar/__init__.py", r#"(?m)^__version__ = "(.+)""#),
    ("hosts/python/src/logzio_soar/contract.py", r#"(?m)^VERSION = "(.+)""#),
];

/// A version that follows a name of ours, such as `logzio:soar/logs@1.2.3` or `logzio_soar-1.2.3-py3`.
const NAMED: &str = r#"\blogzio[\w:/{}-]*?(?:[@:, -]|"[:,] "| = ")v?(\d+\.\d+\.\d+)\b"#;

/// Folders that hold nothing of ours, or what is made.
const SKIPPED: &[&str] = &["target", "node_modules", "dist", "build", ".git", ".venv", "__pycache__"];

fn visit(folder: &Path, found: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_symlink() || SKIPPED.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            visit(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found(&path, &text);
        }
    }
}

#[test]
fn the_contract_has_the_version_of_the_workspace() {
    assert_eq!(Contract::read().unwrap().version, VERSION, "wit/world.wit and Cargo.toml differ");
    assert_eq!(logzio_soar::manifest::describe().version, VERSION, "what describe says and Cargo.toml differ");
}

#[test]
fn every_package_has_the_version_of_the_workspace() {
    let mut faults = Vec::new();
    for (file, place) in PLACES {
        let text = source::read(file).unwrap();
        match Regex::new(place).unwrap().captures(&text) {
            Some(found) if &found[1] == VERSION => {}
            Some(found) => faults.push(format!("{file} has {}", &found[1])),
            None => faults.push(format!("{file} has no version where {place} is looked for")),
        }
    }
    assert!(faults.is_empty(), "Cargo.toml has {VERSION}, but:\n{}", faults.join("\n"));
}

#[test]
fn whatever_names_a_version_of_ours_names_this_one() {
    let named = Regex::new(NAMED).unwrap();
    let root = source::path("");
    let (mut faults, mut places) = (Vec::new(), 0);
    visit(&root, &mut |path, text| {
        let file = path.strip_prefix(&root).unwrap().display().to_string();
        // What was true of an earlier version stays; Cargo keeps its own file; this one has examples.
        if ["CHANGELOG.md", "Cargo.lock", "tools/agreement/tests/versions.rs"].contains(&file.as_str()) {
            return;
        }
        for (line, content) in text.lines().enumerate().filter(|(_, content)| content.contains("logzio")) {
            for found in named.captures_iter(content) {
                places += 1;
                if &found[1] != VERSION {
                    faults.push(format!("{file}:{}: {}", line + 1, content.trim()));
                }
            }
        }
    });
    assert!(places > 20, "only {places} places were found");
    assert!(faults.is_empty(), "Cargo.toml has {VERSION}, but:\n{}", faults.join("\n"));
}

#[test]
fn names_with_versions_are_found() {
    let named = Regex::new(NAMED).unwrap();
    for text in [
        "package logzio:soar@1.2.3;",
        "logzio:soar/logs@1.2.3#search-logs",
        "logzio-soar 1.2.3",
        "npm install ./logzio-soar-1.2.3.tgz",
        "node-red-contrib-logzio-soar-1.2.3.tgz",
        "pip install logzio_soar-1.2.3-py3-none-any.whl",
        "logzio-soar/xsoar-python3:1.2.3",
        r#""dependencies": { "logzio-soar": "1.2.3" }"#,
        r#"logzio-soar = "1.2.3""#,
        r#"("logzio:soar", "1.2.3")"#,
        "logzio:soar/{name}@1.2.3",
        "logzio:soar 1.2.3, conformance",
    ] {
        assert_eq!(&named.captures(text).unwrap_or_else(|| panic!("{text}"))[1], "1.2.3", "{text}");
    }
    assert!(named.captures("logzio-soar serve 127.0.0.1:8700").is_none());
}
