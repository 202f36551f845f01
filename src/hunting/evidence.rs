//! What sampled logs say about fields: which kinds of indicators each holds, in which log types, and how often. Must not know
//! how logs are sampled.

use crate::contract::IndicatorKind;
use crate::hunting::classification::{self, Content};
use crate::hunting::document::Document;
use crate::hunting::field_name;
use crate::hunting::kinds::Kinds;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The most values whose content is remembered: many logs have the same.
const MOST_REMEMBERED: usize = 20_000;
/// The longest value that is worth it, in bytes.
const LONGEST_REMEMBERED: usize = 200;
/// The most different sets of fields that are kept of a log type.
const MOST_SHAPES: usize = 500;
/// Fields that nearly every log has, whatever it is about.
pub const COMMON: &[&str] = &["@timestamp", "type", "message", "tags"];

/// What sampled logs say about fields.
#[derive(Debug, Default)]
pub struct Evidence {
    types: BTreeMap<String, TypeSeen>,
    fields: BTreeMap<String, FieldSeen>,
    own_domains: BTreeSet<String>,
    known: HashSet<u64>,
    contents: HashMap<String, Content>,
}

/// What was seen of a log type.
#[derive(Debug, Default)]
pub struct TypeSeen {
    /// How many of its logs were sampled.
    pub sampled: u32,
    /// The different sets of fields that they have.
    pub shapes: BTreeSet<BTreeSet<String>>,
}

/// What was seen of a field.
#[derive(Debug, Default)]
struct FieldSeen {
    /// By log type, in how many sampled logs it holds which kinds.
    types: BTreeMap<String, BTreeMap<IndicatorKind, u32>>,
    /// It holds texts, in which anything may stand.
    is_text: bool,
    /// It holds what may be paths of URLs.
    is_path: bool,
    /// How many log types have it.
    in_types: BTreeSet<String>,
}

/// A field that holds a kind, as far as was sampled.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding<'a> {
    /// The field.
    pub name: &'a str,
    /// The log types in which it does.
    pub types: Vec<&'a str>,
    /// In how many of the sampled logs of these types it does, of a hundred: 1 to 100.
    pub share: u16,
}

impl Evidence {
    /// Reads a sampled log, unless it was read before. `identity` tells it from others.
    pub fn read(&mut self, identity: u64, source: &str) {
        if !self.known.insert(identity) {
            return;
        }
        let document = Document::read(source);
        let log_types: BTreeSet<&str> = document.log_types().into_iter().collect();
        for log_type in &log_types {
            let seen = self.types.entry((*log_type).to_owned()).or_default();
            seen.sampled += 1;
            if seen.shapes.len() < MOST_SHAPES {
                seen.shapes.insert(document.names().map(str::to_owned).collect());
            }
        }
        for (name, values) in document.fields() {
            let possible = classification::possible(name);
            let (mut kinds, mut is_text, mut is_path) = (Kinds::default(), false, false);
            for value in values {
                let content = self.content(value);
                kinds = kinds.and(content.by_form).and(classification::by_name(possible, value));
                is_text |= content.is_text;
                is_path |= content.is_path;
                self.learn_own_domain(name, possible, value);
            }
            let field = self.fields.entry(name.to_owned()).or_default();
            field.is_text |= is_text;
            field.is_path |= is_path;
            for log_type in &log_types {
                field.in_types.insert((*log_type).to_owned());
                if !kinds.is_empty() {
                    let counts = field.types.entry((*log_type).to_owned()).or_default();
                    kinds.iter().for_each(|kind| *counts.entry(kind).or_default() += 1);
                }
            }
        }
    }

    fn content(&mut self, value: &str) -> Content {
        if value.len() > LONGEST_REMEMBERED {
            return classification::content(value);
        }
        if let Some(content) = self.contents.get(value) {
            return *content;
        }
        let content = classification::content(value);
        if self.contents.len() < MOST_REMEMBERED {
            self.contents.insert(value.to_owned(), content);
        }
        content
    }

