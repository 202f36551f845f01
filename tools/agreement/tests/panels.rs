//! Every panel has what the manifest has, and every table of operations what the contract has.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use agreement::contract::{Contract, Shape};
use agreement::panel::{CONNECTION, Panel, Shown, Style};
use agreement::source;
use logzio_soar::contract::{Integration, Parameter};
use logzio_soar::manifest;
use regex::Regex;
use saphyr::{LoadableYamlNode, Yaml};

fn assert_agrees(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const XSOAR: Panel = Panel {
    file: "hosts/xsoar/Packs/LogzioSoar/Integrations/LogzioSoar/LogzioSoar.yml",
    style: Style::Snake,
    places: &[
        (CONNECTION, &["configuration"]),
        // The test button.
        ("check-connection", &[]),
        ("fetch-incidents", &["configuration"]),
        ("search-logs", &["logzio-search-logs"]),
        ("get-logs-by-event-id", &["logzio-get-logs-by-event-id"]),
        ("find-fields", &["logzio-find-fields"]),
        ("hunt-indicators", &["logzio-hunt-indicators"]),
    ],
    // Mostly as the earlier pack of Logz.io has them.
    renamed: &[
        (CONNECTION, "security-token", "security_credentials"),
        (CONNECTION, "operations-token", "operations_credentials"),
        (CONNECTION, "time-budget-ms", "time_budget"),
        ("fetch-incidents", "start", "fetch_time"),
        ("fetch-incidents", "rule-name", "search"),
        ("fetch-incidents", "limit", "fetch_count"),
        ("fetch-incidents", "look-back-minutes", "look_back"),
        ("search-logs", "lucene", "query"),
        ("search-logs", "since", "from_time"),
        ("search-logs", "until", "to_time"),
        ("search-logs", "limit", "size"),
        ("get-logs-by-event-id", "event-id", "id"),
        ("get-logs-by-event-id", "limit", "size"),
        ("find-fields", "since", "from_time"),
        ("find-fields", "until", "to_time"),
        ("hunt-indicators", "since", "from_time"),
        ("hunt-indicators", "until", "to_time"),
        ("hunt-indicators", "limit-per-indicator", "size"),
    ],
    left_out: &[],
    own: &[
        // Of the platform.
        "isFetch",
        "incidentType",
        "incidentFetchInterval",
        // Tokens, as the earlier pack stored them.
        "security_api_token",
        "operational_api_token",
        // Of a runner in place of the sandbox.
        "runner_url",
        "runner_credentials",
        "runner_certificate",
        "insecure",
        "proxy",
        // Of commands.
        "timeout",
        "start",
        "log_types",
        "internal_domains",
        "internal_host_regex",
        "ip_fields_to_return",
    ],
};

/// An element of a document.
fn member<'yaml>(yaml: &'yaml Yaml<'_>, name: &str) -> Option<&'yaml Yaml<'yaml>> {
    yaml.as_mapping_get(name)
}

fn elements<'yaml>(yaml: &'yaml Yaml<'_>, name: &str) -> Vec<&'yaml Yaml<'yaml>> {
    member(yaml, name).and_then(|list| list.as_sequence()).map(|list| list.iter().collect()).unwrap_or_default()
}

fn text(yaml: &Yaml<'_>, name: &str) -> String {
    member(yaml, name).and_then(|text| text.as_str()).unwrap_or_default().to_owned()
}

fn texts(yaml: &Yaml<'_>, name: &str) -> BTreeSet<String> {
    elements(yaml, name).iter().filter_map(|text| text.as_str()).map(str::to_owned).collect()
}

/// The arguments in each place of the pack; those for a kind of indicator are not among them.
fn xsoar_shows(pack: &Yaml<'_>, kinds: &[String]) -> Shown {
    let by_kind = |name: &str| kinds.iter().any(|kind| name == kind || name == format!("{kind}_fields"));
    let names = |list: Vec<&Yaml<'_>>| {
        list.iter().map(|one| text(one, "name")).filter(|name| !by_kind(name)).collect::<BTreeSet<String>>()
    };
    let mut shown = Shown::new();
    let settings = elements(pack, "configuration").iter().map(|one| text(one, "name")).collect();
    shown.insert("configuration".to_owned(), settings);
    for command in elements(member(pack, "script").unwrap(), "commands") {
        shown.insert(text(command, "name"), names(elements(command, "arguments")));
    }
    shown
}

