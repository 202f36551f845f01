//! Which rows an answer holds, where Logz.io may give smaller pages than it
//! was asked for: then the page of a number begins elsewhere. Knows no row.

use crate::logzio::paging::Slice;

/// The sizes of pages, as far as a walk knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize {
    /// The largest page to ask for.
    largest: u32,
    /// Pages of this size came whole, so smaller ones are not capped.
    proven: u32,
}

/// What an answer says of its own size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The rows that came.
    pub rows: u32,
    /// The page size that the answer names, if it does. (Logz.io API, "Search
    /// for security events": `pagination` repeats that of the request.)
    pub echoed: Option<u32>,
    /// The rows of all pages, if the answer counts them.
    pub total: Option<u64>,
}

impl PageSize {
    /// Nothing is known but that no page is larger than this.
    #[must_use]
    pub fn new(largest: u32) -> Self {
        Self { largest: largest.max(1), proven: 0 }
    }

    /// The largest page to ask for.
    #[must_use]
    pub fn largest(self) -> u32 {
        self.largest
    }

    /// Asks for pages of at most this size from here on.
    pub fn lower(&mut self, size: u32) {
        self.largest = self.largest.min(size.max(1));
    }

    /// The page that an answer is, which may be smaller than the one asked
    /// for; none if its rows are others, so that it has to be asked for again
    /// in the size that is known by then.
    ///
    /// A page that is not full is the last, if the witnesses agree: the size
    /// that the answer names, and the count of all rows.
    #[must_use]
    pub fn place(&mut self, asked: Slice, received: Received) -> Option<Slice> {
        let Received { rows, echoed, total } = received;
        if rows >= asked.size {
            self.proven = self.proven.max(asked.size);
            return Some(asked);
        }
        // The first page begins at the first row, whatever its size.
        let is_first = asked.page == 1;
        if let Some(size) = echoed.filter(|size| (1..asked.size).contains(size)) {
            self.lower(size);
            return is_first.then_some(Slice { page: 1, size });
        }
        if asked.size <= self.proven || rows == 0 {
            return Some(asked);
        }
        let end = u64::from(asked.first()) + u64::from(rows);
        if is_first {
            if total.is_none_or(|total| total <= end) {
                return Some(asked);
            }
            self.lower(rows);
            return Some(Slice { page: 1, size: rows });
        }
        if echoed == Some(asked.size) && total.is_none_or(|total| total == end) {
            return Some(asked);
        }
        self.lower(rows);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logzio::paging::slice;

    /// Reads all rows of a server that gives at most `cap` to a page.
    fn read_all(
        rows: u32,
        cap: u32,
        echoes: impl Fn(u32, u32) -> Option<u32>,
        counted: Option<u64>,
        start: u32,
    ) -> Vec<u32> {
        let mut size = PageSize::new(1_000);
        let mut read = Vec::new();
        let mut row = start;
        for _ in 0..500 {
            let asked = slice(row, 50, size.largest());
            let given = asked.size.min(cap);
            let first = (asked.page - 1) * given;
            let page: Vec<u32> = (first..rows.min(first.saturating_add(given))).collect();
            let received = Received { rows: page.len() as u32, echoed: echoes(asked.size, given), total: counted };
            let Some(placed) = size.place(asked, received) else { continue };
            for (index, id) in (placed.first()..).zip(page) {
                if index >= row {
                    read.push(id);
                    row = index + 1;
                }
            }
            if received.rows < placed.size {
                return read;
            }
        }
        panic!("{rows} rows by {cap} do not end");
    }

    #[test]
    fn every_row_is_read_once_whatever_size_the_pages_have() {
        let echo_given = |_: u32, given: u32| Some(given);
        let echo_asked = |asked: u32, _: u32| Some(asked);
        let silent = |_: u32, _: u32| None;
        for rows in [0, 1, 36, 37, 38, 74, 120, 137, 200] {
            for cap in [1, 7, 25, 37, 49, 50, 51, 1_000] {
                for start in [0, 37, 100] {
                    let start = start.min(rows);
                    let all: Vec<u32> = (start..rows).collect();
                    let count = Some(u64::from(rows));
                    assert_eq!(read_all(rows, cap, echo_given, count, start), all, "{rows} by {cap} from {start}");
                    assert_eq!(read_all(rows, cap, echo_given, None, start), all, "{rows} by {cap} from {start}");
                    assert_eq!(read_all(rows, cap, silent, count, start), all, "{rows} by {cap} from {start}");
                    if start == 0 {
                        assert_eq!(read_all(rows, cap, echo_asked, count, start), all, "{rows} by {cap}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_short_page_is_the_last_one_where_nothing_speaks_against_it() {
        let asked = Slice { page: 3, size: 50 };
        let mut size = PageSize::new(1_000);
        let received = Received { rows: 9, echoed: Some(50), total: Some(109) };
        assert_eq!(size.place(asked, received), Some(asked));
        assert_eq!(size.largest(), 1_000);
    }
}
