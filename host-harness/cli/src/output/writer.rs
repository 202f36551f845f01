//! Writes records to standard output in the format that was asked for. It does not know what a record is about.

use std::io::{self, BufWriter, Write};

use super::colour::Palette;
use super::format::Format;
use super::record::{Page, Record};
use super::table;

/// An output with a format.
pub(crate) struct Output {
    out: Box<dyn Write>,
    format: Format,
    palette: Palette,
    width: Option<usize>,
    written: usize,
}

impl Output {
    pub(crate) fn to_stdout(format: Format) -> Self {
        let out = Box::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        Self { out, format, palette: Palette::for_stdout(), width: table::stdout_width(), written: 0 }
    }

    /// How many records were written.
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    pub(crate) fn write(&mut self, record: &impl Record) -> io::Result<()> {
        let first = self.written == 0;
        match self.format {
            Format::Table => {
                let (palette, width) = (self.palette, self.width);
                record.write_for_people(&mut Page { out: &mut *self.out, palette, width }, first)?;
            }
            Format::Json => {
                self.out.write_all(if first { b"[\n" } else { b",\n" })?;
                self.out.write_all(record.json().as_bytes())?;
            }
            Format::Ndjson => writeln!(self.out, "{}", record.json())?,
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
        Ok(())
    }

    /// Writes what only people are told besides the records.
    pub(crate) fn write_for_people(&mut self, write: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> io::Result<()> {
        if self.format != Format::Table {
            return Ok(());
        }
        write(&mut Page { out: &mut *self.out, palette: self.palette, width: self.width })
    }

    fn write_csv(&mut self, row: Vec<String>) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(&mut self.out);
        writer.write_record(row.into_iter().map(without_formula))?;
        writer.flush()
    }

    /// Hands on what was written so far.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes what belongs at the end, unless nothing was written because of a failure: then there is no result at all.
    pub(crate) fn finish(&mut self, failed: bool) -> io::Result<()> {
        if self.format == Format::Json && !(failed && self.written == 0) {
            self.out.write_all(if self.written == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        self.out.flush()
    }
}

/// A text that no spreadsheet takes for a formula: an attacker may have written it.
fn without_formula(text: String) -> String {
    let suspicious = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if suspicious && text.parse::<f64>().is_err() { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

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
        let shared = Shared::default();
        let out = Box::new(shared.clone());
        let palette = Palette::default();
        let mut output = Output { out, format, palette, width: None, written: 0 };
        for (text, raw) in rows {
            output.write(&Row { text, raw }).unwrap();
        }
        output.finish(false).unwrap();
        String::from_utf8(shared.0.lock().unwrap().clone()).unwrap()
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
    fn csv_is_quoted_and_holds_no_formula() {
        let rows = [("a,\"b\"\nc", "1"), ("=cmd()", "2"), ("-5.5", "3"), ("@x", "4")];
        let text = written(Format::Csv, &rows);
        assert_eq!(text, "text,raw\n\"a,\"\"b\"\"\nc\",1\n'=cmd(),2\n-5.5,3\n'@x,4\n");
    }
}
