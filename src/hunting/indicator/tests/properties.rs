//! What must hold for any value: defanged in any way it reads the same, and
//! planted between any signs it is found, and not within a longer word. Also
//! that whatever holds an indicator matches one of its patterns.

use super::matching::is_in;
use crate::contract::IndicatorKind as K;
use crate::hunting::indicator::{Boundaries, Indicator, Piece};
use fastrand::Rng;

const DOTS: &[&str] = &[
    ".", "[.]", "(.)", "{.}", "<.>", "[.", ".]", "(.", ".)", "[[.]]", "[dot]", "(dot)", "{DOT}", "<dot>", " [.] ",
    " (dot) ", "[ . ]", "\\.", "^.", "%2E", "\u{3002}", "\u{ff0e}", " dot ", " DOT ",
];
const ATS: &[&str] =
    &["@", "[@]", "(@)", "{@}", "[at]", "(at)", "{at}", "<at>", " [at] ", " (at) ", " AT ", " @ ", "@ "];
const SCHEMES: &[(&str, &str)] = &[
    ("http", "http"),
    ("hxxp", "http"),
    ("hXXp", "http"),
    ("h**p", "http"),
    ("hxtp", "http"),
    ("meow", "http"),
    ("[http]", "http"),
    ("https", "https"),
    ("hxxps", "https"),
    ("http[s]", "https"),
    ("ftp", "ftp"),
    ("fxp", "ftp"),
    ("tcp", "tcp"),
];
const SEPARATORS: &[&str] = &["://", "[:]//", "[://]", ":[//]", "[:][/][/]", ":\\\\", " ://", ":// "];
const WRAPPINGS: &[(&str, &str)] = &[
    ("", ""),
    ("\"", "\""),
    ("'", "',"),
    ("\u{201c}", "\u{201d}"),
    ("<", ">"),
    ("(", ")"),
    ("[", "]"),
    ("", ","),
    ("", ";"),
    ("", "."),
    ("\u{feff}", ""),
    ("\u{200b}", "\u{200b}"),
    (" ", "\u{a0}"),
];

fn one<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

fn label(rng: &mut Rng) -> String {
    let length = rng.usize(1..9);
    (0..length)
        .map(|_| char::from(rng.choice("abcdefgijkmnopqrsuvwyz0123456789".bytes().collect::<Vec<u8>>()).unwrap()))
        .collect::<String>()
        + "k"
}

fn domain(rng: &mut Rng) -> Vec<String> {
    let labels = rng.usize(1..4);
    (0..labels).map(|_| label(rng)).chain(["example".to_owned()]).collect()
}

fn octets(rng: &mut Rng) -> Vec<String> {
    (0..4).map(|_| rng.u8(1..).to_string()).collect()
}

/// Labels with dots between that are defanged each in its own way.
fn defanged(rng: &mut Rng, labels: &[String]) -> String {
    let mut text = String::new();
    for (place, label) in labels.iter().enumerate() {
        if place > 0 {
            text.push_str(one(rng, DOTS));
        }
        text.push_str(label);
    }
    text
}

fn wrapped(rng: &mut Rng, text: &str) -> String {
    let (mut before, mut behind) = WRAPPINGS[rng.usize(..WRAPPINGS.len())];
    // Brackets around half brackets have no certain end.
    if before.len() == 1 && "<([".contains(before) && text.contains(['[', '(', '<', ']', ')', '>']) {
        (before, behind) = ("", "");
    }
    format!("{before}{text}{behind}")
}

#[test]
fn a_value_reads_the_same_however_it_is_defanged() {
    let mut rng = Rng::with_seed(11);
    for _ in 0..20_000 {
        let labels = domain(&mut rng);
        let plain = labels.join(".");
        let (kind, value, text) = match rng.u8(..4) {
            0 => (K::Domain, plain, defanged(&mut rng, &labels)),
            1 => {
                let octets = octets(&mut rng);
                (K::Ip, octets.join("."), defanged(&mut rng, &octets))
            }
            2 => {
                let name = label(&mut rng);
                let text = format!("{name}{}{}", one(&mut rng, ATS), defanged(&mut rng, &labels));
                (K::Email, format!("{name}@{plain}"), text)
            }
            _ => {
                let (written, scheme) = SCHEMES[rng.usize(..SCHEMES.len())];
                let path = if rng.bool() { format!("/{}", label(&mut rng)) } else { String::new() };
                let host = defanged(&mut rng, &labels);
                let mut separator = one(&mut rng, SEPARATORS);
                // A backslash before a dot can be either.
                if host.contains('\\') && separator.contains('\\') {
                    separator = "://";
                }
                let text = format!("{written}{separator}{host}{path}");
                (K::Url, format!("{scheme}://{plain}{path}"), text)
            }
        };
        let text = wrapped(&mut rng, &text);
        let read = Indicator::read(&text, None).map(|indicator| (indicator.kind, indicator.value));
        assert_eq!(read, Ok((kind, value)), "{text:?}");
    }
}

