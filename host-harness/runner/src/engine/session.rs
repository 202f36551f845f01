//! Calls with the contract's types, for one connection.

use std::fmt;

use wasmtime::Store;

use super::bounds::Bounds;
use super::runner::Runner;
use crate::contract::bindings::Plugin;
use crate::contract::bindings::exports::logzio::soar::types;
use crate::contract::connection::Connection;
use crate::contract::{
    Check, ContractError, Error, FetchRequest, FieldReport, FieldRequest, HuntReport, HuntRequest, IncidentPage,
    Integration, LogPage, LogQuery,
};
use crate::error::RunnerError;
use crate::origin::Origin;
use crate::sandbox::Sandbox;

/// A component and a connection. Every call runs in a sandbox of its own. Calls can run concurrently; dropping one stops
/// it.
///
/// The outer `Result` of a call is the runner's, the inner one is the component's answer.
#[derive(Clone)]
pub struct Session {
    runner: Runner,
    bounds: Bounds,
    connection: types::Connection,
}

impl Runner {
    /// A session with the accounts of one connection. Sends and checks nothing: if the connection cannot be used, the
    /// component's answer says so.
    #[must_use]
    pub fn connect(&self, connection: Connection) -> Session {
        let bounds = Bounds::new(Some(&connection), &self.settings);
        Session { runner: self.clone(), bounds, connection: connection.to_contract() }
    }

    /// What the component says of itself: `manifest.describe`. It can send nothing meanwhile.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn describe(&self) -> Result<Integration, RunnerError> {
        let bounds = Bounds::new(None, &self.settings);
        let session = Session { runner: self.clone(), bounds, connection: Connection::new().to_contract() };
        session.call(async |plugin, store| plugin.logzio_soar_manifest().call_describe(store).await).await
    }
}

impl Session {
    /// The one origin that the component may send requests to, as `scheme://host:port`. None if the connection's endpoint
    /// cannot be used.
    #[must_use]
    pub fn allowed_origin(&self) -> Option<String> {
        self.bounds.allowed.as_ref().map(Origin::to_string)
    }

    /// `diagnostics.check-connection`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn check_connection(&self) -> Result<Result<Vec<Check>, ContractError>, RunnerError> {
        self.ask(async |plugin, store| {
            let diagnostics = plugin.logzio_soar_diagnostics();
            diagnostics.call_check_connection(store, &self.connection).await
        })
        .await
    }

    /// `incidents.fetch-incidents`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn fetch_incidents(
        &self,
        request: &FetchRequest,
    ) -> Result<Result<IncidentPage, ContractError>, RunnerError> {
        self.ask(async |plugin, store| {
            let incidents = plugin.logzio_soar_incidents();
            incidents.call_fetch_incidents(store, &self.connection, request).await
        })
        .await
    }

    /// `logs.search-logs`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn search_logs(&self, query: &LogQuery) -> Result<Result<LogPage, ContractError>, RunnerError> {
        self.ask(async |plugin, store| {
            let logs = plugin.logzio_soar_logs();
            logs.call_search_logs(store, &self.connection, query).await
        })
        .await
    }

    /// `logs.get-logs-by-event-id`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn get_logs_by_event_id(
        &self,
        event_id: &str,
        limit: Option<u32>,
        page: Option<&str>,
    ) -> Result<Result<LogPage, ContractError>, RunnerError> {
        let page = page.map(str::to_owned);
        self.ask(async |plugin, store| {
            let logs = plugin.logzio_soar_logs();
            logs.call_get_logs_by_event_id(store, &self.connection, event_id, limit, page.as_ref()).await
        })
        .await
    }

    /// `hunting.hunt-indicators`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn hunt_indicators(
        &self,
        request: &HuntRequest,
    ) -> Result<Result<HuntReport, ContractError>, RunnerError> {
        self.ask(async |plugin, store| {
            let hunting = plugin.logzio_soar_hunting();
            hunting.call_hunt_indicators(store, &self.connection, request).await
        })
        .await
    }

    /// `hunting.find-fields`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn find_fields(&self, request: &FieldRequest) -> Result<Result<FieldReport, ContractError>, RunnerError> {
        self.ask(async |plugin, store| {
            let hunting = plugin.logzio_soar_hunting();
            hunting.call_find_fields(store, &self.connection, request).await
        })
        .await
    }

    /// Calls a function that returns a result of the contract.
    async fn ask<T>(
        &self,
        call: impl AsyncFnOnce(&Plugin, &mut Store<Sandbox>) -> wasmtime::Result<Result<T, Error>>,
    ) -> Result<Result<T, ContractError>, RunnerError> {
        Ok(self.call(call).await?.map_err(ContractError::from))
    }

    async fn call<T>(
        &self,
        call: impl AsyncFnOnce(&Plugin, &mut Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Result<T, RunnerError> {
        let plugin = self.runner.compiled.plugin.as_ref().map_err(|why| RunnerError::Incomplete(why.clone()))?;
        let answer = self.runner.run(&self.bounds, async |store| {
            let plugin = plugin.instantiate_async(&mut *store).await?;
            call(&plugin, store).await
        });
        answer.await
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("allowed_origin", &self.allowed_origin())
            .field("limit", &self.bounds.limit)
            .finish_non_exhaustive()
    }
}
