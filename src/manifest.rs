//! What `describe` says: the panel of an instance and the commands, in the
//! contract's names. Sends nothing.

use crate::contract::{Command, Integration, Parameter, ParameterKind};
use crate::hunting;
use crate::incidents;
use crate::logs;
use crate::region;

/// The integration as a host shows it.
#[must_use]
pub fn describe() -> Integration {
    let mut parameters = connection_parameters();
    parameters.extend(fetch_parameters());
    Integration {
        name: "Logz.io Cloud SIEM".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        description: "Turns security events of Logz.io Cloud SIEM into incidents, each exactly once, and searches the \
                      logs behind them and any others."
            .into(),
        parameters,
        commands: commands(),
    }
}

fn connection_parameters() -> Vec<Parameter> {
    vec![
        Parameter {
            default: Some(region::DEFAULT.into()),
            options: region::codes(),
            ..parameter(
                "region",
                "Region",
                ParameterKind::Choice,
                "The region of the Logz.io account, as shown under Settings > General. Any other two-letter code of \
                 a region is taken too.",
            )
        },
        parameter(
            "url",
            "API URL",
            ParameterKind::Text,
            "The base URL of the API, if it is behind an address of its own. Used instead of the region.",
        ),
        parameter(
            "security-token",
            "API token of the Security account",
            ParameterKind::Secret,
            "Needed for incidents and the logs behind them. Create it in the Security account, under Settings > \
             Manage tokens > API tokens.",
        ),
        parameter(
            "operations-token",
            "API token of the Operations account",
            ParameterKind::Secret,
            "Needed for log search. Create it in the Operations account, under Settings > Manage tokens > API tokens.",
        ),
        Parameter {
            default: Some("30000".into()),
            ..parameter(
                "time-budget-ms",
                "Time budget (milliseconds)",
                ParameterKind::Number,
                "How long one call may take, retries included: 1000 to 600000.",
            )
        },
    ]
}

fn fetch_parameters() -> Vec<Parameter> {
    vec![
        Parameter {
            default: Some("1 hour ago".into()),
            ..parameter(
                "start",
                "First fetch",
                ParameterKind::Time,
                "How far back the first fetch of incidents goes: 7 days ago, 2026-11-22T08:00:00Z, now-15m.",
            )
        },
        parameter("rule-name", "Rule name", ParameterKind::Text, "Only events of rules whose name contains this text."),
        Parameter {
            options: ["severe", "high", "medium", "low", "info"].map(str::to_owned).to_vec(),
            ..parameter(
                "severities",
                "Severities",
                ParameterKind::MultipleChoice,
                "Only events of these severities; of any if none is chosen.",
            )
        },
        parameter("tags", "Tags", ParameterKind::TextList, "Only events with at least one of these tags."),
        Parameter {
            default: Some("false".into()),
            ..parameter(
                "include-muted",
                "Muted events too",
                ParameterKind::Boolean,
                "Events that the rule's notification settings mute become incidents too.",
            )
        },
        Parameter {
            default: Some(incidents::LARGEST_LIMIT.to_string()),
            ..parameter(
                "limit",
                "Incidents per fetch",
                ParameterKind::Number,
                "At most this many, 1 to 50; more is taken as 50. What is left comes with the next fetch.",
            )
        },
        Parameter {
            default: Some(incidents::DEFAULT_LOOK_BACK.to_string()),
            ..parameter(
                "look-back-minutes",
                "Look-back (minutes)",
                ParameterKind::Number,
                "How far behind the newest event to look for events that Logz.io indexed late: 0 to 1440.",
            )
        },
        Parameter {
            default: Some("0".into()),
            ..parameter(
                "attach-logs",
                "Logs per incident",
                ParameterKind::Number,
                "How many of the logs behind an event to attach to its incident: 0 to 100.",
            )
        },
    ]
}

