//! Every case: those in code, in a module for each group, and those in data, which lie in the folder `cases/` of this
//! crate. What a case may use is in [`crate::bench`].

mod capabilities;
mod contract;
mod data;
mod diagnostics;
mod hunting;
mod incidents;
mod limits;
mod logs;
mod secrets;

use std::sync::LazyLock;

use crate::case::{Case, CodeCase};

impl Case {
    /// All cases, in the order of the report.
    ///
    /// # Errors
    /// The name of a file that cannot be read as a case, and why.
    pub fn all() -> Result<Vec<Self>, String> {
        static CASES: LazyLock<Result<Vec<Case>, String>> = LazyLock::new(|| {
            let mut cases = data::all()?;
            let alone = [diagnostics::CASES, capabilities::CASES, secrets::CASES, limits::CASES];
            let in_code = [contract::CASES, incidents::CASES, logs::CASES, hunting::CASES].into_iter().flatten();
            cases.extend(in_code.chain(&alone).copied().flatten().map(CodeCase::to_case));
            cases.sort_by(|a, b| (a.group, &a.name).cmp(&(b.group, &b.name)));
            Ok(cases)
        });
        CASES.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Group;

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

    #[test]
    fn no_two_cases_have_a_name() {
        let cases = Case::all().unwrap();
        let names: std::collections::BTreeSet<String> = cases.iter().map(Case::path).collect();
        assert_eq!(names.len(), cases.len());
    }
}
