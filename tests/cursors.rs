//! Cursors that this build did not write: those of another integration, those
//! of earlier builds, and texts that are no cursor at all.

use crate::support::native::Native;
use crate::support::scenarios::everything;
use crate::support::schedule::{Happening, Schedule, epoch};
use crate::support::simulation::simulator;
use chrono::TimeDelta;
use logzio_soar::contract::{Error, IncidentPage, Start};
use logzio_soar::incidents::cursor::Cursor;

/// A cursor of format 1 in the middle of a pass: see [`first_page`].
const MIDDLE_OF_A_PASS: &str = "logzio-soar-cursor-1.gLCDxZhoAdT1iasNgO6Jqw0AALvxpvsKAaiHiqsN1PWJqw3U9YmrDQAAAAABATEAARQBFAEUARQBFAE\
    UARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEoARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQ\
    BFAEUARQBFAEUAVjesiEyKd5Nw8w-62C5IhNT77ghgLkx_4DkKE7ZVAPlfhM6po4ecmDi72CVDz5EFEq19wrooWQ6zHm3I12YOxO\
    Xh8t_qcBPpEn-8X6IQAHFkog3vH9bGVlUQhN8T167Pe7XduzTckkYSjR6OFro276E4ETXAw1NPFgdFbTrpY20818yCJUXnXT2bO_\
    rghEflu0QxLyDb6s-0nBvJLpmYcYuiABVVgZPd-V0Kg-skjSFMJ5HlGgPum8jaVRkjJrGT0CydBoYHMAeVb4jB1KTl8-zoJgu6-F\
    wrpgRUWAYRDWJcbzzaCAi7j3KXdMAnJWsrjWcZglyF6TrQ84";
/// A cursor of format 1 between two passes, with an event without a date.
const BETWEEN_PASSES: &str = "logzio-soar-cursor-1.gLCDxZhoAcyAiqsNxPKJqw0AALvxpvsKAAFaAAEoARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAE\
    UARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQ\
    BFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBFAEUARQBWN6\
    yIbKYd_Bt1Uca7o1E1yzM2AURoMrK4OmunE7lgVWSphDG84gS7UH3bSSNioxR0_gJSJZOA4MD2KPKd-RAavLyeRYU02U9HM4VMyI\
    KDIOoJjGOdx4NRMS9R7lrGoCzktW1htMssbKjL0mUM_nXhyQ_kUUIq6pYjSB1cHrjQ3kO0kOr7Qi3_0HbhxFAop9p6wPkORYM_VI\
    m6l1lzqS047Rpr6Ye2BWT4NbOY7FSYHDuBIKYWTWoe23tGxnbmJDv_LcYECvIkTyTErJGAT2Bzr8GFqoCkdYnX4aPMaNG05UV3Tc\
    Bs_6NBXYEj2FoJBcdm3XomnqRkMqIY49JypE4qBJIYTmyH-p5dbd0dhQwoMk855-P2CZIo_OVCe6taI9mGDshdcAYzuZGgCNVMyB\
    Is-LpaFxZLMt3KY5Dm75VC29LQSucVlaNN0KL-dE6UKVzMu_SlTOcAfANOugOj9NauARiJ50Qh8KZTYiVGA-L2U2pA9ObuciRq4l\
    MUX6dNG6Rc7aFZTYe1qjeRZOyQYxOEqCft-eKLAK0h2buNzjlSsWm_h5wHYPClLwaeJk_0rEXCKFVSkDYiL8PFJQDjVg2vix4";

