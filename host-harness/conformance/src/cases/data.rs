//! The cases in data: files of the folder `cases/` of this crate, a folder for each group.

use crate::case::{Case, DataCase, Kind};
use crate::group::Group;

include!(concat!(env!("OUT_DIR"), "/conformance_cases.rs"));

/// All cases in data.
///
/// Fails with the name of the file that cannot be read as a case, and why.
pub(super) fn all() -> Result<Vec<Case>, String> {
    let read = FILES
        .iter()
        .map(|(path, text)| read(path, text).map_err(|why| format!("the case {path} cannot be read: {why}")));
    read.collect()
}

fn read(path: &str, text: &str) -> Result<Case, String> {
    let (group, name) = path.split_once('/').ok_or("it lies in no group")?;
    let group = Group::named(group).ok_or_else(|| format!("there is no group {group}"))?;
    let case: DataCase = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(Case {
        group,
        name: name.to_owned(),
        title: case.title.clone(),
        promises: case.promises.clone(),
        kind: Kind::Data(case),
    })
}
