//! An incident in the forms that sinks write. It knows no sink.

mod incident;

use crate::document::Keys;
use crate::envelope::Envelope;

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// The incident in the contract's JSON form, with the account and the number in front.
    #[default]
    Incident,
}

impl Format {
    pub(crate) fn read(keys: &mut Keys<'_>) -> Self {
        keys.choice("format", &[("incident", Self::Incident)]).unwrap_or_default()
    }

    /// Appends an incident as JSON, without a line break.
    pub(crate) fn write(self, envelope: &Envelope, into: &mut Vec<u8>) {
        match self {
            Self::Incident => incident::write(envelope, into),
        }
    }
}
