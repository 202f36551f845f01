//! Calls by the name of a function, with arguments and answers as JSON.

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Type, Val};

use super::bounds::Bounds;
use super::runner::Runner;
use crate::contract::call::{Answer, Call};
use crate::contract::connection::Connection;
use crate::contract::value;

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
        let (interface, name, function) = match self.function(&call.function) {
            Ok(function) => function,
            Err(answer) => return answer,
        };
        let parameters: Vec<(&str, Type)> = function.params().collect();
        let parameters: Vec<(&str, &Type)> = parameters.iter().map(|(name, ty)| (*name, ty)).collect();
        let arguments = match value::read_fields(&call.arguments, &parameters, "arguments") {
            Ok(arguments) => arguments,
            Err(why) => return Answer::Invalid(why),
        };
        let connection = arguments.iter().find(|(name, _)| name == "connection");
        let connection = connection.map(|(_, connection)| Connection::of_value(connection));
        let bounds = Bounds::new(connection.as_ref(), &self.settings);
        let arguments: Vec<Val> = arguments.into_iter().map(|(_, value)| value).collect();
        let mut results = vec![Val::Bool(false); function.results().len()];
        let linked = &self.compiled.linked;
        let returned = self.run(&bounds, async |store| {
            let instance = linked.instantiate_async(&mut *store).await?;
            let function = instance
                .get_export_index(&mut *store, None, &interface)
                .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), name))
                .and_then(|function| instance.get_func(&mut *store, function))
                .ok_or_else(|| wasmtime::Error::msg(format!("{interface} has no function {name}")))?;
            function.call_async(&mut *store, &arguments, &mut results).await
        });
        match returned.await {
            Err(stopped) => Answer::Trap(stopped.to_string()),
            Ok(()) => match results.first() {
                Some(Val::Result(Ok(value))) => Answer::Ok(value::write_payload(value.as_deref())),
                Some(Val::Result(Err(error))) => Answer::Err(value::write_payload(error.as_deref())),
                other => Answer::Ok(value::write_payload(other)),
            },
        }
    }

    /// The interface, as a component exports it, the name and the type of a function.
    fn function<'a>(&self, named: &'a str) -> Result<(String, &'a str, ComponentFunc), Answer> {
        let Some((interface, name)) = named.split_once('.') else {
            let why = "function: an interface and a function of it are expected, such as \"manifest.describe\"";
            return Err(Answer::Invalid(why.into()));
        };
        let (package, version) = PACKAGE;
        let interface = format!("{package}/{interface}@{version}");
        let missing = |what: String| Err(Answer::Missing(format!("{what}: export it, or do not call {named}")));
        let engine = &self.compiled.engine;
        let ty = self.compiled.linked.component().component_type();
        let Some(ComponentItem::ComponentInstance(instance)) = ty.get_export(engine, &interface).map(|item| item.ty)
        else {
            return missing(format!("the component does not export {interface}"));
        };
        match instance.get_export(engine, name).map(|item| item.ty) {
            Some(ComponentItem::ComponentFunc(function)) => Ok((interface, name, function)),
            _ => missing(format!("the component's {interface} has no function {name}")),
        }
    }
}
