//! The rules of [`hunting`](crate::hunting), broken.

use crate::contract::{
    Error, FieldReport, FieldRequest, HuntReport, HuntRequest, Indicator, IndicatorKind, Log, NoticeCode, Sighting,
};
use crate::hunting::{kinds, known_fields};
use crate::logzio::client::Client;
use crate::mutations::answer::answered;
use crate::mutations::mutation::{Mutation, is};
use crate::mutations::transport::HUNTING;
use chrono::{DateTime, Utc};

/// See [`hunt`](crate::hunting::hunt).
///
/// # Errors
/// As there, unless a mutation has another.
pub fn hunt(client: &Client, request: &HuntRequest, now: DateTime<Utc>) -> Result<HuntReport, Error> {
    let mut request = request.clone();
    let nothing = HuntReport {
        sightings: Vec::new(),
        rejected: Vec::new(),
        unfinished: Vec::new(),
        queries: Vec::new(),
        searched: Vec::new(),
        unknown_log_types: Vec::new(),
        notices: Vec::new(),
    };
    let mut unseen = Vec::new();
    match Mutation::current() {
        Some(Mutation::NoIndicatorsTaken) if request.indicators.is_empty() => return Ok(nothing),
        Some(Mutation::DefangedTakenLiterally) => {
            let (defanged, plain): (Vec<_>, Vec<_>) = request.indicators.into_iter().partition(is_defanged);
            unseen = defanged.into_iter().map(not_seen).collect();
            request.indicators = plain;
            if request.indicators.is_empty() && !unseen.is_empty() {
                return Ok(HuntReport { sightings: unseen, ..nothing });
            }
        }
        Some(Mutation::FirstFieldOnly) => {
            request.fields = kinds::ALL.map(|kind| (kind, first_field(&request, kind))).to_vec();
        }
        Some(Mutation::FieldsNotLearned) => {
            let known = |kind| (kind, known_fields::defaults(kind).iter().map(|name| (*name).to_owned()).collect());
            let named = std::mem::take(&mut request.fields);
            let others = kinds::ALL.into_iter().filter(|kind| !named.iter().any(|(of, _)| of == kind)).map(known);
            request.fields = others.collect();
            request.fields.extend(named);
        }
        Some(Mutation::InternalNetworksIgnored) => request.internal_networks.clear(),
        _ => {}
    }
    HUNTING.set(true);
    let answer = crate::hunting::hunt(client, &request, now);
    HUNTING.set(false);
    let mut report = answered(client, answer)?;
    report.sightings.extend(unseen);
    match Mutation::current() {
        Some(Mutation::NothingAttributed) => attribute_all_to_all(&mut report.sightings),
        Some(Mutation::ValuesUnquoted) => {
            report.queries.iter_mut().for_each(|query| *query = query.replace('"', " "));
        }
        Some(Mutation::RejectedUnmentioned) => report.rejected.clear(),
        Some(Mutation::UnseenLeftOut) => report.sightings.retain(|sighting| sighting.hits > 0),
        Some(Mutation::SearchedUnmentioned) => report.searched.clear(),
        Some(Mutation::SearchedOfOneKind) => {
            report.searched.iter_mut().for_each(|searched| searched.kind = IndicatorKind::Ip);
        }
        Some(Mutation::UnknownTypesUnmentioned) => {
            report.unknown_log_types.clear();
            report.sightings.iter_mut().for_each(|sighting| sighting.complete = true);
        }
        Some(Mutation::SimplerSearchUnmentioned) => {
            report.notices.retain(|notice| notice.code != NoticeCode::SimplifiedSearch);
            report.sightings.iter_mut().for_each(|sighting| sighting.complete = true);
        }
        Some(Mutation::HostsOfUrlsLeftOut) => report.sightings.retain(|sighting| sighting.host_of.is_empty()),
        Some(Mutation::TwoFieldsApart) => report.sightings.iter_mut().for_each(in_one_field),
        Some(Mutation::NoticesOfOneCode) => {
            report.notices.iter_mut().for_each(|notice| notice.code = NoticeCode::MayBeMissing);
        }
        _ => {}
    }
    for sighting in &mut report.sightings {
        if is(Mutation::HitsAreLogsReturned) {
            sighting.hits = u32::try_from(sighting.logs.len()).unwrap_or(u32::MAX);
        }
        if is(Mutation::FirstAndLastExchanged) {
            std::mem::swap(&mut sighting.first_seen, &mut sighting.last_seen);
        }
    }
    Ok(report)
}

/// See [`find_fields`](crate::hunting::find_fields).
///
/// # Errors
/// As there, unless a mutation has another.
pub fn find_fields(client: &Client, request: &FieldRequest, now: DateTime<Utc>) -> Result<FieldReport, Error> {
    let mut report = answered(client, crate::hunting::find_fields(client, request, now))?;
    let types = report.sampled.clone();
    if is(Mutation::SearchedOfOneKind) {
        report.kinds.iter_mut().for_each(|of_kind| of_kind.kind = IndicatorKind::Ip);
    }
    for field in report.kinds.iter_mut().flat_map(|of_kind| &mut of_kind.fields) {
        match Mutation::current() {
            Some(Mutation::FieldsWithoutTypes) => field.log_types.clone_from(&types),
            Some(Mutation::ShareIsAlwaysWhole) => field.share = 100,
            _ => {}
        }
    }
    Ok(report)
}

/// Counts only logs that have the value as it stands.
fn in_one_field(sighting: &mut Sighting) {
    if matches!(sighting.kind, IndicatorKind::Url | IndicatorKind::User) {
        let value = sighting.value.clone();
        let written = serde_json::to_string(&value).unwrap_or_default();
        sighting.logs.retain(|log| log.source.contains(written.trim_matches('"')));
        sighting.hits = u32::try_from(sighting.logs.len()).unwrap_or(u32::MAX);
    }
}

fn is_defanged(indicator: &Indicator) -> bool {
    ["[.]", "(.)", "[dot]", "(dot)", "[at]", "(at)", "hxxp", "[:]"].iter().any(|sign| indicator.value.contains(sign))
}

fn not_seen(indicator: Indicator) -> Sighting {
    Sighting {
        value: indicator.value,
        kind: indicator.kind.unwrap_or(IndicatorKind::Domain),
        hits: 0,
        complete: true,
        first_seen: None,
        last_seen: None,
        users: Vec::new(),
        hosts: Vec::new(),
        internal_ips: Vec::new(),
        external_ips: Vec::new(),
        logs: Vec::new(),
        host_of: Vec::new(),
    }
}

fn first_field(request: &HuntRequest, kind: IndicatorKind) -> Vec<String> {
    let named = request.fields.iter().find(|(named, _)| *named == kind);
    match named {
        Some((_, fields)) => fields.iter().take(1).cloned().collect(),
        None => known_fields::defaults(kind).iter().take(1).map(|field| (*field).to_owned()).collect(),
    }
}

fn attribute_all_to_all(sightings: &mut [Sighting]) {
    let hits = sightings.iter().map(|sighting| sighting.hits).sum();
    let logs: Vec<Log> = sightings.iter().flat_map(|sighting| sighting.logs.iter().cloned()).collect();
    let first = sightings.iter().filter_map(|sighting| sighting.first_seen.clone()).min();
    let last = sightings.iter().filter_map(|sighting| sighting.last_seen.clone()).max();
    for sighting in sightings {
        sighting.hits = hits;
        sighting.logs.clone_from(&logs);
        sighting.first_seen.clone_from(&first);
        sighting.last_seen.clone_from(&last);
    }
}
