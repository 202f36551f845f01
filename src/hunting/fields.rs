//! The fields that a hunt looks in, by kind of indicator: those that the caller named, or those that were learned, with the
//! known ones. Must not know the syntax of a query.

use crate::connection::Target;
use crate::contract::{Error, IndicatorKind};
use crate::hunting::document::Document;
use crate::hunting::evidence::Evidence;
use crate::hunting::field_name::{self, is_of_a_logging_computer, is_of_the_far_end};
use crate::hunting::indicator::Values;
use crate::hunting::kinds::{self, Kinds, has_a_form};
use crate::hunting::known_fields;
use crate::text::shown;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most fields of a kind that a caller may name.
const MOST_FIELDS: usize = 5_000;
const LONGEST_FIELD: usize = 256;
/// The most names of fields whose meaning is remembered.
const MOST_REMEMBERED: usize = 10_000;

/// Fields that Logz.io analyses by word, whatever is in them. (Logz.io documentation, "Field mapping".)
const ANALYSED: &[&str] = &[known_fields::MESSAGE, "tags", "geoip_location"];

/// Where a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In any field.
    Any,
    /// In the fields of a kind.
    Of(IndicatorKind),
}

/// The fields to look in.
#[derive(Debug, Default)]
pub struct Fields {
    kinds: BTreeMap<IndicatorKind, OfKind>,
    own_domains: BTreeSet<String>,
    /// What the names of fields say, as far as it was asked: logs have the same ones.
    possible: RefCell<HashMap<String, Kinds>>,
    to_read: OnceCell<ToRead>,
}

/// The fields to read names and addresses from.
#[derive(Debug)]
pub struct ToRead {
    /// Those of users.
    pub users: Vec<String>,
    /// Those of the computers that write logs, or that the caller named for hosts.
    pub own_hosts: Vec<String>,
    /// Those of other hosts, but not of the far end of a connection.
    pub other_hosts: Vec<String>,
    /// Those of addresses.
    pub addresses: Vec<String>,
}

/// The fields of a kind.
#[derive(Debug, Default)]
struct OfKind {
    names: Vec<String>,
    /// The caller named them.
    is_named: bool,
}

impl Fields {
    /// Reads what a caller named. The other kinds have the known fields.
    ///
    /// # Errors
    /// `invalid-argument` for what is no field, or too many of them.
    pub fn read(given: &[(IndicatorKind, Vec<String>)], target: &Target) -> Result<Self, Error> {
        let mut fields = Self::default();
        for (kind, names) in given {
            let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
            if let Some(name) = names.iter().find(|name| !is_field(name) || target.masked(name).is_some()) {
                return Err(Error::InvalidArgument(format!(
                    "{:?} is no field of a log: name one such as source.ip",
                    shown(&target.masked(name).unwrap_or_else(|| (*name).to_owned()))
                )));
            }
            let of_kind = fields.kinds.entry(*kind).or_default();
            of_kind.is_named = true;
            add(&mut of_kind.names, names);
            if of_kind.names.len() > MOST_FIELDS {
                return Err(Error::InvalidArgument(format!(
                    "{} fields of one kind are too many: name at most {MOST_FIELDS}, or none to look in any field",
                    of_kind.names.len()
                )));
            }
        }
        for kind in kinds::ALL {
            fields.kinds.entry(kind).or_insert_with(|| OfKind {
                names: known_fields::defaults(kind).iter().map(|name| (*name).to_owned()).collect(),
                is_named: false,
            });
        }
        Ok(fields)
    }

    /// Adds what sampled logs say, for the kinds that the caller did not name. Fields of texts may hold whatever has a form,
    /// though the samples did not.
    pub fn learn(&mut self, evidence: &Evidence) {
        self.to_read.take();
        self.own_domains.clone_from(evidence.own_domains());
        for (kind, of_kind) in self.kinds.iter_mut().filter(|(_, of_kind)| !of_kind.is_named) {
            let known = std::mem::take(&mut of_kind.names);
            let learned: Vec<&str> = evidence.holding(*kind).into_iter().map(|field| field.name).collect();
            add(&mut of_kind.names, learned.into_iter().filter(|name| is_field(name)));
            if has_a_form(*kind) || matches!(kind, IndicatorKind::FileName | IndicatorKind::Process) {
                add(&mut of_kind.names, evidence.texts().filter(|name| is_field(name)));
            }
            add(&mut of_kind.names, known.iter().map(String::as_str));
        }
    }

