//! Cases in code.

use super::entry::Case;
use super::kind::Kind;
use crate::group::Group;

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
    pub(crate) fn to_case(&self) -> Case {
        Case {
            group: self.group,
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            promises: self.promises.iter().map(|&id| id.to_owned()).collect(),
            kind: self.kind.clone(),
        }
    }
}
