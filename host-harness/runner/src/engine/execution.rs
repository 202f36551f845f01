//! One call in a sandbox of its own, and why it had to be stopped.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTableError;
use wasmtime::{Store, Trap, UpdateDeadline};

use super::bounds::Bounds;
use super::compiled::Compiled;
use super::runner::Runner;
use crate::error::RunnerError;
use crate::sandbox::{Guard, Observation, Sandbox};

impl Runner {
    /// Runs a call in a sandbox of its own.
    pub(super) async fn run<T>(
        &self,
        bounds: &Bounds,
        call: impl AsyncFnOnce(&mut Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Result<T, RunnerError> {
        let Compiled { engine, ticker, pool, .. } = &*self.compiled;
        let settings = &*self.settings;
        let guard = Guard::new(
            settings.upstream.clone(),
            bounds.allowed.clone(),
            settings.answer_limit,
            settings.observer.clone(),
        );
        let sandbox = Sandbox::new(guard, &settings.environment, Arc::clone(&settings.now), settings.memory_limit);
        // Held until the store is gone: only then is the place free.
        let mut _place = None;
        let mut store = Store::new(engine, sandbox);
        store.limiter(|sandbox| &mut sandbox.limits);
        // Also for what it passes in a call of the host.
        store.set_hostcall_fuel(settings.result_limit());
        store.set_max_component_handles(Sandbox::resources(settings.memory_limit));
        // A busy component yields at every tick. It is stopped here if the timer below does not get its turn.
        let limit = bounds.limit;
        let started = Instant::now();
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            Ok(if started.elapsed() > limit { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });

        if settings.count_instructions {
            store.set_fuel(u64::MAX).map_err(|error| RunnerError::Load(error.to_string()))?;
        }
        let _ticking = ticker.tick();
        let running = async {
            _place = pool.place().await;
            call(&mut store).await
        };
        let answer = tokio::time::timeout(limit, running).await;
        if let Some(observer) = &settings.observer {
            let sandbox = store.data();
            let written = [sandbox.stdout.text(), sandbox.stderr.text()];
            written.into_iter().filter(|text| !text.is_empty()).for_each(|text| observer(Observation::Output { text }));
        }
        if let (Some(observer), true) = (&settings.observer, settings.count_instructions) {
            observer(Observation::Instructions { count: u64::MAX - store.get_fuel().unwrap_or(u64::MAX) });
        }
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.stopped(&error, store.data(), bounds)),
            Err(_) => Err(RunnerError::DeadlineExceeded { limit }),
        }
    }

    fn stopped(&self, error: &wasmtime::Error, sandbox: &Sandbox, bounds: &Bounds) -> RunnerError {
        let settings = &self.settings;
        let is_full = matches!(error.downcast_ref(), Some(ResourceTableError::Full));
        if sandbox.limits.refused || is_full {
            return RunnerError::MemoryExceeded { limit: settings.memory_limit };
        }
        if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
            return RunnerError::DeadlineExceeded { limit: bounds.limit };
        }
        let message = cut(format!("{error:#}"));
        // The type of this error is private to wasmtime, so its text has to serve.
        if message.contains("fuel allocated for hostcalls has been exhausted") {
            return RunnerError::ResultTooLarge { limit: settings.result_limit() };
        }
        RunnerError::Trap {
            message: bounds.without_tokens(&message),
            stderr: bounds.without_tokens(&sandbox.stderr.text()),
        }
    }
}

/// The longest message of an error, in bytes: a component can put a text of its own into one.
const LONGEST_MESSAGE: usize = 8 << 10;

fn cut(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    message
}
