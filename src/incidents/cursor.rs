//! The cursor of a sweep: where it stands and which events it has read, as
//! data and as the text that a host keeps. Knows nothing of how a sweep moves.

use crate::sealed::{self, Damage};
use crate::time;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The longest cursor, in characters, in and out.
pub const LONGEST: usize = 65_536;
/// What the text begins with.
const KIND: &str = "logzio-soar-cursor-";
/// The version of the format. Older ones must stay readable.
const VERSION: u32 = 1;
/// The bits of an event's id that are remembered. Ids are compared within one
/// second only: with a thousand events in it, one in 270 million is mistaken.
const ID_BITS: u32 = 38;
/// How many events without a date are remembered.
const UNDATED: usize = 2_000;

/// Where a sweep stands between two fetches. Seconds and milliseconds count
/// from 1970, UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Nothing before this millisecond is ever delivered.
    pub start: i64,
    /// The second of the newest event read so far.
    pub newest: Option<i64>,
    /// Every event read at or after this second is remembered in `seen`.
    pub since: i64,
    /// Up to this second, events had to be forgotten for the cursor to stay
    /// short enough.
    pub forgotten: Option<i64>,
    /// A fingerprint of the filter that Logz.io applies: rows are only
    /// counted on while it stays the same.
    pub filter: u32,
    /// The pass under way; none between passes.
    pub pass: Option<Pass>,
    /// The events read.
    pub seen: Seen,
}

/// A pass over the events of a range, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The range ends before this second, for all pages of the pass.
    pub until: i64,
    /// The second from which Logz.io is asked for rows, and counts them.
    pub anchor: i64,
    /// The rows from there on that have been read.
    pub row: u32,
    /// The second of the last row read. Its rows are a group: Logz.io may order
    /// them as it likes, and differently each time.
    pub group: i64,
    /// The row at which the group begins.
    pub group_row: u32,
    /// How many of its rows were read, since it was last begun.
    pub group_rows: u32,
    /// The different events among them, of all times that it was begun.
    pub group_ids: BTreeSet<u64>,
    /// How many times it was begun again.
    pub rounds: u32,
    /// How many rows behind `row` are known to come again.
    pub overlap: u32,
}

impl Pass {
    /// A pass over the seconds from `from` up to but not including `until`.
    #[must_use]
    pub fn new(from: i64, until: i64) -> Self {
        Self {
            until,
            anchor: from,
            row: 0,
            group: from,
            group_row: 0,
            group_rows: 0,
            group_ids: BTreeSet::new(),
            rounds: 0,
            overlap: 0,
        }
    }

    /// Counts rows from the group's second on instead, reading `overlap` of
    /// them again.
    pub fn move_anchor(&mut self, overlap: u32) {
        self.anchor = self.group;
        self.group_row = 0;
        self.begin_group_again(overlap);
    }

    /// Goes back to the first row of the group.
    pub fn begin_group_again(&mut self, overlap: u32) {
        self.row = self.group_row;
        self.group_rows = 0;
        self.overlap = overlap;
    }
}

/// The events that were read, by second, as 38 bits of a hash of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    by_second: BTreeMap<i64, BTreeSet<u64>>,
    undated: VecDeque<u64>,
}

impl Seen {
    /// What is remembered of an id.
    #[must_use]
    pub fn mark(id: &str) -> u64 {
        let low = sealed::hash(id.as_bytes()) & ((1 << ID_BITS) - 1);
        u64::try_from(low).unwrap_or_default()
    }

    /// Whether an event of this second was read.
    #[must_use]
    pub fn contains(&self, second: i64, mark: u64) -> bool {
        self.by_second.get(&second).is_some_and(|marks| marks.contains(&mark))
    }

    /// Whether an event that is remembered of any second was this one.
    #[must_use]
    pub fn contains_at_any_time(&self, mark: u64) -> bool {
        self.by_second.values().any(|marks| marks.contains(&mark))
    }

    /// Remembers an event of this second.
    pub fn insert(&mut self, second: i64, mark: u64) {
        self.by_second.entry(second).or_default().insert(mark);
    }

    /// Whether an event without a date was read.
    #[must_use]
    pub fn contains_undated(&self, mark: u64) -> bool {
        self.undated.contains(&mark)
    }

