//! How many logs match in the part of a range that no page has come to. Returns
//! none of them.

use crate::contract::LogQuery;
use crate::logs::position::{Position, newest_first};
use crate::logzio::client::Client;
use crate::logzio::wire::{LogSearch, Total};

/// The most windows of two days that are counted ahead: those of a month. Each
/// costs a search.
pub(super) const MOST_WINDOWS: usize = 16;
/// The windows that are counted before it is seen whether the others are worth
/// asking for.
const AT_ONCE: usize = 4;

/// Counts the rest of the range, if it is not too long and Logz.io answers
/// soon: the page is worth more than its total.
pub(super) fn count(client: &Client, query: &LogQuery, position: &mut Position) {
    let newest_first = newest_first(query);
    let windows = position.uncounted(newest_first, MOST_WINDOWS + 1);
    if windows.is_empty() || windows.len() > MOST_WINDOWS {
        return;
    }
    let until = client.elapsed() + client.time_left() / 2;
    let mut sum = 0;
    for few in windows.chunks(AT_ONCE) {
        let search = |window: &(i64, i64)| LogSearch::new(&query.lucene, *window, newest_first, 0, &[]);
        let searches: Vec<LogSearch> = few.iter().map(search).collect();
        let Some(answers) = client.ask_all_once(&searches, until.saturating_sub(client.elapsed())) else { return };
        for answer in answers {
            let counted = answer.hits.total.and_then(Total::exact).filter(|_| answer.why_partial().is_none());
            let Some(counted) = counted else { return };
            sum += counted;
        }
    }
    position.count_rest(sum);
}
