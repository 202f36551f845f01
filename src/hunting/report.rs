//! The report of a hunt, and the notices about what is not whole in it.

use crate::contract::{
    Error, HuntReport, Indicator as Given, Notice, NoticeCode, RejectedIndicator, Sighting, sentence,
};
use crate::hunting::indicator::Indicator;
use crate::hunting::query::Everywhere;
use crate::hunting::sighting::Sightings;
use crate::text::shown;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How many notices of a kind a report has, so that it stays readable.
const MOST_NOTICES: usize = 20;

/// What a hunt found. Indicators are named by their places.
pub struct Findings {
    /// What was looked for.
    pub indicators: Vec<Indicator>,
    /// What was seen of each.
    pub sightings: Sightings,
    /// What Logz.io itself refused, and why.
    pub refused: BTreeMap<usize, String>,
    /// Those for which Logz.io took no regular expression.
    pub word_by_word: BTreeSet<usize>,
    /// What Logz.io takes of searches in fields that were not sampled.
    pub everywhere: Everywhere,
    /// The queries that were sent.
    pub queries: Vec<String>,
    /// How many logs were found that hold no indicator.
    pub stray: u32,
    /// How many searches Logz.io answered only in part.
    pub stopped_searches: u32,
}

impl Findings {
    /// Nothing found yet. For `limit` and `internal` see [`Sightings::new`].
    #[must_use]
    pub fn new(indicators: Vec<Indicator>, limit: u32, internal: Vec<IpNet>) -> Self {
        Self {
            sightings: Sightings::new(indicators.len(), limit, internal),
            indicators,
            refused: BTreeMap::new(),
            word_by_word: BTreeSet::new(),
            everywhere: Everywhere::default(),
            queries: Vec::new(),
            stray: 0,
            stopped_searches: 0,
        }
    }

    /// That some indicators are addresses of the caller's own, if so.
    #[must_use]
    pub fn notice_of_internal_addresses(&self) -> Option<Notice> {
        let mut internal = self
            .indicators
            .iter()
            .filter(|indicator| indicator.network().is_some_and(|network| self.sightings.is_internal(network)))
            .map(|indicator| indicator.value.as_str());
        let first = internal.next()?;
        let others = match internal.count() {
            0 => " is an internal address or network".to_owned(),
            count => format!(" and {count} more are internal addresses or networks"),
        };
        let text = format!("{first}{others}: what holds it may be everyday traffic of your own network");
        Some(Notice::new(NoticeCode::InternalIndicator, text))
    }
}

/// The sightings without those of hosts that were only looked for because of URLs, unless the host was seen and no URL of it.
fn with_hosts_of_urls(
    sightings: Vec<Sighting>,
    places: &[usize],
    hosts: &BTreeMap<usize, Vec<usize>>,
) -> Vec<Sighting> {
    let urls: BTreeMap<usize, (String, u32)> = sightings
        .iter()
        .zip(places)
        .map(|(sighting, place)| (*place, (sighting.value.clone(), sighting.hits)))
        .collect();
    let mut kept = Vec::new();
    for (mut sighting, place) in sightings.into_iter().zip(places) {
        if let Some(of) = hosts.get(place) {
            let of: Vec<&(String, u32)> = of.iter().filter_map(|url| urls.get(url)).collect();
            if sighting.hits == 0 || of.is_empty() || of.iter().any(|(_, hits)| *hits > 0) {
                continue;
            }
            sighting.host_of = of.into_iter().map(|(url, _)| url.clone()).collect();
        }
        kept.push(sighting);
    }
    kept
}

/// Why a hunt made no further search.
pub enum Stop {
    /// A search failed.
    Failed(Error),
    /// It made as many as it may.
    MostSearches(usize),
    /// The call has to end, for this reason, within this time budget.
    Enough(&'static str, Duration),
}

impl Stop {
    fn why(&self) -> String {
        match self {
            Self::Failed(error) => sentence(error),
            Self::MostSearches(most) => format!("a call makes {most} searches at most"),
            Self::Enough(why, _) => (*why).into(),
        }
    }

