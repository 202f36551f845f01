//! `demo`: the main job on a simulated account, from the check of the connection to the logs behind an incident, compared
//! with the simulator's ground truth at the end.
//!
//! The simulator and the component share a virtual clock, so each demo shows the same.

mod fetching;
mod scenario;
mod searching;
mod stage;

use clap::Args;
use logzio_soar_host::{Connection, EMBEDDED_COMPONENT, Upstream};

use fetching::{Feed, compare, first_fetch, live};
use scenario::{simulated, start_of_demo};
use searching::{hunt, logs_behind, search};
use stage::Stage;

use crate::component::{self, ComponentArguments};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::records::{CheckRecord, is_failed};

#[derive(Args)]
pub(crate) struct DemoArguments {
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
    /// The seed of the data
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Show everything at once
    #[arg(long)]
    pub(crate) hurry: bool,
}

/// Runs the command.
pub(super) async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen();
    interrupt.or(show(arguments)).await?
}

async fn show(arguments: DemoArguments) -> Result<(), Failure> {
    let mut stage = Stage::new(arguments.hurry);
    let now = start_of_demo();
    let (simulator, clock) = simulated(arguments.seed, now);

    stage.title("A simulated Logz.io account, and a component in a sandbox")?;
    let events = simulator.events();
    let known = events.iter().filter(|event| event.visible_at <= now).count();
    stage.say(&format!(
        "The account is in the region eu and has {known} security events. Its clock stands at {} UTC. Nothing leaves this \
         machine.",
        now.format("%Y-%m-%d %H:%M")
    ))?;
    let time = clock.clone();
    let builder = component::builder(&arguments.component)
        .upstream(Upstream::service(simulator.router()))
        .clock(move || time.now().into());
    let progress = stage.progress("compiling the component");
    let runner = component::build(builder).await?;
    progress.finish_and_clear();
    let session = runner.connect(
        Connection::new()
            .region("eu")
            .security_token(simulator.security_token())
            .operations_token(simulator.operations_token()),
    );
    let component = match &arguments.component.component {
        Some(file) => file.display().to_string(),
        None => format!("The embedded component ({} KB)", EMBEDDED_COMPONENT.len() / 1_000),
    };
    stage.say(&format!(
        "{component} may reach {} and nothing else; it has no files, no sockets, 256 MiB of memory and 30 seconds a call.",
        session.allowed_origin().unwrap_or_default()
    ))?;

    stage.title("Does the connection work?")?;
    let checks = session.check_connection().await??;
    for check in &checks {
        stage.record(&CheckRecord(check))?;
        stage.pause(150).await;
    }
    if checks.iter().any(is_failed) {
        return Err(Failure::Found);
    }

    let mut feed = Feed::new(session.clone(), now);
    first_fetch(&mut stage, &mut feed).await?;
    live(&mut stage, &mut feed, &simulator, &clock).await?;
    let event = logs_behind(&mut stage, &session, &feed, &simulator).await?;
    search(&mut stage, &session, &event, &simulator).await?;
    hunt(&mut stage, &session, &simulator, clock.now()).await?;
    compare(&mut stage, &feed, &simulator, &clock)
}