fn indicator_kinds(style: Style) -> Vec<String> {
    match Contract::read().unwrap().shape("indicator-kind") {
        Some(Shape::Enum(cases)) => cases.iter().map(|case| style.write(case)).collect(),
        other => panic!("indicator-kind is {other:?}"),
    }
}

#[test]
fn the_xsoar_pack_has_what_the_manifest_has() {
    let text = source::read(XSOAR.file).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let pack = &documents[0];
    let kinds = indicator_kinds(Style::Snake);
    let mut faults = XSOAR.lags(&manifest::describe(), &xsoar_shows(pack, &kinds));
    let commands = elements(member(pack, "script").unwrap(), "commands");
    let hunt = commands.iter().find(|command| self::text(command, "name") == "logzio-hunt-indicators").unwrap();
    let arguments: BTreeSet<String> =
        elements(hunt, "arguments").iter().map(|argument| self::text(argument, "name")).collect();
    for name in kinds.iter().flat_map(|kind| [kind.clone(), format!("{kind}_fields")]) {
        if !arguments.contains(&name) {
            faults.push(format!("{}: logzio-hunt-indicators lacks {name}, of a kind in the contract", XSOAR.file));
        }
    }
    assert_agrees(&faults);
}

#[test]
fn the_xsoar_pack_offers_the_choices_and_defaults_of_the_manifest() {
    /// What the pack fills in for another reason than the contract's default.
    const OTHER_DEFAULTS: &[&str] = &["fetch_time", "time_budget"];
    /// What the earlier pack of Logz.io offers too; its instances may have it.
    const EARLIER_REGIONS: &[&str] = &["nl", "wa"];
    let document = source::read(XSOAR.file).unwrap();
    let documents = Yaml::load_from_str(&document).unwrap();
    let pack = &documents[0];
    let mut faults = Vec::new();
    let mut compared = 0;
    let mut compare = |operation: &str, parameter: &Parameter, list: &[&Yaml<'_>], options: &str, default: &str| {
        let renamed = XSOAR.renamed.iter().find(|(of, name, _)| *of == operation && *name == parameter.name);
        let name = renamed.map_or_else(|| Style::Snake.write(&parameter.name), |(_, _, name)| (*name).to_owned());
        let Some(shown) = list.iter().find(|one| text(one, "name") == name) else { return };
        let expected: BTreeSet<String> = parameter.options.iter().map(|option| option.to_lowercase()).collect();
        let offered = texts(shown, options).into_iter().map(|option| option.to_lowercase());
        let offered: BTreeSet<String> = offered.filter(|option| !EARLIER_REGIONS.contains(&option.as_str())).collect();
        compared += usize::from(!expected.is_empty());
        if expected != offered {
            let differ: Vec<_> = expected.symmetric_difference(&offered).collect();
            faults.push(format!("{}: the options of {name} and of {} differ: {differ:?}", XSOAR.file, parameter.name));
        }
        let filled_in = text(shown, default);
        if !filled_in.is_empty()
            && !OTHER_DEFAULTS.contains(&name.as_str())
            && parameter.default.as_ref() != Some(&filled_in)
        {
            faults.push(format!(
                "{}: {name} is {filled_in:?} if nobody says otherwise, {} is {:?}",
                XSOAR.file, parameter.name, parameter.default
            ));
        }
    };
    let manifest = manifest::describe();
    let settings = elements(pack, "configuration");
    let fetch = manifest.commands.iter().find(|command| command.name == "fetch-incidents").unwrap();
    for parameter in &manifest.parameters {
        let of_fetch = fetch.arguments.iter().any(|argument| argument.name == parameter.name);
        let operation = if of_fetch { "fetch-incidents" } else { CONNECTION };
        compare(operation, parameter, &settings, "options", "defaultvalue");
    }
    for command in &manifest.commands {
        for place in XSOAR.places.iter().filter(|(of, _)| *of == command.name).flat_map(|(_, places)| *places) {
            let commands = elements(member(pack, "script").unwrap(), "commands");
            if let Some(shown) = commands.iter().find(|one| text(one, "name") == *place) {
                for parameter in &command.arguments {
                    let arguments = elements(shown, "arguments");
                    compare(&command.name, parameter, &arguments, "predefined", "defaultValue");
                }
            }
        }
    }
    // Regions, severities and the order, at least.
    assert!(compared >= 3, "{compared}");
    assert_agrees(&faults);
}

