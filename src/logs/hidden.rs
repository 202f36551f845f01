//! Logs that no search shows, since too many have the same time: how many
//! there are, in words.

use crate::contract::LogQuery;
use crate::logzio::client::Client;
use crate::logzio::wire::{LogSearch, Total};
use crate::time;
use std::fmt;

/// The logs of a moment that no search shows, since it has too many.
pub(super) struct Hidden {
    moment: i64,
    delivered: u32,
    total: Option<Total>,
}

impl Hidden {
    pub(super) fn count(client: &Client, query: &LogQuery, moment: i64, delivered: u32) -> Self {
        let search = LogSearch::new(&query.lucene, (moment, moment), true, 1, &query.fields);
        // The count is for the notice, which is due with or without it.
        let answer = client.search_logs(&search).ok();
        Self { moment, delivered, total: answer.and_then(|answer| answer.hits.total) }
    }

    /// Nothing is hidden: all that there are were delivered.
    pub(super) fn is_none(&self) -> bool {
        self.total.and_then(Total::exact).is_some_and(|total| total <= u64::from(self.delivered))
    }
}

impl fmt::Display for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let moment = time::format_millis(self.moment);
        let delivered = self.delivered;
        match self.total.and_then(Total::exact) {
            Some(total) => {
                let hidden = total.saturating_sub(u64::from(delivered));
                write!(
                    formatter,
                    "{total} logs have the time {moment}, and Logz.io shows {delivered} of them: {hidden}"
                )?;
            }
            None => {
                write!(
                    formatter,
                    "more than {delivered} logs have the time {moment}: those beyond, as many as there are,"
                )?;
            }
        }
        formatter.write_str(" cannot be reached unless the query is narrowed")
    }
}