    /// Remembers an event without a date, and forgets the first of too many.
    pub fn insert_undated(&mut self, mark: u64) {
        self.undated.push_back(mark);
        if self.undated.len() > UNDATED {
            self.undated.pop_front();
        }
    }

    /// How many events are remembered from this second on.
    #[must_use]
    pub fn count_from(&self, second: i64) -> usize {
        self.by_second.range(second..).map(|(_, marks)| marks.len()).sum()
    }

    /// Forgets what lies before a second.
    pub fn forget_before(&mut self, second: i64) {
        self.by_second = self.by_second.split_off(&second);
    }
}

impl Cursor {
    /// A cursor that has read nothing, and never will before `start`, in
    /// milliseconds.
    #[must_use]
    pub fn new(start: i64) -> Self {
        Self {
            start,
            newest: None,
            since: start.div_euclid(1000),
            forgotten: None,
            filter: 0,
            pass: None,
            seen: Seen::default(),
        }
    }

    /// Reads a cursor, or the `{"last_fetch": …}` of the Cortex XSOAR pack.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it and what to do.
    pub fn read(text: &str) -> Result<Self, String> {
        const REMEDY: &str =
            "Pass the cursor of the last page unchanged, or start anew at the time of the last incident";
        if text.len() > LONGEST {
            return Err(format!(
                "the cursor is {} bytes long, and none is longer than {LONGEST}. {REMEDY}",
                text.len()
            ));
        }
        if text.trim_start().starts_with('{') {
            return last_fetch(text).map(Self::new).ok_or_else(|| {
                format!(
                    "the cursor is JSON, but not the {{\"last_fetch\": seconds}} of the Cortex XSOAR pack. {REMEDY}"
                )
            });
        }
        match sealed::open(KIND, VERSION, text) {
            Ok((_, bytes)) => Reader::new(&bytes).cursor().ok_or(Damage::Broken),
            Err(damage) => Err(damage),
        }
        .map_err(|damage| match damage {
            Damage::Foreign => format!("this is not a cursor of logzio-soar. {REMEDY}"),
            Damage::Newer(version) => format!(
                "the cursor is of format {version}, and this component reads formats up to {VERSION}: \
                 use the newer component that wrote it"
            ),
            Damage::Broken => format!("the cursor is damaged: it was cut or edited. {REMEDY}"),
        })
    }

    /// The text of the cursor. Forgets the oldest events until it is short
    /// enough; `since` then tells how far the memory reaches.
    #[must_use]
    pub fn write(&mut self) -> String {
        if let Some(pass) = &mut self.pass {
            // The events of an unfinished group are told from what was seen of
            // its second; where that is more, the group is begun again.
            let same = self.seen.by_second.get(&pass.group).is_some_and(|marks| *marks == pass.group_ids);
            if !same && pass.group_rows > 0 {
                pass.group_ids.clear();
                pass.begin_group_again(0);
            }
        }
        loop {
            let text = sealed::seal(KIND, VERSION, &Writer::default().cursor(self));
            if text.len() <= LONGEST || !self.forget_oldest() {
                return text;
            }
        }
    }

    /// Forgets a tenth of the events; not those of the newest second, which
    /// the next page may show again. False if there are no others.
    fn forget_oldest(&mut self) -> bool {
        let tenth = self.seen.count_from(i64::MIN) / 10;
        let mut count = 0;
        for (second, marks) in &self.seen.by_second {
            if Some(*second) >= self.newest || count > tenth {
                break;
            }
            count += marks.len();
            self.since = self.since.max(second + 1);
            self.forgotten = Some(self.since);
        }
        self.seen.forget_before(self.since);
        count > 0
    }
}

fn last_fetch(text: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct LastRun<'a> {
        #[serde(borrow)]
        last_fetch: &'a RawValue,
    }
    let run: LastRun = serde_json::from_str(text).ok()?;
    let millis = time::millis_from_decimal(run.last_fetch.get().trim_matches('"'))?;
    (millis > 0).then_some(millis)
}

/// Bytes of a cursor: variable-length numbers, then the ids as a bit string.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    bits: u32,
}

