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
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    calls: usize,
    /// The thread waits for a call.
    asleep: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave a state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Keeps the ticker running until it is dropped.
pub(crate) struct Ticking {
    shared: Arc<Shared>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::new(State { calls: 0, asleep: false }), changed: Condvar::new() });
        let weak = (engine.weak(), Arc::downgrade(&shared));
        std::thread::Builder::new().name("epoch".into()).spawn(move || {
            while let Some(shared) = weak.1.upgrade() {
                let mut state = shared.state();
                if state.calls == 0 {
                    state.asleep = true;
                    // Wakes up now and then, to end when the engine is gone.
                    shared.wait(state, Duration::from_secs(1)).asleep = false;
                    continue;
                }
                // A call that is over within a tick is never interrupted.
                drop(shared.wait(state, TICK));
                if !tick(&weak.0) {
                    break;
                }
            }
        })?;
        Ok(Self { shared })
    }

    pub(crate) fn tick(&self) -> Ticking {
        let mut state = self.shared.state();
        state.calls += 1;
        if std::mem::take(&mut state.asleep) {
            self.shared.changed.notify_one();
        }
        drop(state);
        Ticking { shared: Arc::clone(&self.shared) }
    }
}

fn tick(engine: &EngineWeak) -> bool {
    engine.upgrade().map(|engine| engine.increment_epoch()).is_some()
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.shared.state().calls -= 1;
    }
}
