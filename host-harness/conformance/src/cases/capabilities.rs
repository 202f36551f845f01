//! Cases of the group `capabilities`: that the component reaches its one host and nothing else.

use serde_json::json;

use crate::bench::{
    Bench, Broken, CHECK, DESCRIBE, EVENT_LOGS, FETCH, HUNT, SEARCH, ensure, expect, fetch, from, hunt, listed, search,
};
use crate::case::{CodeCase, Kind, code_case};
use crate::component_file::ComponentFile;
use crate::group::Group;

/// What a component may import, without versions. Everything else needs more of a host than the contract grants.
const ALLOWED: [&str; 6] =
    ["wasi:cli/", "wasi:clocks/", "wasi:io/", "wasi:random/", "wasi:http/types", "wasi:http/outgoing-handler"];

pub(super) const CASES: &[CodeCase] = &[
    CodeCase {
        group: Group::Capabilities,
        name: "imports",
        title: "The component imports clocks, randomness, environment, streams and outgoing HTTP, and nothing else",
        promises: &["plugin.no-files", "plugin.one-host"],
        kind: Kind::File(imports),
    },
    CodeCase {
        group: Group::Capabilities,
        name: "it-can-be-loaded",
        title: "A host that grants what the contract says, and no more, can load the component",
        promises: &["plugin.one-host"],
        kind: Kind::File(it_can_be_loaded),
    },
    code_case!(
        Capabilities,
        "the-host-of-a-region",
        Process(the_host_of_a_region),
        "A region means Logz.io's host of that region, and us if nothing is said",
        ["types.endpoint.region", "types.connection.endpoint"],
    ),
    code_case!(
        Capabilities,
        "one-host-in-every-function",
        Code(one_host_in_every_function),
        "No function tries to reach anything but the endpoint, or writes where nobody reads",
        ["plugin.one-host"],
    ),
    code_case!(
        Capabilities,
        "variables-of-others",
        Code(variables_of_others),
        "Variables that are none of the contract's are not used: not for a proxy, not for anything",
        ["types.connection.environment", "plugin.one-host"],
    ),
];

fn imports(file: &ComponentFile) -> Result<(), Broken> {
    let interfaces = file.interfaces.as_ref().map_err(|why| Broken(why.clone()))?;
    let foreign: Vec<&String> =
        interfaces.imports.iter().filter(|import| !ALLOWED.iter().any(|prefix| import.starts_with(prefix))).collect();
    ensure!(foreign.is_empty(), "the component imports {}, which the contract grants nobody", listed(&foreign));
    Ok(())
}

fn it_can_be_loaded(file: &ComponentFile) -> Result<(), Broken> {
    match &file.runner {
        Ok(_) => Ok(()),
        Err(why) => Err(Broken(why.clone())),
    }
}

async fn the_host_of_a_region(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    for (endpoint, host) in [
        (json!({"case": "region", "value": "us"}), "api.logz.io"),
        (json!({"case": "region", "value": "eu"}), "api-eu.logz.io"),
        (json!({"case": "region", "value": "uk"}), "api-uk.logz.io"),
        (json!({"case": "region", "value": "ca"}), "api-ca.logz.io"),
        (json!({"case": "region", "value": "au"}), "api-au.logz.io"),
        (json!(null), "api.logz.io"),
    ] {
        let before = bench.site.request_count();
        let mut arguments = fetch(from("2 hours ago"), json!({}));
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.insert("connection".into(), json!({"endpoint": endpoint}));
        }
        bench.ok(FETCH, arguments).await?;
        let requests = bench.site.requests_from(before);
        ensure!(!requests.is_empty(), "with the endpoint {endpoint} nothing was sent");
        let wrong = requests.iter().find(|request| request.host != host);
        ensure!(
            wrong.is_none(),
            "with the endpoint {endpoint} a request went to {}",
            wrong.map_or("", |request| request.host.as_str())
        );
    }
    Ok(())
}

async fn one_host_in_every_function(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    // Whatever is denied or holds a secret fails the case where it happens.
    bench.ok(DESCRIBE, json!({})).await?;
    bench.ok(CHECK, json!({})).await?;
    bench.ok(FETCH, fetch(from("2 hours ago"), json!({"attach_logs": 2}))).await?;
    bench.ok(SEARCH, search(json!({"since": "-1d"}))).await?;
    bench.ok(EVENT_LOGS, json!({"event_id": "e1"})).await?;
    bench.ok(HUNT, hunt(&["203.0.113.9"], json!({}))).await?;
    Ok(())
}

async fn variables_of_others(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let alone = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    for (name, value) in [
        ("HTTPS_PROXY", "http://proxy.test:3128"),
        ("HTTP_PROXY", "http://proxy.test:3128"),
        ("ALL_PROXY", "http://proxy.test:3128"),
        ("LOGZIO_TOKEN", "not-of-the-contract"),
        ("LOGZIO_API_URL", "https://elsewhere.test"),
        ("HOME", "/root"),
        ("TZ", "Asia/Tokyo"),
    ] {
        bench.set_variable(name, value);
    }
    let with = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    expect(&json!({"$exactly": alone.get("incidents")}), with.get("incidents").unwrap_or(&json!(null)))
}
