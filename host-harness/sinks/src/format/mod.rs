//! An incident in the forms that sinks write. It knows no sink.
//!
//! ```text
//! ocsf                the incident as a Detection Finding
//! details, fields, incident
//!                     all fields; those of any object; the incident as it is
//! ```

mod details;
mod fields;
mod incident;
mod ocsf;

pub(crate) use details::Details;

use crate::document::Keys;
use crate::envelope::Envelope;
use crate::sink::Undelivered;

/// The form of an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// The incident in the contract's JSON form, with the account and the number in front.
    #[default]
    Incident,
    /// A Detection Finding of OCSF.
    Ocsf,
}

impl Format {
    pub(crate) fn read(keys: &mut Keys<'_>) -> Self {
        keys.choice("format", &[("incident", Self::Incident), ("ocsf", Self::Ocsf)]).unwrap_or_default()
    }

    /// The names of the fields that can be large, and that an incident can be understood without.
    pub(crate) fn large_fields(self) -> &'static str {
        match self {
            Self::Incident => "raw logs",
            Self::Ocsf => "raw_data evidences",
        }
    }

    /// What was written of an incident, without these fields.
    pub(crate) fn without_large_fields(self, written: &str) -> String {
        fields::without(written, &self.large_fields().split(' ').collect::<Vec<_>>())
    }

    /// Appends an incident as JSON, without a line break.
    ///
    /// # Errors
    /// If the incident is not of the contract.
    pub(crate) fn write(self, envelope: &Envelope, into: &mut Vec<u8>) -> Result<(), Undelivered> {
        match self {
            Self::Incident => incident::write(envelope, into),
            Self::Ocsf => ocsf::write(envelope, &Details::of(envelope)?, into),
        }
        Ok(())
    }
}
