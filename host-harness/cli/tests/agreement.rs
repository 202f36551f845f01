//! The command line has every argument of the manifest, as the help of each command shows it.

use std::collections::BTreeSet;
use std::process::Command;

use agreement::contract::{Contract, Shape};
use agreement::panel::{CONNECTION, Panel, Shown, Style};
use logzio_soar::manifest;

use crate::support::COMMAND;

const COMMANDS: &[&str] = &["check", "fetch", "search", "logs", "hunt", "fields"];

const COMMAND_LINE: Panel = Panel {
    file: "host-harness/cli",
    style: Style::Kebab,
    places: &[
        (CONNECTION, COMMANDS),
        ("check-connection", &["check"]),
        ("fetch-incidents", &["fetch"]),
        ("search-logs", &["search"]),
        ("get-logs-by-event-id", &["logs"]),
        ("hunt-indicators", &["hunt"]),
        ("find-fields", &["fields"]),
    ],
    renamed: &[
        // On the command line, others could read a token.
        (CONNECTION, "security-token", "security-token-file"),
        (CONNECTION, "operations-token", "operations-token-file"),
        (CONNECTION, "time-budget-ms", "time-budget"),
        ("fetch-incidents", "start", "since"),
        // May be repeated.
        ("fetch-incidents", "severities", "severity"),
        ("fetch-incidents", "tags", "tag"),
        ("fetch-incidents", "look-back-minutes", "look-back"),
        ("search-logs", "lucene", "QUERY"),
        ("search-logs", "fields", "field"),
        ("get-logs-by-event-id", "event-id", "EVENT_ID"),
        ("hunt-indicators", "indicators", "VALUE"),
        ("hunt-indicators", "internal-networks", "internal"),
        ("hunt-indicators", "limit-per-indicator", "limit"),
    ],
    left_out: &[
        ("search-logs", "page", "--all reads every page"),
        ("get-logs-by-event-id", "page", "--all reads every page"),
    ],
    own: &[
        "account",
        "accounts",
        "all",
        "append",
        "ca-file",
        "component",
        "config",
        "field",
        "file",
        "follow",
        "help",
        "histogram",
        "insecure",
        "interval",
        "kind",
        "output",
        "renewed-token",
        "state",
        "verbose",
    ],
};

fn help(command: &str) -> String {
    let output = Command::new(COMMAND).args([command, "--help"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The flags that a help lists, and the names of what comes without one.
fn shown_in(help: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in help.lines().map(str::trim_start) {
        // `-o, --output <OUTPUT>` and `--since <TIME>`, but not a flag in a sentence.
        let flag = line.split_once(", --").filter(|(short, _)| short.len() == 2).map(|(_, flag)| flag);
        if let Some(flag) = flag.or_else(|| line.strip_prefix("--")) {
            names.extend(flag.split([' ', '=']).next().map(str::to_owned));
        } else if let Some(line) = line.strip_prefix("Usage: ") {
            // `Usage: logzio-soar hunt [OPTIONS] [VALUE]...`
            let positional = line.split([' ', '<', '>', '[', ']', '.']).filter(|word| !word.is_empty()).skip(2);
            names.extend(positional.filter(|word| *word != "OPTIONS").map(str::to_owned));
        }
    }
    names
}

#[test]
fn the_command_line_has_what_the_manifest_has() {
    let shown: Shown = COMMANDS.iter().map(|command| ((*command).to_owned(), shown_in(&help(command)))).collect();
    let faults = COMMAND_LINE.lags(&manifest::describe(), &shown);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '-').collect()
}

#[test]
fn the_help_names_every_region() {
    let help = help("check");
    let regions =
        manifest::describe().parameters.into_iter().find(|parameter| parameter.name == "region").unwrap().options;
    let lacks: Vec<_> = regions.iter().filter(|region| !words(&help).contains(region.as_str())).collect();
    assert!(regions.len() > 4 && lacks.is_empty(), "the help of check lacks the regions {lacks:?}");
}

#[test]
fn the_help_names_every_case_of_the_contract() {
    let contract = Contract::read().unwrap();
    for (command, of) in [("fetch", "severity"), ("hunt", "indicator-kind"), ("search", "order")] {
        let help = help(command);
        let Some(Shape::Enum(cases)) = contract.shape(of) else { panic!("{of} is no enum") };
        let lacks: Vec<_> = cases.iter().filter(|case| !words(&help).contains(case.as_str())).collect();
        assert!(lacks.is_empty(), "the help of {command} lacks {lacks:?} of {of}");
    }
}
