//! The fetch with one of its rules broken. Tests switch a mutation on and see
//! that they fail: a test that passes all the same proves nothing. Compiled
//! with the feature `mutations` only, so never into a component. Knows what a
//! sweep is given and what it returns, not how it walks.

use crate::client::PageError;
use crate::contract::Error;
use crate::conversions::Event;
use crate::cursor::{Cursor, Seen};
use crate::paging::Slice;
use crate::sweep::{self, Ask, Harvest, INDEXING_SECONDS, Page, Plan};
use std::cell::Cell;

/// A rule of the fetch, broken. Most are what an integration in use does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The next fetch starts 0.1 s after the last incident.
    TenthOfASecond,
    /// Only the first fifty rows of a range are ever read.
    PageOneOnly,
    /// What was delivered is not remembered.
    ForgetIds,
    /// Nothing is looked for behind the newest event.
    NoLookBack,
    /// An event with a defect fails the fetch.
    StopAtABadEvent,
    /// An event with a defect is left out.
    DropBadEvents,
    /// Logz.io is asked for the range itself, as if its start belonged to it.
    BoundWithoutTheExtraSecond,
    /// Rows with the same second are taken as they come.
    TiesNotChecked,
    /// The position is the present and not that of the newest event.
    PositionByTheClock,
    /// A page that cannot be read is passed over.
    FailedPageIsSkipped,
    /// The last three minutes are read too.
    PresentNotLeftOut,
    /// A pass ends where Logz.io's count says.
    TotalTrusted,
    /// A count that Logz.io does not keep is passed over in silence.
    TotalIgnored,
    /// The first fetch starts at a whole second.
    StartNotExact,
    /// Rows that were counted under one filter are counted on under another.
    FilterChangeNotNoticed,
    /// The cursor moves on although the page that it is of was not finished.
    RestOfThePassIsSkipped,
}

impl Mutation {
    /// Every one.
    pub const ALL: [Self; 16] = [
        Self::TenthOfASecond,
        Self::PageOneOnly,
        Self::ForgetIds,
        Self::NoLookBack,
        Self::StopAtABadEvent,
        Self::DropBadEvents,
        Self::BoundWithoutTheExtraSecond,
        Self::TiesNotChecked,
        Self::PositionByTheClock,
        Self::FailedPageIsSkipped,
        Self::PresentNotLeftOut,
        Self::TotalTrusted,
        Self::TotalIgnored,
        Self::StartNotExact,
        Self::FilterChangeNotNoticed,
        Self::RestOfThePassIsSkipped,
    ];

    /// Runs `action` with this mutation in every fetch of this thread.
    pub fn during<T>(self, action: impl FnOnce() -> T) -> T {
        /// Switches it off again, after a panic too.
        struct Off;
        impl Drop for Off {
            fn drop(&mut self) {
                CURRENT.set(None);
            }
        }
        let _off = Off;
        CURRENT.set(Some(self));
        action()
    }
}

thread_local! {
    static CURRENT: Cell<Option<Mutation>> = const { Cell::new(None) };
}

/// [`sweep::sweep`], with the mutation of this thread if there is one.
pub fn sweep(
    cursor: &mut Cursor,
    plan: Plan,
    mut fetch: impl FnMut(Ask) -> Result<Page<Event>, PageError>,
    wanted: impl Fn(&Event) -> bool,
    go_on: impl Fn() -> bool,
) -> Harvest<Event> {
    let Some(mutation) = CURRENT.get() else { return sweep::sweep(cursor, plan, fetch, wanted, go_on) };
    mutation.before(cursor, plan);
    let mut harvest = sweep::sweep(cursor, mutation.plan(plan), |ask| mutation.page(ask, &mut fetch), wanted, go_on);
    mutation.after(cursor, plan, &mut harvest);
    harvest
}

impl Mutation {
    fn before(self, cursor: &mut Cursor, plan: Plan) {
        match self {
            Self::StartNotExact => cursor.start = cursor.start.div_euclid(1000) * 1000,
            Self::FilterChangeNotNoticed => cursor.filter = plan.filter,
            _ => {}
        }
    }

    fn plan(self, plan: Plan) -> Plan {
        match self {
            Self::NoLookBack => Plan { look_back: 0, ..plan },
            Self::TiesNotChecked => Plan { most_rounds: 0, ..plan },
            Self::PresentNotLeftOut => Plan { now: plan.now + INDEXING_SECONDS, ..plan },
            _ => plan,
        }
    }

    fn page(
        self,
        ask: Ask,
        fetch: &mut impl FnMut(Ask) -> Result<Page<Event>, PageError>,
    ) -> Result<Page<Event>, PageError> {
        let skip = |ask: Ask| Ask { slice: Slice { page: ask.slice.page + 1, ..ask.slice }, ..ask };
        let bad = |event: &Event| !event.clone().incident(0).defects.is_empty();
        match self {
            Self::PageOneOnly => fetch(Ask { slice: Slice { page: 1, size: 50 }, ..ask }),
            Self::BoundWithoutTheExtraSecond => fetch(Ask { from: ask.from + 1, ..ask }),
            Self::FailedPageIsSkipped => fetch(ask).or_else(|_| fetch(skip(ask))),
            Self::StopAtABadEvent => {
                let page = fetch(ask)?;
                if page.rows.iter().any(|row| bad(&row.item)) {
                    return Err(Error::MalformedResponse("an event cannot be read".into()).into());
                }
                Ok(page)
            }
            Self::DropBadEvents => {
                let mut page = fetch(ask)?;
                page.rows.retain(|row| !bad(&row.item));
                Ok(page)
            }
            Self::PresentNotLeftOut => Ok(Page { date: None, ..fetch(ask)? }),
            Self::TotalTrusted => {
                let mut page = fetch(ask)?;
                let left = page.total.unwrap_or(u64::MAX).saturating_sub(ask.slice.first().into());
                page.rows.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                Ok(page)
            }
            Self::TotalIgnored => Ok(Page { total: None, ..fetch(ask)? }),
            _ => fetch(ask),
        }
    }

    fn after(self, cursor: &mut Cursor, plan: Plan, harvest: &mut Harvest<Event>) {
        match self {
            Self::TenthOfASecond => {
                if let Some((last, _)) = harvest.items.last() {
                    cursor.start = cursor.start.max(last + 100);
                }
            }
            Self::ForgetIds => cursor.seen = Seen::default(),
            Self::PositionByTheClock => {
                cursor.newest = cursor.newest.max(Some(plan.now - INDEXING_SECONDS));
            }
            Self::RestOfThePassIsSkipped => {
                if let Some(pass) = cursor.pass.take() {
                    cursor.newest = cursor.newest.max(Some(pass.until));
                    harvest.more = false;
                }
            }
            _ => {}
        }
    }
}
