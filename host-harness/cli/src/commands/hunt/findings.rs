//! What a hunt has found so far, and where it goes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use logzio_soar_host::contract::{Cases, ContractError, Indicator, RejectedIndicator, Searched, Sighting};

use super::sink::Sink;
use crate::commands::several::Tag;
use crate::failure::Failure;
use crate::output::say;
use crate::records::{SightingRecord, Summary};

/// What was found so far, and where it goes.
pub(super) struct Findings<'a> {
    sink: &'a RefCell<Sink>,
    /// The account, where several are searched.
    pub(super) tag: Option<Tag<'a>>,
    /// The calls that were answered.
    pub(super) calls: usize,
    pub(super) seen: usize,
    /// The values that no log holds, for people.
    pub(super) not_seen: Vec<String>,
    pub(super) rejected: Vec<RejectedIndicator>,
    /// By kind, where was looked: the fields, none for any field.
    fields: BTreeMap<&'static str, Option<BTreeSet<String>>>,
    log_types: BTreeSet<String>,
    unknown_log_types: BTreeSet<String>,
    /// What was written and warned of in earlier calls.
    known: HashSet<(&'static str, String)>,
    warned: HashSet<String>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(sink: &'a RefCell<Sink>, tag: Option<Tag<'a>>) -> Self {
        Self {
            sink,
            tag,
            calls: 0,
            seen: 0,
            not_seen: Vec::new(),
            rejected: Vec::new(),
            fields: BTreeMap::new(),
            log_types: BTreeSet::new(),
            unknown_log_types: BTreeSet::new(),
            known: HashSet::new(),
            warned: HashSet::new(),
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.warned.contains(&warning) {
            say("warning", &Tag::about(self.tag, &warning));
            self.warned.insert(warning);
        }
    }

    /// Takes over where a call has looked.
    pub(super) fn searched(&mut self, searched: Vec<Searched>, unknown_log_types: Vec<String>) {
        for Searched { kind, fields, log_types } in searched {
            let known = self.fields.entry(kind.name()).or_insert_with(|| Some(BTreeSet::new()));
            match known {
                Some(known) if !fields.is_empty() => known.extend(fields),
                // Any field: there is nothing to add to it.
                known => *known = None,
            }
            self.log_types.extend(log_types);
        }
        self.unknown_log_types.extend(unknown_log_types);
    }

    /// Where was looked, for people.
    fn where_searched(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|(kind, fields)| match fields {
            None => format!("{kind} in any field"),
            Some(fields) => format!("{kind} in {}", counted(fields.len(), "field")),
        });
        let fields: Vec<String> = fields.collect();
        let mut lines = Vec::new();
        if !fields.is_empty() {
            lines.push(format!("{}, of {}", fields.join("; "), counted(self.log_types.len(), "log type")));
        }
        if !self.unknown_log_types.is_empty() {
            let unknown: Vec<&str> = self.unknown_log_types.iter().map(String::as_str).collect();
            lines.push(format!("fields that are not known: {}", unknown.join(", ")));
        }
        lines
    }

    pub(super) fn add(&mut self, sightings: &[Sighting], rejected: Vec<RejectedIndicator>) -> Result<(), Failure> {
        self.calls += 1;
        self.rejected.extend(rejected);
        let mut sink = self.sink.borrow_mut();
        for sighting in sightings {
            let record = SightingRecord(sighting);
            if !self.known.insert(record.identity()) {
                continue;
            }
            let seen = sighting.hits > 0;
            self.seen += usize::from(seen);
            if !seen {
                self.not_seen.push(sighting.value.clone());
            }
            // People see the values that no log holds below the others.
            if seen || !sink.is_for_people() {
                sink.write(sighting, self.tag)?;
            }
        }
        sink.flush()?;
        Ok(())
    }

    /// Rejects all indicators of a call, for the reason that the component gives.
    pub(super) fn reject(&mut self, indicators: Vec<Indicator>, error: &ContractError) {
        let why = error.to_string();
        let others = indicators.len().saturating_sub(1);
        if let Some(first) = indicators.into_iter().next() {
            let others = if others > 0 { format!(" and the {others} behind it") } else { String::new() };
            let value: String = first.value.chars().take(60).collect();
            self.rejected.push(RejectedIndicator { value: format!("{value}{others}"), why });
        }
    }

    /// Writes what belongs at the end of the only account.
    pub(super) fn finish(&mut self, failed: bool) -> Result<(), Failure> {
        let searched = self.where_searched();
        let nothing = failed && self.calls == 0;
        let mut sink = self.sink.borrow_mut();
        let summary =
            Summary { seen: self.seen, not_seen: &self.not_seen, rejected: &self.rejected, searched: &searched };
        sink.finish(failed, nothing, |page| summary.write(page))?;
        if !nothing && !sink.is_for_people() {
            self.rejected.iter().for_each(say_rejected);
        }
        Ok(())
    }
}

/// Says why an indicator was not looked for, where the output does not.
pub(super) fn say_rejected(rejected: &RejectedIndicator) {
    say("warning", &format!("{} was not looked for: {}", rejected.value, rejected.why));
}

/// A number of things, with the right ending.
fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
