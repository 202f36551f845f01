//! The one algorithm for walking a range of time so that each event is
//! delivered exactly once. Knows neither HTTP nor JSON: it asks for pages of
//! rows and looks only at their ids and dates.
//!
//! 1. Logz.io is asked for whole seconds, from one before the first that is
//!    wanted, so that it does not matter whether a bound belongs to the range
//!    or what happens to fractions. What is wanted is decided here.
//! 2. A pass has an end, three minutes before the present, that is the same
//!    for all of its pages.
//! 3. The rows of one second are a group. Logz.io may order them as it likes
//!    and differently at each call, so a group is only left when as many
//!    different events as rows were seen of it; otherwise it is begun again.
//! 4. Every event read is remembered from the start of the look-back, and none
//!    is delivered twice.
//! 5. A pass begins a look-back before the newest event read, so each pass
//!    finds what was indexed late behind the one before, and an idle fetch is
//!    one request. A long backlog is walked once: the look-back lies behind
//!    its beginning, and behind its end at the next pass.
//! 6. Rows are counted from an anchor. It moves up as soon as that is cheap,
//!    and before row 10 000 in any case, behind which Logz.io may show nothing.
//! 7. The position follows the events and not the clock, so a clock that was
//!    wrong for a time loses nothing. Where Logz.io's clock is behind ours, the
//!    pass ends by Logz.io's.
//! 8. A page that failed leaves the walk where it was.
//! 9. An event without a date to believe is delivered like any other. It counts
//!    to the group that it stands in, and moves no position.
//! 10. Where pages come smaller than they were asked for, the walk goes on with
//!     the size that came. An event that is shown with another date than
//!     before is the same event, as long as it is remembered.

use crate::contract::{Error, Notice, NoticeCode};
use crate::incidents::cursor::{Cursor, Pass, Seen};
use crate::logzio::page_size::{PageSize, Received};
use crate::logzio::paging::{self, DEEPEST_ROW, LARGEST_PAGE, PageError, Slice};
use std::collections::BTreeSet;

/// The present is left out for so long, since Logz.io may still be indexing:
/// both of its own connectors wait as long. (Logz.io documentation, "Cortex
/// XSOAR integration".)
pub const INDEXING_SECONDS: i64 = 180;
/// How often a group is begun again before it is left with a notice.
pub const MOST_ROUNDS: u32 = 24;
/// A date further than this outside the range that was asked for is not what
/// Logz.io filtered by, and so not believed.
const SLACK_SECONDS: i64 = 2;

/// Clocks that differ by more, in seconds, are not compared: it is not known
/// which of them is right.
const LONGEST_LEAD: i64 = 7 * 86_400;

/// A row of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T> {
    /// What is unique to the event.
    pub id: String,
    /// Its date in milliseconds, if it has one.
    pub date: Option<i64>,
    /// The event.
    pub item: T,
}

/// A page of rows, sorted by date, and how many Logz.io counts in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<Row<T>>,
    /// How many there are on all pages, if Logz.io says so.
    pub total: Option<u64>,
    /// The size of a page, if the answer names it.
    pub echoed: Option<u32>,
    /// The second on Logz.io's clock, if it told.
    pub date: Option<i64>,
}

/// What is asked of Logz.io: a page of the rows between two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The range starts here, in seconds.
    pub from: i64,
    /// The range ends here, in seconds.
    pub to: i64,
    /// Which rows.
    pub slice: Slice,
}

/// What a sweep is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The present, in seconds.
    pub now: i64,
    /// How far to look back, in seconds.
    pub look_back: i64,
    /// How many items to deliver at most; not 0.
    pub limit: usize,
    /// A fingerprint of the filter that Logz.io applies.
    pub filter: u32,
    /// Few of the rows are delivered, since we filter too: ask for many.
    pub sparse: bool,
    /// How often a group is begun again at most: [`MOST_ROUNDS`].
    pub most_rounds: u32,
}

/// What a sweep brought.
#[derive(Debug)]
pub struct Swept<T> {
    /// What was delivered, oldest first, each with a time near it in
    /// milliseconds.
    pub items: Vec<(i64, T)>,
    /// There may be more.
    pub more: bool,
    /// What a person may want to know.
    pub notices: Vec<Notice>,
    /// Why it ended early.
    pub failure: Option<Error>,
    /// At least one page was read.
    pub moved: bool,
}

