//! A hunt as a STIX 2.1 bundle, for threat intelligence platforms: an indicator and a sighting for each value, and what was
//! seen in the logs that hold it.
//!
//! Ids are made from content, so that the same finding is the same object at each run: of cyber-observable objects as the
//! standard says (STIX 2.1, section 2.9), of others in a namespace of this command. What never changes has a date that
//! never changes either; a sighting has that of the last log.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::net::IpAddr;

use chrono::{SecondsFormat, Utc};
use logzio_soar_host::contract::{IndicatorKind, Sighting};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The namespace of cyber-observable objects, which no others may use.
const OBSERVABLES: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);
/// The namespace of the other objects.
const OBJECTS: Uuid = Uuid::from_u128(0x6f0d_2f6c_4b8e_4c53_9d2a_1be7_55c0_a3e4);
/// The start of validity of each indicator: a hunt does not know it.
const ALWAYS: &str = "1970-01-01T00:00:00.000Z";
/// The largest count that the standard allows.
const MOST_COUNTED: u32 = 999_999_999;
/// How many names of one kind a description lists.
const NAMES_DESCRIBED: usize = 10;

/// A bundle that is written when it is whole: none may be cut off.
pub(crate) struct Bundle {
    objects: Vec<Value>,
    known: HashSet<String>,
    /// The time of this run.
    now: String,
}

impl Bundle {
    pub(crate) fn new() -> Self {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        Self { objects: Vec::new(), known: HashSet::new(), now }
    }

    /// Adds what was seen of an indicator, or that it was not. Of several accounts, each is an identity where it was seen.
    pub(crate) fn add(&mut self, sighting: &Sighting, account: Option<&str>) {
        let value = normal(sighting);
        let pattern = pattern(sighting.kind, &value);
        let indicator = object_id("indicator", &pattern);
        self.push(json!({
            "type": "indicator",
            "spec_version": "2.1",
            "id": indicator,
            "created": ALWAYS,
            "modified": ALWAYS,
            "name": value,
            "description": "Looked for in logs by logzio-soar.",
            "indicator_types": ["unknown"],
            "pattern": pattern,
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": ALWAYS,
        }));
        let count = sighting.hits.min(MOST_COUNTED);
        // Logs without a time can hold it too. Then it was seen, but nobody knows when.
        let seen = sighting.first_seen.as_ref().zip(sighting.last_seen.as_ref()).filter(|_| count > 0);
        let created = seen.map_or(&self.now, |(_, last)| last).clone();
        let mut members = Map::new();
        members.insert("sighting_of_ref".into(), json!(indicator));
        members.insert("count".into(), json!(count));
        members.insert("description".into(), json!(description(sighting)));
        if let Some(account) = account {
            members.insert("where_sighted_refs".into(), json!([self.identity(account)]));
        }
        if let Some((first, last)) = seen {
            // Texts of one form: they are in order if the times are.
            members.insert("first_seen".into(), json!(first.min(last)));
            members.insert("last_seen".into(), json!(first.max(last)));
            let objects = self.observables(sighting);
            if !objects.is_empty() {
                let observed = json!({
                    "first_observed": first.min(last),
                    "last_observed": first.max(last),
                    "number_observed": count,
                    "object_refs": objects,
                });
                let of = account.map_or_else(|| indicator.clone(), |account| format!("{indicator}\n{account}"));
                let observed = self.push_dated("observed-data", &observed, &created, &of);
                members.insert("observed_data_refs".into(), json!([observed]));
            }
        }
        self.push_dated("sighting", &Value::Object(members), &created, &created.clone());
    }

    /// Adds an account of Logz.io by its name. Returns its id.
    fn identity(&mut self, account: &str) -> String {
        let id = object_id("identity", account);
        self.push(json!({
            "type": "identity",
            "spec_version": "2.1",
            "id": id,
            "created": ALWAYS,
            "modified": ALWAYS,
            "name": account,
            "description": "An account of Logz.io, as accounts.toml of logzio-soar names it.",
            "identity_class": "unknown",
        }));
        id
    }

    /// Adds an object whose id stands for all that is in it. Returns the id.
    fn push_dated(&mut self, kind: &str, members: &Value, created: &str, of: &str) -> String {
        let id = object_id(kind, &format!("{of}\n{members}"));
        let mut object = json!({
            "type": kind,
            "spec_version": "2.1",
            "id": id,
            "created": created,
            "modified": created,
        });
        if let (Value::Object(object), Value::Object(members)) = (&mut object, members.clone()) {
            object.extend(members);
        }
        self.push(object);
        id
    }

