//! What the contract promises, sentence by sentence, and which of it a component must keep.

use std::sync::LazyLock;

use serde::Deserialize;

const TABLE: &str = include_str!("../promises.toml");

/// A sentence of the WIT's documentation that promises something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The name that cases use, such as `logs.log-query.limit`.
    pub id: String,
    /// The file in `wit/`.
    pub wit: String,
    /// The sentence.
    pub text: String,
    /// A component that breaks it does not conform.
    pub required: bool,
}

/// A sentence of the WIT's documentation that promises nothing that could be tested.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The file in `wit/`.
    pub wit: String,
    /// The sentence.
    pub text: String,
}

/// The table of promises.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Promises {
    /// The promises, in the order of the WIT.
    #[serde(rename = "promise")]
    pub promises: Vec<Promise>,
    /// Every other sentence of the WIT.
    #[serde(rename = "no-promise")]
    pub descriptions: Vec<Description>,
}

impl Promises {
    /// The table of this version of the contract.
    pub fn get() -> &'static Self {
        static PROMISES: LazyLock<Promises> = LazyLock::new(|| {
            // A table that cannot be read is empty here, and fails every test of it.
            toml::from_str(TABLE).unwrap_or(Promises { promises: Vec::new(), descriptions: Vec::new() })
        });
        &PROMISES
    }

    /// The promise of a name.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Promise> {
        self.promises.iter().find(|promise| promise.id == id)
    }
}
