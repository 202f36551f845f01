//! What a crash left at the end of a file.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};

use serde::de::IgnoredAny;

use super::line::{LineDigest, digest};

/// How much is read at once while looking for line breaks from the end.
const BLOCK: u64 = 64 << 10;

/// Brings the end of a file to a line break. A piece of a line that a crash left is cut off, since it comes again; a whole line
/// that lacks only its line break gets it; what is no line of a sink is another program's, and is ended.
pub(super) fn repair(file: &mut File) -> io::Result<()> {
    let end = file.metadata()?.len();
    let start = line_breaks_from_the_end(file, 1)?;
    if start == end {
        return Ok(());
    }
    file.seek(SeekFrom::Start(start))?;
    let mut first = [0];
    file.read_exact(&mut first)?;
    file.seek(SeekFrom::Start(start))?;
    let is_whole = serde_json::from_reader::<_, IgnoredAny>(BufReader::new(&*file)).is_ok();
    // Zeros are what some file systems leave of bytes that were not written before a crash.
    if !is_whole && matches!(first, [b'{' | 0]) {
        file.set_len(start)?;
    } else {
        file.write_all(b"\n")?;
    }
    file.sync_data()
}

/// What tells the last lines of a file, whose end is a line break, from others.
pub(super) fn last_lines(file: &mut File, most: usize) -> io::Result<HashSet<LineDigest>> {
    let start = line_breaks_from_the_end(file, most + 1)?;
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::new(&*file);
    let mut lines = HashSet::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        lines.insert(digest(&line));
        line.clear();
    }
    Ok(lines)
}

/// The place behind the line break that is this number from the end; the start of the file if there are not so many.
fn line_breaks_from_the_end(file: &mut File, number: usize) -> io::Result<u64> {
    let mut found = 0;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        (&*file).take(end - start).read_to_end(&mut block)?;
        for (place, _) in block.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n') {
            found += 1;
            if found == number {
                return Ok(start + place as u64 + 1);
            }
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(content: &[u8]) -> Vec<u8> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        repair(&mut file).unwrap();
        file.rewind().unwrap();
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        found
    }

    #[test]
    fn the_end_of_a_file_is_a_line_break() {
        let long = format!("{{\"a\":\"{}", "x".repeat(200_000));
        for (content, expected) in [
            ("", ""),
            ("{}\n", "{}\n"),
            ("{}\n{\"a\":1", "{}\n"),
            ("{\"a\":1", ""),
            ("{}\n\0\0\0", "{}\n"),
            ("{}\n{\"a\":1}", "{}\n{\"a\":1}\n"),
            ("# mine", "# mine\n"),
            (&format!("{{}}\n{long}"), "{}\n"),
        ] {
            assert_eq!(repaired(content.as_bytes()), expected.as_bytes(), "{content:.20}");
        }
    }

    #[test]
    fn only_so_many_lines_are_remembered() {
        let mut file = tempfile::tempfile().unwrap();
        for number in 0..5_000 {
            writeln!(file, "{number} {}", "x".repeat(40)).unwrap();
        }
        let lines = last_lines(&mut file, 100).unwrap();
        assert_eq!(lines.len(), 100);
        let line = |number| digest(format!("{number} {}\n", "x".repeat(40)).as_bytes());
        assert!(lines.contains(&line(4_900)) && lines.contains(&line(4_999)) && !lines.contains(&line(4_899)));
        assert_eq!(last_lines(&mut file, 10_000).unwrap().len(), 5_000);
    }
}
