//! `adapter`: the runner for a program that speaks JSON over standard input and output, until its input ends.

use std::path::PathBuf;

use clap::Args;
use logzio_soar_conformance::{COMPONENT_VARIABLE, serve_adapter};
use tokio::io::{BufReader, stdin, stdout};

use crate::component::{self, ComponentArguments};
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct AdapterArguments {
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
}

/// Runs the command.
pub(super) async fn run(mut arguments: AdapterArguments) -> Result<(), Failure> {
    let component = &mut arguments.component.component;
    if component.is_none() {
        *component = std::env::var_os(COMPONENT_VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from);
    }
    let runner = component::build(component::builder(&arguments.component).incomplete()).await?;
    Ok(serve_adapter(&runner, BufReader::new(stdin()), stdout()).await?)
}
