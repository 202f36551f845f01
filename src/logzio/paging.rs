//! Pages by number, as Logz.io has them: how large and how deep they go, which one holds the rows that are wanted, and
//! why one could not be read. Knows no HTTP and no JSON.

use crate::contract::Error;
use crate::logzio::decompression::LARGEST_TEXT;
use crate::transport::LARGEST_BODY;

/// The largest page of events or of an event's logs, in rows. (Logz.io API, "Search for security events", pagination.)
pub const LARGEST_PAGE: u32 = 1_000;
/// The last row that is asked for in one range. Undocumented for events; it is what a sibling endpoint and the search
/// beneath allow.
pub const DEEPEST_ROW: u32 = 10_000;

/// Why a page could not be read.
#[derive(Clone, Debug, PartialEq)]
pub enum PageError {
    /// Its answer is larger than can be handled: ask for fewer rows.
    TooLarge,
    /// Anything else.
    Failed(Error),
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<PageError> for Error {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Failed(error) => error,
            PageError::TooLarge => Self::MalformedResponse(format!(
                "the answer of Logz.io is larger than {} MiB, or than {} MiB compressed: ask for fewer logs, or for some \
                 of their fields only, or raise time-budget-ms so that there is time for smaller pages",
                LARGEST_TEXT >> 20,
                LARGEST_BODY >> 20
            )),
        }
    }
}

/// A page that holds the rows that are wanted, and perhaps others before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The number of the page, from 1.
    pub page: u32,
    /// The rows in a page.
    pub size: u32,
}

impl Slice {
    /// The first row of the page, from 0.
    #[must_use]
    pub fn first(self) -> u32 {
        self.page.saturating_sub(1).saturating_mul(self.size)
    }

    /// The row after the last one of the page.
    #[must_use]
    pub fn end(self) -> u32 {
        self.page.saturating_mul(self.size)
    }
}

/// The smallest page, of at most `largest` rows, that holds the rows from
/// `row` on, `want` of them if they fit.
#[must_use]
pub fn slice(row: u32, want: u32, largest: u32) -> Slice {
    let largest = largest.max(1);
    let want = want.clamp(1, largest);
    // Page p+1 begins at row p * size: the size must be large enough to reach the last row that is wanted.
    (want..=largest)
        .find_map(|size| {
            let page = row / size + 1;
            let slice = Slice { page, size };
            (slice.end() >= row.saturating_add(want)).then_some(slice)
        })
        // No page holds them all: take the one with the most of them.
        .unwrap_or_else(|| {
            (want..=largest)
                .map(|size| Slice { page: row / size + 1, size })
                .max_by_key(|slice| slice.end() - row)
                .unwrap_or(Slice { page: 1, size: largest })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_holds_what_is_wanted_and_little_else() {
        assert_eq!(slice(0, 50, 1000), Slice { page: 1, size: 50 });
        assert_eq!(slice(150, 50, 1000), Slice { page: 4, size: 50 });
        assert_eq!(slice(100, 51, 1000), Slice { page: 2, size: 76 });
        assert_eq!(slice(1, 1000, 1000), Slice { page: 1, size: 1000 });
        for row in (0..9_000).step_by(37) {
            for want in [1, 7, 50, 51, 300, 999, 1000] {
                let slice = slice(row, want, 1000);
                assert!(slice.size <= 1000 && slice.first() <= row && slice.end() > row, "{row} {want} {slice:?}");
                if want <= 500 {
                    assert!(slice.end() >= row + want, "{row} {want} {slice:?}");
                }
            }
        }
    }

    #[test]
    fn a_page_never_exceeds_the_largest() {
        assert_eq!(slice(5, 50, 1), Slice { page: 6, size: 1 });
        assert_eq!(slice(0, 0, 0), Slice { page: 1, size: 1 });
    }
}
