//! The settings of a file.

use std::path::{Path, PathBuf};

use crate::document::Keys;
use crate::format::Format;

/// The settings of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileSettings {
    path: PathBuf,
    pub(super) format: Format,
    pub(super) rotation: RotationSettings,
}

/// When a file is full, and how many old ones are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RotationSettings {
    /// In bytes. None: it grows for ever.
    pub(super) largest: Option<u64>,
    /// A new file each day, in UTC.
    pub(super) daily: bool,
    /// How many old files are kept besides the one that is written. None: all.
    pub(super) keep: Option<usize>,
}

impl FileSettings {
    /// Without rotation.
    pub(crate) fn new(path: PathBuf) -> Self {
        let rotation = RotationSettings { largest: None, daily: false, keep: None };
        Self { path, format: Format::Incident, rotation }
    }

    pub(crate) fn read(keys: &mut Keys<'_>) -> Option<Self> {
        let path = keys.path("path");
        let format = Format::read(keys);
        let rotation = RotationSettings {
            largest: keys.size("max-size", 4096..=1 << 50),
            daily: keys.flag("daily").unwrap_or(false),
            keep: keys.count("keep", 0..=100_000),
        };
        if rotation.keep.is_some() && rotation.largest.is_none() && !rotation.daily {
            keys.fault(None, "keep", "no file becomes an old one: set max-size or daily, too");
        }
        if path.is_none() {
            keys.missing("path", "\"incidents.ndjson\"");
        }
        Some(Self { path: path?, format, rotation })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
