//! Which sinks there are, which of them take an incident, and how they learn that something waits for them.

use std::sync::{Arc, PoisonError, RwLock};

use logzio_soar_host::contract::{self, Cases, JsonForm};
use logzio_soar_sinks::{Envelope, Incident, SinkSettings, Sinks};
use tokio::sync::Notify;

use crate::state::{NewIncident, SinkNumber, State, StateError};

/// The sinks in force. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Routes(Arc<RwLock<Vec<Route>>>);

/// A sink in force.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) number: SinkNumber,
    pub(crate) settings: SinkSettings,
    /// Something waits for it.
    pub(crate) wake: Arc<Notify>,
}

impl Routes {
    /// From now on, these are in force.
    pub(crate) fn set(&self, routes: Vec<Route>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    /// Those of a configuration, for who stores and does not deliver.
    pub(crate) async fn of(sinks: &Sinks, state: &State) -> Result<Self, StateError> {
        let mut routes = Vec::new();
        for settings in sinks.iter() {
            let number = state.sink(settings.name().as_str()).await?;
            routes.push(Route { number, settings: settings.clone(), wake: Arc::new(Notify::new()) });
        }
        let of = Self::default();
        of.set(routes);
        Ok(of)
    }

    /// An incident of an account as it is stored, for the sinks that take it.
    pub(crate) fn incident(&self, account: &str, incident: &contract::Incident) -> NewIncident {
        let json = incident.to_json();
        NewIncident {
            id: incident.id.clone(),
            occurred: incident.occurred.clone(),
            severity: incident.severity.name().to_owned(),
            name: incident.name.clone(),
            sinks: self.that_take(account, &json),
            json,
        }
    }

    pub(crate) fn that_take(&self, account: &str, json: &str) -> Vec<SinkNumber> {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Ok(incident) = Incident::from_json(json) else {
            // What cannot be filtered goes everywhere: the sinks say what is wrong with it.
            return routes.iter().map(|route| route.number).collect();
        };
        let envelope = Envelope { account: account.to_owned(), sequence: 0, incident };
        routes.iter().filter(|route| route.settings.takes(&envelope)).map(|route| route.number).collect()
    }

    /// Tells all sinks that something may wait for them.
    pub(crate) fn wake(&self) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().for_each(|route| route.wake.notify_one());
    }
}