    /// The fields to look in for a kind; none for any field.
    #[must_use]
    pub fn of(&self, kind: IndicatorKind) -> &[String] {
        self.kinds.get(&kind).map(|of_kind| of_kind.names.as_slice()).unwrap_or_default()
    }

    /// Whether a name is of a domain of the account's owner, as far as that is known.
    #[must_use]
    pub fn is_own_domain(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_lowercase();
        let below = |domain: &String| name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        self.own_domains.iter().any(below)
    }

    /// The fields of every kind.
    pub fn all(&self) -> impl Iterator<Item = (IndicatorKind, &[String])> {
        self.kinds.iter().map(|(kind, of_kind)| (*kind, of_kind.names.as_slice()))
    }

    /// Whether the caller named the fields of a kind.
    #[must_use]
    pub fn are_named(&self, kind: IndicatorKind) -> bool {
        self.kinds.get(&kind).is_some_and(|of_kind| of_kind.is_named)
    }

    /// Where a value of a kind counts, which `has_a_form` or has none.
    #[must_use]
    pub fn scope(&self, kind: IndicatorKind, has_a_form: bool) -> Scope {
        if self.of(kind).is_empty() || (has_a_form && !self.are_named(kind)) { Scope::Any } else { Scope::Of(kind) }
    }

    /// What a log holds there. Of a kind whose fields the caller did not name, in fields whose names say that they may hold
    /// it, too.
    #[must_use]
    pub fn values(&self, scope: Scope, document: &Document) -> Values {
        let Scope::Of(kind) = scope else { return Values::new(document.all_values()) };
        let others = document.fields().filter(|(name, _)| !self.are_named(kind) && self.may_hold(kind, name));
        let others = others.flat_map(|(_, values)| values).map(String::as_str);
        Values::new(self.of(kind).iter().flat_map(|field| document.values(field)).chain(others))
    }

    /// Whether the name of a field says that it may hold values of a kind.
    fn may_hold(&self, kind: IndicatorKind, name: &str) -> bool {
        let mut possible = self.possible.borrow_mut();
        if let Some(kinds) = possible.get(name) {
            return kinds.has(kind);
        }
        let kinds = field_name::kinds(name);
        if possible.len() < MOST_REMEMBERED {
            possible.insert(name.to_owned(), kinds);
        }
        kinds.has(kind)
    }

    /// The fields to read users, hosts and addresses from, whatever is looked for.
    #[must_use]
    pub fn to_read(&self) -> &ToRead {
        self.to_read.get_or_init(|| {
            let is_own = |field: &String| self.are_named(IndicatorKind::Host) || is_of_a_logging_computer(field);
            let near = self.names_in(IndicatorKind::Host).into_iter();
            let near = near.filter(|field| is_own(field) || !is_of_the_far_end(field));
            let (own_hosts, other_hosts) = near.partition(is_own);
            ToRead {
                users: self.names_in(IndicatorKind::User),
                own_hosts,
                other_hosts,
                addresses: self.names_in(IndicatorKind::Ip),
            }
        })
    }

    /// The fields to read names from: not those of sentences.
    fn names_in(&self, kind: IndicatorKind) -> Vec<String> {
        let known = || known_fields::defaults(kind).iter().map(|name| (*name).to_owned()).collect();
        let fields = self.of(kind);
        let mut fields: Vec<String> = if fields.is_empty() { known() } else { fields.to_vec() };
        fields.retain(|field| !matches!(field.as_str(), known_fields::MESSAGE | known_fields::OUTPUT));
        fields
    }
}

/// Whether a field is analysed by word.
#[must_use]
pub fn is_analysed(field: &str) -> bool {
    ANALYSED.contains(&field)
}

/// Whether a text can be the name of a field to look in. Names that begin with `_` are Elasticsearch's own.
fn is_field(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_FIELD && !name.starts_with('_') && !name.contains(char::is_control)
}

/// Adds names that are not there yet.
fn add<'a>(names: &mut Vec<String>, more: impl IntoIterator<Item = &'a str>) {
    let mut known: BTreeSet<String> = names.iter().cloned().collect();
    for name in more {
        if known.insert(name.to_owned()) {
            names.push(name.to_owned());
        }
    }
}
