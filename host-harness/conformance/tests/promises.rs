//! Every sentence of the contract stands in `promises.toml`, and every promise there has a case.

use std::collections::{BTreeMap, BTreeSet};

use logzio_soar_conformance::{Promises, Suite};

/// The documentation of a WIT file, each item's in one line, and what is not documentation, in one line.
#[derive(Default)]
struct Wit {
    docs: Vec<String>,
    code: String,
}

impl Wit {
    fn parse(text: &str) -> Self {
        let (mut wit, mut doc) = (Self::default(), String::new());
        for line in text.lines().map(str::trim) {
            if let Some(text) = line.strip_prefix("///") {
                doc.push_str(text.trim());
                doc.push(' ');
                continue;
            }
            if !doc.is_empty() {
                wit.docs.push(one_line(&doc));
                doc.clear();
            }
            wit.code.push_str(line);
            wit.code.push(' ');
        }
        wit.code = one_line(&wit.code);
        wit
    }

    /// What of the documentation is none of these texts.
    fn unlisted(&self, texts: &BTreeSet<&str>) -> Vec<String> {
        // The longest first, since one may be a part of another.
        let mut texts: Vec<&str> = texts.iter().copied().collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let left = self.docs.iter().map(|doc| {
            let left = texts.iter().fold(doc.clone(), |left, text| left.replace(text, ""));
            one_line(&left)
        });
        left.filter(|left| !left.is_empty()).collect()
    }

    fn has(&self, text: &str) -> bool {
        self.docs.iter().any(|doc| doc.contains(text)) || self.code.contains(text)
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn wit() -> BTreeMap<String, Wit> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeMap<String, Wit> = files
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, Wit::parse(&std::fs::read_to_string(path).unwrap()))
        })
        .collect();
    assert!(files.len() > 5, "{:?}", files.keys());
    files
}

#[test]
fn every_sentence_of_the_contract_is_listed() {
    let promises = Promises::get();
    let mut texts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for promise in &promises.promises {
        texts.entry(&promise.wit).or_default().insert(&promise.text);
    }
    for description in &promises.descriptions {
        texts.entry(&description.wit).or_default().insert(&description.text);
    }
    let mut faults = Vec::new();
    let wit = wit();
    for (file, wit) in &wit {
        let listed = texts.remove(file.as_str()).unwrap_or_default();
        for text in wit.unlisted(&listed) {
            faults.push(format!("not in promises.toml: wit/{file}: {text}"));
        }
        for text in listed.into_iter().filter(|text| !wit.has(text)) {
            faults.push(format!("not in wit/{file}, but in promises.toml: {text}"));
        }
    }
    faults.extend(texts.keys().map(|file| format!("promises.toml names wit/{file}, which is not there")));
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_promise_has_a_case_and_every_case_a_promise() {
    let cases = Suite::new().cases().unwrap();
    let tested: BTreeSet<&str> = cases.iter().flat_map(|case| &case.promises).map(String::as_str).collect();
    let promised: BTreeSet<&str> = Promises::get().promises.iter().map(|promise| promise.id.as_str()).collect();
    assert_eq!(promised.len(), Promises::get().promises.len(), "an id stands twice in promises.toml");
    let untested: Vec<_> = promised.difference(&tested).collect();
    assert!(untested.is_empty(), "promises without a case: {untested:#?}");
    let unknown: Vec<_> = tested.difference(&promised).collect();
    assert!(unknown.is_empty(), "cases test promises that are not in promises.toml: {unknown:#?}");
    let idle: Vec<String> = cases.iter().filter(|case| case.promises.is_empty()).map(|case| case.path()).collect();
    assert!(idle.is_empty(), "cases that test no promise: {idle:#?}");
}

#[test]
fn a_sentence_that_is_not_listed_is_seen() {
    let wit = Wit::parse("/// A place.\n///\n/// It lasts: store\n/// it. Never change it.\ntype cursor = string;\n");
    let listed = |texts: &[&'static str]| texts.iter().copied().collect::<BTreeSet<&str>>();
    assert_eq!(wit.unlisted(&listed(&["A place.", "It lasts: store it.", "Never change it."])), Vec::<String>::new());
    assert_eq!(wit.unlisted(&listed(&["A place.", "Never change it."])), ["It lasts: store it."]);
    assert!(wit.has("store it.") && wit.has("type cursor = string;") && !wit.has("It lasts for ever."));
}