/// A way to sweep: [`sweep`], or what stands in for it in tests.
pub type Sweep<T> = fn(
    cursor: &mut Cursor,
    plan: Plan,
    fetch: &mut dyn FnMut(Ask) -> Result<Page<T>, PageError>,
    wanted: &dyn Fn(&T) -> bool,
    go_on: &dyn Fn() -> bool,
) -> Swept<T>;

/// What to do after a row.
enum Step {
    /// Read the next one.
    On,
    /// There is no room to deliver it.
    Full,
    /// It lies behind the end of the pass.
    End,
    /// The group before it is not complete.
    Again,
}

/// Walks on from a cursor until the limit, the end of the pass, or a failure.
///
/// `fetch` reads a page; `wanted` is our own filter; `go_on` is asked before
/// each further page whether there is time for it.
pub fn sweep<T>(
    cursor: &mut Cursor,
    plan: Plan,
    mut fetch: impl FnMut(Ask) -> Result<Page<T>, PageError>,
    wanted: impl Fn(&T) -> bool,
    go_on: impl Fn() -> bool,
) -> Swept<T> {
    let mut swept = Swept { items: Vec::new(), more: false, notices: Vec::new(), failure: None, moved: false };
    let Some(pass) = begin(cursor, plan) else { return swept };
    let readable = plan.now - INDEXING_SECONDS;
    let mut walk = Walk {
        cursor,
        pass,
        plan,
        readable,
        asked: 0,
        asked_to: 0,
        sizes: PageSize::new(LARGEST_PAGE),
        confirmed: None,
        loose: Vec::new(),
    };
    let done = walk.run(&mut fetch, &wanted, &go_on, &mut swept);
    // A pass that was interrupted for a while ends in the past.
    swept.more = !done || walk.pass.until < walk.readable - 30;
    let Walk { cursor, mut pass, loose, .. } = walk;
    // They are read again, with what follows.
    pass.row = pass.row.saturating_sub(u32::try_from(loose.len()).unwrap_or(u32::MAX));
    swept.items.sort_by_key(|(date, _)| *date);
    // What the next pass cannot reach need not be remembered.
    if let Some(newest) = cursor.newest {
        let floor = newest.saturating_sub(plan.look_back).min(pass.group);
        cursor.since = cursor.since.max(floor);
        cursor.seen.forget_before(cursor.since);
    }
    cursor.pass = (!done).then_some(pass);
    swept
}

/// Goes on with the pass under way, or begins one; none if its range is empty.
fn begin(cursor: &mut Cursor, plan: Plan) -> Option<Pass> {
    let same_filter = cursor.filter == plan.filter;
    cursor.filter = plan.filter;
    if let Some(mut pass) = cursor.pass.take() {
        if !same_filter {
            // Rows that were counted under another filter mean nothing now.
            pass.group_ids.clear();
            pass.move_anchor(0);
        }
        return Some(pass);
    }
    let first = cursor.start.div_euclid(1000);
    let from = cursor.newest.map_or(first, |newest| newest.saturating_sub(plan.look_back));
    // Behind `since`, what was delivered is not known any more.
    let from = from.max(cursor.since).max(first);
    let until = plan.now - INDEXING_SECONDS;
    (from < until).then(|| Pass::new(from, until))
}

struct Walk<'c> {
    cursor: &'c mut Cursor,
    pass: Pass,
    plan: Plan,
    /// What lies before this second may be read.
    readable: i64,
    /// How many pages were asked for, and up to which second.
    asked: u32,
    asked_to: i64,
    /// The sizes of pages that can be had.
    sizes: PageSize,
    /// The row behind which there is nothing, as a page of its own showed.
    confirmed: Option<u32>,
    /// The events without a date that were read behind the last one with a
    /// date: of its group, or of the next.
    loose: Vec<u64>,
}

