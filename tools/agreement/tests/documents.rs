//! The documents for developers name only files, crates and commands that are there.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use agreement::source;
use regex::Regex;

const DOCUMENTS: &[&str] = &["README.md", "CONTRIBUTING.md", "docs/architecture.md"];

/// Names that stand for others, and files that are made.
fn is_an_example(path: &str) -> bool {
    let placeholder = path.split('/').any(|part| part.chars().any(char::is_uppercase) && part != "README.md");
    placeholder || path.contains('*') || path.starts_with("target/")
}

/// What a document names as a path in back quotes, from the top of the repository on.
fn paths(text: &str) -> Vec<String> {
    let quoted = Regex::new(r"`([\w.-]+/[\w./*-]*)`").unwrap();
    let paths = quoted.captures_iter(text).map(|found| found[1].to_owned());
    paths.filter(|path| !is_an_example(path)).collect()
}

/// What it links to in this repository, from its own folder on.
fn links(text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^):#]+)(?:#[^)]*)?\)").unwrap();
    link.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn paths_and_links_lead_to_files() {
    let mut faults = Vec::new();
    for document in DOCUMENTS {
        let text = source::read(document).unwrap();
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        let named = paths(&text);
        let linked = links(&text).into_iter().map(|link| format!("{folder}/{link}"));
        let all: Vec<String> = named.into_iter().chain(linked).collect();
        assert!(all.len() > 5, "{document} names {all:?}");
        let missing = all.into_iter().filter(|path| !source::path(path.trim_start_matches('/')).exists());
        faults.extend(missing.map(|path| format!("{document} names {path}, which is not there")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn commands_name_targets_and_crates_that_exist() {
    let makefile = source::read("Makefile").unwrap();
    let manifest = source::read("Cargo.lock").unwrap();
    let make = Regex::new(r"(?:`|\$ |(?m:^))make ([a-z][a-z-]*)").unwrap();
    let package = Regex::new(r"cargo [a-z]+ (?:-p|--package) ([\w-]+)").unwrap();
    let mut faults = Vec::new();
    let mut commands = 0;
    for document in DOCUMENTS {
        let text = source::read(document).unwrap();
        for found in make.captures_iter(&text) {
            commands += 1;
            if !Regex::new(&format!(r"(?m)^{}:", &found[1])).unwrap().is_match(&makefile) {
                faults.push(format!("{document} says make {}, which the Makefile has not", &found[1]));
            }
        }
        for found in package.captures_iter(&text) {
            commands += 1;
            if !manifest.contains(&format!("name = \"{}\"\n", &found[1])) {
                faults.push(format!("{document} names the crate {}, which is not there", &found[1]));
            }
        }
    }
    assert!(commands > 20, "{commands}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn names_are_found_where_they_stand() {
    let text = "In `src/time.rs` and [there](../wit/#top), `cases/GROUP/NAME.json`, `target/it.wasm`, [web](https://a.example).";
    assert_eq!(paths(text), ["src/time.rs"]);
    assert_eq!(links(text), ["../wit/"]);
}
