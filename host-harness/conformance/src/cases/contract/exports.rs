//! What the component exports.

use crate::bench::{Broken, ensure, listed};
use crate::case::{CodeCase, Kind};
use crate::component_file::ComponentFile;
use crate::group::Group;

/// The interfaces of the contract, and their functions.
pub(super) const EXPORTS: [(&str, &[&str]); 6] = [
    ("types", &[]),
    ("manifest", &["describe"]),
    ("diagnostics", &["check-connection"]),
    ("incidents", &["fetch-incidents"]),
    ("logs", &["get-logs-by-event-id", "search-logs"]),
    ("hunting", &["find-fields", "hunt-indicators"]),
];

const PACKAGE: &str = "logzio:soar/";

const VERSION: &str = concat!("@", env!("CARGO_PKG_VERSION"));

pub(super) const CASES: &[CodeCase] = &[CodeCase {
    group: Group::Contract,
    name: "exports",
    title: "Every interface and every function of the contract is there, in its version",
    promises: &["plugin.version", "plugin.exports"],
    kind: Kind::File(exports),
}];

fn exports(file: &ComponentFile) -> Result<(), Broken> {
    let interfaces = file.interfaces.as_ref().map_err(|why| Broken(why.clone()))?;
    for (name, functions) in EXPORTS {
        let interface = format!("{PACKAGE}{name}{VERSION}");
        ensure!(
            interfaces.exports.contains(&interface),
            "the interface {interface} is not exported; what is: {}",
            listed(&interfaces.exports)
        );
        for function in functions {
            ensure!(
                interfaces.functions.contains(&format!("{interface}#{function}")),
                "{interface} has no function {function}; what there is: {}",
                listed(&interfaces.functions)
            );
        }
    }
    Ok(())
}
