//! The fields that a hunt looks in, by kind of indicator: those that the caller
//! named, or the known ones. Must not know the syntax of a query.

use crate::connection::Target;
use crate::contract::{Error, IndicatorKind};
use crate::hunting::document::Document;
use crate::hunting::indicator::Values;
use crate::hunting::known_fields;
use crate::text::shown;
use std::collections::BTreeSet;

/// The most fields of a kind: the spellings of one indicator fit in a query.
const MOST_FIELDS: usize = 60;
const LONGEST_FIELD: usize = 256;

/// The fields that a caller named, by kind.
pub struct Fields(Vec<(IndicatorKind, Vec<String>)>);

impl Fields {
    /// Reads what a caller named.
    ///
    /// # Errors
    /// `invalid-argument` for what is no field, or too many of them.
    pub fn read(given: &[(IndicatorKind, Vec<String>)], target: &Target) -> Result<Self, Error> {
        let mut fields: Vec<(IndicatorKind, Vec<String>)> = Vec::new();
        for (kind, names) in given {
            let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
            let odd = |name: &String| {
                name.is_empty()
                    || target.masked(name).is_some()
                    || name.len() > LONGEST_FIELD
                    || name.starts_with('_')
                    || name.contains(char::is_control)
            };
            if let Some(name) = names.iter().find(|name| odd(name)) {
                return Err(Error::InvalidArgument(format!(
                    "{:?} is no field of a log: name one such as source.ip",
                    shown(&target.masked(name).unwrap_or_else(|| name.clone()))
                )));
            }
            match fields.iter_mut().find(|(known, _)| known == kind) {
                Some((_, known)) => known.extend(names),
                None => fields.push((*kind, names)),
            }
        }
        for (_, names) in &mut fields {
            let mut known = BTreeSet::new();
            names.retain(|name| known.insert(name.clone()));
            if names.len() > MOST_FIELDS {
                return Err(Error::InvalidArgument(format!(
                    "{} fields of one kind are too many: name at most {MOST_FIELDS}, or none to look in any field",
                    names.len()
                )));
            }
        }
        Ok(Self(fields))
    }

    /// The fields to look in for a kind; none for any field.
    #[must_use]
    pub fn of(&self, kind: IndicatorKind) -> Vec<&str> {
        match self.0.iter().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.iter().map(String::as_str).collect(),
            None => known_fields::defaults(kind).to_vec(),
        }
    }

    /// Whether a field is asked word by word, and whether by regular
    /// expressions, which Logz.io compares with whole values.
    #[must_use]
    pub fn ways(&self, kind: IndicatorKind, field: Option<&str>, has_patterns: bool) -> (bool, bool) {
        if !has_patterns {
            return (true, false);
        }
        match field {
            // A regular expression would have to fit a word of it.
            Some(known_fields::MESSAGE) => (true, false),
            // Nobody knows whether it is analysed.
            None => (true, true),
            Some(_) if self.0.iter().any(|(known, _)| *known == kind) => (true, true),
            Some(_) => (false, true),
        }
    }

    /// What the fields of a kind hold in a log.
    #[must_use]
    pub fn values(&self, kind: IndicatorKind, document: &Document) -> Values {
        let fields = self.of(kind);
        if fields.is_empty() {
            return Values::new(document.all_values());
        }
        Values::new(fields.into_iter().flat_map(|field| document.values(field)))
    }

    /// The fields to read names from: not the message, which is a sentence.
    fn to_read(&self, kind: IndicatorKind) -> Vec<&str> {
        let mut fields = self.of(kind);
        if fields.is_empty() {
            fields = known_fields::defaults(kind).to_vec();
        }
        fields.retain(|field| !matches!(*field, known_fields::MESSAGE | known_fields::OUTPUT));
        fields
    }

    /// The fields to read users from.
    #[must_use]
    pub fn users(&self) -> Vec<&str> {
        self.to_read(IndicatorKind::User)
    }

    /// The fields to read hosts from.
    #[must_use]
    pub fn hosts(&self) -> Vec<&str> {
        self.to_read(IndicatorKind::Host)
    }

    /// The fields to read addresses from.
    #[must_use]
    pub fn addresses(&self) -> Vec<&str> {
        self.to_read(IndicatorKind::Ip)
    }
}
