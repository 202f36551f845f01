//! Kinds of indicators: each is found in its fields, read from its value, and also when defanged.

use serde_json::{Value, json};

use super::report::{MD5, SHA1, SHA256, SHA512, hits, indicator, list, log_ids, only, report, values};
use crate::bench::{Bench, Broken, HUNT, ensure, expect, hunt, listed, log, texts};
use crate::case::{CodeCase, code_case};

/// For each kind a value, a field that common shippers write it in, and values that are near misses there.
const KINDS: [(&str, &str, &str, &str, &[&str]); 15] = [
    ("ip", "203.0.113.9", "source.ip", "203.0.113.9", &["203.0.113.90", "203.0.113.8"]),
    ("cidr", "198.51.100.0/24", "destination.ip", "198.51.100.77", &["198.51.101.77"]),
    ("domain", "evil.example", "dns.question.name", "evil.example", &["devil.example", "evil.example.org"]),
    ("url", "https://files.example/a?b=c", "url.full", "https://files.example/a?b=c", &["https://files.example/b"]),
    ("email", "eve@evil.example", "email.from.address", "eve@evil.example", &["steve@evil.example"]),
    ("md5", MD5, "file.hash.md5", MD5, &["5d41402abc4b2a76b9719d911017c593"]),
    ("sha1", SHA1, "file.hash.sha1", SHA1, &["aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434e"]),
    (
        "sha256",
        SHA256,
        "file.hash.sha256",
        SHA256,
        &["2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9825"],
    ),
    (
        "sha512",
        SHA512,
        "file.hash.sha512",
        SHA512,
        &[concat!(
            "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7",
            "2323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec044"
        )],
    ),
    ("host", "finance-7", "host.name", "finance-7", &["finance-77"]),
    ("user", "mallory", "user.name", "mallory", &["mallory2"]),
    ("process", "mimikatz", "process.name", "mimikatz", &["mimikatzen"]),
    ("file-name", "invoice.pdf.exe", "file.name", "invoice.pdf.exe", &["invoice.pdf"]),
    (
        "registry-key",
        r"HKLM\Software\Evil\Run",
        "registry.path",
        r"HKLM\Software\Evil\Run",
        &[r"HKLM\Software\Evil\Runner", r"HKCU\Software\Evil\Run"],
    ),
    ("port", "4444", "destination.port", "4444", &["44444"]),
];

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Hunting,
        "every-kind",
        Code(every_kind),
        "An indicator of each kind is found in a field of its kind, and told from a near miss",
        [
            "hunting.indicator-kind.ip",
            "hunting.indicator-kind.cidr",
            "hunting.indicator-kind.domain",
            "hunting.indicator-kind.url",
            "hunting.indicator-kind.email",
            "hunting.indicator-kind.md5",
            "hunting.indicator-kind.sha1",
            "hunting.indicator-kind.sha256",
            "hunting.indicator-kind.sha512",
            "hunting.indicator-kind.host",
            "hunting.indicator-kind.user",
            "hunting.indicator-kind.process",
            "hunting.indicator-kind.file-name",
            "hunting.indicator-kind.registry-key",
            "hunting.indicator-kind.port",
            "hunting.hunt-request.fields.defaults",
            "hunting.sighting.kind",
        ],
    ),
    code_case!(
        Hunting,
        "defanged",
        Code(defanged),
        "Defanged indicators are read as what they stand for",
        ["hunting.indicator.value.defanged", "hunting.sighting.value"],
    ),
    code_case!(
        Hunting,
        "kinds-are-told",
        Code(kinds_are_told),
        "A kind is told from the value where that can be told; a name without a dot needs one",
        ["hunting.indicator.kind", "hunting.indicator.kind.needed"],
    ),
    code_case!(
        Hunting,
        "subdomains",
        Code(subdomains),
        "The subdomains of a domain are others",
        ["hunting.indicator-kind.domain.subdomains"],
    ),
];