impl Walk<'_> {
    /// Walks; true if the pass is done.
    fn run<T>(
        &mut self,
        fetch: &mut impl FnMut(Ask) -> Result<Page<T>, PageError>,
        wanted: &impl Fn(&T) -> bool,
        go_on: &impl Fn() -> bool,
        swept: &mut Swept<T>,
    ) -> bool {
        loop {
            if swept.items.len() >= self.plan.limit {
                return false;
            }
            if self.asked > 0 && !go_on() {
                // A host that fetches until nothing is left must hear of it.
                if !swept.moved {
                    swept.failure = Some(PageError::TooLarge.into());
                }
                return false;
            }
            let Some(slice) = self.next_slice(swept) else { continue };
            let ask = Ask { from: self.pass.anchor - 1, to: self.pass.until, slice };
            self.asked += 1;
            self.asked_to = ask.to;
            let page = match fetch(ask) {
                Ok(page) => page,
                Err(PageError::TooLarge) if slice.size > 1 => {
                    self.sizes.lower(slice.size / 2);
                    continue;
                }
                Err(error) => {
                    swept.failure = Some(error.into());
                    return false;
                }
            };
            swept.moved = true;
            let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
            let received = Received { rows, echoed: page.echoed, total: page.total };
            // The rows of another page than was asked for: it is asked for again.
            let Some(placed) = self.sizes.place(slice, received) else { continue };
            if placed != slice {
                // The next page shows whether there is more.
                self.confirmed = Some(placed.end());
            }
            let ask = Ask { slice: placed, ..ask };
            if self.read(page, ask, wanted, swept) {
                return true;
            }
            if swept.failure.is_some() {
                return false;
            }
        }
    }

    /// The rows to ask for next; none if the anchor had to move first.
    fn next_slice<T>(&mut self, swept: &mut Swept<T>) -> Option<Slice> {
        let room = self.plan.limit - swept.items.len();
        // In the look-back, and after the anchor moved, known rows come first.
        let known = self.cursor.seen.count_from(self.pass.group).saturating_sub(self.pass.group_rows as usize);
        let mut want = room + known.max(self.pass.overlap as usize);
        if known > 0 {
            // One more than expected, and the answer shows that it is the last.
            want += 1;
        }
        if self.plan.sparse {
            want = want.max(200 << self.asked.min(3));
        }
        let want = u32::try_from(want).unwrap_or(u32::MAX).min(self.sizes.largest());
        let slice = paging::slice(self.pass.row, want, self.sizes.largest());
        if slice.end() <= DEEPEST_ROW {
            return Some(slice);
        }
        // There are ten thousand rows between the anchor and here.
        self.forget_undated();
        if self.pass.group > self.pass.anchor {
            self.pass.move_anchor(self.pass.group_rows);
        } else {
            swept.notices.push(Notice::new(
                NoticeCode::OutOfReach,
                format!(
                    "more than {DEEPEST_ROW} events in the second {}, and Logz.io shows no more of them: some may be \
                 missing. Fetch by severity or rule name to reach them",
                    crate::time::format_millis(self.pass.group * 1000)
                ),
            ));
            self.pass.group += 1;
            self.pass.group_ids.clear();
            self.pass.move_anchor(0);
        }
        None
    }

    /// Reads a page; true if the pass is done.
    fn read<T>(&mut self, mut page: Page<T>, ask: Ask, wanted: &impl Fn(&T) -> bool, swept: &mut Swept<T>) -> bool {
        if let Some(date) = page.date {
            self.readable = earlier(self.readable, date - INDEXING_SECONDS);
            // What is not three minutes old there would be read too early.
            self.pass.until = earlier(self.pass.until, date - INDEXING_SECONDS);
        }
        let length = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
        let full = length >= ask.slice.size;
        if !self.believe_what_is_in_order(&mut page.rows) {
            if full || ask.slice.page > 1 {
                swept.failure = Some(Error::MalformedResponse(
                    "Logz.io did not sort its answer by date as it was asked to, so nothing can be taken to be \
                     complete: try again, and show this to Logz.io support if it lasts"
                        .into(),
                ));
                return false;
            }
            // The whole range is here, so its order does not matter.
            page.rows.sort_by_key(|row| row.date);
        }
        self.pass.overlap = 0;
        // The seconds of the rows up to where the walk stands.
        let mut passed = Vec::with_capacity(page.rows.len());
        let mut room = true;
        for (index, row) in (ask.slice.first()..).zip(page.rows) {
            let second = second(&row).unwrap_or(self.pass.group);
            if index >= self.pass.row {
                match self.step(index, row, wanted, swept) {
                    Step::On => {}
                    Step::Full => {
                        room = false;
                        break;
                    }
                    Step::Again => {
                        self.begin_group_again();
                        return false;
                    }
                    Step::End => return self.end(swept),
                }
            }
            passed.push(second);
        }
        if full || !room {
            // Not while the next page has to show whether this was the last.
            if self.confirmed != Some(ask.slice.end()) {
                self.keep_anchor_near(&passed);
            }
            return false;
        }
        // A short page is the last one. If Logz.io counts more, the next page
        // is asked for all the same, once.
        let read = ask.slice.first() + length;
        let missing = page.total.and_then(|total| total.checked_sub(read.into())).filter(|missing| *missing > 0);
        if missing.is_some() && self.confirmed != Some(read) {
            self.confirmed = Some(read);
            self.pass.row = self.pass.row.max(read);
            return false;
        }
        let done = self.end(swept);
        if let Some(missing) = missing.filter(|_| done) {
            swept.notices.push(Notice::new(NoticeCode::MayBeMissing, format!(
                "Logz.io counts {} events in this range and shows {read}: {missing} may be missing, or its count is \
                 out of date",
                u64::from(read) + missing
            )));
        }
        done
    }

    fn step<T>(&mut self, index: u32, row: Row<T>, wanted: &impl Fn(&T) -> bool, swept: &mut Swept<T>) -> Step {
        let mark = Seen::mark(&row.id);
        let room = swept.items.len() < self.plan.limit;
        let date = row.date.filter(|date| self.is_believable(date.div_euclid(1000)));
        let Some(date) = date else {
            let known = self.cursor.seen.contains_undated(mark) || self.cursor.seen.contains_at_any_time(mark);
            if !known {
                if wanted(&row.item) {
                    if !room {
                        return Step::Full;
                    }
                    swept.items.push((self.pass.group * 1000, row.item));
                }
                self.cursor.seen.insert_undated(mark);
            }
            self.loose.push(mark);
            self.pass.row = index + 1;
            return Step::On;
        };
        let second = date.div_euclid(1000);
        if second < self.pass.group {
            // Read before, or pushed back by an event that became visible
            // behind us: the next look-back finds that one.
            self.pass.row = index + 1;
            if self.pass.group_rows == 0 {
                self.pass.group_row = self.pass.row;
            }
            return Step::On;
        }
        if second > self.pass.group {
            if !self.group_is_complete() {
                return Step::Again;
            }
            let loose = u32::try_from(self.loose.len()).unwrap_or(u32::MAX);
            self.leave_group(second, index.saturating_sub(loose), swept);
        }
        if second >= self.pass.until {
            return Step::End;
        }
        let seen = &self.cursor.seen;
        let known = seen.contains(second, mark) || date < self.cursor.start || seen.contains_undated(mark);
        if !known && wanted(&row.item) {
            if !room {
                return Step::Full;
            }
            swept.items.push((date, row.item));
        }
        // Those before it may change places with it, and so belong to its group.
        for mark in self.loose.drain(..).chain([mark]) {
            self.cursor.seen.insert(second, mark);
            self.pass.group_rows += 1;
            self.pass.group_ids.insert(mark);
        }
        self.cursor.newest = self.cursor.newest.max(Some(second));
        self.pass.row = index + 1;
        Step::On
    }

    /// The end of the range: true if the last group is complete.
    fn end<T>(&mut self, swept: &mut Swept<T>) -> bool {
        if !self.group_is_complete() {
            self.begin_group_again();
            return false;
        }
        self.leave_group(self.pass.group, self.pass.row, swept);
        true
    }

    fn group_is_complete(&self) -> bool {
        // Of the group or of the next: either way, none may come twice.
        let loose: BTreeSet<&u64> = self.loose.iter().filter(|mark| !self.pass.group_ids.contains(mark)).collect();
        let rows = self.pass.group_rows as usize + self.loose.len();
        self.pass.rounds >= self.plan.most_rounds || self.pass.group_ids.len() + loose.len() >= rows
    }

    /// Before rows are read again: those without a date may be of another
    /// group the next time.
    fn forget_undated(&mut self) {
        let seen = &self.cursor.seen;
        self.pass.group_ids.retain(|mark| !seen.contains_undated(*mark));
        self.loose.clear();
    }

    fn begin_group_again(&mut self) {
        self.forget_undated();
        self.pass.rounds += 1;
        let rows = self.pass.group_rows.max(u32::try_from(self.pass.group_ids.len()).unwrap_or(u32::MAX));
        self.pass.begin_group_again(rows);
    }

    fn leave_group<T>(&mut self, next: i64, row: u32, swept: &mut Swept<T>) {
        let missing = (self.pass.group_rows as usize).saturating_sub(self.pass.group_ids.len());
        if missing > 0 {
            swept.notices.push(Notice::new(NoticeCode::MayBeMissing, format!(
                "in the second {} Logz.io shows {} rows, but only {} different events: {missing} may be missing, or \
                 are listed twice",
                crate::time::format_millis(self.pass.group * 1000),
                self.pass.group_rows,
                self.pass.group_ids.len()
            )));
        }
        self.pass.group = next;
        self.pass.group_row = row;
        self.pass.group_rows = 0;
        self.pass.group_ids.clear();
        self.pass.rounds = 0;
    }

    /// Moves the anchor up where few rows have to be read again for it.
    fn keep_anchor_near(&mut self, passed: &[i64]) {
        let near = passed.iter().rev().take_while(|second| **second >= self.pass.group - 1).count();
        // Where all rows are near, there may be more of them before.
        if self.pass.group > self.pass.anchor && near < passed.len() && near <= passed.len() / 10 + 1 {
            self.forget_undated();
            self.pass.move_anchor(u32::try_from(near).unwrap_or(u32::MAX));
        }
    }

    fn is_believable(&self, second: i64) -> bool {
        (self.pass.anchor - SLACK_SECONDS..=self.asked_to + SLACK_SECONDS).contains(&second)
    }

    /// Takes the dates from the few rows that stand where their date does not
    /// belong, for that is not what Logz.io sorted by; the rows stay. False,
    /// and nothing taken, if they are many.
    fn believe_what_is_in_order<T>(&self, rows: &mut [Row<T>]) -> bool {
        let dated: Vec<(usize, i64)> = rows
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((index, second(row)?)))
            .filter(|(_, second)| self.is_believable(*second))
            .collect();
        if dated.is_sorted_by_key(|(_, second)| *second) {
            return true;
        }
        let sorted = longest_sorted(&dated.iter().map(|(_, second)| *second).collect::<Vec<_>>());
        if dated.len() - sorted.len() > dated.len() / 10 + 1 {
            return false;
        }
        let mut sorted = sorted.into_iter().peekable();
        for (place, (index, _)) in dated.into_iter().enumerate() {
            if sorted.next_if_eq(&place).is_none()
                && let Some(row) = rows.get_mut(index)
            {
                row.date = None;
            }
        }
        true
    }
}

