//! Whatever carries a call out: the runner in this process, or an adapter, which is another host in a process of its own.

use std::fs;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use logzio_soar_host::{Answer, Call, Observation, Runner, Upstream};

use super::site::{Place, Site};
use crate::adapter::{Adapter, AdapterError};
use crate::component_file::GRACE;

/// How long a call in this process may keep the processor: its time is virtual, so nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// The same once a component has used that up too often.
const LITTLE_PATIENCE: Duration = Duration::from_secs(1);
/// How long an adapter may take to start: it may have to compile the component first.
const TIME_TO_START: Duration = Duration::from_secs(120);
/// How often it may.
const MOST_HANGS: u32 = 3;

/// What a call may see.
pub(crate) struct Scene<'s> {
    pub(crate) site: &'s Site,
    /// The component's whole environment.
    pub(crate) environment: &'s [(String, String)],
}

/// What came of a call.
pub(crate) struct Carried {
    pub(crate) answer: Answer,
    /// What the component tried to reach, and was denied.
    pub(crate) denied: Vec<String>,
    /// What it wrote to its standard output and error.
    pub(crate) output: String,
}

/// Whatever carries a call out.
pub(crate) enum Subject {
    /// The runner in this process, in virtual time.
    Runner(Runner, AtomicU32),
    /// Another host, behind a command.
    Adapter(Pool),
}

/// Adapters that were started, one for each call that is under way.
pub(crate) struct Pool {
    command: String,
    component: ComponentCopy,
    name: String,
    idle: Mutex<Vec<Adapter>>,
}

/// The component as a file of its own, which goes with it.
struct ComponentCopy(PathBuf);

impl Drop for ComponentCopy {
    fn drop(&mut self) {
        // What cannot be removed lies where files are removed by and by.
        let _ = fs::remove_file(&self.0);
    }
}

impl Subject {
    pub(crate) fn runner(runner: Runner) -> Self {
        Self::Runner(runner, AtomicU32::new(0))
    }

    /// Starts an adapter, to see that it can be started.
    pub(crate) fn adapter(command: &str, wasm: &[u8]) -> Result<Self, String> {
        static COPIES: AtomicU32 = AtomicU32::new(0);
        let number = COPIES.fetch_add(1, Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("logzio-soar-conformance-{}-{number}.wasm", std::process::id()));
        fs::write(&file, wasm).map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        let component = ComponentCopy(file);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let first = runtime.block_on(start(command, &component)).map_err(|error| error.to_string())?;
        let name = first.name().to_owned();
        Ok(Self::Adapter(Pool { command: command.to_owned(), component, name, idle: Mutex::new(vec![first]) }))
    }

    /// What carries calls out, for reports.
    pub(crate) fn host(&self) -> String {
        match self {
            Self::Runner(..) => "in process".into(),
            Self::Adapter(pool) => format!("through the adapter {}", pool.name),
        }
    }

    /// Where the simulator has to be for it.
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Runner(..) => Place::Process,
            Self::Adapter(_) => Place::Port,
        }
    }

    /// Carries a call out.
    pub(crate) async fn call(&self, call: &Call, scene: Scene<'_>) -> Carried {
        match self {
            Self::Runner(runner, hangs) => in_process(runner, hangs, call, scene).await,
            Self::Adapter(pool) => pool.call(call, scene).await,
        }
    }
}

async fn start(command: &str, component: &ComponentCopy) -> Result<Adapter, AdapterError> {
    Adapter::start(command, &component.0, Stdio::inherit(), TIME_TO_START).await
}

impl Pool {
    async fn call(&self, call: &Call, scene: Scene<'_>) -> Carried {
        let answer = match self.ask(call, scene).await {
            Ok(answer) => answer,
            // The process is gone with this call only.
            Err(error) => Answer::Trap(error.to_string()),
        };
        Carried { answer, denied: Vec::new(), output: String::new() }
    }

    async fn ask(&self, call: &Call, scene: Scene<'_>) -> Result<Answer, AdapterError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut adapter = match idle {
            Some(adapter) => adapter,
            None => start(&self.command, &self.component).await?,
        };
        let connection = call.arguments.get("connection");
        let budget = connection.and_then(|connection| connection.get("time_budget_ms")?.as_u64()).unwrap_or(30_000);
        adapter.set_deadline(Duration::from_millis(budget.min(600_000)) + GRACE + GRACE);
        let answer = adapter.call(call, scene.environment).await?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(adapter);
        Ok(answer)
    }
}

async fn in_process(runner: &Runner, hangs: &AtomicU32, call: &Call, scene: Scene<'_>) -> Carried {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let clock = scene.site.simulator.clock().clone();
    let runner = runner
        .with_clock(move || clock.now().into())
        .with_environment(scene.environment.iter().cloned())
        .with_upstream(Upstream::service(scene.site.simulator.router()))
        .with_observer(move |observation| told.lock().unwrap_or_else(PoisonError::into_inner).push(observation));
    let patience = if hangs.load(Ordering::Relaxed) < MOST_HANGS { PATIENCE } else { LITTLE_PATIENCE };
    let patient = Patient { call: pin!(runner.call_json(call)), until: Instant::now() + patience };
    let answer = patient.await.unwrap_or_else(|| {
        hangs.fetch_add(1, Ordering::Relaxed);
        Answer::Trap(format!("the component kept the processor busy for {} s and was stopped", patience.as_secs()))
    });
    let mut carried = Carried { answer, denied: Vec::new(), output: String::new() };
    for observation in seen.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        match observation {
            Observation::Denied { url } => carried.denied.push(url),
            Observation::Output { text } => carried.output.push_str(&text),
            // An observation of a later runner: no case asks for it.
            _ => {}
        }
    }
    carried
}

/// A call that is given up after some real time. A component that keeps the processor busy lets go of it now and then.
struct Patient<'c, F> {
    call: Pin<&'c mut F>,
    until: Instant,
}

impl<F: Future> Future for Patient<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match self.call.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if Instant::now() > self.until => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
