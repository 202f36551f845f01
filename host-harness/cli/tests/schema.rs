//! What commands write for programs is of the contract's schema.

use boon::{Compiler, SchemaIndex, Schemas};
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Log};
use serde_json::{Value, json};

use crate::support::{Site, start};

/// The schema that the command prints.
struct Schema {
    compiler: Compiler,
    schemas: Schemas,
}

impl Schema {
    fn printed(site: &Site) -> Self {
        let output = site.run("describe --schema");
        let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut compiler = Compiler::new();
        compiler.add_resource("https://schema.test/contract", schema).unwrap();
        Self { compiler, schemas: Schemas::new() }
    }

    fn definition(&mut self, name: &str) -> SchemaIndex {
        let place = format!("https://schema.test/contract#/$defs/{name}");
        self.compiler.compile(&place, &mut self.schemas).unwrap()
    }

    /// Why a value is not of a definition.
    fn fault(&mut self, name: &str, value: &Value) -> Option<String> {
        let definition = self.definition(name);
        self.schemas.validate(value, definition).err().map(|error| format!("{name}: {error:#}: {value}"))
    }
}

#[test]
fn every_output_is_of_the_schema() {
    let site = Site::with_events(20);
    let time = start() + TimeDelta::minutes(1);
    let log = json!({"@timestamp": time.to_rfc3339(), "source.ip": "203.0.113.9", "user.name": "ada", "type": "t"});
    site.simulator.add_logs(AccountKind::Operations, [Log::new("log", time, log.to_string())]);
    let event = site.simulator.events().into_iter().find(|event| event.logs.len() > 1).unwrap();
    let mut schema = Schema::printed(&site);
    let range = "--since 2026-11-01 --until 2026-11-02";
    for (line, definition, least) in [
        ("fetch --since 2026-01-01 --attach-logs 2".to_owned(), "incidents.incident", 10),
        (format!("search * {range}"), "logs.log", 1),
        (format!("search * {range} --field source.ip"), "logs.log", 1),
        (format!("logs {}", event.id), "logs.log", 2),
        (format!("hunt 203.0.113.9 nothing.example {range}"), "hunting.sighting", 2),
        (format!("fields {range}"), "hunting.kind-fields", 2),
        ("check".to_owned(), "diagnostics.check", 5),
    ] {
        let array = site.run(&format!("{line} --output json"));
        let array: Vec<Value> = serde_json::from_slice(&array.stdout).unwrap();
        assert!(array.len() >= least, "{line}: {array:?}");
        let lines = String::from_utf8(site.run(&format!("{line} --output ndjson")).stdout).unwrap();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), array.len(), "{line}");
        for value in array.iter().chain(&lines) {
            assert_eq!(schema.fault(definition, value), None, "{line}");
        }
        // A member more or less is none of the form.
        let mut other = array[0].clone();
        other["more"] = json!(1);
        assert!(schema.fault(definition, &other).is_some(), "{line}");
        let mut other = array[0].clone();
        let first = other.as_object().unwrap().keys().next().unwrap().clone();
        other.as_object_mut().unwrap().remove(&first);
        assert!(schema.fault(definition, &other).is_some(), "{line}: {first}");
    }
    let described: Value = serde_json::from_slice(&site.run("describe --output json").stdout).unwrap();
    assert_eq!(schema.fault("manifest.integration", &described), None);
}
