//! The settings of a webhook.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

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
    pub(super) headers: BTreeMap<String, SecretReference>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodySettings {
    /// CloudEvents 1.0, in structured or batched mode.
    CloudEvent,
    /// The incident as it is, or a list of such.
    Incident,
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
            headers: BTreeMap::new(),
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
            body: keys
                .choice("body", &[("cloudevent", BodySettings::CloudEvent), ("incident", BodySettings::Incident)])
                .unwrap_or(usual.body),
            batch: keys.count("batch", 1..=1000).unwrap_or(usual.batch),
            headers: keys.texts_or_secrets("headers").unwrap_or_default(),
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
        if url.is_none() {
            keys.missing("url", "\"https://HOST/PATH\"");
        }
        Some(Self { url: url?, ..settings })
    }
}
