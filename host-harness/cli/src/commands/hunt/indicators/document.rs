//! Indicators in JSON: STIX 2.1, MISP, and what `hunt` itself writes. Each is taken for what it is, so that an address in a
//! description counts for nothing.

use serde_json::Value;

/// The types of MISP's attributes that are indicators. One such as `domain|ip` is two.
const MISP: &[&str] = &[
    "ip-src",
    "ip-dst",
    "ip-src|port",
    "ip-dst|port",
    "domain",
    "domain|ip",
    "hostname",
    "hostname|port",
    "url",
    "uri",
    "email",
    "email-src",
    "email-dst",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "filename",
    "filename|md5",
    "filename|sha1",
    "filename|sha256",
    "filename|sha512",
    "regkey",
    "regkey|value",
];

/// The values of a JSON document, in order; none if it is neither of those.
pub(super) fn read(document: &Value) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let known = if let Some(objects) = document.get("objects").filter(|_| document["type"] == "bundle") {
        // Beside indicators, what else was seen may be a victim.
        let is_indicator = |object: &&Value| object["type"] == "indicator";
        let has_indicators =
            objects.as_array().is_some_and(|objects| objects.iter().any(|object| is_indicator(&object)));
        for object in objects.as_array().into_iter().flatten().filter(|object| !has_indicators || is_indicator(object))
        {
            stix(object, &mut values);
        }
        true
    } else if let Some(list) = document.as_array() {
        !list.is_empty() && list.iter().all(|item| one(item, &mut values))
    } else {
        one(document, &mut values)
    };
    known.then_some(values)
}

/// An event, an object of STIX or a sighting.
fn one(item: &Value, values: &mut Vec<String>) -> bool {
    if let Some(text) = item.as_str() {
        values.push(text.to_owned());
        return true;
    }
    if let Some(event) = item.get("Event") {
        misp(event, values);
        return true;
    }
    if let Some(response) = item.get("response") {
        return match response {
            Value::Array(events) => events.iter().all(|event| one(event, values)),
            // The answer of a search for attributes.
            other => {
                misp(other, values);
                other.get("Attribute").is_some()
            }
        };
    }
    if item.get("Attribute").is_some() {
        misp(item, values);
        return true;
    }
    if item.get("spec_version").is_some() || item["type"] == "indicator" {
        stix(item, values);
        return true;
    }
    // What `hunt` writes.
    match (item.get("value").and_then(Value::as_str), item.get("kind")) {
        (Some(value), Some(_)) => {
            values.push(value.to_owned());
            true
        }
        _ => false,
    }
}

fn misp(event: &Value, values: &mut Vec<String>) {
    let list = |name: &str| event.get(name).and_then(Value::as_array).into_iter().flatten();
    for attribute in list("Attribute") {
        let (Some(kind), Some(value)) = (attribute["type"].as_str(), attribute["value"].as_str()) else { continue };
        if !MISP.contains(&kind) || attribute["deleted"] == true {
            continue;
        }
        let parts = value.split('|').zip(kind.split('|'));
        values.extend(parts.filter(|(_, kind)| !matches!(*kind, "port" | "value")).map(|(value, _)| value.to_owned()));
    }
    list("Object").for_each(|object| misp(object, values));
}

fn stix(object: &Value, values: &mut Vec<String>) {
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    match object["type"].as_str().unwrap_or_default() {
        "indicator" if object["pattern_type"].as_str().is_none_or(|kind| kind == "stix") => {
            if let Some(pattern) = text("pattern") {
                values.extend(constants(&pattern));
            }
        }
        "ipv4-addr" | "ipv6-addr" | "domain-name" | "url" | "email-addr" => values.extend(text("value")),
        "file" => {
            let hashes = object.get("hashes").and_then(Value::as_object);
            let hashes: Vec<String> =
                hashes.into_iter().flatten().filter_map(|(_, hash)| hash.as_str().map(str::to_owned)).collect();
            // A name that comes with hashes is only what the file was called once.
            if hashes.is_empty() { values.extend(text("name")) } else { values.extend(hashes) }
        }
        "windows-registry-key" => values.extend(text("key")),
        _ => {}
    }
}