impl Writer {
    fn cursor(mut self, cursor: &Cursor) -> Vec<u8> {
        self.signed(cursor.start);
        self.optional(cursor.newest);
        self.signed(cursor.since);
        self.optional(cursor.forgotten);
        self.number(u64::from(cursor.filter));
        self.number(u64::from(cursor.pass.is_some()));
        if let Some(pass) = &cursor.pass {
            self.signed(pass.until);
            self.signed(pass.anchor);
            self.signed(pass.group);
            for number in [pass.row, pass.group_row, pass.group_rows, pass.rounds, pass.overlap] {
                self.number(number.into());
            }
        }
        self.number(length(cursor.seen.undated.len()));
        self.number(length(cursor.seen.by_second.len()));
        let mut before = cursor.since;
        for (second, marks) in &cursor.seen.by_second {
            self.signed(second - before);
            self.number(length(marks.len()));
            before = *second;
        }
        for mark in &cursor.seen.undated {
            self.bits(*mark, ID_BITS);
        }
        for marks in cursor.seen.by_second.values() {
            let low = low_bits(marks.len());
            let mut last = 0;
            for mark in marks {
                // Golomb-Rice: hashes in order lie close, so their distances are short.
                let distance = mark - last;
                for _ in 0..distance >> low {
                    self.bits(1, 1);
                }
                self.bits(0, 1);
                self.bits(distance, low);
                last = *mark;
            }
        }
        self.bytes
    }

    #[allow(clippy::cast_possible_truncation, reason = "the low seven bits are meant")]
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    fn optional(&mut self, value: Option<i64>) {
        self.number(u64::from(value.is_some()));
        self.signed(value.unwrap_or_default());
    }

    /// Appends the `count` low bits of a number, lowest first.
    fn bits(&mut self, value: u64, count: u32) {
        for bit in 0..count {
            if self.bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let set = u8::from(value >> bit & 1 == 1) << (self.bits % 8);
            if let Some(byte) = self.bytes.last_mut() {
                *byte |= set;
            }
            self.bits += 1;
        }
    }
}

/// Reads what [`Writer`] wrote; `None` where the bytes do not make sense.
struct Reader<'a> {
    bytes: &'a [u8],
    bits: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, bits: 0 }
    }

    fn cursor(mut self) -> Option<Cursor> {
        let mut cursor = Cursor::new(self.signed()?);
        cursor.newest = self.optional()?;
        cursor.since = self.signed()?;
        cursor.forgotten = self.optional()?;
        cursor.filter = u32::try_from(self.number()?).ok()?;
        if self.number()? == 1 {
            let (until, anchor, group) = (self.signed()?, self.signed()?, self.signed()?);
            let mut pass = Pass::new(anchor, until);
            pass.group = group;
            for field in [&mut pass.row, &mut pass.group_row, &mut pass.group_rows, &mut pass.rounds, &mut pass.overlap]
            {
                *field = u32::try_from(self.number()?).ok()?;
            }
            cursor.pass = Some(pass);
        }
        let undated = self.number()?;
        let mut second = cursor.since;
        let mut groups = Vec::new();
        for _ in 0..self.number()? {
            second = second.checked_add(self.signed()?)?;
            groups.push((second, usize::try_from(self.number()?).ok()?));
        }
        for _ in 0..undated {
            let mark = self.take_bits(ID_BITS)?;
            cursor.seen.undated.push_back(mark);
        }
        for (second, count) in groups {
            let low = low_bits(count);
            let mut last: u64 = 0;
            for _ in 0..count {
                let mut high: u64 = 0;
                while self.take_bits(1)? == 1 {
                    high += 1;
                }
                last = last.checked_add(high.checked_shl(low)?.checked_add(self.take_bits(low)?)?)?;
                cursor.seen.insert(second, last);
            }
        }
        if let Some(pass) = &mut cursor.pass
            && pass.group_rows > 0
        {
            pass.group_ids = cursor.seen.by_second.get(&pass.group).cloned().unwrap_or_default();
        }
        Some(cursor)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn optional(&mut self) -> Option<Option<i64>> {
        let there = self.number()? == 1;
        let value = self.signed()?;
        Some(there.then_some(value))
    }

    fn take_bits(&mut self, count: u32) -> Option<u64> {
        let mut value = 0;
        for bit in 0..count {
            let byte = self.bytes.get(self.bits / 8)?;
            value |= u64::from(byte >> (self.bits % 8) & 1) << bit;
            self.bits += 1;
        }
        Some(value)
    }
}