const NODE_RED: Panel = Panel {
    file: "hosts/node-red/nodes",
    style: Style::Camel,
    places: &[
        (CONNECTION, &["logzio-account"]),
        // The dialog of the account has a button.
        ("check-connection", &[]),
        ("fetch-incidents", &["logzio-fetch"]),
        ("search-logs", &["logzio-search"]),
        ("get-logs-by-event-id", &["logzio-event-logs"]),
        ("find-fields", &["logzio-fields"]),
        ("hunt-indicators", &["logzio-hunt"]),
    ],
    renamed: &[
        (CONNECTION, "time-budget-ms", "timeBudget"),
        ("fetch-incidents", "start", "since"),
        ("fetch-incidents", "look-back-minutes", "lookBack"),
        ("search-logs", "lucene", "query"),
        ("hunt-indicators", "limit-per-indicator", "limit"),
    ],
    left_out: &[
        ("search-logs", "page", "it comes with a message"),
        ("get-logs-by-event-id", "event-id", "it comes with a message"),
        ("get-logs-by-event-id", "page", "it comes with a message"),
    ],
    own: &["name", "account", "all", "documents", "interval", "store", "where", "memoryLimit", "fields"],
};

/// The settings of each node's dialog, and the credentials of an account.
fn node_red_shows() -> Shown {
    let setting = Regex::new(r"(?m)^ {6}(\w+): \{").unwrap();
    let credentials = Regex::new(r"credentials: \{(.*)\},").unwrap();
    let credential = Regex::new(r"(\w+): \{ type").unwrap();
    let mut shown = Shown::new();
    for (_, nodes) in NODE_RED.places {
        for node in *nodes {
            let html = source::read(&format!("{}/{node}.html", NODE_RED.file)).unwrap();
            let defaults = html.split_once("defaults: {").and_then(|(_, rest)| rest.split_once("\n    },")).unwrap().0;
            let mut names: BTreeSet<String> =
                setting.captures_iter(defaults).map(|found| found[1].to_owned()).collect();
            let script = source::read(&format!("{}/{node}.js", NODE_RED.file)).unwrap();
            for found in credentials.captures_iter(&script) {
                names.extend(credential.captures_iter(&found[1]).map(|found| found[1].to_owned()));
            }
            for name in &names {
                let field = Regex::new(&format!("id=\"node-(config-)?input-{name}\"")).unwrap();
                assert!(field.is_match(&html), "{node}.html has no field for its setting {name}");
            }
            shown.insert((*node).to_owned(), names);
        }
    }
    shown
}

#[test]
fn the_nodes_of_node_red_have_what_the_manifest_has() {
    assert_agrees(&NODE_RED.lags(&manifest::describe(), &node_red_shows()));
}

const NODE: Panel = Panel {
    file: "hosts/node/src/index.ts",
    style: Style::Camel,
    places: &[
        (CONNECTION, &["Options"]),
        ("check-connection", &["checkConnection"]),
        ("fetch-incidents", &["FetchOptions"]),
        ("search-logs", &["searchLogs"]),
        ("get-logs-by-event-id", &["getLogsByEventId"]),
        ("find-fields", &["findFields"]),
        ("hunt-indicators", &["huntIndicators"]),
    ],
    renamed: &[("fetch-incidents", "start", "since"), ("search-logs", "limit", "pageSize")],
    left_out: &[],
    own: &["cursor", "fields", "logTypes", "options", "signal", "memoryLimit", "onRequest", "threads"],
};