    /// Adds the users, hosts and addresses of a sighting. Returns their ids.
    fn observables(&mut self, sighting: &Sighting) -> Vec<String> {
        let mut ids = Vec::new();
        for user in &sighting.users {
            ids.push(self.observable("user-account", "account_login", user));
        }
        // The standard has no object for the name of a computer; that of a domain takes one.
        for host in sighting.hosts.iter().filter(|host| is_name(host)) {
            ids.push(self.observable("domain-name", "value", host));
        }
        for address in sighting.internal_ips.iter().chain(&sighting.external_ips) {
            match address.parse::<IpAddr>() {
                Ok(IpAddr::V4(_)) => ids.push(self.observable("ipv4-addr", "value", address)),
                Ok(IpAddr::V6(_)) => ids.push(self.observable("ipv6-addr", "value", address)),
                Err(_) => {}
            }
        }
        ids
    }

    fn observable(&mut self, kind: &str, property: &str, value: &str) -> String {
        // The id is made from the property that identifies the object, as canonical JSON.
        let contributing = format!("{{\"{property}\":{}}}", Value::from(value));
        let id = format!("{kind}--{}", Uuid::new_v5(&OBSERVABLES, contributing.as_bytes()));
        self.push(json!({ "type": kind, "spec_version": "2.1", "id": id, property: value }));
        id
    }

    fn push(&mut self, object: Value) {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.known.insert(id) {
            self.objects.push(object);
        }
    }

    /// Writes the bundle.
    pub(crate) fn write(&self, out: impl Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        let ids: Vec<&str> = self.objects.iter().filter_map(|object| object.get("id")?.as_str()).collect();
        let id = object_id("bundle", &ids.join("\n"));
        write!(out, "{{\"type\":\"bundle\",\"id\":\"{id}\"")?;
        // An empty list is none by the standard.
        for (place, object) in self.objects.iter().enumerate() {
            out.write_all(if place == 0 { b",\"objects\":[\n" } else { b",\n" })?;
            serde_json::to_writer(&mut out, object)?;
        }
        out.write_all(if self.objects.is_empty() { b"}\n" } else { b"\n]}\n" })?;
        out.flush()
    }
}

/// The value in one spelling, where letter case does not matter.
fn normal(sighting: &Sighting) -> String {
    use IndicatorKind as K;
    match sighting.kind {
        K::Domain | K::Host | K::Email | K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => sighting.value.to_lowercase(),
        _ => sighting.value.clone(),
    }
}

/// The pattern of an indicator, in the patterning language of STIX.
fn pattern(kind: IndicatorKind, value: &str) -> String {
    use IndicatorKind as K;
    let text = literal(value);
    let version = if value.contains(':') { "ipv6-addr" } else { "ipv4-addr" };
    match kind {
        K::Ip => format!("[{version}:value = {text}]"),
        K::Cidr => format!("[{version}:value ISSUBSET {text}]"),
        K::Domain | K::Host => format!("[domain-name:value = {text}]"),
        K::Url => format!("[url:value = {text}]"),
        K::Email => format!("[email-addr:value = {text}]"),
        K::Md5 => format!("[file:hashes.MD5 = {text}]"),
        K::Sha1 => format!("[file:hashes.'SHA-1' = {text}]"),
        K::Sha256 => format!("[file:hashes.'SHA-256' = {text}]"),
        K::Sha512 => format!("[file:hashes.'SHA-512' = {text}]"),
        K::User => format!("[user-account:account_login = {text}]"),
        K::Process => format!("[{}]", path_pattern("process:image_ref.", value)),
        K::FileName => format!("[{}]", path_pattern("file:", value)),
        K::RegistryKey => format!("[windows-registry-key:key = {}]", literal(&with_long_hive(value))),
        K::Port => format!("[network-traffic:src_port = {value} OR network-traffic:dst_port = {value}]"),
    }
}

/// A registry key with the whole name of its hive, as the standard asks for. (STIX 2.1, section 6.17.)
fn with_long_hive(key: &str) -> String {
    let (hive, rest) = key.split_at(key.find('\\').unwrap_or(key.len()));
    let long = match hive.to_uppercase().as_str() {
        "HKLM" => "HKEY_LOCAL_MACHINE",
        "HKCU" => "HKEY_CURRENT_USER",
        "HKCR" => "HKEY_CLASSES_ROOT",
        "HKU" => "HKEY_USERS",
        "HKCC" => "HKEY_CURRENT_CONFIG",
        _ => return key.to_owned(),
    };
    format!("{long}{rest}")
}

/// A file by its name, and by its directory if that is known too.
fn path_pattern(file: &str, path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let directory = path.strip_suffix(name).unwrap_or_default();
    if name.is_empty() || directory.is_empty() {
        return format!("{file}name = {}", literal(path));
    }
    // The root is a directory by itself.
    let directory = directory.strip_suffix(['/', '\\']).filter(|shorter| !shorter.is_empty()).unwrap_or(directory);
    format!("{file}name = {} AND {file}parent_directory_ref.path = {}", literal(name), literal(directory))
}

