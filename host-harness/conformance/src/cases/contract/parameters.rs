//! The parameters of an instance: their order, texts, defaults and options, and that tokens are secret.

use serde_json::Value;

use super::describe::{all_parameters, describe, list, text};
use super::fields;
use crate::bench::{Bench, Broken, ensure, listed, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Contract,
        "parameters",
        Code(parameters),
        "An instance is configured with the fields of the connection first, then with those of the fetch",
        ["manifest.integration.parameters", "manifest.parameter.name"],
    ),
    code_case!(
        Contract,
        "labels-and-help",
        Code(labels_and_help),
        "Every parameter has a label and a help, every command a help",
        ["manifest.parameter.label", "manifest.parameter.help", "manifest.command.help"],
    ),
    code_case!(
        Contract,
        "tokens-are-secret",
        Code(tokens_are_secret),
        "The two tokens, and nothing else, are asked for as secrets",
        ["manifest.parameter-kind.secret"],
    ),
    code_case!(
        Contract,
        "defaults",
        Code(defaults),
        "A default is the one that the contract names",
        ["manifest.parameter.default"],
    ),
    code_case!(
        Contract,
        "options",
        Code(options),
        "Choices have options, nothing else has, and the default of a choice is one of them",
        ["manifest.parameter.options", "manifest.parameter.options.only-of-choices"],
    ),
];

async fn parameters(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    let names = texts(&integration, "parameters", "name");
    for name in ["security-token", "operations-token"] {
        ensure!(names.contains(&name), "there is no parameter {name}; what there is: {}", listed(&names));
    }
    let mut fetch_began = None;
    for name in &names {
        if fields::CONNECTION.contains(name) {
            ensure!(
                fetch_began.is_none(),
                "{name} is of the connection, and stands after {}",
                fetch_began.unwrap_or("")
            );
        } else {
            ensure!(fields::FETCH.contains(name), "{name} is neither a field of the connection nor of a fetch");
            fetch_began = fetch_began.or(Some(name));
        }
    }
    Ok(())
}

async fn labels_and_help(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    for (of, parameter) in all_parameters(&integration) {
        let name = text(&parameter, "name");
        ensure!(!text(&parameter, "label").trim().is_empty(), "{name} of {of} has no label");
        ensure!(!text(&parameter, "help").trim().is_empty(), "{name} of {of} has no help");
    }
    for command in list(&integration, "commands") {
        ensure!(!text(command, "help").trim().is_empty(), "the command {} has no help", text(command, "name"));
    }
    Ok(())
}

async fn tokens_are_secret(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    for (of, parameter) in all_parameters(&integration) {
        let (name, kind) = (text(&parameter, "name"), text(&parameter, "kind"));
        let is_token = matches!(name, "security-token" | "operations-token");
        ensure!(is_token == (kind == "secret"), "{name} of {of} is asked for as {kind}");
        ensure!(!is_token || parameter.get("default").is_none_or(Value::is_null), "{name} of {of} has a default");
    }
    Ok(())
}

async fn defaults(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    for (of, parameter) in all_parameters(&integration) {
        let Some(default) = parameter.get("default").and_then(Value::as_str) else { continue };
        let name = text(&parameter, "name");
        let wanted = match (of.as_str(), name) {
            ("the integration" | "fetch-incidents", "limit") => "50",
            ("search-logs", "limit") => "1000",
            ("get-logs-by-event-id", "limit") | (_, "limit-per-indicator") => "100",
            (_, "look-back-minutes") => "15",
            (_, "attach-logs") => "0",
            (_, "include-muted") => "false",
            (_, "time-budget-ms") => "30000",
            (_, "region") => "us",
            (_, "order") => "newest-first",
            (_, "until") => "now",
            _ => continue,
        };
        ensure!(default == wanted, "the default of {name} of {of} is {default}, and {wanted} in the contract");
    }
    Ok(())
}

async fn options(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    for (of, parameter) in all_parameters(&integration) {
        let name = text(&parameter, "name");
        let options: Vec<&str> = list(&parameter, "options").iter().filter_map(Value::as_str).collect();
        let is_choice = matches!(text(&parameter, "kind"), "choice" | "multiple-choice");
        ensure!(
            is_choice != options.is_empty(),
            "{name} of {of} is a {}, with {} options",
            text(&parameter, "kind"),
            options.len()
        );
        if let (true, Some(default)) = (is_choice, parameter.get("default").and_then(Value::as_str)) {
            ensure!(
                default.split(',').all(|one| options.contains(&one)),
                "the default {default} of {name} of {of} is no option"
            );
        }
        if name == "severities" {
            for option in &options {
                let known = ["unclassified", "info", "low", "medium", "high", "severe"].contains(option);
                ensure!(known, "{option} is no severity of the contract");
            }
        }
    }
    Ok(())
}
