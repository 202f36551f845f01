//! What there is to test: the cases that are data and those that are code, in the order of the report.

use std::pin::Pin;
use std::sync::LazyLock;

use crate::bench::{Bench, Broken};
use crate::data_case::DataCase;
use crate::group::Group;
use crate::promise::Promises;
use crate::{
    code_capabilities, code_contract, code_diagnostics, code_hunting, code_incidents, code_limits, code_logs,
    code_secrets,
};

include!(concat!(env!("OUT_DIR"), "/conformance_cases.rs"));

/// A case on its way.
pub(crate) type Running<'b> = Pin<Box<dyn Future<Output = Result<(), Broken>> + 'b>>;

/// One case.
#[derive(Clone)]
pub struct Case {
    /// The group.
    pub group: Group,
    /// The name within the group, in kebab-case.
    pub name: String,
    /// What is proved, in a sentence.
    pub title: String,
    /// The ids of the promises that are tested.
    pub promises: Vec<String>,
    pub(crate) kind: Kind,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Data(DataCase),
    Code(for<'b> fn(&'b mut Bench<'_>) -> Running<'b>),
    /// The same for what only the runner in this process can do: time that stands still, and any host name.
    Process(for<'b> fn(&'b mut Bench<'_>) -> Running<'b>),
    /// Needs the file of the component and no call.
    File(fn(&crate::component_file::ComponentFile) -> Result<(), Broken>),
}

impl Case {
    /// All cases.
    ///
    /// # Errors
    /// The name of a file that cannot be read as a case, and why.
    pub fn all() -> Result<Vec<Self>, String> {
        static CASES: LazyLock<Result<Vec<Case>, String>> = LazyLock::new(|| {
            let mut cases = Vec::new();
            for (path, text) in FILES {
                cases.push(read(path, text).map_err(|why| format!("the case {path} cannot be read: {why}"))?);
            }
            for code in [
                code_contract::CASES,
                code_incidents::CASES,
                code_logs::CASES,
                code_hunting::CASES,
                code_diagnostics::CASES,
                code_capabilities::CASES,
                code_secrets::CASES,
                code_limits::CASES,
            ] {
                cases.extend(code.iter().map(CodeCase::to_case));
            }
            cases.sort_by(|a, b| (a.group, &a.name).cmp(&(b.group, &b.name)));
            Ok(cases)
        });
        CASES.clone()
    }

    /// The name with the group, as in `--only`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    /// Whether a component that fails the case does not conform: at least one of the promises is required.
    #[must_use]
    pub fn required(&self) -> bool {
        self.promises.iter().filter_map(|id| Promises::get().find(id)).any(|promise| promise.required)
    }

    /// Whether a pattern of `--only` means this case: a group, a path, or a beginning of one, with `*` for any text.
    #[must_use]
    pub fn is_meant_by(&self, pattern: &str) -> bool {
        let path = self.path();
        match pattern.split_once('/') {
            None if !pattern.contains('*') => self.group.as_str() == pattern,
            _ => like(&format!("{pattern}*"), &path),
        }
    }
}

/// Whether a text is as a pattern with `*` says.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = "";
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
        last = part;
    }
    rest.is_empty() || last.is_empty()
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

/// A case that is code, of a function in the same module.
macro_rules! code_case {
    ($group:ident, $name:literal, $kind:ident($run:ident), $title:literal, $promises:expr $(,)?) => {
        $crate::case::CodeCase {
            group: $crate::group::Group::$group,
            name: $name,
            title: $title,
            promises: &$promises,
            kind: $crate::case::Kind::$kind(|bench| Box::pin($run(bench))),
        }
    };
}
pub(crate) use code_case;

/// A case that is code.
pub(crate) struct CodeCase {
    pub(crate) group: Group,
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) promises: &'static [&'static str],
    pub(crate) kind: Kind,
}

impl CodeCase {
    fn to_case(&self) -> Case {
        Case {
            group: self.group,
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            promises: self.promises.iter().map(|&id| id.to_owned()).collect(),
            kind: self.kind.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_a_group_a_case_or_a_beginning() {
        let cases = Case::all().unwrap();
        let meant = |pattern: &str| cases.iter().filter(|case| case.is_meant_by(pattern)).count();
        assert_eq!(meant("errors"), cases.iter().filter(|case| case.group == Group::Errors).count());
        assert_eq!(meant("*"), cases.len());
        for case in &cases {
            assert!(case.is_meant_by(&case.path()), "{}", case.path());
            assert!(case.is_meant_by(&format!("{}/", case.group)), "{}", case.path());
            assert!(case.is_meant_by(&format!("*/{}", case.name)), "{}", case.path());
        }
        assert_eq!((meant("err"), meant("nothing/at-all"), meant("*/no-such")), (0, 0, 0));
    }
}