#[test]
fn no_text_makes_the_reading_panic() {
    let mut rng = Rng::with_seed(12);
    let signs: Vec<char> = "ab1.:/\\@[](){}<>\"'|*?^$#%&=+-_ ,;~\t\u{200b}\u{202e}\u{e9}\u{3002}".chars().collect();
    let words =
        ["http", "dot", "at", "hxxp", "HKLM\\", "C:\\", "evil", "::", "203.0.113.9", "mailto:", "||", "&#46;", "%2e"];
    for _ in 0..50_000 {
        let text: String = (0..rng.usize(..20))
            .map(|_| {
                if rng.u8(..4) == 0 {
                    one(&mut rng, &words).to_owned()
                } else {
                    rng.choice(&signs).unwrap().to_string()
                }
            })
            .collect();
        for kind in [None, Some(K::Url), Some(K::User), Some(K::RegistryKey), Some(K::Host), Some(K::FileName)] {
            if let Ok(indicator) = Indicator::read(&text, kind) {
                // What is read is found where it stands by itself.
                let is_found = indicator.is_in(&crate::hunting::indicator::Values::new([indicator.value.as_str()]));
                assert!(is_found, "{kind:?} {text:?} {indicator:?}");
                assert!(!indicator.spellings().is_empty());
            }
        }
    }
}

/// Values of every kind that is found as a word, and what makes each longer.
fn planted(rng: &mut Rng) -> (K, String, &'static [&'static str]) {
    let plain = domain(rng).join(".");
    let hash = |length: usize, rng: &mut Rng| -> String {
        (0..length).map(|_| char::from(rng.choice("0123456789abcdef".bytes().collect::<Vec<u8>>()).unwrap())).collect()
    };
    match rng.u8(..9) {
        0 => (K::Ip, octets(rng).join("."), &["1", ".1.1"]),
        1 => (K::Domain, plain, &["x", ".com", "-x"]),
        2 => (K::Email, format!("{}@{plain}", label(rng)), &["x", ".com", "-x"]),
        3 => (K::Url, format!("http://{plain}/{}", label(rng)), &["x", "/x", "?x", "-x", "%20x"]),
        4 => (K::Md5, hash(32, rng), &["0", "f"]),
        5 => (K::Sha512, hash(128, rng), &["0", "f"]),
        6 => (K::User, label(rng), &["x", "-x", "_x"]),
        7 => (K::FileName, format!("{}.exe", label(rng)), &["x", ".bak", "_x"]),
        _ => (K::RegistryKey, format!("HKLM\\Software\\{}", label(rng)), &["x", "_x"]),
    }
}

#[test]
fn a_planted_value_is_found_between_any_signs() {
    let mut rng = Rng::with_seed(13);
    let before = ["", " ", ",", ":", "=", "\"", "'", "(", "[", "<", "|", ";", "\t", "x=\"", "src: ", "a,"];
    let behind = ["", " ", ",", "\"", "'", ")", "]", ">", "|", ";", "\t", ". ", ": x", "\",\"b\"", ",b c"];
    for _ in 0..20_000 {
        let (kind, value, longer) = planted(&mut rng);
        let written = match rng.u8(..3) {
            0 => value.to_uppercase(),
            1 => value.to_lowercase(),
            _ => value.clone(),
        };
        let text = format!("{}{written}{}", one(&mut rng, &before), one(&mut rng, &behind));
        assert!(is_in(kind, &value, &text), "{kind:?} {value} in {text:?}");
        let text = format!("{}{written}{}", one(&mut rng, &before), one(&mut rng, longer));
        assert!(!is_in(kind, &value, &text), "{kind:?} {value} in {text:?}");
        let text = format!("x{written}{}", one(&mut rng, &behind));
        assert!(!is_in(kind, &value, &text), "{kind:?} {value} in {text:?}");
    }
}