fn commands() -> Vec<Command> {
    let limit = |default: u32| Parameter {
        default: Some(default.to_string()),
        ..parameter("limit", "Limit", ParameterKind::Number, "At most this many logs: 1 to 10000.")
    };
    let page = || {
        parameter("page", "Page", ParameterKind::Text, "Goes on where an earlier page ended: the `next` that it gave.")
    };
    let mut fetch = fetch_parameters();
    for argument in fetch.iter_mut().filter(|argument| argument.name == "start") {
        argument.label = "Start".into();
        argument.help = "A time, for a first fetch, or the cursor of the page before.".into();
        argument.kind = ParameterKind::Text;
        argument.default = None;
        argument.required = true;
    }
    vec![
        command(
            "check-connection",
            "diagnostics",
            "Checks the endpoint and, for each token, what it is and what it serves.",
            Vec::new(),
        ),
        command(
            "fetch-incidents",
            "incidents",
            "Returns the security events that follow a time or a cursor, oldest first, each exactly once.",
            fetch,
        ),
        command(
            "search-logs",
            "logs",
            "Searches the logs of the Operations account.",
            vec![
                Parameter {
                    required: true,
                    default: Some("*".into()),
                    ..parameter(
                        "lucene",
                        "Query",
                        ParameterKind::Text,
                        "A query in Lucene syntax, such as type:falco AND rule:\"Terminal shell in container\".",
                    )
                },
                parameter(
                    "since",
                    "Since",
                    ParameterKind::Time,
                    "Only logs at or after this time; two days before the end if left out.",
                ),
                Parameter {
                    default: Some("now".into()),
                    ..parameter("until", "Until", ParameterKind::Time, "Only logs at or before this time.")
                },
                Parameter {
                    default: Some("newest-first".into()),
                    options: vec!["newest-first".into(), "oldest-first".into()],
                    ..parameter("order", "Order", ParameterKind::Choice, "The order of the logs by their time.")
                },
                parameter(
                    "fields",
                    "Fields",
                    ParameterKind::TextList,
                    "Only these fields of each log; all of them if left out.",
                ),
                limit(logs::DEFAULT_SEARCH),
                page(),
            ],
        ),
        command(
            "get-logs-by-event-id",
            "logs",
            "Returns the logs that made a rule raise a security event.",
            vec![
                Parameter {
                    required: true,
                    ..parameter("event-id", "Event id", ParameterKind::Text, "The id of an incident.")
                },
                limit(logs::DEFAULT_EVENT_LOGS),
                page(),
            ],
        ),
        command(
            "find-fields",
            "hunting",
            "Finds the log fields that hold indicators of each kind, to pass on to many hunts.",
            hunt_range(),
        ),
        command(
            "hunt-indicators",
            "hunting",
            "Looks for indicators of compromise in the logs of the Operations account, many at a time.",
            hunt_parameters(),
        ),
    ]
}

fn hunt_range() -> Vec<Parameter> {
    vec![
        parameter(
            "since",
            "Since",
            ParameterKind::Time,
            "Only logs at or after this time; seven days before the end if left out.",
        ),
        Parameter {
            default: Some("now".into()),
            ..parameter("until", "Until", ParameterKind::Time, "Only logs at or before this time.")
        },
    ]
}

/// The field names by kind, and the log types that they are of, are left out: they have no kind of parameter.
fn hunt_parameters() -> Vec<Parameter> {
    let mut parameters = vec![
        Parameter {
            required: true,
            ..parameter(
                "indicators",
                "Indicators",
                ParameterKind::TextList,
                "Addresses, networks, domains, URLs, e-mail addresses, hashes, file names or ports, defanged or not.",
            )
        },
        parameter(
            "internal-networks",
            "Internal networks",
            ParameterKind::TextList,
            "Networks that are internal besides the private ones, as 198.51.100.0/24.",
        ),
        Parameter {
            default: Some(hunting::DEFAULT_LIMIT.to_string()),
            ..parameter(
                "limit-per-indicator",
                "Logs per indicator",
                ParameterKind::Number,
                "How many logs to return for each indicator, the newest ones: 0 to 1000.",
            )
        },
    ];
    // The range stands before the limit, as in other commands.
    parameters.splice(2..2, hunt_range());
    parameters
}

fn parameter(name: &str, label: &str, kind: ParameterKind, help: &str) -> Parameter {
    Parameter {
        name: name.into(),
        label: label.into(),
        help: help.into(),
        kind,
        required: false,
        default: None,
        options: Vec::new(),
    }
}

fn command(name: &str, interface: &str, help: &str, arguments: Vec<Parameter>) -> Command {
    Command { name: name.into(), interface: interface.into(), help: help.into(), arguments }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_of_a_choice_is_one_of_its_options() {
        let integration = describe();
        let all = integration.parameters.iter().chain(integration.commands.iter().flat_map(|c| &c.arguments));
        for parameter in all {
            let is_choice = matches!(parameter.kind, ParameterKind::Choice | ParameterKind::MultipleChoice);
            assert_eq!(is_choice, !parameter.options.is_empty(), "{}", parameter.name);
            if let (true, Some(default)) = (is_choice, &parameter.default) {
                assert!(parameter.options.contains(default), "{}", parameter.name);
            }
            assert!(parameter.help.ends_with('.'), "{}", parameter.name);
        }
    }

    #[test]
    fn secrets_are_marked_as_such() {
        for parameter in describe().parameters {
            assert_eq!(parameter.name.ends_with("-token"), matches!(parameter.kind, ParameterKind::Secret));
        }
    }

    /// A name that the panel shows must be one that the contract knows.
    #[test]
    fn every_name_stands_in_the_contract() {
        let wit = ["types", "incidents", "logs", "hunting", "diagnostics"]
            .map(|file| std::fs::read_to_string(format!("{}/wit/{file}.wit", env!("CARGO_MANIFEST_DIR"))).unwrap())
            .concat();
        let integration = describe();
        for command in &integration.commands {
            assert!(wit.contains(&format!("  {}: func(", command.name)), "{}", command.name);
            assert!(wit.contains(&format!("interface {} {{", command.interface)), "{}", command.interface);
        }
        let all = integration.parameters.iter().chain(integration.commands.iter().flat_map(|c| &c.arguments));
        for parameter in all {
            let field = wit.contains(&format!("    {}: ", parameter.name));
            let case = wit.contains(&format!("    {}(string)", parameter.name));
            assert!(field || case, "{}", parameter.name);
        }
    }
}
