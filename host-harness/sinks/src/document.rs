//! The keys of `sinks.toml`: each read with its type, all faults collected with their places. No fault quotes a value, which may
//! be a secret in the wrong place.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use crate::secret::{Secret, SecretReference};

/// How a reference to a secret is written.
const REFERENCE: &str =
    r#"{ file = "NAME" }, { environment = "NAME" }, { command = ["PROGRAM", "ARGUMENT"] } or { credential = "NAME" }"#;

/// The keys of a table. Each is asked for once; the rest are unknown.
pub(crate) struct Keys<'t> {
    text: &'t str,
    /// Such as `sinks.archive`; empty for the whole file.
    place: String,
    line: usize,
    left: BTreeMap<&'t str, (usize, &'t DeValue<'t>)>,
    known: Vec<&'static str>,
    faults: Vec<String>,
    /// Whether other users can change the file, and so choose the programs that it names.
    is_others: bool,
}

impl<'t> Keys<'t> {
    /// The keys of a file.
    pub(crate) fn of_file(text: &'t str, table: &'t DeTable<'t>, is_others: bool) -> Self {
        Self::new(text, String::new(), 1, table, is_others)
    }

    fn new(text: &'t str, place: String, line: usize, table: &'t DeTable<'t>, is_others: bool) -> Self {
        let left = table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), (line_of(text, key.span().start), value.get_ref())))
            .collect();
        Self { text, place, line, left, known: Vec::new(), faults: Vec::new(), is_others }
    }

    /// Says what is wrong with a key, or with the whole table if it is empty.
    pub(crate) fn fault(&mut self, line: Option<usize>, key: &str, what: &str) {
        let place = self.place_of(key);
        self.faults.push(format!("line {}, {place}: {what}", line.unwrap_or(self.line)));
    }

    /// That a key has to be there.
    pub(crate) fn missing(&mut self, key: &str, example: &str) {
        self.fault(None, "", &format!("`{key}` is missing: write {key} = {example}"));
    }

    fn place_of(&self, key: &str) -> String {
        match (self.place.as_str(), key) {
            ("", key) => key.to_owned(),
            (place, "") => place.to_owned(),
            (place, key) => format!("{place}.{key}"),
        }
    }

    fn take<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<(usize, T)> {
        self.known.push(key);
        let (line, value) = self.left.remove(key)?;
        let read = read(value);
        if read.is_none() {
            self.fault(Some(line), key, &format!("{expected} is expected"));
        }
        Some((line, read?))
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        self.text_and_line(key).map(|(_, text)| text)
    }

    /// A text, and the line that it is on.
    pub(crate) fn text_and_line(&mut self, key: &'static str) -> Option<(usize, String)> {
        self.take(key, "a text in quotation marks", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let expected = "the path of a file, in quotation marks,";
        self.take(key, expected, |value| value.as_str().filter(|text| !text.is_empty()).map(PathBuf::from))
            .map(|(_, path)| path)
    }

    /// Two files that only make sense together.
    pub(crate) fn pair_of_paths(&mut self, first: &'static str, second: &'static str) -> Option<(PathBuf, PathBuf)> {
        match (self.path(first), self.path(second)) {
            (Some(first), Some(second)) => Some((first, second)),
            (None, None) => None,
            _ => {
                self.fault(None, "", &format!("`{first}` and `{second}` belong together: write both"));
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.take(key, "true or false", DeValue::as_bool).map(|(_, flag)| flag)
    }

    pub(crate) fn count(&mut self, key: &'static str, range: RangeInclusive<usize>) -> Option<usize> {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        self.take(key, &expected, |value| {
            let number = value.as_integer()?;
            usize::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| range.contains(number))
        })
        .map(|(_, number)| number)
    }

    pub(crate) fn duration(&mut self, key: &'static str, range: RangeInclusive<Duration>) -> Option<Duration> {
        let (least, most) = (humantime::format_duration(*range.start()), humantime::format_duration(*range.end()));
        let expected = format!("a time from {least} to {most}, such as \"30s\" or \"5m\",");
        self.take(key, &expected, |value| {
            humantime::parse_duration(value.as_str()?).ok().filter(|time| range.contains(time))
        })
        .map(|(_, time)| time)
    }

    pub(crate) fn size(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let show = |bytes: u64| bytesize::ByteSize::b(bytes).display().si().to_string();
        let expected = format!("a size from {} to {}, such as \"100 MB\",", show(*range.start()), show(*range.end()));
        self.take(key, &expected, |value| {
            let size: bytesize::ByteSize = value.as_str()?.parse().ok()?;
            Some(size.as_u64()).filter(|size| range.contains(size))
        })
        .map(|(_, size)| size)
    }

    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        self.take(key, "a list of texts, such as [\"a\", \"b\"],", list_of_texts).map(|(_, texts)| texts)
    }

    /// One of some words.
    pub(crate) fn choice<T: Clone>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.take(key, &format!("one of {}", listed(words)), |value| chosen(value, words)).map(|(_, word)| word)
    }

    /// A list of some words.
    pub(crate) fn choices<T: Clone>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<Vec<T>> {
        let expected = format!("a list of some of {}", listed(words));
        self.take(key, &expected, |value| {
            value.as_array()?.iter().map(|value| chosen(value.get_ref(), words)).collect()
        })
        .map(|(_, words)| words)
    }

    /// A secret, by reference only.
    pub(crate) fn secret(&mut self, key: &'static str) -> Option<SecretReference> {
        let expected = format!("a reference to the secret, {REFERENCE},");
        let (line, reference) = self.take(key, &expected, reference)?;
        self.refuse_others_program(line, key, [&reference]);
        Some(reference)
    }

    /// What may be a secret or not: a text, or a reference.
    pub(crate) fn text_or_secret(&mut self, key: &'static str) -> Option<SecretReference> {
        let expected = format!("a text, or a reference to a secret, {REFERENCE},");
        let (line, reference) = self.take(key, &expected, text_or_reference)?;
        self.refuse_others_program(line, key, [&reference]);
        Some(reference)
    }

    /// A table of what may be secrets or not.
    pub(crate) fn texts_or_secrets(&mut self, key: &'static str) -> Option<BTreeMap<String, SecretReference>> {
        let expected = format!("a table whose values are texts or references to secrets, {REFERENCE},");
        let (line, table): (_, BTreeMap<_, _>) = self.take(key, &expected, |value| {
            let entries = value.as_table()?.iter();
            entries.map(|(key, value)| Some((key.get_ref().to_string(), text_or_reference(value.get_ref())?))).collect()
        })?;
        self.refuse_others_program(line, key, table.values());
        Some(table)
    }

    /// A program that someone else chose must not run as this user.
    fn refuse_others_program<'r>(
        &mut self,
        line: usize,
        key: &str,
        references: impl IntoIterator<Item = &'r SecretReference>,
    ) {
        let mut references = references.into_iter();
        if self.is_others && references.any(|reference| matches!(reference, SecretReference::Command(_))) {
            let why = "other users can change this file, and so choose the program that is run: run chmod 600 on it";
            self.fault(Some(line), key, why);
        }
    }

    /// A table of texts.
    pub(crate) fn table_of_texts(&mut self, key: &'static str) -> Option<BTreeMap<String, String>> {
        self.take(key, "a table of texts, such as { X-Severity = \"{{ incident.severity }}\" },", |value| {
            let entries = value.as_table()?.iter();
            entries
                .map(|(key, value)| Some((key.get_ref().to_string(), value.get_ref().as_str()?.to_owned())))
                .collect()
        })
        .map(|(_, table)| table)
    }

    /// The keys of a table in this one.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Self> {
        let (line, table) = self.take(key, "a table", DeValue::as_table)?;
        Some(Self::new(self.text, self.place_of(key), line, table, self.is_others))
    }

    /// Every table in this one, with its name.
    pub(crate) fn tables(&mut self) -> Vec<(&'t str, Self)> {
        let mut tables = Vec::new();
        for (key, (line, value)) in std::mem::take(&mut self.left) {
            match value.as_table() {
                Some(table) => {
                    tables.push((key, Self::new(self.text, self.place_of(key), line, table, self.is_others)))
                }
                None => self.fault(Some(line), key, "a table is expected"),
            }
        }
        tables
    }

    /// That which keys are known is not known.
    pub(crate) fn ignore_rest(&mut self) {
        self.left.clear();
    }

    /// Adds what is wrong with the keys of a table in this one.
    pub(crate) fn adopt(&mut self, table: Self) {
        self.faults.extend(table.finish());
    }

    /// What is wrong, keys that nothing asked for included.
    pub(crate) fn finish(mut self) -> Vec<String> {
        for (key, (line, _)) in std::mem::take(&mut self.left) {
            self.known.sort_unstable();
            let known = format!("unknown key: it is none of {}", self.known.join(", "));
            self.fault(Some(line), key, &known);
        }
        self.faults
    }
}

