//! `find-fields`: the fields that hold indicators, by kind, as sampled logs say.

use crate::connection::Account;
use crate::contract::{Error, FieldReport, FieldRequest, FoundField, KindFields};
use crate::hunting::arguments;
use crate::hunting::evidence::Holding;
use crate::hunting::fields::Fields;
use crate::hunting::kinds;
use crate::hunting::sampling;
use crate::logzio::client::Client;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Carries out `find-fields`.
///
/// # Errors
/// As the contract has it.
pub fn find_fields(client: &Client, request: &FieldRequest, now: DateTime<Utc>) -> Result<FieldReport, Error> {
    let (range, notice) = arguments::range(request.since.as_deref(), request.until.as_deref(), now)?;
    client.target().require(Account::Operations)?;
    let sample = sampling::sample(client, &range.windows())?;
    let mut fields = Fields::read(&[], client.target())?;
    fields.learn(&sample.evidence);
    let types: BTreeSet<&str> = sample.evidence.types().map(|(name, _)| name).collect();
    let of_kind = |kind| {
        let holding = sample.evidence.holding(kind);
        let with: BTreeSet<&str> = holding.iter().flat_map(|field| field.types.iter().copied()).collect();
        let field = |field: Holding| FoundField {
            name: field.name.to_owned(),
            log_types: field.types.into_iter().map(str::to_owned).collect(),
            share: field.share,
        };
        KindFields {
            kind,
            fields: holding.into_iter().map(field).collect(),
            empty_log_types: types.difference(&with).map(|name| (*name).to_owned()).collect(),
        }
    };
    let notices = notice.into_iter().chain(sample.notice());
    Ok(FieldReport {
        kinds: kinds::ALL.map(of_kind).to_vec(),
        fields: fields.all().map(|(kind, names)| (kind, names.to_vec())).collect(),
        notices: notices.collect(),
        sampled: types.into_iter().map(str::to_owned).collect(),
        unknown_log_types: sample.unknown.into_iter().collect(),
    })
}
