//! Where the sightings of a hunt go, in the format that was asked for.

use std::io;

use logzio_soar_host::contract::Sighting;

use super::arguments::HuntFormat;
use super::stix::Bundle;
use crate::commands::several::Tag;
use crate::failure::Failure;
use crate::output::{Format, Output, Page, StandardOutput};
use crate::records::{OfAccount, SightingRecord};

/// Where sightings go.
pub(super) enum Sink {
    Rows(Output),
    Bundle(Bundle, StandardOutput),
}

impl Sink {
    pub(super) fn new(format: HuntFormat) -> io::Result<Self> {
        let format = match format {
            HuntFormat::Table => Format::Table,
            HuntFormat::Json => Format::Json,
            HuntFormat::Ndjson => Format::Ndjson,
            HuntFormat::Csv => Format::Csv,
            HuntFormat::Stix => return Ok(Self::Bundle(Bundle::new(), StandardOutput::open()?)),
        };
        Output::to_stdout(format).map(Self::Rows)
    }

    pub(super) fn is_for_people(&self) -> bool {
        matches!(self, Self::Rows(output) if output.is_for_people())
    }

    /// Writes what was seen of an indicator, or that it was not.
    pub(super) fn write(&mut self, sighting: &Sighting, tag: Option<Tag<'_>>) -> io::Result<()> {
        match (self, tag) {
            (Self::Rows(output), Some(Tag { account, column })) => {
                output.write(&OfAccount { account, column, record: SightingRecord(sighting) })
            }
            (Self::Rows(output), None) => output.write(&SightingRecord(sighting)),
            (Self::Bundle(bundle, _), tag) => {
                bundle.add(sighting, tag.map(|tag| tag.account.as_str()));
                Ok(())
            }
        }
    }

    /// Hands on what was written so far.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Rows(output) => output.flush(),
            Self::Bundle(..) => Ok(()),
        }
    }

    /// Writes what belongs at the end; for people, what `summary` writes. If no call was answered, there is no result at all.
    pub(super) fn finish(
        &mut self,
        failed: bool,
        nothing: bool,
        summary: impl FnOnce(&mut Page<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match self {
            Self::Rows(output) if output.is_for_people() => {
                if !nothing {
                    output.write_for_people(summary)?;
                }
                output.finish(failed)?;
            }
            Self::Rows(output) => output.finish(nothing)?,
            Self::Bundle(..) if nothing => {}
            Self::Bundle(bundle, output) => bundle.write(output)?,
        }
        Ok(())
    }
}
