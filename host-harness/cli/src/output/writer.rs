//! Writes records to standard output in the format that was asked for. It does not know what a record is about.

use std::io::{self, Write};

use super::colour::Palette;
use super::format::Format;
use super::record::{Page, Record};
use super::standard::StandardOutput;
use super::table;

/// How many bytes are collected before they are written.
const ENOUGH: usize = 64 * 1024;

/// An output with a format.
pub(crate) struct Output {
    /// What was not handed on yet.
    out: Vec<u8>,
    /// Where it goes; none if it is taken.
    standard: Option<StandardOutput>,
    format: Format,
    palette: Palette,
    width: Option<usize>,
    written: usize,
}

impl Output {
    /// An output to standard output.
    ///
    /// # Errors
    /// If that is closed, or cannot be written to.
    pub(crate) fn to_stdout(format: Format) -> io::Result<Self> {
        Ok(Self { standard: Some(standard_output(format)?), ..Self::to_be_taken(format) })
    }

    /// An output that collects what is written, until it is taken.
    pub(crate) fn to_be_taken(format: Format) -> Self {
        let (palette, width) = (Palette::for_stdout(), table::stdout_width());
        Self { out: Vec::new(), standard: None, format, palette, width, written: 0 }
    }

    /// Takes what was collected.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// How many records were written.
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// Whether it is read by people, and not by programs.
    pub(crate) fn is_for_people(&self) -> bool {
        self.format == Format::Table
    }

    pub(crate) fn write(&mut self, record: &impl Record) -> io::Result<()> {
        let first = self.written == 0;
        match self.format {
            Format::Table => {
                let (palette, width) = (self.palette, self.width);
                record.write_for_people(&mut Page { out: &mut self.out, palette, width }, first)?;
            }
            Format::Json => {
                self.out.write_all(if first { b"[\n" } else { b",\n" })?;
                self.out.write_all(record.json().as_bytes())?;
            }
            Format::Ndjson => writeln!(self.out, "{}", without_separators(record.json()))?,
            Format::Csv => {
                if first {
                    self.write_csv(record.titles())?;
                }
                for row in record.rows() {
                    self.write_csv(row)?;
                }
            }
        }
        self.written += 1;
        if self.out.len() >= ENOUGH { self.flush() } else { Ok(()) }
    }

    /// Writes what is only for people, besides the records.
    pub(crate) fn write_for_people(&mut self, write: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> io::Result<()> {
        if !self.is_for_people() {
            return Ok(());
        }
        write(&mut Page { out: &mut self.out, palette: self.palette, width: self.width })
    }

    fn write_csv(&mut self, row: Vec<String>) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(&mut self.out);
        writer.write_record(row.into_iter().map(without_formula))?;
        writer.flush()
    }

    /// Hands on what was written so far.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let Some(standard) = &mut self.standard else { return Ok(()) };
        standard.write_whole(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// Writes what belongs at the end, unless nothing was written because of a failure: then there is no result at all.
    pub(crate) fn finish(&mut self, failed: bool) -> io::Result<()> {
        if self.format == Format::Json && !(failed && self.written == 0) {
            self.out.write_all(if self.written == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        self.flush()
    }
}

/// Standard output, for records in this format.
///
/// # Errors
/// If it is closed, or cannot be written to.
pub(crate) fn standard_output(format: Format) -> io::Result<StandardOutput> {
    let mut output = StandardOutput::open()?;
    if matches!(format, Format::Ndjson | Format::Csv) {
        output.begin_lines();
    }
    Ok(output)
}

/// JSON on one line for readers that take more than a line feed for the end of a line, as Python's `splitlines` does. These
/// characters stand in strings only, and mean the same escaped.
fn without_separators(json: String) -> String {
    const SEPARATORS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
    if !json.contains(SEPARATORS) {
        return json;
    }
    SEPARATORS
        .iter()
        .fold(json, |json, separator| json.replace(*separator, &format!("\\u{:04x}", u32::from(*separator))))
}

/// A text that no spreadsheet takes for a formula: an attacker may have written it.
fn without_formula(text: String) -> String {
    // Excel takes full-width signs for the plain ones, and skips white space.
    let suspicious = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']);
    if suspicious && text.parse::<f64>().is_err() { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row<'a> {
        text: &'a str,
        raw: &'a str,
    }

    impl Record for Row<'_> {
        fn json(&self) -> String {
            format!("{{\"text\":{:?},\"raw\":{}}}", self.text, self.raw)
        }
        fn titles(&self) -> Vec<String> {
            vec!["text".into(), "raw".into()]
        }
        fn rows(&self) -> Vec<Vec<String>> {
            vec![vec![self.text.into(), self.raw.into()]]
        }
        fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
            writeln!(page.out, "{first} {}", self.text)
        }
    }

    fn written(format: Format, rows: &[(&str, &str)]) -> String {
        let palette = Palette::default();
        let mut output = Output { out: Vec::new(), standard: None, format, palette, width: None, written: 0 };
        for (text, raw) in rows {
            output.write(&Row { text, raw }).unwrap();
        }
        output.finish(false).unwrap();
        String::from_utf8(output.take()).unwrap()
    }

    #[test]
    fn json_is_one_array_whatever_the_number_of_records() {
        assert_eq!(written(Format::Json, &[]), "[]\n");
        let one = written(Format::Json, &[("a", "1")]);
        assert_eq!(one, "[\n{\"text\":\"a\",\"raw\":1}\n]\n");
        let two = written(Format::Json, &[("a", "1"), ("b", "2")]);
        assert_eq!(two, "[\n{\"text\":\"a\",\"raw\":1},\n{\"text\":\"b\",\"raw\":2}\n]\n");
    }

    #[test]
    fn a_record_is_one_line_of_ndjson() {
        let lines = written(Format::Ndjson, &[("a\nb", "{\"x\": 1.0}"), ("c", "1")]);
        assert_eq!(lines, "{\"text\":\"a\\nb\",\"raw\":{\"x\": 1.0}}\n{\"text\":\"c\",\"raw\":1}\n");
    }

    #[test]
    fn a_line_of_ndjson_has_no_other_line_ends_in_it() {
        let text = "a\u{2028}b\u{2029}c\u{85}d";
        assert_eq!(
            written(Format::Ndjson, &[("x", &format!("\"{text}\""))]),
            "{\"text\":\"x\",\"raw\":\"a\\u2028b\\u2029c\\u0085d\"}\n"
        );
    }

    #[test]
    fn csv_is_quoted_and_holds_no_formula() {
        let rows = [("a,\"b\"\nc", "1"), ("=cmd()", "2"), ("-5.5", "3"), ("@x", "4"), ("＝1", "5"), ("\n=1", "6")];
        let text = written(Format::Csv, &rows);
        assert_eq!(text, "text,raw\n\"a,\"\"b\"\"\nc\",1\n'=cmd(),2\n-5.5,3\n\'@x,4\n\'＝1,5\n\"\'\n=1\",6\n");
    }
}