/// How many low bits of a distance are written as they are, in a group of
/// this many ids.
fn low_bits(count: usize) -> u32 {
    ID_BITS - count.max(1).ilog2().min(ID_BITS)
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(events: i64, seconds: i64) -> Cursor {
        let mut cursor = Cursor::new(1_700_000_000_500);
        for event in 0..events {
            let second = 1_700_000_000 + event * seconds / events;
            cursor.seen.insert(second, Seen::mark(&format!("event {event}")));
            cursor.newest = Some(second);
        }
        cursor
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let mut cursor = full(3_000, 900);
        cursor.filter = u32::MAX;
        for id in 0..2_100 {
            cursor.seen.insert_undated(Seen::mark(&format!("undated {id}")));
        }
        let mut pass = Pass::new(1_700_000_000, 1_700_009_999);
        pass.group = cursor.newest.unwrap();
        pass.group_ids = cursor.seen.by_second[&pass.group].clone();
        (pass.row, pass.group_row, pass.group_rows, pass.rounds, pass.overlap) = (900, 890, 10, 2, 7);
        cursor.pass = Some(pass);
        let text = cursor.write();
        assert_eq!(Cursor::read(&text), Ok(cursor));
        assert_eq!(Cursor::read(&Cursor::new(-1).write()), Ok(Cursor::new(-1)));
    }

    #[test]
    fn a_group_that_was_seen_by_an_earlier_pass_is_begun_again() {
        let mut cursor = full(10, 1);
        let mut pass = Pass::new(1_700_000_000, 1_700_009_999);
        pass.group_ids.insert(1);
        (pass.row, pass.group_rows) = (1, 1);
        cursor.pass = Some(pass);
        let read = Cursor::read(&cursor.write()).unwrap().pass.unwrap();
        assert_eq!((read.row, read.group_rows, read.group_ids.len()), (0, 0, 0));
    }

    #[test]
    fn ten_thousand_events_of_a_look_back_fit() {
        let mut cursor = full(10_000, 900);
        let text = cursor.write();
        assert!(text.len() < LONGEST, "{} characters", text.len());
        assert_eq!(cursor.seen.count_from(0), 10_000, "nothing was forgotten");
    }

    #[test]
    fn more_are_forgotten_from_the_oldest_and_it_is_known() {
        let mut cursor = full(30_000, 900);
        assert!(cursor.write().len() <= LONGEST);
        let kept = cursor.seen.count_from(0);
        assert!((8_000..30_000).contains(&kept), "{kept}");
        assert_eq!(cursor.forgotten, Some(cursor.since));
        assert_eq!(cursor.seen.count_from(cursor.since), kept);
    }

    #[test]
    fn the_cursor_of_the_xsoar_pack_is_taken() {
        for text in [r#"{"last_fetch": 1581414727.8}"#, r#" {"last_fetch":"1581414727.8", "other": null}"#] {
            assert_eq!(Cursor::read(text), Ok(Cursor::new(1_581_414_727_800)));
        }
        for text in ["{}", r#"{"last_fetch": null}"#, r#"{"last_fetch": -5}"#, "{\"last_fetch\": 15814", "{"] {
            assert!(Cursor::read(text).unwrap_err().contains("last_fetch"), "{text}");
        }
    }

    #[test]
    fn a_bad_cursor_is_refused_with_the_reason() {
        let text = full(50, 10).write();
        for cut in 1..text.len() {
            assert!(Cursor::read(&text[..cut]).is_err(), "cut to {cut}");
        }
        assert!(Cursor::read(&text[..60]).unwrap_err().contains("damaged"));
        assert!(Cursor::read("banana").unwrap_err().contains("not a cursor"));
        assert!(Cursor::read("logzio-soar-cursor-99.AAAA").unwrap_err().contains("format 99"));
        assert!(Cursor::read(&"A".repeat(10 << 20)).unwrap_err().contains("10485760 bytes"));
        // Sealed as it should be, but with bytes that mean nothing.
        for bytes in [&b""[..], &[0xff; 64], &[0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
            assert!(Cursor::read(&sealed::seal(KIND, VERSION, bytes)).unwrap_err().contains("damaged"));
        }
    }
}
