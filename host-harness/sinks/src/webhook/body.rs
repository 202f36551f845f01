//! What a request holds.

use std::collections::BTreeMap;
use std::path::Path;

use super::cloudevent;
use super::settings::BodySettings;
use super::template::Template;
use crate::envelope::Envelope;
use crate::error::SinkError;
use crate::format::Format;
use crate::secret::Secret;
use crate::sink::Undelivered;

/// The largest template, in bytes.
const LARGEST_TEMPLATE: u64 = 1 << 20;

/// The form of what a request holds.
pub(super) enum Form {
    CloudEvent,
    Plain(Format),
    Template(Box<Template>),
}

/// A body and its media type.
pub(super) struct Body {
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Form {
    /// Reads and tries a template, if there is one.
    pub(super) fn find(
        settings: &BodySettings,
        values: BTreeMap<String, Secret>,
        is_list: bool,
        folder: &Path,
    ) -> Result<Self, SinkError> {
        let (name, source) = match settings {
            BodySettings::CloudEvent => return Ok(Self::CloudEvent),
            BodySettings::Incident => return Ok(Self::Plain(Format::Incident)),
            BodySettings::Ocsf => return Ok(Self::Plain(Format::Ocsf)),
            BodySettings::Ready(ready) => (format!("{ready:?}"), ready.source().to_owned()),
            BodySettings::File(file) => {
                let file = folder.join(file);
                let source = read(&file).map_err(|error| {
                    SinkError(format!("the template {} could not be read: {error}: check its path", file.display()))
                })?;
                (file.display().to_string(), source)
            }
        };
        Template::new(&name, source, values, is_list).map(|template| Self::Template(Box::new(template)))
    }

    /// The body for some incidents: a list if it is for batches, else the only one.
    pub(super) fn body(&self, batch: &[Envelope], is_list: bool) -> Result<Body, Undelivered> {
        let (one, list) = match self {
            Self::CloudEvent => (cloudevent::ONE, cloudevent::LIST),
            Self::Plain(_) => ("application/json", "application/json"),
            Self::Template(template) => {
                return Ok(Body { media_type: "application/json", bytes: template.render(batch, is_list)? });
            }
        };
        let mut bytes = Vec::new();
        for (number, envelope) in batch.iter().enumerate() {
            if is_list {
                bytes.push(if number == 0 { b'[' } else { b',' });
            }
            match self {
                Self::Plain(format) => format.write(envelope, &mut bytes)?,
                Self::CloudEvent | Self::Template(_) => cloudevent::write(envelope, &mut bytes),
            }
        }
        if is_list {
            bytes.push(b']');
        }
        Ok(Body { media_type: if is_list { list } else { one }, bytes })
    }
}

fn read(file: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(file)?.take(LARGEST_TEMPLATE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_TEMPLATE { Err(std::io::Error::other("it is larger than 1 MiB")) } else { Ok(text) }
}