/// The line of a place in a text.
pub(crate) fn line_of(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}

fn listed<T>(words: &[(&str, T)]) -> String {
    let quoted: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    quoted.join(", ")
}

fn chosen<T: Clone>(value: &DeValue<'_>, words: &[(&str, T)]) -> Option<T> {
    let found = value.as_str()?;
    words.iter().find(|(word, _)| *word == found).map(|(_, value)| value.clone())
}

fn list_of_texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|value| value.get_ref().as_str().map(str::to_owned)).collect()
}

fn text_or_reference(value: &DeValue<'_>) -> Option<SecretReference> {
    match value.as_str() {
        Some(text) => Some(SecretReference::InClear(Secret::new(text))),
        None => reference(value),
    }
}

fn reference(value: &DeValue<'_>) -> Option<SecretReference> {
    let mut entries = value.as_table()?.iter();
    let (Some((key, value)), None) = (entries.next(), entries.next()) else { return None };
    let value = value.get_ref();
    let text = || value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    match key.get_ref().as_ref() {
        "environment" => text().map(SecretReference::Environment),
        "file" => text().map(|file| SecretReference::File(file.into())),
        "credential" => text().filter(|name| !name.contains('/')).map(SecretReference::Credential),
        "command" => list_of_texts(value).filter(|command| !command.is_empty()).map(SecretReference::Command),
        _ => None,
    }
}
