//! The contract's types as JSON, by code that the build script generates from the WIT, and the calls of its functions.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "generated for every type of the contract")]

include!(concat!(env!("OUT_DIR"), "/json_form.rs"));

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use logzio_soar_wit_json::read::{self, Outcome};
    use logzio_soar_wit_json::write::to_text;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;
    use crate::CONTRACT_SCHEMA;

    fn string(rng: &mut Rng) -> String {
        const PIECES: [&str; 8] = ["", "null", "\"", "\\u0000\0", "é🦀", "{\"case\": 1}", "\n", "x-y_z"];
        let text: String = (0..rng.usize(0..4)).map(|_| PIECES[rng.usize(0..PIECES.len())]).collect();
        Value::from(text).to_string()
    }

    /// A text that a schema of the contract allows, as a component's answer is written.
    fn form(schema: &Value, root: &Value, rng: &mut Rng) -> String {
        /// What a value of the type `json` may be: all of it has to be kept.
        const JSON: [&str; 7] =
            ["1.0", "1e400", "9223372036854775809", "null", r#"{"b": 1, "a":{}, "b":"\ud800"}"#, "[ ]", "\"text\""];
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/")) {
            return form(&root["$defs"][name], root, rng);
        }
        if let Some(alternatives) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            return form(&alternatives[rng.usize(0..alternatives.len())], root, rng);
        }
        if let Some(name) = schema["const"].as_str() {
            return Value::from(name).to_string();
        }
        match schema["type"].as_str() {
            None => JSON[rng.usize(0..JSON.len())].to_owned(),
            Some("null") => "null".into(),
            Some("boolean") => rng.bool().to_string(),
            Some("integer") => {
                let ends = [schema["minimum"].as_i64().unwrap(), schema["maximum"].as_i64().unwrap()];
                [ends[0], ends[1], rng.i64(ends[0]..=ends[1])][rng.usize(0..3)].to_string()
            }
            Some("string") => string(rng),
            Some("array") => {
                let values: Vec<String> = (0..rng.usize(0..4)).map(|_| form(&schema["items"], root, rng)).collect();
                format!("[{}]", values.join(","))
            }
            Some("object") if schema["properties"].is_object() => {
                let fields = schema["properties"].as_object().unwrap().iter();
                let fields: Vec<String> =
                    fields.map(|(name, schema)| format!("\"{name}\":{}", form(schema, root, rng))).collect();
                format!("{{{}}}", fields.join(","))
            }
            Some("object") => {
                let mut entries: Vec<(String, String)> = Vec::new();
                for _ in 0..rng.usize(0..4) {
                    let key = match &schema["propertyNames"] {
                        Value::Null => string(rng),
                        names => form(names, root, rng),
                    };
                    if entries.iter().all(|(other, _)| *other != key) {
                        entries.push((key, form(&schema["additionalProperties"], root, rng)));
                    }
                }
                let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("{{{}}}", entries.join(","))
            }
            other => panic!("{other:?}"),
        }
    }

    /// Reads and writes a text by the code that is generated.
    type Rewrite = fn(&RawValue) -> Outcome<String>;

    macro_rules! rewrite {
        ($read:expr, $write:expr) => {
            |value| Ok(to_text(&$write, &$read(value, "value")?))
        };
    }

    const TYPES: [(&str, Rewrite); 12] = [
        ("types.connection", rewrite!(read_types_connection, write_types_connection)),
        ("incidents.fetch-request", rewrite!(read_incidents_fetch_request, write_incidents_fetch_request)),
        ("logs.log-query", rewrite!(read_logs_log_query, write_logs_log_query)),
        ("hunting.hunt-request", rewrite!(read_hunting_hunt_request, write_hunting_hunt_request)),
        ("manifest.integration", rewrite!(read_manifest_integration, write_manifest_integration)),
        ("diagnostics.check", rewrite!(read_diagnostics_check, write_diagnostics_check)),
        ("incidents.incident-page", rewrite!(read_incidents_incident_page, write_incidents_incident_page)),
        ("logs.log-page", rewrite!(read_logs_log_page, write_logs_log_page)),
        ("hunting.hunt-report", rewrite!(read_hunting_hunt_report, write_hunting_hunt_report)),
        ("types.error", rewrite!(read_types_error, write_types_error)),
        ("hunting.field-request", rewrite!(read_hunting_field_request, write_hunting_field_request)),
        ("hunting.field-report", rewrite!(read_hunting_field_report, write_hunting_field_report)),
    ];

    #[test]
    fn what_the_schema_allows_is_read_and_written_as_it_was() {
        let root: Value = serde_json::from_str(CONTRACT_SCHEMA).unwrap();
        let mut longest = 0;
        for seed in 0..300 {
            let mut rng = Rng::with_seed(seed);
            for (name, rewrite) in TYPES {
                let text = form(&root["$defs"][name], &root, &mut rng);
                let parsed = read::text(&text, "value").unwrap();
                let written =
                    rewrite(parsed).unwrap_or_else(|refusal| panic!("seed {seed}, {name}: {refusal}: {text}"));
                // The order of the fields is lost here with that of the schema.
                assert_eq!(sorted(&written), sorted(&text), "seed {seed}, {name}");
                longest = longest.max(text.len());
            }
        }
        assert!(longest > 1_000, "{longest}");
    }

    /// The bytes of a text, whatever their order: what has other fields or digits has other bytes.
    fn sorted(text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused_wherever_it_is() {
        for (rewrite, text, path) in [
            (TYPES[0].1, r#"{"security_token": "s3cret", "security_token": null}"#, "value"),
            (TYPES[1].1, r#"{"start": {"case": "at", "case": "after", "value": ""}}"#, "value.start"),
            (TYPES[3].1, r#"{"indicators": [], "fields": {"ip": [], "ip": []}}"#, "value.fields"),
        ] {
            let refusal = rewrite(read::text(text, "").unwrap()).unwrap_err();
            assert_eq!(refusal.path(), path);
            assert!(!refusal.to_string().contains("s3cret"), "{refusal}");
        }
    }

    #[test]
    fn what_may_be_left_out_is_written_all_the_same() {
        for (rewrite, text, written) in [
            (
                TYPES[1].1,
                r#"{"start": {"case": "at", "value": "-1h"}}"#,
                r#"{"start":{"case":"at","value":"-1h"},"filter":{"rule_name":null,"severities":[],"tags":[],"include_muted":false},"limit":null,"look_back_minutes":null,"attach_logs":null}"#,
            ),
            (
                TYPES[3].1,
                r#"{"indicators": [{"value": "x"}]}"#,
                r#"{"indicators":[{"value":"x","kind":null}],"fields":{},"log_types":null,"internal_networks":[],"since":null,"until":null,"limit_per_indicator":null}"#,
            ),
            (TYPES[9].1, r#"{"case": "rate-limited"}"#, r#"{"case":"rate-limited","value":null}"#),
        ] {
            assert_eq!(rewrite(read::text(text, "").unwrap()).unwrap(), written);
        }
    }
}