/// Whether a text has the parts, beginning at its start; the rests of the
/// text behind them.
fn rests<'t>(text: &'t str, pieces: &[Piece]) -> Vec<&'t str> {
    let Some((piece, others)) = pieces.split_first() else { return vec![text] };
    let tails = |text: &'t str| text.char_indices().map(move |(at, _)| &text[at..]).chain([""]);
    let while_in = |signs: &str| -> Vec<&'t str> {
        let end = text.find(|c| !signs.contains(c)).unwrap_or(text.len());
        (0..=end).map(|at| &text[at..]).collect()
    };
    let begins = |start: &str| text.strip_prefix(start.to_lowercase().as_str());
    let next: Vec<&str> = match piece {
        Piece::Text(start) => begins(start).into_iter().collect(),
        Piece::Optional(start) => begins(start).into_iter().chain([text]).collect(),
        Piece::AnyOf(starts) => starts.iter().filter_map(|start| begins(start)).collect(),
        Piece::Slash => begins("/").into_iter().chain(begins("\\/")).collect(),
        Piece::Backslash => while_in("\\").into_iter().skip(1).collect(),
        Piece::Zeros => while_in("0"),
        Piece::ZeroGroups => while_in("0:"),
        Piece::Number => while_in("0123456789").into_iter().skip(1).collect(),
        Piece::OneOf(numbers) => numbers.iter().filter_map(|number| begins(&number.to_string())).collect(),
        Piece::Rest => tails(text).collect(),
    };
    next.into_iter().flat_map(|rest| rests(rest, others)).collect()
}

/// Whether one of an indicator's patterns finds it in a text, as a query would
/// ask.
fn is_found(indicator: &Indicator, text: &str) -> bool {
    let text = text.to_lowercase();
    let boundaries = Boundaries::of(indicator.kind);
    indicator.patterns().iter().any(|pieces| {
        text.char_indices().any(|(at, _)| {
            boundaries.end(&text[..at]) && rests(&text[at..], pieces).into_iter().any(|rest| boundaries.begin(rest))
        })
    })
}

#[test]
fn whatever_holds_an_indicator_matches_a_pattern_of_it() {
    for (kind, value, text) in [
        (K::Ip, "203.0.113.9", "x 203.0.113.9.443: y"),
        (K::Ip, "203.0.113.9", "ip_203.0.113.9_x"),
        (K::Ip, "2001:db8::9", "[2001:0db8:0:0:0:0:0:0009]:443"),
        (K::Cidr, "203.0.113.0/24", "203.0.113.7.53"),
        (K::Domain, "b\u{fc}cher.example", "x=xn--bcher-kva.example."),
        (K::Url, "https://evil.example/a b", "https://evil.example:443/a%20b"),
        (K::Url, "https://evil.example/a b", r"https:\/\/evil.example\/a+b"),
        (K::Url, "http://evil.example", "http://me@evil.example/"),
        (K::Url, "http://evil.example/?a=1&b=2", r"http://evil.example/?a=1\u0026b=2"),
        (K::Url, "http://evil.example/a#top", "http://evil.example/a"),
        (K::Url, "http://evil.example/a", "1,http://evil.example/a,b c"),
        (K::Email, "jdoe@corp.example", r"CORP\jdoe"),
        (K::User, r"CORP\jdoe", "jdoe@corp.example"),
        (K::User, r"CORP\jdoe", r"corp.example\\jdoe"),
        (K::User, "jdoe", "jdoe@corp.example"),
        (K::Host, "web-01.corp.example", "WEB-01$"),
        (K::RegistryKey, r"HKCU\Software\Evil", r"HKU\S-1-5-21-1-2-3-500\Software\Evil\x"),
        (K::RegistryKey, r"HKLM\Software\Evil", r"\\REGISTRY\\MACHINE\\Software\\Evil"),
        (K::RegistryKey, r"HKLM\Software\Evil", r"HKLM:\Software\Evil"),
        (K::FileName, r"%TEMP%\a\x.exe", r"c:\users\ada\temp\a\\x.exe"),
    ] {
        let indicator = Indicator::read(value, Some(kind)).unwrap();
        assert!(is_in(kind, value, text), "{value} in {text}");
        assert!(is_found(&indicator, text), "{value} in {text}: {:?}", indicator.patterns());
    }
    let mut rng = Rng::with_seed(14);
    for _ in 0..5_000 {
        let (kind, value, _) = planted(&mut rng);
        let indicator = Indicator::read(&value, Some(kind)).unwrap();
        let text = format!("x,{value}. y");
        assert!(is_found(&indicator, &text), "{value}: {:?}", indicator.patterns());
    }
}
