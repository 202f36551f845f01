//! What was seen of each indicator: it gathers logs into what a report says.
//! Knows neither queries nor what makes a log hold an indicator.

use crate::contract::{Log, Notice, NoticeCode, Sighting};
use crate::hunting::classification::is_placeholder;
use crate::hunting::document::Document;
use crate::hunting::fields::Fields;
use crate::hunting::indicator::{self, Indicator};
use crate::logs::range::Range;
use crate::time;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The most names or addresses of one sort that a sighting has.
const MOST_NAMES: usize = 1_000;
/// The longest name that is believed to be one, in bytes.
const LONGEST_NAME: usize = 512;
/// The logs that a report holds, in bytes: a host has to take it whole.
const MOST_LOG_BYTES: usize = 32 << 20;

/// A log that was found, with what a sighting takes from it.
pub struct Witness {
    log: Log,
    document: Document,
    time: Option<i64>,
    users: Vec<String>,
    hosts: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Witness {
    /// Reads a log, with the users, hosts and addresses of these fields.
    #[must_use]
    pub fn new(log: Log, time: Option<DateTime<Utc>>, fields: &Fields) -> Self {
        let document = Document::read(&log.source);
        let values = |names: &[String]| -> Vec<String> {
            let values = names.iter().flat_map(|field| document.values(field)).map(str::trim);
            values.filter(|name| name.len() <= LONGEST_NAME && !is_placeholder(name)).map(str::to_owned).collect()
        };
        let to_read = fields.to_read();
        let mut users = values(&to_read.users);
        // Whoever assumed a role is a user, too.
        users.extend(document.all_values().filter_map(assumed_by).map(str::to_owned));
        let mut hosts = values(&to_read.own_hosts);
        // A name with a domain in another field is as likely that of a server elsewhere, unless the domain is the owner's.
        let others = values(&to_read.other_hosts).into_iter();
        hosts.extend(others.filter(|name| !name.contains('.') || fields.is_own_domain(name)));
        let addresses = values(&to_read.addresses).iter().filter_map(|text| indicator::address(text)).collect();
        Self { time: time.map(|time| time.timestamp_millis()), log, document, users, hosts, addresses }
    }

    /// The log's values by field.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The log's time, in epoch milliseconds.
    #[must_use]
    pub fn time(&self) -> Option<i64> {
        self.time
    }
}

/// What was seen of every indicator, by its place.
pub struct Sightings {
    seen: Vec<Seen>,
    limit: usize,
    internal: Internal,
    log_bytes: usize,
}

/// The networks that are internal besides the usual ones.
struct Internal(Vec<IpNet>);

impl Internal {
    fn has(&self, address: IpAddr) -> bool {
        let usual = match address {
            IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
            IpAddr::V6(address) => {
                address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
            }
        };
        usual || self.0.iter().any(|network| network.contains(&address))
    }
}

#[derive(Default)]
struct Seen {
    /// The logs that hold it and were read.
    read: u64,
    /// Those beyond, as far as they were counted.
    unread: u64,
    /// More may hold it than were counted.
    uncounted: bool,
    /// Not all logs that hold it were read.
    incomplete: bool,
    /// Not every field that may hold it was searched.
    simplified: bool,
    /// The windows that hold more logs than were read, and may hold its first.
    cut: Vec<Range>,
    /// Where its first log is cannot be told.
    first_is_unknown: bool,
    /// There were more names or addresses than are kept.
    more_names: bool,
    first: Option<i64>,
    last: Option<i64>,
    users: BTreeSet<String>,
    hosts: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
    /// The newest logs, in no order.
    logs: Vec<(Option<i64>, Log)>,
}

impl Sightings {
    /// Nothing seen yet of so many indicators. `limit` is that of logs for
    /// each, `internal` are the networks that are internal besides the usual.
    #[must_use]
    pub fn new(count: usize, limit: u32, internal: Vec<IpNet>) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let seen = (0..count).map(|_| Seen::default()).collect();
        Self { seen, limit, internal: Internal(internal), log_bytes: 0 }
    }

