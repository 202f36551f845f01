//! The runner that commands use: the embedded component or another one, on the live network, with a cache of what was
//! compiled.

use std::path::PathBuf;

use clap::Args;
use logzio_soar_host::{Runner, RunnerBuilder};

use crate::directories;
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct ComponentArguments {
    /// Run this component instead of the embedded one
    #[arg(long, value_name = "FILE")]
    pub(crate) component: Option<PathBuf>,
}

/// A builder with the component that was asked for.
pub(crate) fn builder(component: &ComponentArguments) -> RunnerBuilder {
    let mut builder = Runner::builder();
    if let Some(directory) = directories::cache() {
        builder = builder.cache_directory(directory);
    }
    if let Some(file) = &component.component {
        builder = builder.component_file(file);
    }
    builder
}

/// Builds the runner off the async threads, as compiling keeps one busy.
pub(crate) async fn build(builder: RunnerBuilder) -> Result<Runner, Failure> {
    let built = tokio::task::spawn_blocking(move || builder.build()).await;
    built
        .map_err(|error| Failure::File(format!("the component could not be compiled: {error}")))?
        .map_err(Failure::Runner)
}