/// The places of the longest part of a list that is in order.
fn longest_sorted(list: &[i64]) -> Vec<usize> {
    // For each length: the lowest value that such a part can end with, and where.
    let mut ends: Vec<(i64, usize)> = Vec::new();
    let mut before = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let length = ends.partition_point(|(end, _)| end <= value);
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter)).map(|(_, place)| *place));
        match ends.get_mut(length) {
            Some(end) => *end = (*value, place),
            None => ends.push((*value, place)),
        }
    }
    let mut places = Vec::with_capacity(ends.len());
    let mut next = ends.last().map(|(_, place)| *place);
    while let Some(place) = next {
        places.push(place);
        next = before.get(place).copied().flatten();
    }
    places.reverse();
    places
}

/// The earlier of two ends by our clock and by Logz.io's.
fn earlier(ours: i64, theirs: i64) -> i64 {
    if (0..LONGEST_LEAD).contains(&(ours - theirs)) { theirs } else { ours }
}

fn second<T>(row: &Row<T>) -> Option<i64> {
    row.date.map(|date| date.div_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_that_read_nothing_says_so() {
        let mut cursor = Cursor::new(0);
        let (now, look_back, limit) = (1_000_000, 900, 50);
        let plan = Plan { now, look_back, limit, filter: 0, sparse: false, most_rounds: MOST_ROUNDS };
        let too_large = |_: Ask| Err::<Page<()>, _>(PageError::TooLarge);
        let swept = sweep(&mut cursor, plan, too_large, |()| true, || false);
        assert!(swept.more && !swept.moved);
        assert!(matches!(swept.failure, Some(Error::MalformedResponse(_))), "{:?}", swept.failure);
    }

    #[test]
    fn what_is_out_of_order_is_found() {
        assert_eq!(longest_sorted(&[]), [0; 0]);
        assert_eq!(longest_sorted(&[1, 2, 2, 3]), [0, 1, 2, 3]);
        assert_eq!(longest_sorted(&[1, 9, 2, 3]), [0, 2, 3]);
        assert_eq!(longest_sorted(&[5, 6, 1, 7]), [0, 1, 3]);
        assert_eq!(longest_sorted(&[3, 2, 1]).len(), 1);
    }
}
