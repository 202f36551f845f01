//! The bytes of a cursor. Version 2 remembers more bits of each event than
//! version 1, which is read too. Knows nothing of the text around the bytes.

use super::seen::{MARK_BITS, NARROW_BITS, NARROW_UNDATED};
use super::{Cursor, Pass};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a cursor: variable-length numbers, then the ids as a bit string.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    bits: u32,
}

impl Writer {
    pub(super) fn cursor(mut self, cursor: &Cursor) -> Vec<u8> {
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
        self.seconds(&cursor.seen.by_second, cursor.since);
        self.seconds(&cursor.seen.narrow, cursor.since);
        for mark in &cursor.seen.undated {
            let is_narrow = mark & NARROW_UNDATED != 0;
            self.bits(u64::from(is_narrow), 1);
            self.bits(*mark, if is_narrow { NARROW_BITS } else { MARK_BITS });
        }
        self.marks(&cursor.seen.by_second, MARK_BITS);
        self.marks(&cursor.seen.narrow, NARROW_BITS);
        self.bytes
    }

    /// The seconds, and how many marks each has.
    fn seconds(&mut self, marks: &BTreeMap<i64, BTreeSet<u64>>, since: i64) {
        self.number(length(marks.len()));
        let mut before = since;
        for (second, marks) in marks {
            self.signed(second - before);
            self.number(length(marks.len()));
            before = *second;
        }
    }

    fn marks(&mut self, marks: &BTreeMap<i64, BTreeSet<u64>>, bits: u32) {
        for marks in marks.values() {
            let low = low_bits(marks.len(), bits);
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
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    bits: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, bits: 0 }
    }

    /// The cursor, as a version of the format has it.
    pub(super) fn cursor(mut self, version: u32) -> Option<Cursor> {
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
        let wide = if version == 1 { Vec::new() } else { self.seconds(cursor.since)? };
        let narrow = self.seconds(cursor.since)?;
        for _ in 0..undated {
            let is_narrow = version == 1 || self.take_bits(1)? == 1;
            let mark =
                if is_narrow { self.take_bits(NARROW_BITS)? | NARROW_UNDATED } else { self.take_bits(MARK_BITS)? };
            cursor.seen.undated.push_back(mark);
        }
        self.marks(wide, MARK_BITS, |second, mark| cursor.seen.insert(second, mark))?;
        self.marks(narrow, NARROW_BITS, |second, mark| {
            cursor.seen.narrow.entry(second).or_default().insert(mark);
        })?;
        if let Some(pass) = &mut cursor.pass
            && pass.group_rows > 0
        {
            pass.group_ids = cursor.seen.by_second.get(&pass.group).cloned().unwrap_or_default();
            if version == 1 {
                // Marks of both widths cannot be counted together.
                pass.begin_group_again(0);
            }
        }
        Some(cursor)
    }

    fn seconds(&mut self, since: i64) -> Option<Vec<(i64, usize)>> {
        let mut second = since;
        let mut seconds = Vec::new();
        for _ in 0..self.number()? {
            second = second.checked_add(self.signed()?)?;
            seconds.push((second, usize::try_from(self.number()?).ok()?));
        }
        Some(seconds)
    }

    fn marks(&mut self, seconds: Vec<(i64, usize)>, bits: u32, mut insert: impl FnMut(i64, u64)) -> Option<()> {
        for (second, count) in seconds {
            let low = low_bits(count, bits);
            let mut last: u64 = 0;
            for _ in 0..count {
                let mut high: u64 = 0;
                while self.take_bits(1)? == 1 {
                    high += 1;
                }
                last = last.checked_add(high.checked_shl(low)?.checked_add(self.take_bits(low)?)?)?;
                insert(second, last);
            }
        }
        Some(())
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
fn low_bits(count: usize, bits: u32) -> u32 {
    bits - count.max(1).ilog2().min(bits)
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
