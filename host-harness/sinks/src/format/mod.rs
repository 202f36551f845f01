//! An incident in the forms that sinks write. It knows no sink.
//!
//! ```text
//! ocsf                the incident as a Detection Finding
//! details, incident   all fields; the incident as it is
//! ```

mod details;
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

    /// Appends an incident as JSON, without a line break.
    ///
    /// # Errors
    /// If the incident is not of the contract.
    pub(crate) fn write(self, envelope: &Envelope, into: &mut Vec<u8>) -> Result<(), Undelivered> {
        match self {
            Self::Incident => incident::write(envelope, into),
            Self::Ocsf => ocsf::write(envelope, &details(envelope)?, into),
        }
        Ok(())
    }
}

/// All fields of an incident.
///
/// # Errors
/// If one is of another type than the contract has.
pub(crate) fn details(envelope: &Envelope) -> Result<Details<'_>, Undelivered> {
    Details::of(&envelope.incident.json).map_err(|error| {
        Undelivered::refused(format!(
            "the incident {} is not of the contract: {error}: report this",
            envelope.incident.id
        ))
    })
}
