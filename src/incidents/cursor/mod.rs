//! The cursor of a sweep: where it stands and which events it has read, as
//! data and as the text that a host keeps. Knows nothing of how a sweep moves.

mod format;
mod place;
mod seen;

pub use place::{Cursor, Pass};
pub use seen::Seen;

use crate::sealed::{self, Damage};
use crate::time;
use format::{Reader, Writer};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The longest cursor, in characters, in and out.
pub const LONGEST: usize = 65_536;
/// What the text begins with.
const KIND: &str = "logzio-soar-cursor-";
/// The version of the format. Older ones must stay readable.
const VERSION: u32 = 2;

impl Cursor {
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
            Ok((version, bytes)) => Reader::new(&bytes).cursor(version).ok_or(Damage::Broken),
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
            // The events of an unfinished group are distinguished by what was seen of
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
    fn eight_thousand_events_of_a_look_back_fit() {
        let mut cursor = full(8_000, 900);
        let text = cursor.write();
        assert!(text.len() < LONGEST, "{} characters", text.len());
        assert_eq!(cursor.seen.count_from(0), 8_000, "nothing was forgotten");
    }

    #[test]
    fn more_are_forgotten_from_the_oldest_and_it_is_known() {
        let mut cursor = full(30_000, 900);
        assert!(cursor.write().len() <= LONGEST);
        let kept = cursor.seen.count_from(0);
        assert!((7_000..30_000).contains(&kept), "{kept}");
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