    /// Whether a network is internal: of RFC 1918 or RFC 4193, loopback,
    /// link-local, or in a network that the caller named.
    #[must_use]
    pub fn is_internal(&self, network: IpNet) -> bool {
        self.internal.has(network.network()) && self.internal.has(network.broadcast())
    }

    /// A log holds an indicator.
    pub fn add(&mut self, place: usize, witness: &Witness) {
        self.seen_at(place, witness.time);
        let limit = self.limit;
        let Some(seen) = self.seen.get_mut(place) else { return };
        seen.read += 1;
        seen.more_names |= remember(&mut seen.users, &witness.users);
        seen.more_names |= remember(&mut seen.hosts, &witness.hosts);
        seen.more_names |= remember(&mut seen.addresses, &witness.addresses);
        // The oldest goes if a newer one comes; logs come newest first but
        // for those of windows that were searched again.
        if seen.logs.len() >= limit {
            let oldest = seen.logs.iter().enumerate().min_by_key(|(_, (time, _))| *time);
            match oldest.map(|(at, (time, _))| (at, *time)) {
                Some((at, time)) if time < witness.time => {
                    let (_, log) = seen.logs.swap_remove(at);
                    self.log_bytes -= log.source.len();
                }
                _ => return,
            }
        }
        if self.log_bytes + witness.log.source.len() <= MOST_LOG_BYTES {
            self.log_bytes += witness.log.source.len();
            seen.logs.push((witness.time, witness.log.clone()));
        }
    }

    /// A log of this time holds an indicator.
    pub fn seen_at(&mut self, place: usize, time: Option<i64>) {
        if let Some((seen, time)) = self.seen.get_mut(place).zip(time) {
            seen.first = Some(seen.first.map_or(time, |first| first.min(time)));
            seen.last = Some(seen.last.map_or(time, |last| last.max(time)));
        }
    }

    /// A window holds more logs with an indicator than were read: so many
    /// more, or at least so many if that count is not exact.
    pub fn cut(&mut self, place: usize, window: Range, more: u64, is_exact: bool) {
        let Some(seen) = self.seen.get_mut(place) else { return };
        seen.unread += more;
        seen.uncounted |= !is_exact;
        seen.incomplete = true;
        seen.cut.push(window);
    }

    /// Logz.io told only a part of what holds it.
    pub fn answered_in_part(&mut self, place: usize) {
        if let Some(seen) = self.seen.get_mut(place) {
            seen.incomplete = true;
            seen.uncounted = true;
        }
    }

    /// It was not looked for in every field that may hold it.
    pub fn searched_in_part(&mut self, place: usize) {
        if let Some(seen) = self.seen.get_mut(place) {
            seen.simplified = true;
        }
    }

    /// Its earliest log was found.
    pub fn first_was_found(&mut self, place: usize) {
        if let Some(seen) = self.seen.get_mut(place) {
            seen.cut.clear();
        }
    }

    /// It is in no log of this window that was not read, or, if only a part of
    /// it was told, perhaps in none.
    pub fn first_is_not_in(&mut self, place: usize, window: Range, partial: bool) {
        if let Some(seen) = self.seen.get_mut(place) {
            seen.first_is_unknown |= partial;
            seen.cut.retain(|cut| cut.since > window.until);
        }
    }

    /// Where its earliest log is cannot be told.
    pub fn first_is_unknown(&mut self, place: usize) {
        if let Some(seen) = self.seen.get_mut(place) {
            seen.first_is_unknown = true;
            seen.cut.clear();
        }
    }

    /// The window in which the earliest log of an indicator lies unread.
    #[must_use]
    pub fn first_is_unread(&self, place: usize) -> Option<Range> {
        let seen = self.seen.get(place)?;
        let earliest = seen.cut.iter().copied().min_by_key(|cut| cut.since);
        earliest.filter(|cut| seen.first.is_none_or(|first| first >= cut.since))
    }