/// A string of the patterning language.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// What was seen, in words.
fn description(sighting: &Sighting) -> String {
    let mut parts = vec![match sighting.hits {
        0 => "No log holds it".to_owned(),
        1 => "1 log holds it".to_owned(),
        hits => format!("{hits} logs hold it"),
    }];
    for (what, names) in [
        ("users", &sighting.users),
        ("hosts", &sighting.hosts),
        ("internal addresses", &sighting.internal_ips),
        ("external addresses", &sighting.external_ips),
    ] {
        if names.is_empty() {
            continue;
        }
        let shown = names.iter().take(NAMES_DESCRIBED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(NAMES_DESCRIBED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(format!("{what}: {shown}{more}"));
    }
    if !sighting.complete {
        parts.push("there are too many logs to read: the names and addresses are those of the newest".into());
    }
    parts.join("; ")
}

/// Whether a text can be the name of a computer or a domain.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.len() <= 253 && text.chars().all(plain)
}

fn object_id(kind: &str, content: &str) -> String {
    // No two types may share the UUID of an id.
    format!("{kind}--{}", Uuid::new_v5(&OBJECTS, format!("{kind}\n{content}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use logzio_soar_host::contract::Cases;
    use std::collections::BTreeMap;

    fn sighting(kind: IndicatorKind, value: &str, hits: u32) -> Sighting {
        let time = |time: &str| (hits > 0).then(|| time.to_owned());
        let names = |names: &[&str]| if hits > 0 { names.iter().map(|name| (*name).into()).collect() } else { vec![] };
        Sighting {
            value: value.into(),
            kind,
            hits,
            complete: true,
            first_seen: time("2026-11-20T08:00:00.000Z"),
            last_seen: time("2026-11-22T08:00:00.123Z"),
            users: names(&["ada", "CORP\\bob \"x\""]),
            hosts: names(&["web-01.example", "no name"]),
            internal_ips: names(&["10.0.0.1", "fd00::1"]),
            external_ips: names(&["203.0.113.9"]),
            logs: vec![],
            host_of: vec![],
        }
    }

    fn bundle(sightings: &[Sighting]) -> Value {
        let mut bundle = Bundle::new();
        sightings.iter().for_each(|sighting| bundle.add(sighting, None));
        let mut out = Vec::new();
        bundle.write(&mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn every_kind_has_a_pattern_and_no_value_breaks_out_of_it() {
        use IndicatorKind as K;
        for (kind, value, expected) in [
            (K::Ip, "203.0.113.9", "[ipv4-addr:value = '203.0.113.9']"),
            (K::Ip, "2001:db8::9", "[ipv6-addr:value = '2001:db8::9']"),
            (K::Cidr, "192.0.2.0/24", "[ipv4-addr:value ISSUBSET '192.0.2.0/24']"),
            (K::Cidr, "2001:db8::/48", "[ipv6-addr:value ISSUBSET '2001:db8::/48']"),
            (K::Domain, "evil.example", "[domain-name:value = 'evil.example']"),
            (K::Host, "web-01", "[domain-name:value = 'web-01']"),
            (K::Url, "http://a/' OR x = '", r"[url:value = 'http://a/\' OR x = \'']"),
            (K::Email, "a@evil.example", "[email-addr:value = 'a@evil.example']"),
            (K::Md5, "d4", "[file:hashes.MD5 = 'd4']"),
            (K::Sha1, "d4", "[file:hashes.'SHA-1' = 'd4']"),
            (K::Sha256, "d4", "[file:hashes.'SHA-256' = 'd4']"),
            (K::Sha512, "d4", "[file:hashes.'SHA-512' = 'd4']"),
            (K::RegistryKey, r"HKLM\Software\x", r"[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Software\\x']"),
            (K::User, r"CORP\ada", r"[user-account:account_login = 'CORP\\ada']"),
            (K::Process, "nc", "[process:image_ref.name = 'nc']"),
            (
                K::Process,
                "/usr/bin/nc",
                "[process:image_ref.name = 'nc' AND process:image_ref.parent_directory_ref.path = '/usr/bin']",
            ),
            (K::FileName, r"C:\it's\x.exe", r"[file:name = 'x.exe' AND file:parent_directory_ref.path = 'C:\\it\'s']"),
            (K::FileName, "/x", "[file:name = 'x' AND file:parent_directory_ref.path = '/']"),
            (K::FileName, "/x/", "[file:name = '/x/']"),
            (K::Port, "4444", "[network-traffic:src_port = 4444 OR network-traffic:dst_port = 4444]"),
        ] {
            assert_eq!(pattern(kind, value), expected);
        }
    }

    /// The rules of STIX 2.1 that a bundle of these types can break.
    #[test]
    fn a_bundle_keeps_the_rules_of_the_standard() {
        let mut sightings: Vec<Sighting> = IndicatorKind::CASES
            .iter()
            .map(|(_, kind)| sighting(*kind, "d41d8cd98f00b204e9800998ecf8427e", 7))
            .collect();
        sightings.push(sighting(IndicatorKind::Port, "4444", u32::MAX));
        sightings.push(sighting(IndicatorKind::Ip, "203.0.113.9", 0));
        // Logs without a time.
        sightings.push(Sighting { first_seen: None, last_seen: None, ..sighting(IndicatorKind::User, "ada", 3) });
        let bundle = bundle(&sightings);
        assert_eq!(bundle["type"], "bundle");
        let objects = bundle["objects"].as_array().unwrap();
        let ids: BTreeMap<&str, &Value> =
            objects.iter().map(|object| (object["id"].as_str().unwrap(), object)).collect();
        assert_eq!(ids.len(), objects.len());
        let uuids: HashSet<&str> = ids.keys().map(|id| id.split_once("--").unwrap().1).collect();
        assert_eq!(uuids.len(), ids.len());
        let mut counts = BTreeMap::new();
        for object in objects {
            let kind = object["type"].as_str().unwrap();
            *counts.entry(kind).or_insert(0) += 1;
            let id = object["id"].as_str().unwrap();
            let uuid = id.strip_prefix(kind).unwrap().strip_prefix("--").unwrap();
            assert_eq!(uuid.len(), 36, "{id}");
            assert!(uuid[14..].starts_with('5') && "89ab".contains(&uuid[19..20]), "{id}");
            assert_eq!(object["spec_version"], "2.1");
            let is_observable = ["user-account", "domain-name", "ipv4-addr", "ipv6-addr"].contains(&kind);
            for (name, value) in object.as_object().unwrap() {
                assert!(!value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()), "{name}: {object}");
                if ["created", "modified", "valid_from"].contains(&name.as_str()) || name.ends_with("observed") {
                    let is_count = name == "number_observed";
                    assert!(is_count || (value.as_str().unwrap().len() == 24 && !is_observable), "{name}: {object}");
                }
                let refs = match name.as_str() {
                    "sighting_of_ref" => vec![value],
                    "observed_data_refs" | "object_refs" => value.as_array().unwrap().iter().collect(),
                    _ => vec![],
                };
                for one in refs {
                    let target = ids.get(one.as_str().unwrap()).unwrap();
                    assert_eq!(name == "sighting_of_ref", target["type"] == "indicator");
                }
            }
            match kind {
                "sighting" => {
                    assert!(object["count"].as_u64().unwrap() <= 999_999_999);
                    assert!(object["first_seen"].as_str() <= object["last_seen"].as_str());
                }
                "observed-data" => assert!((1..=999_999_999).contains(&object["number_observed"].as_u64().unwrap())),
                _ => assert!(kind == "indicator" || is_observable, "{kind}"),
            }
        }
        // A host and a domain of one name have one pattern. Three sightings are added to those of the kinds, one of them seen.
        let patterns = IndicatorKind::CASES.len() - 1;
        let expected = [
            ("domain-name", 1),
            ("indicator", patterns + 3),
            ("ipv4-addr", 2),
            ("ipv6-addr", 1),
            ("observed-data", patterns + 1),
            ("sighting", patterns + 3),
            ("user-account", 2),
        ];
        assert_eq!(counts, expected.into());
    }

    #[test]
    fn the_same_finding_has_the_same_ids_and_another_one_has_others() {
        let one = [sighting(IndicatorKind::Sha1, "ABCD", 7)];
        let same = [sighting(IndicatorKind::Sha1, "abcd", 7)];
        let more = [sighting(IndicatorKind::Sha1, "abcd", 8)];
        assert_eq!(bundle(&one), bundle(&same));
        let (one, more) = (bundle(&one), bundle(&more));
        assert_eq!(one["objects"][0], more["objects"][0]);
        assert_ne!(one["id"], more["id"]);
        // As the library stix2 of Python makes it.
        let user = one["objects"].as_array().unwrap().iter().find(|object| object["account_login"] == "ada").unwrap();
        assert_eq!(user["id"], "user-account--48edb5e0-fff1-5c95-902c-1ded0e215ec7");
        let mut bundle = Bundle::new();
        let quoted = bundle.observable("user-account", "account_login", "CORP\\bob \"x\"");
        assert_eq!(quoted, "user-account--bc97d3cd-4795-5a75-b2be-2342edb90b38");
        let foreign = bundle.observable("user-account", "account_login", "jürgen\t€");
        assert_eq!(foreign, "user-account--39a53788-2df6-5007-aec8-2995819e13c7");
    }

    #[test]
    fn a_bundle_of_nothing_has_no_objects() {
        assert_eq!(bundle(&[]).get("objects"), None);
    }
}
