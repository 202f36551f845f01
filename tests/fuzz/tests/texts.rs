//! Properties of what reads a text: nothing panics, what is written is read as the same, and what is refused says why.

use chrono::{DateTime, Utc};
use logzio_soar::contract::IndicatorKind;
use logzio_soar::hunting::indicator::Indicator;
use logzio_soar::incidents::cursor::Cursor;
use logzio_soar::lucene::{check, hints, quoted};
use logzio_soar::masking::Mask;
use logzio_soar::time::{self, Edge};
use logzio_soar_fuzz::generate::{spoilt, text};
use logzio_soar_fuzz::hold;

fn now() -> DateTime<Utc> {
    "2026-11-22T08:30:00Z".parse().unwrap()
}

#[test]
fn a_cursor_is_read_as_it_was_written_or_refused() {
    hold(&[], |u| {
        let mut cursor = Cursor::new(u.int_in_range(0..=4_000_000_000_000)?);
        for _ in 0..u.int_in_range(0..=40)? {
            let second = u.int_in_range(0..=4_000_000_000)?;
            cursor.seen.insert(second, u.int_in_range(0..=(1 << 46) - 1)?);
        }
        let written = cursor.write();
        let mut read = Cursor::read(&written).unwrap();
        assert_eq!(read.write(), written);
        let spoilt = spoilt(u, &written)?;
        if spoilt.trim() != written {
            let Err(why) = Cursor::read(&spoilt) else { panic!("a spoilt cursor was read: {spoilt}") };
            assert!(why.contains("ass the cursor") || why.contains("newer component"), "{why}");
        }
        let _ = Cursor::read(&text(u, &["logzio-soar-cursor-2.", "{\"last_fetch\":", "1e400", "-", "}", "AAAA"])?);
        Ok(())
    });
}

#[test]
fn a_time_is_read_as_it_is_written() {
    const WORDS: &[&str] = &[
        "now",
        "-",
        "+",
        "7",
        " days",
        " ago",
        "2026-11-22",
        "T08:30:00",
        ".123",
        "Z",
        "+02:00",
        "m",
        "h",
        "d",
        "w",
        "99999",
        "1764000000",
        "1764000000000",
        "today",
        "yesterday",
        " ",
        ":",
        "0",
    ];
    hold(&[], |u| {
        let written = text(u, WORDS)?;
        for edge in [Edge::Start, Edge::End] {
            match time::parse(&written, edge, now()) {
                Ok(read) => assert_eq!(time::parse(&time::format(read), edge, now()).unwrap(), read, "{written}"),
                Err(why) => assert!(why.len() < 400, "{why}"),
            }
        }
        let _ = time::millis_from_decimal(&written);
        let _ = time::parse_timestamp(&written);
        Ok(())
    });
}

#[test]
fn a_query_is_checked_and_a_value_in_quotes_is_one() {
    const WORDS: &[&str] = &[
        "user", ":", "admin", " AND ", " OR ", " NOT ", "(", ")", "[", "]", "{", "}", " TO ", "\"", "\\", "/", "*",
        "?", "~", "^", "2", ">=", "<", "_exists_", "&&", "||", "!", "'", "“", " and ", " not ", "\u{3000}", ".*",
    ];
    hold(&[], |u| {
        let query = text(u, WORDS)?;
        let _ = check(&query);
        assert!(hints(&query).iter().all(|hint| (1..=query.chars().count()).contains(&hint.position)), "{query}");
        // Whatever the value is, in quotes it is accepted.
        let value = quoted(&query);
        assert!(query.trim().is_empty() || check(&format!("user:{value}")).is_ok(), "{value}");
        assert!(hints(&format!("user:{value}")).is_empty(), "{value}");
        Ok(())
    });
}

#[test]
fn an_indicator_is_read_the_same_again() {
    const WORDS: &[&str] = &[
        "192.0.2.1",
        "evil",
        ".",
        "[.]",
        "(dot)",
        "example",
        "hxxp",
        "http",
        "://",
        "/",
        "@",
        ":",
        "443",
        "::ffff:",
        "2001:db8::1",
        "/24",
        "CORP\\",
        "user",
        "d41d8cd98f00b204e9800998ecf8427e",
        "HKLM\\",
        "\\",
        "xn--",
        "ü",
        "\u{200b}",
        "\"",
        "%2e",
        "*",
        " ",
        ".exe",
        "‘",
        "«",
        "[",
        "]",
        "<",
        ">",
    ];
    hold(&[], |u| {
        let written = text(u, WORDS)?;
        if let Ok(read) = Indicator::read(&written, None) {
            let _ = (read.patterns(), read.spellings(), read.network());
            // A dot at the end of a URL is the end of a sentence, unless it was written as `(dot)`.
            if read.kind == IndicatorKind::Url {
                return Ok(());
            }
            let again = Indicator::read(&read.value, Some(read.kind));
            assert_eq!(again.map(|again| again.identity()), Ok(read.identity()), "{written:?} is {:?}", read.value);
        }
        Ok(())
    });
}

#[test]
fn no_token_stays_in_a_text() {
    hold(&[], |u| {
        let token = text(u, &["6f5a3b", "-", "c0ffee", "/", "+", "=", "ü"])?;
        // Shorter ones stand in every text.
        if token.trim().len() < 16 {
            return Ok(());
        }
        let around = [text(u, &["\\", "\"", "u0073", "%", "Li4"])?, text(u, &["\\", "\"", "token"])?];
        let json = serde_json::to_string(&token).unwrap();
        let masking = Mask::new([token.as_str()]);
        for form in [token.as_str(), json.trim_matches('"')] {
            let masked = masking.without_tokens(format!("{}{form}{}", around[0], around[1]));
            assert!(!masked.contains(&token), "{masked}");
        }
        Ok(())
    });
}
