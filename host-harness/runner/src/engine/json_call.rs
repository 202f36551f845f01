//! Calls by the name of a function, with arguments and answers as JSON.

use logzio_soar_wit_json::read;
use logzio_soar_wit_json::write::{list, to_text};
use serde_json::Value;
use serde_json::value::RawValue;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentNamedList, Lift, Lower};

use super::bounds::Bounds;
use super::runner::Runner;
use crate::contract::Error;
use crate::contract::call::{Answer, Call};
use crate::contract::connection::Connection;
use crate::contract::json_form::{
    self, write_diagnostics_check, write_hunting_field_report, write_hunting_hunt_report,
    write_incidents_incident_page, write_logs_log_page, write_manifest_integration, write_types_error,
};

/// The package of the contract, and its version.
const PACKAGE: (&str, &str) = (env!("LOGZIO_SOAR_CONTRACT"), env!("LOGZIO_SOAR_CONTRACT_VERSION"));

impl Runner {
    /// Calls a function by its name, with its arguments as JSON. The origin that the component may reach, and how long it
    /// may take, come from the argument `connection`, as in [`connect`](Self::connect). A function without one can send
    /// nothing.
    ///
    /// The function is looked up when it is called, so this also works with a component that lacks others
    /// ([`RunnerBuilder::incomplete`](crate::RunnerBuilder::incomplete)).
    pub async fn call_json(&self, call: &Call) -> Answer {
        let function = match self.function(&call.function) {
            Ok(function) => function,
            Err(answer) => return answer,
        };
        let arguments = Value::Object(call.arguments.clone()).to_string();
        let read = read::text(&arguments, "arguments")
            .map(|arguments| json_form::Call::read(&call.function, arguments, "arguments"));
        let read = match read {
            Ok(Some(read)) => read,
            Ok(None) => return Answer::Missing(format!("{} is no function of the contract", call.function)),
            Err(refusal) => Err(refusal),
        };
        match read {
            Ok(call) => self.carry_out(&function, call).await,
            Err(refusal) => Answer::Invalid(refusal.to_string()),
        }
    }

    async fn carry_out(&self, function: &Function<'_>, call: json_form::Call) -> Answer {
        use json_form::Call;
        match call {
            Call::Describe {} => match self.invoke(function, None, ()).await {
                Ok(integration) => Answer::Ok(text(&write_manifest_integration, &integration)),
                Err(answer) => answer,
            },
            Call::CheckConnection { connection } => {
                let bounds = Connection::of_contract(&connection);
                answer(self.invoke(function, Some(&bounds), (connection,)).await, list(write_diagnostics_check))
            }
            Call::FetchIncidents { connection, request } => {
                let bounds = Connection::of_contract(&connection);
                let page = self.invoke(function, Some(&bounds), (connection, request)).await;
                answer(page, write_incidents_incident_page)
            }
            Call::SearchLogs { connection, query } => {
                let bounds = Connection::of_contract(&connection);
                answer(self.invoke(function, Some(&bounds), (connection, query)).await, write_logs_log_page)
            }
            Call::GetLogsByEventId { connection, event_id, limit, page } => {
                let bounds = Connection::of_contract(&connection);
                let logs = self.invoke(function, Some(&bounds), (connection, event_id, limit, page)).await;
                answer(logs, write_logs_log_page)
            }
            Call::FindFields { connection, request } => {
                let bounds = Connection::of_contract(&connection);
                let report = self.invoke(function, Some(&bounds), (connection, request)).await;
                answer(report, write_hunting_field_report)
            }
            Call::HuntIndicators { connection, request } => {
                let bounds = Connection::of_contract(&connection);
                let report = self.invoke(function, Some(&bounds), (connection, request)).await;
                answer(report, write_hunting_hunt_report)
            }
        }
    }

    /// Calls a function with the contract's types.
    async fn invoke<P, R>(
        &self,
        function: &Function<'_>,
        connection: Option<&Connection>,
        given: P,
    ) -> Result<R, Answer>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: Lift + Send + Sync + 'static,
        (R,): ComponentNamedList,
    {
        let bounds = Bounds::new(connection, &self.settings);
        let linked = &self.compiled.linked;
        let returned = self.run(&bounds, async |store| {
            let instance = linked.instantiate_async(&mut *store).await?;
            let interface = instance.get_export_index(&mut *store, None, &function.interface);
            let index = instance.get_export_index(&mut *store, interface.as_ref(), function.name);
            let Some(exported) = index.and_then(|index| instance.get_func(&mut *store, index)) else {
                return Ok(None);
            };
            let Ok(typed) = exported.typed::<P, (R,)>(&*store) else { return Ok(None) };
            let (returned,) = typed.call_async(&mut *store, given).await?;
            Ok(Some(returned))
        });
        match returned.await {
            Ok(Some(returned)) => Ok(returned),
            Ok(None) => Err(function.missing(&format!(
                "{} of the component's {} takes or returns something else than the contract's",
                function.name, function.interface
            ))),
            Err(stopped) => Err(Answer::Trap(stopped.to_string())),
        }
    }

    /// A function that the component exports.
    fn function<'a>(&self, named: &'a str) -> Result<Function<'a>, Answer> {
        let Some((interface, name)) = named.split_once('.') else {
            let why = "function: an interface and a function of it are expected, such as \"manifest.describe\"";
            return Err(Answer::Invalid(why.into()));
        };
        let (package, version) = PACKAGE;
        let function = Function { named, interface: format!("{package}/{interface}@{version}"), name };
        let engine = &self.compiled.engine;
        let ty = self.compiled.linked.component().component_type();
        let exported = ty.get_export(engine, &function.interface).map(|item| item.ty);
        let Some(ComponentItem::ComponentInstance(instance)) = exported else {
            return Err(function.missing(&format!("the component does not export {}", function.interface)));
        };
        match instance.get_export(engine, name).map(|item| item.ty) {
            Some(ComponentItem::ComponentFunc(_)) => Ok(function),
            _ => Err(function.missing(&format!("the component's {} has no function {name}", function.interface))),
        }
    }
}

/// Where a component has a function.
struct Function<'a> {
    /// As the contract has it: `logs.search-logs`.
    named: &'a str,
    /// The interface, as a component exports it.
    interface: String,
    name: &'a str,
}

impl Function<'_> {
    fn missing(&self, what: &str) -> Answer {
        Answer::Missing(format!("{what}: export it, or do not call {}", self.named))
    }
}

/// What a function that may fail came to.
fn answer<T>(returned: Result<Result<T, Error>, Answer>, write: impl Fn(&T, &mut String)) -> Answer {
    match returned {
        Ok(Ok(value)) => Answer::Ok(text(&write, &value)),
        Ok(Err(error)) => Answer::Err(text(&write_types_error, &error)),
        Err(answer) => answer,
    }
}

fn text<T>(write: &impl Fn(&T, &mut String), value: &T) -> Box<RawValue> {
    // What a writer writes is JSON.
    RawValue::from_string(to_text(write, value)).unwrap_or_default()
}
