//! The log types of a range whose fields a hunt knows, and those that it does not.

use crate::contract::{Error, Notice};
use crate::hunting::fields::Fields;
use crate::hunting::sampling::{self, Sample};
use crate::logs::range::Range;
use crate::logzio::client::Client;
use std::collections::BTreeSet;

/// What is known of the log types in a range.
#[derive(Debug, Default)]
pub struct Coverage {
    /// The types whose fields are known.
    pub known: Vec<String>,
    /// Those whose are not.
    pub unknown: Vec<String>,
    /// That there are some, or may be.
    pub notice: Option<Notice>,
    /// How many searches it took.
    pub searches: usize,
}

impl Coverage {
    /// Learns the fields of a range, if the caller did not name those of every kind that is needed. If so, and the caller says
    /// which log types they are of, checks that there are no others.
    ///
    /// # Errors
    /// What the first search failed with.
    pub fn of(
        client: &Client,
        windows: &[Range],
        fields: &mut Fields,
        must_learn: bool,
        log_types: Option<&[String]>,
    ) -> Result<Self, Error> {
        if must_learn {
            let sample = sampling::sample(client, windows)?;
            fields.learn(&sample.evidence);
            let known = sample.evidence.types().map(|(name, _)| name.to_owned()).collect();
            return Ok(Self::new(known, sample));
        }
        match log_types {
            Some(given) => {
                let given: BTreeSet<String> = given.iter().cloned().collect();
                let known: Vec<String> = given.into_iter().collect();
                let sample = sampling::types_besides(client, windows, &known)?;
                Ok(Self::new(known, sample))
            }
            None => Ok(Self::default()),
        }
    }

    fn new(known: Vec<String>, sample: Sample) -> Self {
        let notice = sample.notice();
        Self { known, notice, searches: sample.searches, unknown: sample.unknown.into_iter().collect() }
    }

    /// Whether no log type is unknown.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.notice.is_none()
    }
}
