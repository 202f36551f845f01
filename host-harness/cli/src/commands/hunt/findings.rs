//! What a hunt has found so far, and where it goes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

use logzio_soar_host::contract::{Cases, ContractError, Indicator, RejectedIndicator, Searched, Sighting};

use super::arguments::HuntFormat;
use super::stix::Bundle;
use crate::failure::Failure;
use crate::output::{Format, Output, StandardOutput, say};
use crate::records::{SightingRecord, Summary};

/// What was found so far, and where it goes.
pub(super) struct Findings {
    sink: Sink,
    /// The calls that were answered.
    pub(super) calls: usize,
    pub(super) seen: usize,
    /// The values that no log holds, for people.
    not_seen: Vec<String>,
    pub(super) rejected: Vec<RejectedIndicator>,
    /// By kind, where was looked: the fields, none for any field.
    fields: BTreeMap<&'static str, Option<BTreeSet<String>>>,
    log_types: BTreeSet<String>,
    unknown_log_types: BTreeSet<String>,
    /// What was written and warned of in earlier calls.
    known: HashSet<(&'static str, String)>,
    warned: HashSet<String>,
}

enum Sink {
    Rows { output: Output, for_people: bool },
    Bundle(Bundle, StandardOutput),
}

impl Findings {
    pub(super) fn new(format: HuntFormat) -> io::Result<Self> {
        let rows = |format| {
            let output = Output::to_stdout(format)?;
            io::Result::Ok(Sink::Rows { output, for_people: format == Format::Table })
        };
        Ok(Self {
            sink: match format {
                HuntFormat::Table => rows(Format::Table)?,
                HuntFormat::Json => rows(Format::Json)?,
                HuntFormat::Ndjson => rows(Format::Ndjson)?,
                HuntFormat::Csv => rows(Format::Csv)?,
                HuntFormat::Stix => Sink::Bundle(Bundle::new(), StandardOutput::open()?),
            },
            calls: 0,
            seen: 0,
            not_seen: Vec::new(),
            rejected: Vec::new(),
            fields: BTreeMap::new(),
            log_types: BTreeSet::new(),
            unknown_log_types: BTreeSet::new(),
            known: HashSet::new(),
            warned: HashSet::new(),
        })
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.warned.contains(&warning) {
            say("warning", &warning);
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
        for sighting in sightings {
            let record = SightingRecord(sighting);
            if !self.known.insert(record.identity()) {
                continue;
            }
            let seen = sighting.hits > 0;
            self.seen += usize::from(seen);
            match &mut self.sink {
                Sink::Rows { for_people: true, .. } if !seen => self.not_seen.push(sighting.value.clone()),
                Sink::Rows { output, .. } => output.write(&record)?,
                Sink::Bundle(bundle, _) => bundle.add(sighting),
            }
        }
        if let Sink::Rows { output, .. } = &mut self.sink {
            output.flush()?;
        }
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

    /// Writes what belongs at the end.
    pub(super) fn finish(&mut self, failed: bool) -> Result<(), Failure> {
        let searched = self.where_searched();
        let nothing = failed && self.calls == 0;
        match &mut self.sink {
            Sink::Rows { output, for_people: true } => {
                if !nothing {
                    let summary = Summary {
                        seen: self.seen,
                        not_seen: &self.not_seen,
                        rejected: &self.rejected,
                        searched: &searched,
                    };
                    output.write_for_people(|page| summary.write(page))?;
                }
                output.finish(failed)?;
                return Ok(());
            }
            Sink::Rows { output, .. } => output.finish(nothing)?,
            Sink::Bundle(..) if nothing => {}
            Sink::Bundle(bundle, output) => bundle.write(output)?,
        }
        if !nothing {
            for rejected in &self.rejected {
                say("warning", &format!("{} was not looked for: {}", rejected.value, rejected.why));
            }
        }
        Ok(())
    }
}

/// A number of things, with the right ending.
fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