    /// The error of a hunt that looked for none of so many indicators.
    fn with_nothing_done(self, count: usize) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::MostSearches(most) => Error::InvalidArgument(format!(
                "not one of {count} indicators could be looked for in the whole range with {most} searches: shorten \
                 the range"
            )),
            Self::Enough(why, budget) => Error::TimedOut(format!(
                "not one of {count} indicators could be looked for in the whole range before {why} ({:.0} s): raise \
                 time-budget-ms, or shorten the range",
                budget.as_secs_f64()
            )),
        }
    }
}

/// The report of what was found. `open` are the indicators that were not
/// looked for in the whole range, because of `stop`.
///
/// # Errors
/// Why nothing was looked for, if nothing was.
pub fn report(
    mut found: Findings,
    given: &[Given],
    hosts: &BTreeMap<usize, Vec<usize>>,
    open: &BTreeSet<usize>,
    mut rejected: Vec<RejectedIndicator>,
    stop: Stop,
    mut notices: Vec<Notice>,
) -> Result<HuntReport, Error> {
    let is_done = |place: usize| !open.contains(&place) && !found.refused.contains_key(&place);
    let done = (0..found.indicators.len()).filter(|place| is_done(*place)).count();
    if done == 0 && !open.is_empty() {
        return Err(stop.with_nothing_done(found.indicators.len()));
    }
    if !open.is_empty() {
        notices.push(Notice::new(
            NoticeCode::IndicatorsUnfinished,
            format!("{} indicators were not looked for: {}", open.len(), stop.why()),
        ));
    }
    let mut refused = found.refused;
    if done == 0
        && let Some((_, why)) = refused.pop_first()
    {
        return Err(Error::QueryRejected(why));
    }
    rejected.extend(refused.iter().filter_map(|(place, why)| {
        Some(RejectedIndicator { value: shown(&found.indicators.get(*place)?.value), why: why.clone() })
    }));
    if found.stray > 0 {
        notices.push(Notice::new(
            NoticeCode::FalseMatches,
            format!("{} logs that Logz.io found hold no indicator as a whole value, and were left out", found.stray),
        ));
    }
    if found.stopped_searches > 0 {
        notices.push(Notice::new(NoticeCode::MayBeMissing, format!(
            "Logz.io answered {} searches only in part, so there may be more: narrow the range, or hunt again later",
            found.stopped_searches
        )));
    }
    let not_found = match found.everywhere {
        Everywhere::Within => None,
        Everywhere::Whole => Some("values within longer ones, or in other letter cases"),
        Everywhere::Nothing => Some("values"),
    };
    if let Some(values) = not_found {
        notices.push(Notice::new(
            NoticeCode::SimplifiedSearch,
            format!(
                "Logz.io refused a search of every field, so {values} in fields that were not sampled were not found"
            ),
        ));
    }
    let mut word_by_word = found.word_by_word.iter().filter(|place| !refused.contains_key(place));
    if let Some(first) = word_by_word.next().and_then(|place| found.indicators.get(*place)) {
        notices.push(Notice::new(NoticeCode::SimplifiedSearch, format!(
            "Logz.io refused regular expressions for {} indicators, such as {}: of these, values within longer ones \
             and in other letter cases were not found",
            word_by_word.count() + 1,
            first.value
        )));
        for place in found.word_by_word {
            found.sightings.answered_in_part(place);
        }
    }
    let unfinished = open.iter().filter_map(|place| given.get(*place).cloned()).collect();
    let wanted = |place: &usize| !open.contains(place) && !refused.contains_key(place);
    let places: Vec<usize> = (0..found.indicators.len()).filter(wanted).collect();
    let (sightings, more_notices) = found.sightings.finish(&found.indicators, wanted);
    let sightings = with_hosts_of_urls(sightings, &places, hosts);
    let count = more_notices.len();
    notices.extend(more_notices.into_iter().take(MOST_NOTICES));
    if count > MOST_NOTICES {
        notices.push(Notice::new(
            NoticeCode::MoreNotices,
            format!(
                "{} more such notices are left out: sightings that are not whole say so by `complete`",
                count - MOST_NOTICES
            ),
        ));
    }
    Ok(HuntReport {
        sightings,
        rejected,
        unfinished,
        queries: found.queries,
        searched: Vec::new(),
        unknown_log_types: Vec::new(),
        notices,
    })
}
