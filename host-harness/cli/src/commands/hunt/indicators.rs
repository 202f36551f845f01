//! The values to hunt for: from the command line, and from files with one per line. What a value means is decided by the
//! component.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use crate::failure::Failure;
use crate::output::note;

/// The largest file that is read, in bytes: some million lines.
const LARGEST_FILE: u64 = 64 << 20;
/// The longest line of a file, in bytes. A longer one belongs to no list.
const LONGEST_LINE: usize = 64 << 10;

/// The values that were named, each once: those of the command line, then those of the file, which `-` is standard input.
pub(crate) fn read(named: &[String], file: Option<&Path>) -> Result<Vec<String>, Failure> {
    let mut values = named.to_vec();
    if let Some(file) = file {
        let (what, bytes) = if file == Path::new("-") {
            if io::stdin().is_terminal() {
                note("type one indicator to a line, and Ctrl-D at the end");
            }
            ("standard input".to_owned(), bytes_of(&mut io::stdin().lock()))
        } else {
            let bytes = File::open(file).and_then(|mut file| bytes_of(&mut file));
            (file.display().to_string(), bytes)
        };
        let bytes = bytes.map_err(|error| Failure::File(format!("{what} could not be read: {error}")))?;
        values.extend(lines(&bytes).map_err(|why| Failure::Usage(format!("{what}: {why}")))?);
    }
    let mut known = HashSet::new();
    values.retain(|value| known.insert(value.clone()));
    if values.is_empty() {
        return Err(Failure::Usage(
            "there is nothing to hunt for: name indicators, or a file with one to a line with --file FILE".into(),
        ));
    }
    Ok(values)
}

/// The bytes of a file, as far as it can be one of indicators.
fn bytes_of(file: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The values of a file: a line each, whatever its end; without empty lines and comments.
fn lines(bytes: &[u8]) -> Result<Vec<String>, String> {
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
    let unix = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut values = Vec::new();
    for (line, number) in unix.flat_map(|line| line.split(|byte| *byte == b'\r')).zip(1_u64..) {
        if line.len() > LONGEST_LINE {
            return Err(format!(
                "line {number} is longer than {} KiB: write one indicator to a line",
                LONGEST_LINE >> 10
            ));
        }
        let text = str::from_utf8(line).map_err(|_| format!("line {number} is not UTF-8: save the file as UTF-8"))?;
        let value = without_comment(text);
        if !value.is_empty() {
            values.push(value.to_owned());
        }
    }
    Ok(values)
}

/// A line without what follows a `#` at its beginning or behind white space. Within a word, such as a URL, it is a part.
fn without_comment(line: &str) -> &str {
    let signs = line.match_indices('#').map(|(at, _)| at);
    let before = |at: &usize| line.get(..*at).unwrap_or_default();
    let comment = signs.into_iter().find(|at| before(at).is_empty() || before(at).ends_with(char::is_whitespace));
    line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_value_whatever_its_end() {
        let text = b"\xef\xbb\xbf203.0.113.9\r\n\r\n# comment\n  evil.example  \t# C2\rhttp://a.example/#top\n  # x\n\xc3\xa9\n";
        let values = ["203.0.113.9", "evil.example", "http://a.example/#top", "\u{e9}"];
        assert_eq!(lines(text).unwrap(), values);
        assert_eq!(lines(b"").unwrap(), Vec::<String>::new());
        assert_eq!(lines(b"# only\r\r\n").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        let long = "x".repeat(LONGEST_LINE);
        assert_eq!(lines(long.as_bytes()).unwrap(), [long.as_str()]);
        for (bytes, why) in [
            (format!("a\nb\r\n{long}y\n").into_bytes(), "line 3 is longer"),
            (b"a\rb\xff\n".to_vec(), "line 2 is not UTF-8"),
            (b"\x7fELF\0\0".to_vec(), "no text"),
            (b"\xff\xfea\0".to_vec(), "UTF-16"),
        ] {
            let message = lines(&bytes).unwrap_err();
            assert!(message.contains(why), "{message}");
        }
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
