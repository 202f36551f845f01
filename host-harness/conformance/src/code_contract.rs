//! Cases of the group `contract`: what the component exports, imports and says of itself.

use serde_json::{Value, json};

use crate::arguments::{fetch, from};
use crate::bench::{Bench, Broken, ensure, listed, texts};
use crate::case::{CodeCase, Kind, code_case};
use crate::component_file::ComponentFile;
use crate::group::Group;
use logzio_soar_host::Answer;

/// The interfaces of the contract, and their functions.
const EXPORTS: [(&str, &[&str]); 6] = [
    ("types", &[]),
    ("manifest", &["describe"]),
    ("diagnostics", &["check-connection"]),
    ("incidents", &["fetch-incidents"]),
    ("logs", &["get-logs-by-event-id", "search-logs"]),
    ("hunting", &["hunt-indicators"]),
];
const PACKAGE: &str = "logzio:soar/";
const VERSION: &str = "@0.1.0";

pub(crate) const CASES: &[CodeCase] = &[
    CodeCase {
        group: Group::Contract,
        name: "exports",
        title: "Every interface and every function of the contract is there, in its version",
        promises: &["plugin.version", "plugin.exports"],
        kind: Kind::File(exports),
    },
    code_case!(
        Contract,
        "describes-itself",
        Code(describes_itself),
        "The component tells its name, a version as Semantic Versioning has it, and what it does",
        ["manifest.integration.name", "manifest.integration.version", "manifest.integration.description"],
    ),
    code_case!(
        Contract,
        "describe-sends-nothing",
        Code(describe_sends_nothing),
        "Describing sends nothing, and says the same whatever the environment holds",
        ["manifest.describe"],
    ),
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
    code_case!(
        Contract,
        "stateless",
        Code(stateless),
        "Calls side by side, and calls after others, answer as a call alone does",
        ["plugin.stateless"],
    ),
    code_case!(
        Contract,
        "the-cursor-is-all-that-lasts",
        Code(the_cursor_is_all_that_lasts),
        "A fetch goes on by its cursor alone, whatever was called in between",
        ["plugin.cursor", "incidents.incident-page.next"],
    ),
];

fn exports(file: &ComponentFile) -> Result<(), Broken> {
    let interfaces = file.interfaces.as_ref().map_err(|why| Broken(why.clone()))?;
    for (name, functions) in EXPORTS {
        let interface = format!("{PACKAGE}{name}{VERSION}");
        ensure!(
            interfaces.exports.contains(&interface),
            "the interface {interface} is not exported; what is: {}",
            listed(&interfaces.exports)
        );
        for function in functions {
            ensure!(
                interfaces.functions.contains(&format!("{interface}#{function}")),
                "{interface} has no function {function}; what there is: {}",
                listed(&interfaces.functions)
            );
        }
    }
    Ok(())
}

