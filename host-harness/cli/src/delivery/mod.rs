//! How a page of incidents is delivered, and when the cursor may move: after the page was written, synced where that is
//! possible, and taken by a reader where there is one. It knows bytes, and nothing of incidents.

mod appended;

use std::io;
use std::path::Path;

use appended::AppendedFile;

use crate::failure::Failure;
use crate::output::StandardOutput;
use crate::state::StateFile;

/// Where pages go, and where their place is stored.
pub(crate) enum Delivery {
    /// To standard output, with a state file or without.
    Standard(StandardOutput, Option<StateFile>),
    /// To a file that agrees with the state.
    File(Box<AppendedFile>, StateFile),
}

impl Delivery {
    /// To standard output.
    pub(crate) fn to_stdout(output: StandardOutput, state: Option<StateFile>) -> Self {
        Self::Standard(output, state)
    }

    /// To a file, whose end is brought to agree with the state.
    pub(crate) fn to_file(path: &Path, mut state: StateFile) -> Result<Self, Failure> {
        let file = AppendedFile::open(path, &mut state)?;
        Ok(Self::File(Box::new(file), state))
    }

    /// Where the last run ended, if there was one.
    pub(crate) fn cursor(&self) -> Option<&str> {
        match self {
            Self::Standard(_, state) => state.as_ref()?.cursor(),
            Self::File(_, state) => state.cursor(),
        }
    }

    /// Delivers a page, and then stores the cursor behind it.
    pub(crate) fn deliver(&mut self, page: &[u8], next: &str) -> Result<(), Failure> {
        match self {
            Self::Standard(output, None) => Ok(output.write_whole(page)?),
            Self::Standard(output, Some(state)) => {
                if !page.is_empty() {
                    output.write_whole(page).and_then(|()| output.wait_until_delivered()).map_err(refused)?;
                }
                state.store(next)
            }
            Self::File(_, state) if page.is_empty() => state.store(next),
            Self::File(file, state) => file.append(page, next, state),
        }
    }

    /// Writes what stands behind the last page, such as the end of an array.
    pub(crate) fn end(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Standard(output, _) => Ok(output.write_whole(bytes)?),
            // Lines have no end of their own.
            Self::File(..) => Ok(()),
        }
    }
}

/// A reader that is gone is a failure here: its incidents come again.
fn refused(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::File(
            "the reader of the output ended before it took all incidents of a page: the next run fetches this page again"
                .into(),
        ),
        _ => error.into(),
    }
}
