//! Mutations of the sweep. This module knows what a sweep is given and what it returns, and not how it walks.

use crate::contract::Error;
use crate::incidents::cursor::{Cursor, Seen};
use crate::incidents::sweep::{self, Ask, INDEXING_SECONDS, Page, Plan, Swept};
use crate::logzio::conversions::Event;
use crate::logzio::paging::{PageError, Slice};
use crate::mutations::mutation::Mutation;

/// [`sweep::sweep`], with the current mutation if there is one.
pub fn sweep(
    cursor: &mut Cursor,
    plan: Plan,
    fetch: &mut dyn FnMut(Ask) -> Result<Page<Event>, PageError>,
    wanted: &dyn Fn(&Event) -> bool,
    go_on: &dyn Fn() -> bool,
) -> Swept<Event> {
    let Some(mutation) = Mutation::current() else { return sweep::sweep(cursor, plan, fetch, wanted, go_on) };
    mutation.before(cursor, plan);
    let mut swept = sweep::sweep(cursor, mutation.plan(plan), |ask| mutation.page(ask, fetch), wanted, go_on);
    mutation.after(cursor, plan, &mut swept);
    swept
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
        fetch: &mut dyn FnMut(Ask) -> Result<Page<Event>, PageError>,
    ) -> Result<Page<Event>, PageError> {
        let skip = |ask: Ask| Ask { slice: Slice { page: ask.slice.page + 1, ..ask.slice }, ..ask };
        let bad = |event: &Event| !event.clone().incident(0).defects.is_empty();
        match self {
            Self::PageOneOnly => {
                // Nothing in the answer says that there is more.
                let page = fetch(Ask { slice: Slice { page: 1, size: 50 }, ..ask })?;
                let total = u64::try_from(page.rows.len()).ok();
                Ok(Page { total, echoed: Some(ask.slice.size), ..page })
            }
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

    fn after(self, cursor: &mut Cursor, plan: Plan, swept: &mut Swept<Event>) {
        match self {
            Self::TenthOfASecond => {
                if let Some((last, _)) = swept.items.last() {
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
                    swept.more = false;
                }
            }
            _ => {}
        }
    }
}