async fn describe(bench: &mut Bench<'_>) -> Result<Value, Broken> {
    bench.ok("manifest.describe", json!({})).await
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Every parameter of an integration and of its commands, with the command's name.
fn all_parameters(integration: &Value) -> Vec<(String, Value)> {
    let own = list(integration, "parameters").iter().map(|parameter| ("the integration".to_owned(), parameter.clone()));
    let of_commands = list(integration, "commands").iter().flat_map(|command| {
        list(command, "arguments").iter().map(|argument| (text(command, "name").to_owned(), argument.clone()))
    });
    own.chain(of_commands).collect()
}

async fn describes_itself(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    ensure!(!text(&integration, "name").trim().is_empty(), "the name is empty");
    ensure!(!text(&integration, "description").trim().is_empty(), "the description is empty");
    let version = text(&integration, "version");
    ensure!(is_semantic(version), "the version {version:?} is not as Semantic Versioning has it: MAJOR.MINOR.PATCH");
    Ok(())
}

/// Whether a text is a version as <https://semver.org> has it.
fn is_semantic(version: &str) -> bool {
    let (rest, build) = version.split_once('+').map_or((version, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(|pre| pre.split('.').all(|part| word(part) && (!numeric(part) || number(part))))
        && build.is_none_or(|build| build.split('.').all(word))
}

async fn describe_sends_nothing(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let before = describe(bench).await?;
    let token = bench.site.security.expose().to_owned();
    bench.set_variable("LOGZIO_SECURITY_TOKEN", &token);
    bench.set_variable("LOGZIO_REGION", "nowhere at all");
    let after = describe(bench).await?;
    ensure!(before == after, "it described itself in another way with other variables in its environment");
    ensure!(bench.site.request_count() == 0, "it sent {} requests", bench.site.request_count());
    Ok(())
}

/// The fields of `types.connection`, with the cases of the endpoint for the endpoint.
const CONNECTION: [&str; 5] = ["region", "url", "security-token", "operations-token", "time-budget-ms"];
/// The fields of `incidents.fetch-request`, with those of the filter for the filter.
const FETCH: [&str; 8] =
    ["start", "rule-name", "severities", "tags", "include-muted", "limit", "look-back-minutes", "attach-logs"];
const SEARCH: [&str; 7] = ["lucene", "since", "until", "order", "fields", "limit", "page"];
const EVENT_LOGS: [&str; 3] = ["event-id", "limit", "page"];
const HUNT: [&str; 6] = ["indicators", "fields", "internal-networks", "since", "until", "limit-per-indicator"];

async fn parameters(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    let names = texts(&integration, "parameters", "name");
    for name in ["security-token", "operations-token"] {
        ensure!(names.contains(&name), "there is no parameter {name}; what there is: {}", listed(&names));
    }
    let mut fetch_began = None;
    for name in &names {
        if CONNECTION.contains(name) {
            ensure!(
                fetch_began.is_none(),
                "{name} is of the connection, and stands after {}",
                fetch_began.unwrap_or("")
            );
        } else {
            ensure!(FETCH.contains(name), "{name} is neither a field of the connection nor of a fetch");
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
            !(is_required && CONNECTION.contains(&name)),
            "{name} is required, which the connection can do without"
        );
    }
    for (command, known, required) in [
        ("check-connection", &[][..], &[][..]),
        ("fetch-incidents", &FETCH[..], &["start"][..]),
        ("search-logs", &SEARCH[..], &["lucene"][..]),
        ("get-logs-by-event-id", &EVENT_LOGS[..], &["event-id"][..]),
        ("hunt-indicators", &HUNT[..], &["indicators"][..]),
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

async fn stateless(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let arguments = || fetch(from("2 hours ago"), json!({}));
    let alone = bench.ok("incidents.fetch-incidents", arguments()).await?;
    let search = || json!({"query": {"lucene": "*", "fields": [], "since": "-4h"}});
    let searched = bench.ok("logs.search-logs", search()).await?;
    let calls = (0..3).flat_map(|_| {
        [("incidents.fetch-incidents", arguments()), ("logs.search-logs", search()), ("manifest.describe", json!({}))]
    });
    for (number, answer) in bench.side_by_side(calls.collect()).await?.into_iter().enumerate() {
        let wanted = match number % 3 {
            0 => &alone,
            1 => &searched,
            _ => continue,
        };
        let Answer::Ok(found) = &answer else {
            return Err(Broken(format!("side by side, a call failed: {}", answer.to_json())));
        };
        let key = if number % 3 == 0 { "incidents" } else { "logs" };
        ensure!(found.get(key) == wanted.get(key), "side by side with others, a call answered otherwise than alone");
    }
    // A cursor is not consumed by its use.
    let again = bench.ok("incidents.fetch-incidents", arguments()).await?;
    ensure!(
        again.get("incidents") == alone.get("incidents"),
        "after other calls, a fetch answered otherwise than before"
    );
    Ok(())
}

async fn the_cursor_is_all_that_lasts(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let first = bench.ok("incidents.fetch-incidents", fetch(from("2 hours ago"), json!({"limit": 2}))).await?;
    let after = json!({"case": "after", "value": first.get("next").cloned().unwrap_or_default()});
    let next = bench.ok("incidents.fetch-incidents", fetch(after.clone(), json!({"limit": 2}))).await?;
    // Another host, another instance: all it has is the cursor.
    bench.ok("incidents.fetch-incidents", fetch(from("30 minutes ago"), json!({}))).await?;
    bench.ok("manifest.describe", json!({})).await?;
    let again = bench.ok("incidents.fetch-incidents", fetch(after, json!({"limit": 2}))).await?;
    let ids = |page: &Value| texts(page, "incidents", "id").into_iter().map(str::to_owned).collect::<Vec<_>>();
    ensure!(ids(&first) == ["e0", "e1"], "the first page holds {}", listed(&ids(&first)));
    ensure!(ids(&next) == ["e2", "e3"], "the second page holds {}", listed(&ids(&next)));
    ensure!(ids(&again) == ids(&next), "the same cursor, used again, brought {}", listed(&ids(&again)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_semantic;

    #[test]
    fn a_version_is_as_semantic_versioning_has_it() {
        for good in ["0.1.0", "1.10.0-rc.1", "1.0.0+build.05", "1.0.0-0a.x-y"] {
            assert!(is_semantic(good), "{good}");
        }
        for bad in ["", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.x", "1.0.0+"] {
            assert!(!is_semantic(bad), "{bad}");
        }
    }
}
