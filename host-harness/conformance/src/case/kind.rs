//! How a case is carried out.

use std::pin::Pin;

use super::data::DataCase;
use crate::bench::{Bench, Broken};
use crate::component_file::ComponentFile;

/// A case that is running.
pub(crate) type Running<'b> = Pin<Box<dyn Future<Output = Result<(), Broken>> + 'b>>;

#[derive(Clone)]
pub(crate) enum Kind {
    Data(DataCase),
    Code(for<'b> fn(&'b mut Bench<'_>) -> Running<'b>),
    /// Code that needs the runner in this process: virtual time, and any host name.
    Process(for<'b> fn(&'b mut Bench<'_>) -> Running<'b>),
    /// Needs the file of the component and no call.
    File(fn(&ComponentFile) -> Result<(), Broken>),
}
