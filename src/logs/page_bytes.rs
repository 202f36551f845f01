//! How much of logs a page may hold in bytes, and how many rows to ask for so
//! that an answer is not much larger than that. Knows no query.

/// The most bytes of logs in a page, unless a single log is larger: the
/// component holds an answer and the page at once, and a host gives it 256 MiB.
const MOST_BYTES: usize = 48 << 20;
/// The bytes of logs that an answer should hold: half of what can be read.
const ANSWER_BYTES: usize = 16 << 20;

/// The bytes that a page still takes.
pub(super) struct PageBytes {
    left: usize,
    /// The largest number of rows that is asked for at once.
    rows: u32,
    most_rows: u32,
}

impl PageBytes {
    /// An empty page. `rows` is what an earlier page of the same walk found
    /// to be right, at most `most_rows`.
    pub(super) fn new(rows: u32, most_rows: u32) -> Self {
        Self { left: MOST_BYTES, rows: rows.clamp(1, most_rows), most_rows }
    }

    /// How many rows to ask for at once.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// Whether the page holds as much as it may.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0
    }

    /// Takes a log. False if it has to wait for the next page; the first log
    /// of a page always fits, or the walk would not go on.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        if bytes > self.left && self.left < MOST_BYTES {
            self.left = 0;
            return false;
        }
        self.left = self.left.saturating_sub(bytes);
        true
    }

    /// An answer was too large to be read: ask for fewer rows. False if a
    /// single row is too large.
    pub(super) fn shrink(&mut self, asked: u32) -> bool {
        if asked <= 1 {
            return false;
        }
        self.rows = (asked / 4).max(1);
        true
    }

    /// Learns from an answer how many rows to ask for.
    pub(super) fn learn(&mut self, rows: u32, bytes: usize) {
        if rows == 0 || bytes == 0 {
            return;
        }
        let of_a_row = (bytes / usize::try_from(rows).unwrap_or(usize::MAX)).max(1);
        let fitting = u32::try_from(ANSWER_BYTES / of_a_row).unwrap_or(u32::MAX);
        // What is larger again must not come as a surprise.
        self.rows = fitting.min(self.rows.saturating_mul(4)).clamp(1, self.most_rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_log_of_a_page_always_fits() {
        let mut page = PageBytes::new(100, 100);
        assert!(page.take(MOST_BYTES * 2));
        assert!(page.is_full() && !page.take(1));
    }

    #[test]
    fn a_log_that_does_not_fit_any_more_ends_the_page() {
        let mut page = PageBytes::new(100, 100);
        assert!(page.take(MOST_BYTES - 10));
        assert!(!page.take(11));
        assert!(page.is_full() && !page.take(1));
    }

    #[test]
    fn rows_are_asked_for_as_they_fit() {
        let mut page = PageBytes::new(10_000, 10_000);
        page.learn(1_000, 1_000 * 32_768);
        assert_eq!(page.rows(), 512);
        page.learn(512, 512 * 100);
        assert_eq!(page.rows(), 2_048);
        assert!(page.shrink(2_048));
        assert_eq!(page.rows(), 512);
        page.learn(0, 0);
        assert_eq!(page.rows(), 512);
        assert!(page.shrink(2) && !page.shrink(1));
    }
}
