//! Logs with indicators of every kind planted in them, among everyday logs and
//! near misses, and what a hunt has to find.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use logzio_simulator::Log;
use logzio_soar::contract::{Indicator, IndicatorKind};
use logzio_soar::hunting::known_fields;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Every kind.
pub const KINDS: [IndicatorKind; 15] = [
    IndicatorKind::Ip,
    IndicatorKind::Cidr,
    IndicatorKind::Domain,
    IndicatorKind::Url,
    IndicatorKind::Email,
    IndicatorKind::Md5,
    IndicatorKind::Sha1,
    IndicatorKind::Sha256,
    IndicatorKind::Sha512,
    IndicatorKind::Host,
    IndicatorKind::User,
    IndicatorKind::Process,
    IndicatorKind::FileName,
    IndicatorKind::RegistryKey,
    IndicatorKind::Port,
];

/// What was planted of one indicator.
#[derive(Debug, Default, Clone)]
pub struct Planted {
    /// The ids of the logs that hold it.
    pub logs: BTreeSet<String>,
    pub first: Option<DateTime<Utc>>,
    pub last: Option<DateTime<Utc>>,
    pub users: BTreeSet<String>,
    pub hosts: BTreeSet<String>,
    /// The addresses that every such log has besides.
    pub peers: BTreeSet<String>,
}

pub struct Field {
    /// What to hunt for; each a value of its own.
    pub indicators: Vec<Indicator>,
    /// What there is to find, by place; for some there is nothing.
    pub planted: BTreeMap<usize, Planted>,
    pub logs: Vec<Log>,
}

/// So many indicators of all kinds, in logs of `days` before `end`.
pub fn plant(seed: u64, count: usize, days: i64, end: DateTime<Utc>) -> Field {
    let mut rng = Rng::with_seed(seed);
    let mut field = Field { indicators: Vec::new(), planted: BTreeMap::new(), logs: Vec::new() };
    let mut number = 0;
    let when = |rng: &mut Rng| end - TimeDelta::milliseconds(rng.i64(1..days * 86_400_000));
    for place in 0..count {
        let kind = KINDS[place % KINDS.len()];
        // Names cannot be told by themselves; others are told now and then.
        let named = matches!(
            kind,
            IndicatorKind::Host | IndicatorKind::User | IndicatorKind::Process | IndicatorKind::FileName
        ) || rng.bool();
        field.indicators.push(Indicator { value: value(kind, place), kind: named.then_some(kind) });
        // A quarter is nowhere.
        for _ in 0..rng.usize(0..4) * rng.usize(1..3) {
            number += 1;
            let id = format!("hit-{number}");
            let time = when(&mut rng);
            let (user, host, peer) = (format!("user{}", rng.u8(..5)), format!("pc-{}", rng.u8(..5)), peer(&mut rng));
            let mut log = Map::new();
            for (name, value) in [("user.name", &user), ("host.name", &host), ("server.ip", &peer)] {
                log.insert(name.into(), json!(value));
            }
            put(&mut rng, &mut log, kind, &occurrence(kind, place));
            field.logs.push(document(&id, time, log));
            let planted = field.planted.entry(place).or_default();
            planted.logs.insert(id);
            planted.first = Some(planted.first.map_or(time, |first| first.min(time)));
            planted.last = Some(planted.last.map_or(time, |last| last.max(time)));
            planted.users.insert(user);
            planted.hosts.insert(host);
            planted.peers.insert(peer);
        }
        for miss in near_misses(kind, place) {
            number += 1;
            let mut log = Map::new();
            put(&mut rng, &mut log, kind, &miss);
            field.logs.push(document(&format!("miss-{number}"), when(&mut rng), log));
        }
    }
    // One log can hold many.
    let places: Vec<usize> = (0..count).step_by(7).collect();
    let mut log = Map::new();
    let words: Vec<String> = places
        .iter()
        .filter(|place| in_message(KINDS[**place % KINDS.len()]))
        .map(|place| occurrence(KINDS[place % KINDS.len()], *place))
        .collect();
    log.insert("message".into(), json!(words.join(" , ")));
    let time = when(&mut rng);
    field.logs.push(document("many", time, log));
    for place in places.into_iter().filter(|place| in_message(KINDS[place % KINDS.len()])) {
        let planted = field.planted.entry(place).or_default();
        planted.logs.insert("many".into());
        planted.first = Some(planted.first.map_or(time, |first| first.min(time)));
        planted.last = Some(planted.last.map_or(time, |last| last.max(time)));
    }
    for noise in 0..count * 4 {
        let mut log = Map::new();
        log.insert("message".into(), json!(format!("order {noise} was shipped to 10.9.8.{}", noise % 250)));
        log.insert("type".into(), json!("shop"));
        field.logs.push(document(&format!("noise-{noise}"), when(&mut rng), log));
    }
    field
}

/// A thousand everyday logs of so many types, each with fields of its own.
pub fn everyday(types: usize, end: DateTime<Utc>) -> impl Iterator<Item = Log> {
    (0..1_000).map(move |number| {
        let of = number % types;
        let body = json!({
            "type": format!("app-{of}"),
            format!("f{of}.addr"): format!("10.20.{}.{}", of, number % 250),
            format!("f{of}.site"): format!("www{number}.shop.example"),
            format!("f{of}.userName"): format!("clerk{}", number % 20),
        });
        Log::new(format!("everyday-{number}"), end - TimeDelta::minutes(9 * number as i64 + 3), body.to_string())
    })
}

