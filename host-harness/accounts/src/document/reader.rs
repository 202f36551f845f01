//! Values of a TOML table, checked one by one: what is wrong is collected with its line, and no value is quoted.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use logzio_soar_host::contract::{Cases, Severity};
use toml_edit::{Item, TableLike};

use crate::fault::Fault;
use crate::private_file;
use crate::shown;
use crate::token::{Token, TokenReference};

/// The longest interval.
const LONGEST_INTERVAL: Duration = Duration::from_secs(86_400);

/// How a reference to a token is written.
const REFERENCES: &str = "{ file = \"NAME.token\" }, { environment = \"NAME\" }, { command = [\"PROGRAM\", \"ARGUMENT\"] } or \
                          { credential = \"NAME\" }";

/// Where a table stands.
pub(super) enum Place<'a> {
    Top,
    Defaults,
    Account(&'a str),
}

/// A path of a file, from that file's own folder on.
fn beside(file: &Path, path: &str) -> PathBuf {
    private_file::folder(file).join(path)
}

/// Reads values, and collects what is wrong with them.
pub(super) struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    least_interval: Duration,
    faults: Vec<Fault>,
}

/// The line of a place in a text, from 1 on.
pub(super) fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, file: &'a Path, least_interval: Duration) -> Self {
        Self { text, file, least_interval, faults: Vec::new() }
    }

    /// What is wrong, by line.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|fault| fault.line);
        self.faults
    }

    /// Notes what is wrong with an entry of a table.
    pub(super) fn fault(
        &mut self,
        table: &dyn TableLike,
        entry: &str,
        place: &Place<'_>,
        key: Option<&str>,
        what: String,
    ) {
        let span = table.key(entry).and_then(|key| key.span()).or_else(|| table.get(entry).and_then(Item::span));
        let (account, outer) = match place {
            Place::Top => (None, None),
            Place::Defaults => (None, Some("defaults")),
            Place::Account(name) => (Some((*name).to_owned()), None),
        };
        let key = match (outer, key) {
            (Some(outer), Some(key)) => Some(format!("{outer}.{key}")),
            (outer, key) => key.or(outer).map(str::to_owned),
        };
        self.faults.push(Fault { line: line(self.text, span.map_or(0, |span| span.start)), account, key, what });
    }

    /// Notes that a key is not known.
    pub(super) fn unknown(
        &mut self,
        table: &dyn TableLike,
        key: &str,
        _item: &Item,
        place: &Place<'_>,
        known: &[&str],
    ) {
        let what = match shown::nearest(key, known.iter().copied()) {
            Some(nearest) => format!("there is no such key: write {nearest}"),
            None => format!("there is no such key: remove it, or take one of {}", known.join(", ")),
        };
        self.fault(table, key, place, Some(key), what);
    }

    /// A table at the top.
    pub(super) fn table<'t>(
        &mut self,
        of: &'t dyn TableLike,
        key: &str,
        place: &Place<'_>,
    ) -> Option<&'t dyn TableLike> {
        let table = of.get(key).and_then(Item::as_table_like);
        if table.is_none() {
            self.fault(of, key, place, Some(key), format!("a table is expected: write [{key}] above its values"));
        }
        table
    }

    /// The table of an account.
    pub(super) fn account<'t>(&mut self, of: &'t dyn TableLike, name: &str) -> Option<&'t dyn TableLike> {
        let table = of.get(name).and_then(Item::as_table_like);
        if table.is_none() {
            let what = "a table is expected: write [accounts.NAME] above the settings of an account".to_owned();
            self.fault(of, name, &Place::Account(name), None, what);
        }
        table
    }

    /// A text that is not blank.
    pub(super) fn text(&mut self, table: &dyn TableLike, key: &str, place: &Place<'_>) -> Option<String> {
        let text = table.get(key).and_then(Item::as_str);
        match text.map(str::trim) {
            Some("") => {
                self.fault(table, key, place, Some(key), "the text is empty: write one, or remove the key".into());
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                self.fault(table, key, place, Some(key), format!("a text is expected: write {key} = \"…\""));
                None
            }
        }
    }

    /// Texts that are not blank, at least one.
    pub(super) fn texts(&mut self, table: &dyn TableLike, key: &str, place: &Place<'_>) -> Option<Vec<String>> {
        let array = table.get(key).and_then(Item::as_array);
        let texts = array.and_then(|array| array.iter().map(|value| Some(value.as_str()?.trim().to_owned())).collect());
        match texts {
            Some(texts) if Vec::is_empty(&texts) || texts.iter().any(String::is_empty) => {
                self.fault(table, key, place, Some(key), "the list or a text in it is empty: fill or remove it".into());
                None
            }
            Some(texts) => Some(texts),
            None => {
                let what = format!("a list of texts is expected: write {key} = [\"…\", \"…\"]");
                self.fault(table, key, place, Some(key), what);
                None
            }
        }
    }

    pub(super) fn flag(&mut self, table: &dyn TableLike, key: &str, place: &Place<'_>) -> Option<bool> {
        let flag = table.get(key).and_then(Item::as_bool);
        if flag.is_none() {
            self.fault(table, key, place, Some(key), "true or false is expected, without quotes".into());
        }
        flag
    }

    pub(super) fn number(
        &mut self,
        table: &dyn TableLike,
        key: &str,
        place: &Place<'_>,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let number = table.get(key).and_then(Item::as_integer).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let what = format!("a number from {} to {} is expected, without quotes", range.start(), range.end());
            self.fault(table, key, place, Some(key), what);
        }
        number
    }

    /// A time from one bound to another.
    pub(super) fn duration(
        &mut self,
        table: &dyn TableLike,
        key: &str,
        place: &Place<'_>,
        (least, most): (Duration, Duration),
    ) -> Option<Duration> {
        let read = table.get(key).and_then(Item::as_str).map(humantime::parse_duration);
        let what = match read {
            Some(Ok(duration)) if (least..=most).contains(&duration) => return Some(duration),
            Some(Ok(_)) => format!(
                "from {} to {} are possible: change it",
                humantime::format_duration(least),
                humantime::format_duration(most)
            ),
            _ => format!("a time with its unit is expected: write {key} = \"90s\" or \"5m\""),
        };
        self.fault(table, key, place, Some(key), what);
        None
    }

    pub(super) fn interval(&mut self, table: &dyn TableLike, key: &str, place: &Place<'_>) -> Option<Duration> {
        self.duration(table, key, place, (self.least_interval, LONGEST_INTERVAL))
    }

    pub(super) fn severities(&mut self, table: &dyn TableLike, key: &str, place: &Place<'_>) -> Option<Vec<Severity>> {
        let texts = self.texts(table, key, place)?;
        let case = |text: &String| {
            let found = Severity::CASES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
            found.map(|(_, severity)| *severity)
        };
        let severities: Option<Vec<Severity>> = texts.iter().map(case).collect();
        if severities.is_none() {
            let known: Vec<&str> = Severity::CASES.iter().map(|(name, _)| *name).collect();
            self.fault(table, key, place, Some(key), format!("a severity is one of {}", known.join(", ")));
        }
        severities
    }

    /// A reference to a token.
    pub(super) fn token(&mut self, table: &dyn TableLike, key: &str, place: &Place<'_>) -> Option<TokenReference> {
        match self.reference(table.get(key)) {
            Ok(reference) => Some(reference),
            Err(what) => {
                self.fault(table, key, place, Some(key), what);
                None
            }
        }
    }

    fn reference(&self, item: Option<&Item>) -> Result<TokenReference, String> {
        let Some(table) = item.and_then(Item::as_table_like) else {
            return Err(format!(
                "say where the token is: {REFERENCES}; a token in the file itself is written {{ value = \"…\", in-clear = true }}"
            ));
        };
        let known = ["environment", "file", "command", "credential", "value", "in-clear"];
        if let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(key)) {
            return Err(format!("there is no source \"{}\" of a token: write {REFERENCES}", shown::name(key)));
        }
        let mut sources = table.iter().filter(|(key, _)| *key != "in-clear");
        let (Some((source, item)), None) = (sources.next(), sources.next()) else {
            return Err(format!("one source of the token is expected: {REFERENCES}"));
        };
        if source != "value" && table.contains_key("in-clear") {
            return Err("in-clear belongs to value only: remove it".into());
        }
        match source {
            "environment" => {
                let first = |first: char| first.is_ascii_alphabetic() || first == '_';
                let other = |other: char| other.is_ascii_alphanumeric() || other == '_';
                // Anything else may be the token itself, which an error would show later.
                let name = item.as_str().filter(|name| name.starts_with(first) && name.chars().all(other));
                let name = name.ok_or("the name of an environment variable is expected: letters, digits and _")?;
                Ok(TokenReference::Environment(name.to_owned()))
            }
            "file" => {
                let path = item.as_str().filter(|path| !path.trim().is_empty() && !path.contains('\0'));
                Ok(TokenReference::File(beside(
                    self.file,
                    path.ok_or("the path of a file is expected: file = \"NAME.token\"")?,
                )))
            }
            "command" => self.command(item),
            "credential" => {
                let name = item.as_str().filter(|name| !["", ".", ".."].contains(name) && !name.contains(['/', '\0']));
                let name = name.ok_or("the name of a systemd credential is expected, without a /")?;
                Ok(TokenReference::Credential(name.to_owned()))
            }
            _ => self.value(item, table.get("in-clear").and_then(Item::as_bool)),
        }
    }

    fn command(&self, item: &Item) -> Result<TokenReference, String> {
        let words =
            item.as_array().and_then(|array| array.iter().map(|word| word.as_str().map(str::to_owned)).collect());
        let words: Option<Vec<String>> = words;
        let Some([program, arguments @ ..]) = words.as_deref() else {
            return Err("a program and its arguments are expected, as a list: command = [\"pass\", \"acme\"]".into());
        };
        if program.trim().is_empty() || words.iter().flatten().any(|word| word.contains('\0')) {
            return Err("the program has no name, or there is a zero byte: command = [\"pass\", \"acme\"]".into());
        }
        if private_file::others_can_write(self.file) {
            return Err(format!(
                "other users can change this file, and so choose the program that is run: run chmod 600 {}",
                self.file.display()
            ));
        }
        // A bare name is looked for in the PATH.
        let program = if Path::new(program).components().count() > 1 {
            beside(self.file, program).to_string_lossy().into_owned()
        } else {
            program.clone()
        };
        Ok(TokenReference::Command(std::iter::once(program).chain(arguments.iter().cloned()).collect()))
    }

    fn value(&self, item: &Item, in_clear: Option<bool>) -> Result<TokenReference, String> {
        if in_clear != Some(true) {
            return Err(format!(
                "a token in this file can be read by whoever reads the file or a copy of it: write {REFERENCES}; or add \
                 in-clear = true if that is meant"
            ));
        }
        if private_file::others_can_read(self.file) {
            return Err(format!(
                "other users can read this file, and it holds a token: run chmod 600 {}",
                self.file.display()
            ));
        }
        let text = item.as_str().ok_or("a text is expected: value = \"…\"")?;
        Token::new(text, "the value").map(TokenReference::Value).map_err(|error| error.to_string())
    }
}
