//! The commands: every function is one, and takes the arguments of the function.

use serde_json::Value;

use super::describe::{describe, list, text};
use super::exports::EXPORTS;
use super::fields;
use crate::bench::{Bench, Broken, ensure, listed, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Contract,
        "commands",
        Code(commands),
        "Every function that a person can ask for is a command, and every command is a function",
        ["manifest.integration.commands", "manifest.command.name", "manifest.command.interface"],
    ),
    code_case!(
        Contract,
        "arguments",
        Code(arguments),
        "What a command takes are arguments of its function, and what is required is what cannot be left out",
        ["manifest.command.arguments", "manifest.parameter.required"],
    ),
];

async fn commands(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    let mut found: Vec<String> = list(&integration, "commands")
        .iter()
        .map(|command| format!("{}.{}", text(command, "interface"), text(command, "name")))
        .collect();
    let mut wanted: Vec<String> = EXPORTS
        .iter()
        .filter(|(interface, _)| *interface != "manifest")
        .flat_map(|(interface, functions)| functions.iter().map(move |function| format!("{interface}.{function}")))
        .collect();
    found.sort();
    wanted.sort();
    ensure!(found == wanted, "the commands are {}, the functions {}", listed(&found), listed(&wanted));
    Ok(())
}

async fn arguments(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    // A connection can do without any of its fields: what it leaves out is read from the environment.
    for parameter in list(&integration, "parameters") {
        let name = text(parameter, "name");
        let is_required = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
        ensure!(
            !(is_required && fields::CONNECTION.contains(&name)),
            "{name} is required, which the connection can do without"
        );
    }
    for (command, known, required) in [
        ("check-connection", &[][..], &[][..]),
        ("fetch-incidents", &fields::FETCH[..], &["start"][..]),
        ("search-logs", &fields::SEARCH[..], &["lucene"][..]),
        ("get-logs-by-event-id", &fields::EVENT_LOGS[..], &["event-id"][..]),
        ("find-fields", &fields::FIND_FIELDS[..], &[][..]),
        ("hunt-indicators", &fields::HUNT[..], &["indicators"][..]),
    ] {
        let found = list(&integration, "commands").iter().find(|found| text(found, "name") == command);
        let Some(found) = found else { return Err(Broken(format!("there is no command {command}"))) };
        let names = texts(found, "arguments", "name");
        for name in &names {
            ensure!(known.contains(name), "{name} is no argument of {command}: {}", listed(known));
        }
        for argument in list(found, "arguments") {
            let name = text(argument, "name");
            let is_required = argument.get("required").and_then(Value::as_bool).unwrap_or_default();
            ensure!(is_required == required.contains(&name), "{name} of {command}: required is {is_required}");
        }
        for name in required {
            ensure!(names.contains(name), "{command} cannot be given its {name}");
        }
    }
    Ok(())
}