    /// A computer that writes logs, or a user who is named by an address, is of a domain of the account's owner.
    fn learn_own_domain(&mut self, name: &str, possible: Kinds, value: &str) {
        let value = value.trim().trim_end_matches('.').to_lowercase();
        let domain = if field_name::is_of_a_logging_computer(name) && classification::is_computer(&value) {
            value.split_once('.').map(|(_, domain)| domain)
        } else if possible.has(IndicatorKind::User) {
            value.split_once('@').map(|(_, domain)| domain).filter(|domain| classification::is_computer(domain))
        } else {
            None
        };
        if let Some(domain) = domain.filter(|domain| domain.contains('.')) {
            self.own_domains.insert(domain.to_owned());
        }
    }

    /// The log types that were sampled. The empty name stands for logs without a type.
    pub fn types(&self) -> impl Iterator<Item = (&str, &TypeSeen)> {
        self.types.iter().map(|(name, seen)| (name.as_str(), seen))
    }

    /// How many logs of a type were sampled.
    #[must_use]
    pub fn sampled(&self, log_type: &str) -> u32 {
        self.types.get(log_type).map_or(0, |seen| seen.sampled)
    }

    /// How many different sets of fields were seen, in all types.
    #[must_use]
    pub fn shapes(&self) -> usize {
        self.types.values().map(|seen| seen.shapes.len()).sum()
    }

    /// How many log types have a field.
    #[must_use]
    pub fn types_with(&self, field: &str) -> usize {
        self.fields.get(field).map_or(0, |seen| seen.in_types.len())
    }

    /// The fields that hold a kind: those in most log types first.
    #[must_use]
    pub fn holding(&self, kind: IndicatorKind) -> Vec<Holding<'_>> {
        let mut all: Vec<Holding> = self
            .fields
            .iter()
            .filter_map(|(name, seen)| {
                let (mut types, mut holds, mut sampled) = (Vec::new(), 0, 0);
                for (log_type, counts) in &seen.types {
                    let Some(count) = counts.get(&kind) else { continue };
                    types.push(log_type.as_str());
                    holds += count;
                    sampled += self.sampled(log_type);
                }
                let share = (u64::from(holds) * 100).checked_div(u64::from(sampled))?.clamp(1, 100);
                Some(Holding { name, types, share: u16::try_from(share).unwrap_or(100) })
            })
            .collect();
        all.sort_by_key(|field| (std::cmp::Reverse((field.types.len(), field.share)), field.name));
        all
    }

    /// The fields of texts, in which anything may stand.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(|(_, seen)| seen.is_text).map(|(name, _)| name.as_str())
    }

    /// The fields that may hold the path of a URL without its host.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(|(_, seen)| seen.is_path).map(|(name, _)| name.as_str())
    }

    /// The domains that computers and users of the account's owner are of.
    #[must_use]
    pub fn own_domains(&self) -> &BTreeSet<String> {
        &self.own_domains
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_learned_from_their_values() {
        let mut evidence = Evidence::default();
        for (number, source) in [
            r#"{"type":"fw","peer":{"addr":"203.0.113.9"},"who":"x","note":"the first of many words here"}"#,
            r#"{"type":"fw","peer.addr":"-","login":"ada"}"#,
            r#"{"type":["web"],"peer":{"addr":["-","203.0.113.10"]},"uri":"/a"}"#,
            r#"{"host":{"name":"web-01.corp.example"}}"#,
        ]
        .iter()
        .enumerate()
        {
            evidence.read(number as u64, source);
            evidence.read(number as u64, source);
        }
        let field = |name, types, share| Holding { name, types, share };
        assert_eq!(evidence.holding(IndicatorKind::Ip), [field("peer.addr", vec!["fw", "web"], 66)]);
        assert_eq!(evidence.holding(IndicatorKind::User), [field("login", vec!["fw"], 50)]);
        assert_eq!(evidence.holding(IndicatorKind::Md5), []);
        assert_eq!(evidence.texts().collect::<Vec<_>>(), ["note"]);
        assert_eq!(evidence.paths().collect::<Vec<_>>(), ["uri"]);
        let types: Vec<_> = evidence.types().map(|(name, seen)| (name, seen.sampled, seen.shapes.len())).collect();
        assert_eq!(types, [("", 1, 1), ("fw", 2, 2), ("web", 1, 1)]);
        assert_eq!(evidence.own_domains().iter().collect::<Vec<_>>(), ["corp.example"]);
    }
}
