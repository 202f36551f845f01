//! The settings of a webhook.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::template::ReadyTemplate;
use crate::document::Keys;
use crate::secret::{Secret, SecretReference};

/// The settings of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebhookSettings {
    /// Some receivers have a secret in it.
    pub(super) url: SecretReference,
    pub(super) body: BodySettings,
    /// How many incidents one request holds. With more than one, the body is always a list.
    pub(super) batch: usize,
    /// What templates see as `values`.
    pub(super) values: BTreeMap<String, SecretReference>,
    pub(super) headers: BTreeMap<String, SecretReference>,
    /// Headers from templates.
    pub(super) header_templates: BTreeMap<String, String>,
    /// The keys that requests are signed with: two while receivers change from one to the other.
    pub(super) signing_keys: Vec<SecretReference>,
    pub(super) timeouts: Timeouts,
    pub(super) ca_file: Option<PathBuf>,
    /// The files of a certificate and of its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
    /// Whether `http:` may leave this machine.
    pub(super) allows_http: bool,
}

/// How long things may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    /// For name resolution, TCP, a proxy and TLS together.
    pub(super) connect: Duration,
    /// For sending the request and the head of the answer.
    pub(super) answer: Duration,
    /// For the rest of the answer.
    pub(super) body: Duration,
}

/// What a request holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BodySettings {
    /// CloudEvents 1.0, in structured or batched mode.
    CloudEvent,
    /// The incident as it is, or a list of such.
    Incident,
    /// A Detection Finding of OCSF, or a list of such.
    Ocsf,
    /// As a product has it.
    Ready(ReadyTemplate),
    /// As a template in a file has it.
    File(PathBuf),
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(30), body: Duration::from_secs(10) }
    }
}

impl WebhookSettings {
    /// CloudEvents to an address.
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: SecretReference::InClear(Secret::new(url)),
            body: BodySettings::CloudEvent,
            batch: 1,
            values: BTreeMap::new(),
            headers: BTreeMap::new(),
            header_templates: BTreeMap::new(),
            signing_keys: Vec::new(),
            timeouts: Timeouts::default(),
            ca_file: None,
            identity: None,
            allows_http: false,
        }
    }

    pub(crate) fn read(keys: &mut Keys<'_>) -> Option<Self> {
        let usual = Self::new("");
        let limit = Duration::from_millis(100)..=Duration::from_secs(600);
        let url = keys.text_or_secret("url");
        let settings = Self {
            batch: keys.count("batch", 1..=1000).unwrap_or(usual.batch),
            values: keys.texts_or_secrets("values").unwrap_or_default(),
            headers: keys.texts_or_secrets("headers").unwrap_or_default(),
            header_templates: keys.table_of_texts("header-templates").unwrap_or_default(),
            signing_keys: [keys.secret("signing-key"), keys.secret("old-signing-key")].into_iter().flatten().collect(),
            timeouts: Timeouts {
                connect: keys.duration("connect-timeout", limit.clone()).unwrap_or(usual.timeouts.connect),
                answer: keys.duration("answer-timeout", limit.clone()).unwrap_or(usual.timeouts.answer),
                body: keys.duration("body-timeout", limit).unwrap_or(usual.timeouts.body),
            },
            ca_file: keys.path("ca-file"),
            identity: keys.pair_of_paths("client-certificate", "client-key"),
            allows_http: keys.flag("allow-http").unwrap_or(false),
            ..usual
        };
        let body = Self::read_body(keys, &settings);
        if url.is_none() {
            keys.missing("url", "\"https://HOST/PATH\"");
        }
        Some(Self { url: url?, body, ..settings })
    }

    /// The body, and whether the other settings go with it.
    fn read_body(keys: &mut Keys<'_>, settings: &Self) -> BodySettings {
        let words = [
            ("cloudevent", BodySettings::CloudEvent),
            ("incident", BodySettings::Incident),
            ("ocsf", BodySettings::Ocsf),
            ("slack", BodySettings::Ready(ReadyTemplate::Slack)),
            ("teams", BodySettings::Ready(ReadyTemplate::Teams)),
            ("jira", BodySettings::Ready(ReadyTemplate::Jira)),
            ("pagerduty", BodySettings::Ready(ReadyTemplate::PagerDuty)),
        ];
        let body = match (keys.choice("body", &words), keys.path("template")) {
            (Some(_), Some(_)) => {
                keys.fault(None, "template", "`body` names another one: leave one of them out");
                BodySettings::CloudEvent
            }
            (Some(body), None) => body,
            (None, Some(file)) => BodySettings::File(file),
            (None, None) => BodySettings::CloudEvent,
        };
        if let BodySettings::Ready(ready) = body {
            for (value, example) in ready.needs().iter().filter(|(value, _)| !settings.values.contains_key(*value)) {
                keys.fault(None, "values", &format!("`{value}` is missing: write values = {{ {value} = {example} }}"));
            }
            if settings.batch > 1 {
                keys.fault(None, "batch", "this body holds one incident: leave batch out");
            }
        }
        if let (false, BodySettings::CloudEvent | BodySettings::Incident | BodySettings::Ocsf, true) =
            (settings.values.is_empty(), &body, settings.header_templates.is_empty())
        {
            keys.fault(None, "values", "nothing uses them: name a template, or leave them out");
        }
        body
    }
}
