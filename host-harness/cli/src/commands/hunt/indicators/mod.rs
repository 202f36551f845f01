//! The values to hunt for: from the command line, and from files as people have them. What a value means is decided by the
//! component.

mod document;
mod list;
mod table;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use crate::failure::Failure;
use list::Taken;

use crate::output::{note, say};

/// The largest file that is read, in bytes: some million lines.
const LARGEST_FILE: u64 = 64 << 20;
/// How many lines are shown of which something was taken, or nothing.
const MOST_SHOWN: usize = 20;
/// The longest line of a file, in bytes. A longer one belongs to no list.
const LONGEST_LINE: usize = 64 << 10;

/// The values that were named, each once: those of the command line, then those of the file. `-` is standard input, as a value
/// and as a file; without any, it is read if it is no terminal. Says what was taken from which line, where that is not plain.
pub(crate) fn read(named: &[String], file: Option<&Path>) -> Result<Vec<String>, Failure> {
    let mut values: Vec<String> = named.iter().filter(|value| *value != "-").cloned().collect();
    let reads_input = values.len() < named.len()
        || file.is_some_and(|file| file == Path::new("-"))
        || (named.is_empty() && file.is_none() && !io::stdin().is_terminal());
    if reads_input {
        if io::stdin().is_terminal() {
            note("type one indicator to a line, and Ctrl-D at the end");
        }
        values.extend(values_of("standard input", bytes_of(&mut io::stdin().lock()))?);
    }
    if let Some(file) = file.filter(|file| *file != Path::new("-")) {
        let bytes = File::open(file).and_then(|mut file| bytes_of(&mut file));
        values.extend(values_of(&file.display().to_string(), bytes)?);
    }
    let mut known = HashSet::new();
    values.retain(|value| known.insert(value.clone()));
    if values.is_empty() {
        return Err(Failure::Usage(
            "there is nothing to hunt for: name indicators, a file of them with --file FILE, or - for standard input"
                .into(),
        ));
    }
    Ok(values)
}

/// The values of a file, as it was read.
fn values_of(what: &str, bytes: io::Result<Vec<u8>>) -> Result<Vec<String>, Failure> {
    let bytes = bytes.map_err(|error| Failure::File(format!("{what} could not be read: {error}")))?;
    let text = text_of(&bytes).map_err(|why| Failure::Usage(format!("{what}: {why}")))?;
    let taken = extract(text).map_err(|why| Failure::Usage(format!("{what}: {why}")))?;
    report(what, &taken);
    Ok(taken.into_iter().flat_map(|taken| taken.values).collect())
}

/// What a text holds: a document, a table or a list.
fn extract(text: &str) -> Result<Vec<Taken>, String> {
    if text.trim_start().starts_with(['{', '[']) {
        // One document, or one to a line.
        let documents: Result<Vec<serde_json::Value>, _> =
            serde_json::Deserializer::from_str(text).into_iter().collect();
        if let Ok(documents) = documents {
            let values: Option<Vec<_>> = documents.iter().map(document::read).collect();
            let values = values
                .ok_or("it is JSON, but neither STIX 2.1 nor MISP: give its indicators as a list, one to a line")?;
            return Ok(vec![Taken { line: 1, values: values.concat(), chosen: false }]);
        }
    }
    Ok(table::read(text).unwrap_or_else(|| list::read(text)))
}

/// Says what was chosen from which lines, and from which nothing was.
fn report(what: &str, taken: &[Taken]) {
    let chosen: Vec<&Taken> = taken.iter().filter(|taken| taken.chosen && !taken.values.is_empty()).collect();
    for Taken { line, values, .. } in chosen.iter().take(MOST_SHOWN) {
        say("note", &format!("{what}, line {line}: {}", values.join(", ")));
    }
    if let Some(more) = chosen.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        say("note", &format!("{what}: indicators of {more} more lines were taken"));
    }
    let empty: Vec<String> =
        taken.iter().filter(|taken| taken.values.is_empty()).map(|taken| taken.line.to_string()).collect();
    if !empty.is_empty() {
        let shown = empty.iter().take(MOST_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if empty.len() > MOST_SHOWN { " and others" } else { "" };
        say("warning", &format!("{what}: nothing was taken from lines without an indicator: {shown}{more}"));
    }
}