#[test]
fn the_package_for_node_has_what_the_manifest_has() {
    let script = source::read(NODE.file).unwrap();
    let members = |name: &str| -> BTreeSet<String> {
        let member = Regex::new(r"(?m)^  (\w+)\??:").unwrap();
        let start = Regex::new(&format!(r"export interface {name}\b[^{{]*\{{\n")).unwrap();
        let start = start.find(&script).unwrap_or_else(|| panic!("{} has no interface {name}", NODE.file)).end();
        let body = script[start..].split_once("\n}").unwrap().0;
        member.captures_iter(body).map(|found| found[1].to_owned()).collect()
    };
    // Of an operation, what stands between the parentheses, and the members of the options that are named there.
    let arguments = |name: &str, options: &[&str]| -> BTreeSet<String> {
        let start = Regex::new(&format!(r"(?m)^  (?:async )?\*?{name}\(")).unwrap();
        let start = start.find(&script).unwrap_or_else(|| panic!("{} has no {name}", NODE.file)).end();
        let list = script[start..].split_once("): ").unwrap().0;
        let argument = Regex::new(r"(\w+)\??:").unwrap();
        let named = argument.captures_iter(list).map(|found| found[1].to_owned());
        named.chain(options.iter().flat_map(|options| members(options))).collect()
    };
    let shown: Shown = [
        ("Options", members("Options")),
        ("checkConnection", arguments("checkConnection", &["CallOptions"])),
        ("FetchOptions", members("FetchOptions")),
        ("searchLogs", arguments("searchLogs", &["SearchOptions"])),
        ("getLogsByEventId", arguments("getLogsByEventId", &[])),
        ("findFields", arguments("findFields", &["FieldOptions"])),
        ("huntIndicators", arguments("huntIndicators", &["HuntOptions"])),
    ]
    .map(|(place, names)| (place.to_owned(), names))
    .into();
    assert_agrees(&NODE.lags(&manifest::describe(), &shown));
}

const PYTHON: Panel = Panel {
    file: "hosts/python/src/logzio_soar/account.py",
    style: Style::Snake,
    places: &[
        // In client.py, with what belongs to the sandbox.
        (CONNECTION, &["__init__"]),
        ("check-connection", &["check_connection"]),
        ("fetch-incidents", &["fetch_incidents"]),
        ("search-logs", &["search_logs"]),
        ("get-logs-by-event-id", &["get_logs_by_event_id"]),
        ("find-fields", &["find_fields"]),
        ("hunt-indicators", &["hunt_indicators"]),
    ],
    renamed: &[
        (CONNECTION, "time-budget-ms", "time_budget"),
        ("fetch-incidents", "start", "since"),
        ("search-logs", "limit", "page_size"),
    ],
    left_out: &[],
    own: &["cursor", "fields", "log_types", "memory_limit", "component", "environment"],
};

#[test]
fn the_package_for_python_has_what_the_manifest_has() {
    let read = |file: &str, class: &str| source::read(file).unwrap().split_once(class).unwrap().1.to_owned();
    let operations = read(PYTHON.file, "\nclass Account(ABC):");
    let connection = read("hosts/python/src/logzio_soar/client.py", "\nclass LogzioSoar(Account):");
    let argument = Regex::new(r"(\w+): ").unwrap();
    let mut shown = Shown::new();
    for place in PYTHON.places.iter().flat_map(|(_, places)| *places) {
        let class = if *place == "__init__" { &connection } else { &operations };
        let start = Regex::new(&format!(r"\n    def {place}\(\s*self,?")).unwrap();
        let start = start.find(class).unwrap_or_else(|| panic!("{} has no {place}", PYTHON.file)).end();
        let list = class[start..].split_once(") ->").unwrap().0;
        let names = argument.captures_iter(list).map(|found| found[1].to_owned()).collect();
        shown.insert((*place).to_owned(), names);
    }
    assert_agrees(&PYTHON.lags(&manifest::describe(), &shown));
}

/// Tables of the contract's functions.
const TABLES: &[&str] =
    &["hosts/http/adapter", "hosts/node-red/adapter.mjs", "hosts/python/src/logzio_soar/contract.py"];

