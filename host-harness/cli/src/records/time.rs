//! Times for people.

/// A time of the contract for people, to the second.
pub(crate) fn seconds(datetime: &str) -> String {
    shortened(datetime, 19)
}

/// A time of the contract for people, to the millisecond.
pub(crate) fn milliseconds(datetime: &str) -> String {
    shortened(datetime, 23)
}

fn shortened(datetime: &str, length: usize) -> String {
    match datetime.get(..length) {
        Some(time) if datetime.ends_with('Z') => time.replacen('T', " ", 1),
        _ => datetime.to_owned(),
    }
}
