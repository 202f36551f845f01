//! The runner that commands use: the embedded component or another one, on the live network, with a cache of what was
//! compiled.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use logzio_soar_host::{Runner, RunnerBuilder};

use crate::arguments::ComponentArguments;
use crate::failure::Failure;

/// Where the configuration file of this command belongs.
pub(crate) fn configuration_directory() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.config_dir().join("logzio-soar"))
}

/// Where files of this command belong that can be made again.
pub(crate) fn cache_directory() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.cache_dir().join("logzio-soar"))
}

/// A builder with the component that was asked for.
pub(crate) fn builder(component: &ComponentArguments) -> RunnerBuilder {
    let mut builder = Runner::builder();
    if let Some(directory) = cache_directory() {
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