#[test]
fn every_table_of_operations_has_those_of_the_contract() {
    let contract = Contract::read().unwrap();
    let entry = Regex::new(r#"(?s)['"](?:[\w-]+\.)?([a-z-]+)['"]: *[\[(]([^\])]*)[\])]"#).unwrap();
    let quoted = Regex::new(r#"['"]([a-z_]+)['"]"#).unwrap();
    let mut faults = Vec::new();
    let functions = Regex::new(r#"['"](manifest|diagnostics|incidents|logs|hunting)\.([a-z-]+)['"]"#).unwrap();
    for file in TABLES {
        let text = source::read(file).unwrap();
        for function in &contract.functions {
            let name = Regex::new(&format!(r#"['".]{}['"]"#, function.name)).unwrap();
            if !name.is_match(&text) {
                faults.push(format!("{file} lacks {} of {}", function.name, function.interface));
            }
        }
        for found in functions.captures_iter(&text) {
            if !contract.functions.iter().any(|one| one.interface == found[1] && one.name == found[2]) {
                faults.push(format!("{file} has {}.{}, which the contract has not", &found[1], &found[2]));
            }
        }
        for found in entry.captures_iter(&text) {
            let Some(function) = contract.functions.iter().find(|function| function.name == found[1]) else { continue };
            let named: Vec<String> = quoted.captures_iter(&found[2]).map(|name| name[1].to_owned()).collect();
            let expected: Vec<String> =
                function.parameters.iter().map(|parameter| Style::Snake.write(parameter)).collect();
            if !named.is_empty() && named != expected {
                faults.push(format!("{file}: {} takes {expected:?}, not {named:?}", function.name));
            }
        }
    }
    assert_agrees(&faults);
}

/// A manifest of one connection's setting and one operation, for the comparison itself.
fn small(settings: &[&str], arguments: &[&str]) -> Integration {
    let mut manifest = manifest::describe();
    let parameter = |name: &&str| Parameter { name: (*name).to_owned(), ..manifest.parameters[0].clone() };
    let settings: Vec<Parameter> = settings.iter().map(parameter).collect();
    let arguments: Vec<Parameter> = arguments.iter().map(parameter).collect();
    manifest.commands.truncate(1);
    manifest.commands[0].name = "ask".to_owned();
    manifest.commands[0].arguments = arguments;
    manifest.parameters = settings;
    manifest
}

#[test]
fn a_panel_that_lags_behind_is_named() {
    let panel = Panel {
        file: "panel.html",
        style: Style::Camel,
        places: &[(CONNECTION, &["account"]), ("ask", &["dialog"])],
        renamed: &[("ask", "most-logs", "limit")],
        left_out: &[("ask", "page", "it comes with a message")],
        own: &["label"],
    };
    let shown = |dialog: &[&str]| -> Shown {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        [("account".to_owned(), set(&["apiUrl"])), ("dialog".to_owned(), set(dialog))].into()
    };
    let manifest = small(&["api-url", "since-when"], &["since-when", "most-logs", "page"]);
    let lags = |dialog: &[&str]| panel.lags(&manifest, &shown(dialog)).join("\n");
    assert_eq!(lags(&["sinceWhen", "limit", "label"]), "");
    assert!(lags(&["limit", "label"]).starts_with("panel.html: dialog lacks sinceWhen, which is since-when of ask: "));
    assert!(lags(&["sinceWhen", "mostLogs", "label"]).contains("dialog lacks limit, which is most-logs of ask"));
    assert!(lags(&["sinceWhen", "mostLogs", "label"]).contains("dialog has mostLogs, which is no argument"));
    assert!(lags(&["sinceWhen", "limit"]).contains("label as panel.html's own, which has it no more"));

    let more = small(&["api-url", "token"], &["most-logs", "page"]);
    let faults = panel.lags(&more, &shown(&["limit", "label"])).join("\n");
    assert!(faults.starts_with("panel.html: account lacks token, which is token of connection"), "{faults}");
    let fewer = small(&["api-url"], &["page"]);
    let faults = panel.lags(&fewer, &shown(&["label"])).join("\n");
    assert_eq!(faults, "tools/agreement knows most-logs of ask in panel.html; the manifest has no such argument");
    let mut other = small(&["api-url"], &["most-logs", "page"]);
    other.commands.push(other.commands[0].clone());
    other.commands[1].name = "tell".to_owned();
    let faults = panel.lags(&other, &shown(&["limit", "label"])).join("\n");
    assert_eq!(faults, "panel.html has no place for tell, which the manifest has: add one");
}
