//! Documents to search: the fields of logs, with values that are like each
//! other, so that a query that is read a little wrong finds others. A field
//! has one kind of value in all of them, as a day's mapping gives it.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::hunts;

/// Values of fields that are kept whole.
pub(crate) const STRINGS: [(&str, &[&str]); 9] = [
    ("type", &["falco", "Falco", "auth", "cloudtrail", "AND", "TO"]),
    ("program", &["sshd", "sudo", "su", "sh", "s", "ssh-agent"]),
    ("user", &["root", "Root", "o'brien", "a b", "jörg", "user:1", "", "漢字", "\\", "x\"y"]),
    ("path", &["/var/log/auth.log", "/var/log", "C:\\users", "a/b", "*", "a*b", "a?b"]),
    ("c++", &["yes", "no", "1", "10", "9"]),
    ("event.outcome", &["success", "failure", "succes"]),
    ("k8s.ns.name", &["shop", "shop-2", "shop+2", "[x]", "(y)", "{z}", "a^b~c!"]),
    ("source_ip", &["203.0.113.7", "203.0.113.70", "2001:db8::1", "10.0.0.1"]),
    ("a.b", &["x", "y", "xy", "yx"]),
];
/// The words of the fields that are searched by word.
pub(crate) const WORDS: [&str; 16] = [
    "shell",
    "Shell",
    "shells",
    "was",
    "spawned",
    "in",
    "failed",
    "password",
    "for",
    "root",
    "10.0.0.1",
    "it's",
    "user=root",
    "pod-7",
    "a_b",
    "Ünï",
];
/// The fields that hold numbers.
pub(crate) const NUMBERS: [&str; 2] = ["n", "size"];
/// The day of all documents.
pub(crate) const DAY: &str = "2026-11-21";

/// Documents in JSON, one on a line.
pub(crate) fn generate(random: &mut Rng, count: usize) -> String {
    let lines: Vec<String> = (0..count).map(|id| document(random, id).to_string()).collect();
    lines.join("\n") + "\n"
}

fn document(random: &mut Rng, id: usize) -> Value {
    let mut document = json!({"_id": id.to_string(), "@timestamp": time(random)});
    let some = |random: &mut Rng| random.u8(0..5) < 3;
    for (field, values) in STRINGS {
        if !some(random) {
            continue;
        }
        let mut value = || json!(random.choice(values.iter().copied()));
        let value = match id % 5 {
            0 => json!([value(), value()]),
            _ => value(),
        };
        // Nested and flattened, as shippers mix them.
        match field.split_once('.') {
            Some((outer, inner)) if id.is_multiple_of(2) => put(&mut document, outer, json!({ inner: value })),
            _ => put(&mut document, field, value),
        }
    }
    if some(random) {
        let message = if id.is_multiple_of(3) { text(random, 8) } else { hunts::text(random) };
        put(&mut document, "message", json!(message));
    }
    if some(random) {
        put(&mut document, "evidence", json!(hunts::value(random)));
    }
    if some(random) {
        put(&mut document, "tags", json!([text(random, 2), text(random, 1)]));
    }
    if some(random) {
        put(&mut document, "n", json!(random.i32(-3..12)));
    }
    if some(random) {
        put(&mut document, "size", json!(f64::from(random.i32(-8..40)) / 4.0));
    }
    if some(random) {
        put(&mut document, "ok", json!(random.bool()));
    }
    document
}

fn put(document: &mut Value, field: &str, value: Value) {
    if let Value::Object(members) = document {
        members.insert(field.to_owned(), value);
    }
}

pub(crate) fn time(random: &mut Rng) -> String {
    format!("{DAY}T{:02}:{:02}:00.000Z", random.u8(0..24), random.u8(0..2) * 30)
}

pub(crate) fn text(random: &mut Rng, most: usize) -> String {
    let words: Vec<&str> = (0..random.usize(1..=most)).filter_map(|_| random.choice(WORDS)).collect();
    let separator = random.choice([" ", " ", " ", ", ", " - "]).unwrap_or(" ");
    words.join(separator)
}
