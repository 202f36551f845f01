//! Where source files are read from: the disk, or for tests, memory.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// A source of files.
pub trait Files {
    /// The content of a file, if it is there.
    fn read(&self, path: &Path) -> Option<String>;
}

/// The files below a folder of this machine.
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// Reads below this folder; paths are relative to it.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }
}

impl Files for BTreeMap<&str, &str> {
    fn read(&self, path: &Path) -> Option<String> {
        self.get(path.to_str()?).map(|&text| text.to_owned())
    }
}

/// The path without `.` and `..`, as far as its text allows.
#[must_use]
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
