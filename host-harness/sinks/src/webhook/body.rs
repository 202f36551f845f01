//! What a request holds.

use super::cloudevent;
use super::settings::BodySettings;
use crate::envelope::Envelope;
use crate::format::Format;

/// A body and its media type.
pub(super) struct Body {
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// The body for some incidents: a list if it is for batches, else the only one.
pub(super) fn of(settings: BodySettings, batch: &[Envelope], is_list: bool) -> Body {
    let (one, list): (_, _) = match settings {
        BodySettings::CloudEvent => (cloudevent::ONE, cloudevent::LIST),
        BodySettings::Incident => ("application/json", "application/json"),
    };
    let mut bytes = Vec::new();
    for (number, envelope) in batch.iter().enumerate() {
        if is_list {
            bytes.push(if number == 0 { b'[' } else { b',' });
        }
        match settings {
            BodySettings::CloudEvent => cloudevent::write(envelope, &mut bytes),
            BodySettings::Incident => Format::Incident.write(envelope, &mut bytes),
        }
    }
    if is_list {
        bytes.push(b']');
    }
    Body { media_type: if is_list { list } else { one }, bytes }
}
