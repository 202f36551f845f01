//! The types of the Python package are those of the contract, name by name.
//!
//! What a field's type is does not matter here: the conformance suite calls every function through the package.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use agreement::contract::{Contract, Shape};
use agreement::source;
use regex::Regex;

const TYPES: &str = "hosts/python/src/logzio_soar/contract.py";
const ERRORS: &str = "hosts/python/src/logzio_soar/errors.py";

/// A class of a module: its fields, the values of its members, and the names of the cases that it stands for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Class {
    fields: Vec<String>,
    members: Vec<String>,
    case: Option<String>,
}

/// The classes of a module, and the unions of some of them.
#[derive(Debug, Default)]
struct Module {
    classes: BTreeMap<String, Class>,
    unions: BTreeMap<String, Vec<String>>,
}

fn parse(text: &str) -> Module {
    let class = Regex::new(r"^class (\w+)").unwrap();
    let case = Regex::new(r#"^    case(?:: ClassVar\[str\])? = "([\w-]+)""#).unwrap();
    let member = Regex::new(r#"^    [A-Z][A-Z0-9_]* = "([\w-]+)""#).unwrap();
    let field = Regex::new(r#"^    ([a-z]\w*): (?:.*CONTRACT_NAME: "(\w+)")?"#).unwrap();
    let union = Regex::new(r"^(\w+)(?:: TypeAlias)? = (\w+(?: \| \w+)+)$").unwrap();
    let mut module = Module::default();
    let mut inside: Option<String> = None;
    let mut in_docs = false;
    for line in text.lines() {
        // A documentation of several lines holds no fields, whatever it looks like.
        let quotes = line.matches("\"\"\"").count();
        let skipped = in_docs || quotes > 0;
        in_docs ^= quotes % 2 == 1;
        if skipped {
            continue;
        }
        if let Some(found) = class.captures(line) {
            inside = Some(found[1].to_owned());
            module.classes.insert(found[1].to_owned(), Class::default());
        } else if let Some(found) = union.captures(line) {
            let cases = found[2].split(" | ").map(str::to_owned).collect();
            module.unions.insert(found[1].to_owned(), cases);
        } else if !line.is_empty() && !line.starts_with([' ', '#', '@']) {
            inside = None;
        }
        let Some(class) = inside.as_ref().and_then(|name| module.classes.get_mut(name)) else { continue };
        if let Some(found) = case.captures(line) {
            class.case = Some(found[1].to_owned());
        } else if let Some(found) = member.captures(line) {
            class.members.push(found[1].to_owned());
        } else if let Some(found) = field.captures(line).filter(|_| !line.contains("ClassVar")) {
            // One that holds a text beside the value of another name says which.
            let name = found.get(2).or_else(|| found.get(1)).unwrap();
            class.fields.push(name.as_str().to_owned());
        }
    }
    module
}

/// `event-filter` as Python names a class.
fn class_name(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('-').map(capital).collect()
}

/// Where a module differs from the types of a contract; `errors` has what `types.error` is.
fn differences(contract: &Contract, module: &Module, errors: &Module) -> Vec<String> {
    let mut faults = Vec::new();
    let mut differ = |name: &str, expected: &[String], found: Option<Vec<String>>| match found {
        None => faults.push(format!("{name} is missing: it has {}", expected.join(", "))),
        Some(mut found) if found != expected => {
            // The order of fields is the module's own, since those with a default come last.
            let mut expected = expected.to_vec();
            found.sort();
            expected.sort();
            let lacks: Vec<_> = expected.iter().filter(|name| !found.contains(name)).collect();
            let more: Vec<_> = found.iter().filter(|name| !expected.contains(name)).collect();
            if !lacks.is_empty() || !more.is_empty() {
                faults.push(format!("{name} lacks {lacks:?} and has {more:?} in their place"));
            }
        }
        Some(_) => {}
    };
    for named in &contract.types {
        let class = class_name(&named.name);
        match &named.shape {
            Shape::Record(_) if named.name == "server-error" => {}
            Shape::Record(fields) => {
                let expected: Vec<String> = fields.iter().map(|field| field.replace('-', "_")).collect();
                differ(&class, &expected, module.classes.get(&class).map(|class| class.fields.clone()));
            }
            Shape::Enum(cases) => {
                differ(&class, cases, module.classes.get(&class).map(|class| class.members.clone()));
            }
            Shape::Variant(cases) if named.name == "error" => {
                let found = errors.classes.values().filter_map(|class| class.case.clone()).collect();
                differ("CONTRACT_ERRORS", cases, Some(found));
            }
            Shape::Variant(cases) => {
                let case_of = |class: &String| module.classes.get(class).and_then(|class| class.case.clone());
                let found = module.unions.get(&class).map(|union| union.iter().filter_map(case_of).collect());
                differ(&class, cases, found);
            }
            Shape::Alias => {}
        }
    }
    for name in
        module.classes.iter().filter(|(name, class)| *name != "Case" && class.case.is_none()).map(|(name, _)| name)
    {
        if !contract.types.iter().any(|named| class_name(&named.name) == *name) {
            faults.push(format!("{name} is no type of the contract"));
        }
    }
    faults
}

#[test]
fn the_types_are_those_of_the_contract() {
    let contract = Contract::read().unwrap();
    assert!(contract.types.len() > 20, "{}", contract.types.len());
    let faults = differences(&contract, &parse(&source::read(TYPES).unwrap()), &parse(&source::read(ERRORS).unwrap()));
    assert!(faults.is_empty(), "{TYPES} (errors in {ERRORS}) and wit/ differ:\n{}", faults.join("\n"));
}

#[test]
fn a_difference_is_named() {
    let named = |name: &str, shape| agreement::contract::Named { name: name.to_owned(), shape };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    let contract = Contract {
        version: "1.0.0".to_owned(),
        functions: Vec::new(),
        types: vec![
            named("log-page", Shape::Record(texts(&["logs", "page-token"]))),
            named("order", Shape::Enum(texts(&["newest-first", "oldest-first"]))),
            named("start", Shape::Variant(texts(&["at", "after"]))),
            named("error", Shape::Variant(texts(&["timed-out"]))),
        ],
    };
    let errors =
        parse("class TimedOut(ContractError):\n    \"\"\"It took too long.\"\"\"\n\n    case = \"timed-out\"\n");
    let module = "class Case:\n    case: ClassVar[str]\n\n\nclass At(Case):\n    \"\"\"At a time.\n\n    since: always\n    \
                  \"\"\"\n\n    case: ClassVar[str] = \"at\"\n    value: str\n\n\nclass After(Case):\n    \
                  case: ClassVar[str] = \"after\"\n    value: str\n\n\nStart = At | After\n\n\nclass LogPage:\n    \
                  page_token: str | None = field(repr=False)\n    logs_text: list[JsonText] = field(metadata={CONTRACT_NAME: \"logs\"})\n\n\nclass Order(str, Enum):\n    \
                  NEWEST_FIRST = \"newest-first\"\n    OLDEST_FIRST = \"oldest-first\"\n";
    let differ = |module: &str| differences(&contract, &parse(module), &errors).join("\n");
    assert_eq!(differ(module), "");
    for (from, to, fault) in [
        (
            "    page_token: str | None = field(repr=False)\n",
            "",
            r#"LogPage lacks ["page_token"] and has [] in their place"#,
        ),
        ("    page_token:", "    rows:", r#"LogPage lacks ["page_token"] and has ["rows"] in their place"#),
        ("\"logs\"", "\"rows\"", r#"LogPage lacks ["logs"] and has ["rows"] in their place"#),
        ("    OLDEST_FIRST = \"oldest-first\"\n", "", r#"Order lacks ["oldest-first"] and has [] in their place"#),
        ("Start = At | After", "", "Start is missing: it has at, after"),
        ("\"after\"", "\"behind\"", r#"Start lacks ["after"] and has ["behind"] in their place"#),
        (
            "class Order",
            "class Sequence",
            "Order is missing: it has newest-first, oldest-first\nSequence is no type of the contract",
        ),
    ] {
        assert_eq!(differ(&module.replace(from, to)), fault);
    }
    let faults = differences(&contract, &parse(module), &parse("")).join("\n");
    assert_eq!(faults, r#"CONTRACT_ERRORS lacks ["timed-out"] and has [] in their place"#);
}
