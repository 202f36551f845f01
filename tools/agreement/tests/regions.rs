//! Hosts know the regions of Logz.io as the component does, and pass on the variables that it reads.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use agreement::source;
use logzio_soar::region;
use regex::Regex;

/// A table of regions: the file, and the expression whose groups are the name and the code.
const TABLES: &[(&str, &str)] = &[
    ("host-harness/runner/src/contract/endpoint.rs", r#"\("([a-z]+-[a-z]+-\d)", "([a-z]+)"\)"#),
    ("hosts/node/src/origin.ts", r"'([a-z]+-[a-z]+-\d)': '([a-z]+)'"),
];

#[test]
fn every_table_of_regions_is_that_of_the_component() {
    let mut faults = Vec::new();
    for (file, entry) in TABLES {
        let text = source::read(file).unwrap();
        // Without the tests, which have examples of their own.
        let text = text.split("#[cfg(test)]").next().unwrap();
        let entry = Regex::new(entry).unwrap();
        let table: BTreeMap<String, String> =
            entry.captures_iter(text).map(|found| (found[2].to_owned(), found[1].to_owned())).collect();
        for code in region::codes() {
            match table.get(&code) {
                None => faults.push(format!("{file} lacks the region {code}")),
                Some(name) if region::code_of(name) != Some(&code) => {
                    faults.push(format!("{file} knows the region {code} as {name}, which the component does not"));
                }
                Some(_) => {}
            }
        }
        let unknown = table.keys().filter(|code| !region::codes().contains(code));
        faults.extend(unknown.map(|code| format!("{file} has the region {code}, which the component does not know")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Hosts that name the variables of the connection.
const ENVIRONMENTS: &[&str] =
    &["hosts/http/adapter", "hosts/node/src/index.ts", "hosts/python/src/logzio_soar/client.py"];

#[test]
fn every_host_passes_on_the_variables_of_the_contract() {
    let wit = source::read("wit/types.wit").unwrap();
    let variable = Regex::new(r"`(LOGZIO_[A-Z_]+)`").unwrap();
    let variables: Vec<String> = variable.captures_iter(&wit).map(|found| found[1].to_owned()).collect();
    assert!(variables.len() >= 4, "{variables:?}");
    let mut faults = Vec::new();
    for file in ENVIRONMENTS {
        let text = source::read(file).unwrap();
        let missing = variables.iter().filter(|variable| !text.contains(variable.as_str()));
        faults.extend(missing.map(|variable| format!("{file} lacks the variable {variable}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