    /// What was seen of those that are `wanted`, and what of it is not whole.
    #[must_use]
    pub fn finish(self, indicators: &[Indicator], wanted: impl Fn(&usize) -> bool) -> (Vec<Sighting>, Vec<Notice>) {
        let mut notices = Vec::new();
        let mut cut_logs = false;
        let mut sightings = Vec::new();
        let Self { seen, limit, internal, .. } = self;
        for (place, (indicator, seen)) in indicators.iter().zip(seen).enumerate() {
            if !wanted(&place) {
                continue;
            }
            let hits = seen.read + seen.unread;
            if seen.more_names {
                notices.push(Notice::new(
                    NoticeCode::ResultCut,
                    format!(
                        "more than {MOST_NAMES} users, hosts or addresses are in logs with {}: only the first \
                         {MOST_NAMES} of each are listed",
                        indicator.value
                    ),
                ));
            }
            if seen.first_is_unknown {
                notices.push(Notice::new(
                    NoticeCode::FirstSeenUnknown,
                    format!(
                        "when {} was first seen is not known, since many logs are like it: narrow the range",
                        indicator.value
                    ),
                ));
            }
            if seen.incomplete {
                notices.push(Notice::new(
                    NoticeCode::SightingIncomplete,
                    format!(
                        "{}{hits} logs hold {}, and {} of them were read: users, hosts and addresses are of those",
                        if seen.uncounted { "at least " } else { "" },
                        indicator.value,
                        seen.read,
                    ),
                ));
            }
            cut_logs |= u64::try_from(limit).is_ok_and(|limit| seen.read.min(limit) > seen.logs.len() as u64);
            let (internal_ips, external_ips): (Vec<IpAddr>, Vec<IpAddr>) =
                seen.addresses.into_iter().partition(|address| internal.has(*address));
            let mut logs = seen.logs;
            logs.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
            sightings.push(Sighting {
                value: indicator.value.clone(),
                kind: indicator.kind,
                hits: u32::try_from(hits).unwrap_or(u32::MAX),
                complete: !seen.incomplete && !seen.simplified,
                first_seen: seen.first.filter(|_| !seen.first_is_unknown).map(time::format_millis),
                last_seen: seen.last.map(time::format_millis),
                users: seen.users.into_iter().collect(),
                hosts: seen.hosts.into_iter().collect(),
                internal_ips: texts(internal_ips),
                external_ips: texts(external_ips),
                logs: logs.into_iter().map(|(_, log)| log).collect(),
                host_of: Vec::new(),
            });
        }
        if cut_logs {
            notices.insert(
                0,
                Notice::new(
                    NoticeCode::ResultCut,
                    format!(
                        "more than {} MiB of logs hold the indicators, so some are not returned: lower the limit per \
                     indicator",
                        MOST_LOG_BYTES >> 20
                    ),
                ),
            );
        }
        (sightings, notices)
    }
}

/// Who assumed a role of AWS, of a value that names it: `arn:aws:sts::1:assumed-role/Admin/ada`. (AWS, "IAM identifiers".)
fn assumed_by(value: &str) -> Option<&str> {
    let (_, role) = value.strip_prefix("arn:aws")?.split_once(":assumed-role/")?;
    let (_, session) = role.split_once('/')?;
    (!session.is_empty() && session.len() <= LONGEST_NAME).then_some(session)
}

/// Whether some were too many to keep.
fn remember<T: Ord + Clone>(known: &mut BTreeSet<T>, names: &[T]) -> bool {
    let mut too_many = false;
    for name in names {
        if known.contains(name) {
            continue;
        }
        if known.len() < MOST_NAMES {
            known.insert(name.clone());
        } else {
            too_many = true;
        }
    }
    too_many
}

fn texts(addresses: Vec<IpAddr>) -> Vec<String> {
    addresses.iter().map(IpAddr::to_string).collect()
}
