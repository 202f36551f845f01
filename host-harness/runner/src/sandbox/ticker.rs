//! The clock that interrupts busy components. Knows engines, and nothing of calls.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How often a busy component is interrupted, to yield or to be stopped.
const TICK: Duration = Duration::from_millis(10);

/// Advances the engine's epoch while calls run, and sleeps while none do.
#[derive(Clone)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
}

struct Shared {
    calls: Mutex<usize>,
    changed: Condvar,
}

impl Shared {
    fn calls(&self) -> MutexGuard<'_, usize> {
        // A panic cannot leave a count half changed.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the ticker running until it is dropped.
pub(crate) struct Ticking {
    shared: Arc<Shared>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { calls: Mutex::new(0), changed: Condvar::new() });
        let weak = (engine.weak(), Arc::downgrade(&shared));
        std::thread::Builder::new().name("epoch".into()).spawn(move || {
            while let (Some(shared), true) = (weak.1.upgrade(), tick(&weak.0)) {
                let calls = shared.calls();
                // Wakes up now and then, to end when the engine is gone.
                let wait = if *calls == 0 { Duration::from_secs(1) } else { TICK };
                drop(shared.changed.wait_timeout(calls, wait));
            }
        })?;
        Ok(Self { shared })
    }

    pub(crate) fn tick(&self) -> Ticking {
        *self.shared.calls() += 1;
        self.shared.changed.notify_all();
        Ticking { shared: Arc::clone(&self.shared) }
    }
}

fn tick(engine: &EngineWeak) -> bool {
    engine.upgrade().map(|engine| engine.increment_epoch()).is_some()
}

impl Drop for Ticking {
    fn drop(&mut self) {
        *self.shared.calls() -= 1;
    }
}