/// The bytes of a file, as far as it can be one of indicators.
fn bytes_of(file: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file that may be one of indicators.
fn text_of(bytes: &[u8]) -> Result<&str, String> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST_FILE) {
        return Err(format!("it is larger than {} MiB: split it", LARGEST_FILE >> 20));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is written in UTF-16: save it as UTF-8".into());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err("it is no text: give a file with one indicator to a line".into());
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().enumerate().filter(|(at, byte)| {
            // An old Macintosh ends its lines with \r alone.
            **byte == b'\n' || (**byte == b'\r' && before.get(at + 1) != Some(&b'\n'))
        });
        format!("line {} is not UTF-8: save the file as UTF-8", line.count() + 1)
    })?;
    // A document may be one line.
    let is_document = text.trim_start().starts_with(['{', '[']);
    match list::lines(text).find(|(line, _)| line.len() > LONGEST_LINE).filter(|_| !is_document) {
        Some((_, number)) => {
            Err(format!("line {number} is longer than {} KiB: write one indicator to a line", LONGEST_LINE >> 10))
        }
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        let long = "x".repeat(LONGEST_LINE);
        assert_eq!(text_of(long.as_bytes()).unwrap(), long.as_str());
        for (bytes, why) in [
            (format!("a\nb\r\n{long}y\n").into_bytes(), "line 3 is longer"),
            (b"a\rb\xff\n".to_vec(), "line 2 is not UTF-8"),
            (b"\x7fELF\0\0".to_vec(), "no text"),
            (b"\xff\xfea\0".to_vec(), "UTF-16"),
        ] {
            let message = text_of(&bytes).unwrap_err();
            assert!(message.contains(why), "{message}");
        }
    }

    #[test]
    fn each_form_of_a_file_is_known_by_itself() {
        let values =
            |text: &str| -> Vec<String> { extract(text).unwrap().into_iter().flat_map(|taken| taken.values).collect() };
        for text in [
            "203.0.113.9\nevil.example\n",
            "- IP: 203.0.113.9\n- Domain: evil.example\n",
            "value,type\n203.0.113.9,ip\nevil.example,domain\n",
            "Seen were 203.0.113.9 and evil.example.\n",
            r#"{"type":"bundle","objects":[{"type":"ipv4-addr","value":"10.0.0.1"},
                {"type":"indicator","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.9']"},
                {"type":"indicator","pattern_type":"stix","pattern":"[domain-name:value = 'evil.example']"}]}"#,
            r#"{"Event":{"Attribute":[{"type":"ip-dst","value":"203.0.113.9"},{"type":"domain","value":"evil.example"}]}}"#,
            "{\"value\":\"203.0.113.9\",\"kind\":\"ip\"}\n{\"value\":\"evil.example\",\"kind\":\"domain\"}\n",
            "[.]\n203.0.113.9\nevil.example",
        ] {
            let found = values(text);
            assert!(found.ends_with(&["203.0.113.9".into(), "evil.example".into()]), "{text}: {found:?}");
        }
        assert!(extract("{\"a\": 1}").unwrap_err().contains("neither STIX"));
    }

    #[test]
    fn each_value_comes_once_and_those_of_the_command_line_first() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("iocs");
        std::fs::write(&file, "b\na\nb\nc\n").unwrap();
        let named = ["a".to_owned()];
        assert_eq!(read(&named, Some(&file)).unwrap(), ["a", "b", "c"]);
        assert!(matches!(read(&[], None), Err(Failure::Usage(_))));
        std::fs::write(&file, "# nothing\n").unwrap();
        assert!(matches!(read(&[], Some(&file)), Err(Failure::Usage(_))));
        assert!(matches!(read(&[], Some(directory.path())), Err(Failure::File(_))));
        assert!(matches!(read(&[], Some(&directory.path().join("none"))), Err(Failure::File(_))));
    }
}
