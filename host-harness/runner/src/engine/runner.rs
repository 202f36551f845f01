//! A runner: a compiled component and the settings of its calls.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::compiled::Compiled;
use super::interfaces::Interfaces;
use super::settings::Settings;
use crate::sandbox::Observation;
use crate::upstream::Upstream;

/// A component, compiled once, that can be called many times and concurrently. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    pub(super) compiled: Arc<Compiled>,
    pub(super) settings: Arc<Settings>,
}

impl Runner {
    /// The same component with only these variables in its environment. Nothing is compiled again.
    #[must_use]
    pub fn with_environment<N, V>(&self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let environment = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.with(|settings| settings.environment = environment)
    }

    /// The same component with another memory limit for each call, in bytes. Nothing is compiled again.
    #[must_use]
    pub fn with_memory_limit(&self, bytes: usize) -> Self {
        self.with(|settings| settings.memory_limit = bytes)
    }

    /// The same component with another upstream. Nothing is compiled again.
    #[must_use]
    pub fn with_upstream(&self, upstream: Upstream) -> Self {
        self.with(|settings| settings.upstream = upstream)
    }

    /// The same component with another source of the time of day. Nothing is compiled again.
    #[must_use]
    pub fn with_clock(&self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.now = Arc::new(now))
    }

    /// The same component with another observer. Nothing is compiled again.
    #[must_use]
    pub fn with_observer(&self, observer: impl Fn(Observation) + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.observer = Some(Arc::new(observer)))
    }

    fn with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::clone(&self.settings);
        change(&mut settings);
        Self { compiled: Arc::clone(&self.compiled), settings: Arc::new(settings) }
    }

    /// The imports and exports of the component.
    #[must_use]
    pub fn interfaces(&self) -> Interfaces {
        Interfaces::of(self.compiled.linked.component(), &self.compiled.engine)
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("upstream", &self.settings.upstream).finish_non_exhaustive()
    }
}