async fn every_kind(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    for (kind, _, field, written, misses) in KINDS {
        bench.add_logs([log(format!("hit-{kind}"), time, json!({field: written}))]);
        bench.add_logs(
            misses
                .iter()
                .zip(0..)
                .map(|(miss, number)| log(format!("miss-{kind}-{number}"), time, json!({field: miss}))),
        );
    }
    let indicators = KINDS.iter().map(|(kind, value, ..)| indicator(kind, value)).collect();
    let report = report(bench, indicators, json!({})).await?;
    let sightings = list(&report, "sightings");
    ensure!(
        sightings.len() == KINDS.len(),
        "{} sightings came for {} indicators: {}",
        sightings.len(),
        KINDS.len(),
        listed(&values(&report))
    );
    for (sighting, (kind, value, ..)) in sightings.iter().zip(KINDS) {
        let found = log_ids(sighting);
        let wanted = format!("hit-{kind}");
        ensure!(
            sighting.get("kind").and_then(Value::as_str) == Some(kind),
            "{value}, a {kind}, has a sighting of another kind"
        );
        ensure!(found.contains(wanted.as_str()), "{value}, a {kind}, was not found in its field");
        // A domain is found in an address of e-mail, too: near misses of its own kind must not be.
        let foreign = found.iter().find(|id| id.starts_with(&format!("miss-{kind}-")));
        ensure!(foreign.is_none(), "{value}, a {kind}, was found in {}", foreign.unwrap_or(&""));
        let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
        ensure!(hits(sighting) == count, "{value}, a {kind}, has {} hits, and is in {count} logs", hits(sighting));
    }
    Ok(())
}

async fn subdomains(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("itself", time, json!({"dns.question.name": "evil.example"})),
        log("below", time, json!({"dns.question.name": "cdn.evil.example"})),
        log("in-a-message", time, json!({"message": "asked for cdn.evil.example today"})),
    ]);
    let report = bench.ok(HUNT, hunt(&["evil.example"], json!({}))).await?;
    let found: Vec<&str> = log_ids(only(&report)?).into_iter().collect();
    ensure!(found == ["itself"], "evil.example was seen in {}", listed(&found));
    Ok(())
}

async fn defanged(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("url", time, json!({"url.full": "http://evil.example/x"})),
        log("email", time, json!({"email.from.address": "a@evil.example"})),
        log("ip", time, json!({"source.ip": "203.0.113.9"})),
        log("domain", time, json!({"dns.question.name": "evil.example"})),
    ]);
    for (given, meant, id) in [
        ("hxxp://evil[.]example/x", "http://evil.example/x", "url"),
        ("a(at)evil(dot)example", "a@evil.example", "email"),
        ("a[at]evil[dot]example", "a@evil.example", "email"),
        ("203[.]0[.]113[.]9", "203.0.113.9", "ip"),
        ("203.0.113[.]9", "203.0.113.9", "ip"),
        ("evil[.]example", "evil.example", "domain"),
    ] {
        let report = bench.ok(HUNT, hunt(&[given], json!({}))).await?;
        let sighting = only(&report)?;
        expect(&json!({"value": meant, "hits": {"$at_least": 1}, "logs": {"$has": [{"id": id}]}}), sighting)
            .map_err(|Broken(why)| Broken(format!("{given}: {why}")))?;
    }
    Ok(())
}

async fn kinds_are_told(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (value, kind) in [
        ("203.0.113.9", "ip"),
        ("2001:db8::1", "ip"),
        ("192.0.2.0/24", "cidr"),
        ("2001:db8::/48", "cidr"),
        ("evil.example", "domain"),
        ("https://evil.example/x", "url"),
        ("eve@evil.example", "email"),
        (MD5, "md5"),
        (SHA1, "sha1"),
        (SHA256, "sha256"),
        (SHA512, "sha512"),
        (r"HKCU\Software\Evil", "registry-key"),
        ("dropper.exe", "file-name"),
    ] {
        let report = bench.ok(HUNT, hunt(&[value], json!({}))).await?;
        expect(&json!({"kind": kind}), only(&report)?).map_err(|Broken(why)| Broken(format!("{value}: {why}")))?;
    }
    let report = bench.ok(HUNT, hunt(&["mallory", "203.0.113.9"], json!({}))).await?;
    ensure!(texts(&report, "rejected", "value") == ["mallory"], "a name without a kind was not rejected");
    Ok(())
}
