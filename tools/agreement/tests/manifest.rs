//! The manifest has what the contract has.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use agreement::contract::Contract;
use logzio_soar::manifest;

/// What the manifest leaves out: operation, argument, and why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("hunt-indicators", "fields", "lists by kind have no kind of parameter"),
    ("hunt-indicators", "log-types", "of use with `fields` only"),
];

/// A case that a filter by it makes no sense for.
const NO_CHOICE: &[(&str, &str)] = &[("severities", "unclassified")];

#[test]
fn every_operation_and_argument_of_the_contract_is_in_the_manifest() {
    let (contract, manifest) = (Contract::read().unwrap(), manifest::describe());
    let mut faults = Vec::new();
    for function in contract.functions.iter().filter(|function| function.interface != "manifest") {
        let command = manifest.commands.iter().find(|command| command.name == function.name);
        let Some(command) = command.filter(|command| command.interface == function.interface) else {
            faults.push(format!("no command {} of {}", function.name, function.interface));
            continue;
        };
        let described: Vec<&str> = command.arguments.iter().map(|argument| argument.name.as_str()).collect();
        for argument in &function.arguments {
            let left_out = LEFT_OUT.iter().any(|(of, name, _)| *of == function.name && *name == argument.name);
            match command.arguments.iter().find(|described| described.name == argument.name) {
                None if left_out => {}
                None => faults.push(format!("{} has no argument {}", function.name, argument.name)),
                Some(_) if left_out => faults.push(format!("{} of {} is not left out", argument.name, function.name)),
                Some(parameter) if !argument.choices.is_empty() => {
                    let no_choice = |case: &str| NO_CHOICE.contains(&(argument.name.as_str(), case));
                    let choices: BTreeSet<&str> =
                        argument.choices.iter().map(String::as_str).filter(|case| !no_choice(case)).collect();
                    let options: BTreeSet<&str> = parameter.options.iter().map(String::as_str).collect();
                    if choices != options {
                        let lacks: Vec<_> = choices.symmetric_difference(&options).collect();
                        faults.push(format!("the options of {} in {} differ: {lacks:?}", argument.name, function.name));
                    }
                }
                Some(_) => {}
            }
        }
        for name in described {
            if !function.arguments.iter().any(|argument| argument.name == name) {
                faults.push(format!("{} has {name}, which the contract has not", function.name));
            }
        }
    }
    for command in &manifest.commands {
        if !contract.functions.iter().any(|function| function.name == command.name) {
            faults.push(format!("the command {} is no function of the contract", command.name));
        }
    }
    assert!(faults.is_empty(), "src/manifest.rs and wit/ differ:\n{}", faults.join("\n"));
}

#[test]
fn the_settings_are_the_connection_and_the_arguments_of_a_fetch() {
    let (contract, manifest) = (Contract::read().unwrap(), manifest::describe());
    let fetch = contract.functions.iter().find(|function| function.name == "fetch-incidents").unwrap();
    let expected: BTreeSet<String> =
        contract.connection().into_iter().chain(fetch.arguments.iter().map(|argument| argument.name.clone())).collect();
    assert!(expected.contains("region") && expected.contains("look-back-minutes"), "{expected:?}");
    let settings: BTreeSet<String> = manifest.parameters.into_iter().map(|parameter| parameter.name).collect();
    let differ: Vec<_> = expected.symmetric_difference(&settings).collect();
    assert!(differ.is_empty(), "the parameters of src/manifest.rs and wit/ differ: {differ:?}");
}
