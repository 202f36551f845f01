//! The settings of one table: an account's own, or the defaults of all.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use logzio_soar_host::contract::{Endpoint, EventFilter, Severity};
use toml_edit::TableLike;

use super::reader::{Place, Reader};
use crate::account::{Account, OPERATIONS_TOKEN, SECURITY_TOKEN};
use crate::name::AccountName;
use crate::token::TokenReference;

/// The region of an account that names none, as everywhere in logzio-soar.
const REGION: &str = "us";
/// Where the first fetch starts.
const FIRST_FETCH: &str = "1 hour ago";
/// The time from one poll to the next.
const INTERVAL: Duration = Duration::from_secs(60);
/// How long a call may take, by the contract.
const TIME_BUDGET: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(600));
/// The longest look-back in minutes, and the most logs of an incident, by the contract.
const LOOK_BACK: u32 = 1_440;
const ATTACHED_LOGS: u32 = 100;

/// What the defaults may set.
const SHARED: [&str; 11] = [
    "region",
    "url",
    "time-budget",
    "rule-name",
    "severities",
    "tags",
    "include-muted",
    "look-back-minutes",
    "attach-logs",
    "first-fetch",
    "interval",
];

/// The endpoint of an account that sets none.
pub(crate) fn default_endpoint() -> Endpoint {
    Endpoint::Region(REGION.to_owned())
}

/// What a table sets.
#[derive(Clone, Default)]
pub(super) struct Settings {
    endpoint: Option<Endpoint>,
    pub(super) security: Option<TokenReference>,
    pub(super) operations: Option<TokenReference>,
    time_budget: Option<Duration>,
    rule_name: Option<String>,
    severities: Option<Vec<Severity>>,
    tags: Option<Vec<String>>,
    include_muted: Option<bool>,
    look_back_minutes: Option<u32>,
    attach_logs: Option<u32>,
    first_fetch: Option<String>,
    interval: Option<Duration>,
}

impl Settings {
    pub(super) fn of_account(reader: &mut Reader<'_>, table: &dyn TableLike, name: &str) -> Self {
        Self::of(reader, table, &Place::Account(name))
    }

    pub(super) fn of_defaults(reader: &mut Reader<'_>, table: &dyn TableLike) -> Self {
        Self::of(reader, table, &Place::Defaults)
    }

    fn of(reader: &mut Reader<'_>, table: &dyn TableLike, place: &Place<'_>) -> Self {
        let mut settings = Self::default();
        for (key, item) in table.iter() {
            match (key, place) {
                ("region", _) => settings.take_endpoint(reader, table, key, place),
                ("url", _) => settings.take_endpoint(reader, table, key, place),
                (SECURITY_TOKEN | OPERATIONS_TOKEN, Place::Defaults) => {
                    let what = "all accounts would be the same one: set the token of each account".to_owned();
                    reader.fault(table, key, place, Some(key), what);
                }
                (SECURITY_TOKEN, _) => settings.security = reader.token(table, key, place),
                (OPERATIONS_TOKEN, _) => settings.operations = reader.token(table, key, place),
                ("time-budget", _) => settings.time_budget = reader.duration(table, key, place, TIME_BUDGET),
                ("rule-name", _) => settings.rule_name = reader.text(table, key, place),
                ("severities", _) => settings.severities = reader.severities(table, key, place),
                ("tags", _) => settings.tags = reader.texts(table, key, place),
                ("include-muted", _) => settings.include_muted = reader.flag(table, key, place),
                ("look-back-minutes", _) => {
                    settings.look_back_minutes = reader.number(table, key, place, 0..=LOOK_BACK)
                }
                ("attach-logs", _) => settings.attach_logs = reader.number(table, key, place, 0..=ATTACHED_LOGS),
                ("first-fetch", _) => settings.first_fetch = reader.text(table, key, place),
                ("interval", _) => settings.interval = reader.interval(table, key, place),
                (_, Place::Defaults) => reader.unknown(table, key, item, place, &SHARED),
                _ => {
                    let known: Vec<&str> = SHARED.into_iter().chain([SECURITY_TOKEN, OPERATIONS_TOKEN]).collect();
                    reader.unknown(table, key, item, place, &known);
                }
            }
        }
        settings
    }

    fn take_endpoint(&mut self, reader: &mut Reader<'_>, table: &dyn TableLike, key: &str, place: &Place<'_>) {
        let Some(text) = reader.text(table, key, place) else { return };
        let is_region = key == "region";
        let endpoint = if is_region { Endpoint::Region(text) } else { Endpoint::Url(text) };
        if table.contains_key("region") && table.contains_key("url") {
            // Once is enough.
            if !is_region {
                let what = "a region and a url cannot both be set: keep one of them".to_owned();
                reader.fault(table, key, place, Some(key), what);
            }
        } else if endpoint.origin().is_some() {
            self.endpoint = Some(endpoint);
        } else if is_region {
            let what = "this is no region: write us, eu, uk, ca, au, jp or another two-letter code, as Logz.io shows it under \
                        Settings > General";
            reader.fault(table, key, place, Some(key), what.to_owned());
        } else {
            let what = "this URL cannot be used: write https://HOST, or http://HOST on a loopback address, without a user name";
            reader.fault(table, key, place, Some(key), what.to_owned());
        }
    }

    /// These settings, and those of the defaults where they are silent.
    pub(super) fn or(self, defaults: &Self) -> Self {
        let defaults = defaults.clone();
        Self {
            endpoint: self.endpoint.or(defaults.endpoint),
            security: self.security,
            operations: self.operations,
            time_budget: self.time_budget.or(defaults.time_budget),
            rule_name: self.rule_name.or(defaults.rule_name),
            severities: self.severities.or(defaults.severities),
            tags: self.tags.or(defaults.tags),
            include_muted: self.include_muted.or(defaults.include_muted),
            look_back_minutes: self.look_back_minutes.or(defaults.look_back_minutes),
            attach_logs: self.attach_logs.or(defaults.attach_logs),
            first_fetch: self.first_fetch.or(defaults.first_fetch),
            interval: self.interval.or(defaults.interval),
        }
    }

    pub(super) fn into_endpoint(self) -> Endpoint {
        self.endpoint.unwrap_or_else(default_endpoint)
    }

    pub(super) fn into_account(self, name: AccountName, file: Arc<PathBuf>) -> Account {
        Account {
            name,
            file,
            endpoint: self.endpoint.unwrap_or_else(default_endpoint),
            security_token: self.security,
            operations_token: self.operations,
            time_budget_ms: self.time_budget.and_then(|budget| u32::try_from(budget.as_millis()).ok()),
            filter: EventFilter {
                rule_name: self.rule_name,
                severities: self.severities.unwrap_or_default(),
                tags: self.tags.unwrap_or_default(),
                include_muted: self.include_muted.unwrap_or_default(),
            },
            look_back_minutes: self.look_back_minutes,
            attach_logs: self.attach_logs,
            first_fetch: self.first_fetch.unwrap_or_else(|| FIRST_FETCH.to_owned()),
            interval: self.interval.unwrap_or(INTERVAL),
        }
    }
}