/// An event every ten seconds, of which one has no date.
fn native() -> Native {
    let mut events: Vec<Happening> = (0..120).map(|number| Happening::new(number, number as i64 * 10_000)).collect();
    events[30].raw = Some(r#"{"alertEventId":"event-30","name":"n","severity":"LOW"}"#.to_owned());
    let native = Native::new(simulator(&Schedule::plain(events)));
    native.clock().advance(TimeDelta::minutes(30));
    native
}

fn fetch(native: &Native, start: Start) -> Result<IncidentPage, Error> {
    native.incidents(&everything(start))
}

/// The numbers of the events that all fetches from here on bring.
fn numbers(native: &Native, start: Start) -> Vec<usize> {
    let mut start = start;
    let mut numbers = Vec::new();
    // Some more than are needed, over half an hour.
    for _ in 0..30 {
        let page = fetch(native, start).unwrap();
        numbers.extend(page.incidents.iter().map(|i| i.id.strip_prefix("event-").unwrap().parse::<usize>().unwrap()));
        start = Start::After(page.next);
        if !page.more {
            native.clock().advance(TimeDelta::minutes(1));
        }
    }
    numbers.sort_unstable();
    numbers
}

fn first_page(native: &Native) -> String {
    fetch(native, Start::At(epoch().to_rfc3339())).unwrap().next
}

#[test]
fn a_cursor_of_the_cortex_xsoar_pack_goes_on_with_nothing_lost_or_repeated() {
    let at = epoch().timestamp() + 400;
    for (last_fetch, first) in [(format!("{at}.0"), 40), (format!("{at}.1"), 41), (format!("\"{at}.100000000\""), 41)] {
        let cursor = format!(r#"{{"last_fetch": {last_fetch}}}"#);
        assert_eq!(numbers(&native(), Start::After(cursor)), (first..120).collect::<Vec<_>>(), "{last_fetch}");
    }
}

#[test]
fn a_cursor_that_an_earlier_build_wrote_is_read_on() {
    assert_eq!(numbers(&native(), Start::After(MIDDLE_OF_A_PASS.into())), (50..120).collect::<Vec<_>>());
    assert_eq!(numbers(&native(), Start::After(BETWEEN_PASSES.into())), [0; 0]);
}

#[test]
fn a_cursor_of_an_earlier_version_is_written_in_the_present_one() {
    for fixture in [MIDDLE_OF_A_PASS, BETWEEN_PASSES] {
        let mut cursor = Cursor::read(fixture).unwrap();
        let text = cursor.write();
        assert!(text.starts_with("logzio-soar-cursor-2."), "{text}");
        assert_eq!(Cursor::read(&text).unwrap(), cursor);
        // With what it remembers in few bits, it goes on as the earlier one.
        let first = if fixture == BETWEEN_PASSES { 120 } else { 50 };
        assert_eq!(numbers(&native(), Start::After(text)), (first..120).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_not_a_cursor_is_an_invalid_argument_and_nothing_is_sent() {
    let native = native();
    let good = first_page(&native);
    native.simulator.clear_requests();
    let mut bad = vec![
        String::new(),
        " ".into(),
        "banana".into(),
        "{".into(),
        "{}".into(),
        r#"{"last_fetch": null}"#.into(),
        r#"{"last_fetch": "yesterday"}"#.into(),
        r#"{"last_fetch": -1}"#.into(),
        format!(r#"{{"last_fetch": {}}}"#, epoch().timestamp() + 10 * 86_400),
        good.replacen("cursor-2", "cursor-99", 1),
        good.replacen("cursor-2", "cursor--1", 1),
        good.replacen("cursor-2", "cursor-18446744073709551616", 1),
        format!("{good}A"),
        format!("{good}{good}"),
        good.replace('A', "!"),
        good.to_lowercase(),
        "A".repeat(10 << 20),
        format!("{good}{}", "A".repeat(10 << 20)),
    ];
    bad.extend((1..good.len()).map(|cut| good[..cut].to_owned()));
    bad.extend((0..good.len()).map(|at| {
        let other = if &good[at..=at] == "B" { "C" } else { "B" };
        format!("{}{other}{}", &good[..at], &good[at + 1..])
    }));
    for cursor in bad {
        let shown: String = cursor.chars().take(80).collect();
        match fetch(&native, Start::After(cursor)) {
            Err(Error::InvalidArgument(text)) => assert!(text.len() < 300, "{text}"),
            other => panic!("{shown}: {other:?}"),
        }
    }
    assert_eq!(native.simulator.requests().len(), 0);
}