fn document(id: &str, time: DateTime<Utc>, mut log: Map<String, Value>) -> Log {
    log.insert("@timestamp".into(), json!(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)));
    Log::new(id, DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap(), Value::Object(log).to_string())
}

fn peer(rng: &mut Rng) -> String {
    if rng.bool() { format!("10.1.2.{}", rng.u8(1..9)) } else { format!("233.252.0.{}", rng.u8(1..9)) }
}

/// The value to hunt for; different for each place.
fn value(kind: IndicatorKind, place: usize) -> String {
    let (high, low) = (place / 250, place % 250);
    match kind {
        IndicatorKind::Ip if place.is_multiple_of(2) => format!("203[.]0.{high}.{low}"),
        IndicatorKind::Ip => format!("2001:db8:{place:x}::1"),
        IndicatorKind::Cidr if place.is_multiple_of(2) => format!("198.{}.{low}.16/28", 20 + high),
        IndicatorKind::Cidr => format!("2001:db9:{:x}::/48", place + 1),
        IndicatorKind::Domain => format!("c{place}.evil[.]example"),
        IndicatorKind::Url => format!("hxxps://files{place}.example/a/{place}?q=1"),
        IndicatorKind::Email => format!("from{place}@phish.example"),
        IndicatorKind::Md5 => format!("{place:032x}"),
        IndicatorKind::Sha1 => format!("{place:040X}"),
        IndicatorKind::Sha256 => format!("{place:064x}"),
        IndicatorKind::Sha512 => format!("{place:0128x}"),
        IndicatorKind::Host => format!("srv-{place}"),
        IndicatorKind::User => format!("CORP\\mallory{place}"),
        IndicatorKind::Process => format!("miner{place}"),
        IndicatorKind::FileName => format!("invoice {place}.exe"),
        IndicatorKind::RegistryKey => format!("HKLM\\Software\\Miner{place}"),
        IndicatorKind::Port => format!("{}", 20_000 + place),
    }
}

/// How a log writes it.
fn occurrence(kind: IndicatorKind, place: usize) -> String {
    let (high, low) = (place / 250, place % 250);
    match kind {
        IndicatorKind::Ip if place.is_multiple_of(2) => format!("203.0.{high}.{low}"),
        IndicatorKind::Cidr if place.is_multiple_of(2) => format!("198.{}.{low}.{}", 20 + high, 16 + place % 16),
        IndicatorKind::Cidr => format!("2001:db9:{:x}:7::{place:x}", place + 1),
        IndicatorKind::Domain => format!("c{place}.evil.example"),
        IndicatorKind::Url => format!("https://files{place}.example/a/{place}?q=1"),
        IndicatorKind::Sha256 => format!("{place:064X}"),
        kind => value(kind, place),
    }
}

/// What is not it, though much like it.
fn near_misses(kind: IndicatorKind, place: usize) -> Vec<String> {
    let real = occurrence(kind, place);
    let (high, low) = (place / 250, place % 250);
    match kind {
        IndicatorKind::Ip if place.is_multiple_of(2) => vec![format!("{real}.1.2"), format!("1{real}")],
        IndicatorKind::Ip => vec![format!("{real}0"), format!("2001:db8:{place:x}::2")],
        IndicatorKind::Cidr if place.is_multiple_of(2) => {
            vec![format!("198.{}.{low}.15", 20 + high), format!("{real}.1.2")]
        }
        IndicatorKind::Cidr => vec![format!("2001:db9:f{:03x}::1", place + 1)],
        IndicatorKind::Domain => vec![format!("{real}.com"), format!("www.{real}"), format!("not-{real}")],
        IndicatorKind::Url => vec![format!("{real}1"), format!("{real}/b")],
        IndicatorKind::Email => vec![format!("a{real}"), format!("{real}.com"), format!("a.{real}")],
        IndicatorKind::Md5 | IndicatorKind::Sha1 | IndicatorKind::Sha256 | IndicatorKind::Sha512 => {
            vec![format!("0{real}")]
        }
        IndicatorKind::Port => vec![format!("{real}0"), format!("1{real}")],
        _ => vec![format!("{real}x"), format!("0{real}"), format!("{real}-x")],
    }
}

fn in_message(kind: IndicatorKind) -> bool {
    known_fields::defaults(kind).contains(&known_fields::MESSAGE)
}

/// Writes a value into one of the fields of its kind, in one of the ways that
/// logs have.
fn put(rng: &mut Rng, log: &mut Map<String, Value>, kind: IndicatorKind, value: &str) {
    let fields = known_fields::defaults(kind);
    let name = fields[rng.usize(..fields.len())];
    let number = value.parse::<u32>().ok().filter(|_| kind == IndicatorKind::Port);
    let mut written = match number {
        Some(number) => json!(number),
        None if name == "message" => json!(format!("seen {value} here")),
        None => json!(value),
    };
    if rng.u8(..3) == 0 && name != "message" {
        written = json!([written, "other", written]);
    }
    // The names that every planted log has stay as they are.
    if log.contains_key(name) {
        let before = log[name].clone();
        written = json!([before, written]);
    }
    match name.split_once('.') {
        Some((outer, inner)) if rng.bool() && !log.contains_key(name) => {
            log.insert(outer.into(), json!({ inner: written }));
        }
        _ => {
            log.insert(name.into(), written);
        }
    }
}