/// The constants that a pattern compares properties with: `[ipv4-addr:value = '192.0.2.1']`. Of other comparisons than `=` and
/// `IN`, such as `LIKE` and `MATCHES`, nothing can be looked for as it is.
fn constants(pattern: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut compares = false;
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let behind = rest.get(next.len_utf8()..).unwrap_or_default();
        match next {
            '\'' => {
                let (value, end) = quoted(behind);
                if compares {
                    found.push(value);
                }
                rest = end;
            }
            '=' => {
                compares = true;
                rest = behind;
            }
            '!' | '<' | '>' => {
                // `!=`, `<=` and `>=`, whose sign counts for nothing.
                compares = false;
                rest = behind.strip_prefix('=').unwrap_or(behind);
            }
            _ if next.is_alphabetic() => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                match word {
                    "IN" => compares = true,
                    "LIKE" | "MATCHES" | "NOT" | "AND" | "OR" | "ISSUBSET" | "ISSUPERSET" | "START" | "STOP" => {
                        compares = false
                    }
                    // A property's path may have quotes in it: file:hashes.'SHA-256'.
                    _ => compares = false,
                }
                rest = behind;
            }
            _ => rest = behind,
        }
    }
    found
}

/// A constant behind its first quotation mark, and what follows its last.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' => return (value, text.get(at + 1..).unwrap_or_default()),
            _ => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_of_stix_give_what_they_compare_with() {
        for (pattern, values) in [
            ("[ipv4-addr:value = '192.0.2.1']", vec!["192.0.2.1"]),
            ("[domain-name:value='a.example' OR domain-name:value = 'b.example']", vec!["a.example", "b.example"]),
            ("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", vec!["192.0.2.1", "192.0.2.2"]),
            ("[file:hashes.'SHA-256' = 'ab12' AND file:name = 'it\\'s.exe']", vec!["ab12", "it's.exe"]),
            ("[url:value LIKE 'http://%' OR url:value != 'x' OR url:value MATCHES '^h']", vec![]),
            (
                "[windows-registry-key:key = 'HKLM\\\\a\\\\b'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'",
                vec!["HKLM\\a\\b"],
            ),
            ("[broken = 'no end", vec!["no end"]),
        ] {
            assert_eq!(constants(pattern), values, "{pattern}");
        }
    }

    #[test]
    fn each_document_gives_its_indicators_and_no_others() {
        let bundle = json!({"type": "bundle", "objects": [
            {"type": "identity", "name": "203.0.113.1 Inc", "description": "evil.example"},
            {"type": "indicator", "pattern_type": "stix", "pattern": "[ipv4-addr:value = '192.0.2.1']"},
            {"type": "indicator", "pattern_type": "yara", "pattern": "rule a { strings: $a = '192.0.2.9' }"},
            {"type": "ipv4-addr", "value": "10.0.0.1"},
        ]});
        assert_eq!(read(&bundle).unwrap(), ["192.0.2.1"]);
        let observables = json!({"type": "bundle", "objects": [
            {"type": "domain-name", "value": "evil.example"},
            {"type": "file", "name": "a.exe", "hashes": {"MD5": "d41d8cd98f00b204e9800998ecf8427e"}},
        ]});
        assert_eq!(read(&observables).unwrap(), ["evil.example", "d41d8cd98f00b204e9800998ecf8427e"]);
        let event = json!({"Event": {"info": "198.51.100.1", "Attribute": [
            {"type": "ip-dst", "value": "192.0.2.1"}, {"type": "domain|ip", "value": "evil.example|192.0.2.2"},
            {"type": "comment", "value": "192.0.2.3"}, {"type": "ip-src|port", "value": "192.0.2.4|443"},
            {"type": "ip-src", "value": "192.0.2.5", "deleted": true},
        ], "Object": [{"Attribute": [{"type": "filename|md5", "value": "a.exe|ab12"}]}]}});
        let values = ["192.0.2.1", "evil.example", "192.0.2.2", "192.0.2.4", "a.exe", "ab12"];
        assert_eq!(read(&event).unwrap(), values);
        assert_eq!(read(&json!({"response": [event]})).unwrap(), values);
        let sightings = json!([{"value": "evil.example", "kind": "domain", "hits": 0}]);
        assert_eq!(read(&sightings).unwrap(), ["evil.example"]);
        assert_eq!(read(&json!(["192.0.2.1", "evil.example"])).unwrap(), ["192.0.2.1", "evil.example"]);
        for other in
            [json!({"a": "192.0.2.1"}), json!([1]), json!([]), json!("x").get("none").cloned().unwrap_or_default()]
        {
            assert!(read(&other).is_none(), "{other}");
        }
    }
}
