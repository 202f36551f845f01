//! What Logz.io counts, compared with what it shows: a difference is reported
//! with both figures, and only where something may be missing.

use crate::support::native::Native;
use crate::support::scenarios::everything;
use crate::support::schedule::{Happening, Schedule, epoch};
use crate::support::simulation::simulator;
use chrono::TimeDelta;
use logzio_simulator::{Behaviour, PageDepth, Ties, Total};
use logzio_soar::contract::{Notice, Start};

/// How many incidents all fetches bring, and what they warn of.
fn drained(times: impl IntoIterator<Item = i64>, behaviour: Behaviour) -> (usize, Vec<Notice>) {
    let events = times.into_iter().enumerate().map(|(number, at)| Happening::new(number, at)).collect();
    let native = Native::new(simulator(&Schedule { behaviour, ..Schedule::plain(events) }));
    native.clock().advance(TimeDelta::hours(1));
    let mut start = Start::At(epoch().to_rfc3339());
    let (mut count, mut notices) = (0, Vec::new());
    loop {
        let request = everything(start);
        let page = native.incidents(&request).unwrap();
        count += page.incidents.len();
        notices.extend(page.notices);
        start = Start::After(page.next);
        if !page.more {
            return (count, notices);
        }
    }
}

#[test]
fn a_true_count_is_no_warning() {
    assert_eq!(drained((0..120).map(|number| number * 1_000), Behaviour::default()), (120, Vec::new()));
}

#[test]
fn a_count_above_what_is_shown_is_a_notice_with_both_figures() {
    let behaviour = Behaviour { total: Total::Off(7), ..Behaviour::default() };
    let (count, notices) = drained((0..40).map(|number| number * 1_000), behaviour);
    assert_eq!((count, notices.len()), (40, 1));
    assert!(notices[0].text.contains("counts 47 events") && notices[0].text.contains("shows 40: 7 may be missing"));
}

#[test]
fn a_count_below_what_is_shown_is_no_warning_since_nothing_can_be_missing() {
    // What is shown is delivered, whatever was counted. A count lags behind
    // whenever an event becomes visible between two pages.
    for total in [Total::Off(-7), Total::Off(-1_000), Total::Stale] {
        let behaviour = Behaviour { total, ..Behaviour::default() };
        let (count, notices) = drained((0..120).map(|number| number * 1_000), behaviour);
        assert_eq!((count, notices), (120, Vec::new()), "{total:?}");
    }
}

#[test]
fn depth_that_logzio_does_not_show_is_walked_around_without_a_warning() {
    for page_depth in [PageDepth::Empty(10_000), PageDepth::Refused(10_000)] {
        let behaviour = Behaviour { page_depth, ..Behaviour::default() };
        // Fewer than a cursor remembers are in a look-back.
        assert_eq!(drained((0..10_500).map(|number| number * 200), behaviour), (10_500, Vec::new()));
    }
}

#[test]
fn more_events_in_a_second_than_logzio_shows_are_a_notice_with_the_figures() {
    for page_depth in [PageDepth::Empty(10_000), PageDepth::Refused(10_000)] {
        let behaviour = Behaviour { page_depth, ..Behaviour::default() };
        let times = std::iter::repeat_n(60_000, 10_060).chain([120_000]);
        let (count, notices) = drained(times, behaviour);
        assert!((10_000..=10_001).contains(&count), "{count} of 10 061");
        assert!(notices.iter().any(|notice| notice.text.contains("10000 events in the second")), "{notices:?}");
    }
}

#[test]
fn a_second_whose_rows_stay_different_from_its_events_is_a_notice_with_both_figures() {
    // Two rows of the same id: more rows than events, however often it is read.
    let mut events: Vec<Happening> =
        [60_000; 60].into_iter().enumerate().map(|(n, at)| Happening::new(n, at)).collect();
    events[7].number = 8;
    let behaviour = Behaviour { ties: Ties::Shuffled, ..Behaviour::default() };
    let native = Native::new(simulator(&Schedule { behaviour, ..Schedule::plain(events) }));
    native.clock().advance(TimeDelta::hours(1));
    let mut start = Start::At(epoch().to_rfc3339());
    let mut notices = Vec::new();
    let mut count = 0;
    for _ in 0..4 {
        let request = everything(start);
        let page = native.incidents(&request).unwrap();
        count += page.incidents.len();
        notices.extend(page.notices);
        start = Start::After(page.next);
    }
    assert_eq!(count, 59);
    assert!(notices.iter().any(|notice| notice.text.contains("60 rows, but only 59 different events")), "{notices:?}");
}
