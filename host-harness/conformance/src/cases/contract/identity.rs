//! What the component says of itself: its name, its version, and the same each time.

use super::describe::{describe, text};
use crate::bench::{Bench, Broken, ensure};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Contract,
        "describes-itself",
        Code(describes_itself),
        "The component tells its name, a version as Semantic Versioning has it, and what it does",
        ["manifest.integration.name", "manifest.integration.version", "manifest.integration.description"],
    ),
    code_case!(
        Contract,
        "describe-sends-nothing",
        Code(describe_sends_nothing),
        "Describing sends nothing, and says the same whatever the environment holds",
        ["manifest.describe"],
    ),
];

async fn describes_itself(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let integration = describe(bench).await?;
    ensure!(!text(&integration, "name").trim().is_empty(), "the name is empty");
    ensure!(!text(&integration, "description").trim().is_empty(), "the description is empty");
    let version = text(&integration, "version");
    ensure!(is_semantic(version), "the version {version:?} is not as Semantic Versioning has it: MAJOR.MINOR.PATCH");
    Ok(())
}

/// Whether a text is a version as <https://semver.org> has it.
fn is_semantic(version: &str) -> bool {
    let (rest, build) = version.split_once('+').map_or((version, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(|pre| pre.split('.').all(|part| word(part) && (!numeric(part) || number(part))))
        && build.is_none_or(|build| build.split('.').all(word))
}

async fn describe_sends_nothing(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let before = describe(bench).await?;
    let token = bench.site.security.expose().to_owned();
    bench.set_variable("LOGZIO_SECURITY_TOKEN", &token);
    bench.set_variable("LOGZIO_REGION", "nowhere at all");
    let after = describe(bench).await?;
    ensure!(before == after, "it described itself in another way with other variables in its environment");
    ensure!(bench.site.request_count() == 0, "it sent {} requests", bench.site.request_count());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_semantic;

    #[test]
    fn a_version_is_as_semantic_versioning_has_it() {
        for good in ["0.1.0", "1.10.0-rc.1", "1.0.0+build.05", "1.0.0-0a.x-y"] {
            assert!(is_semantic(good), "{good}");
        }
        for bad in ["", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.x", "1.0.0+"] {
            assert!(!is_semantic(bad), "{bad}");
        }
    }
}
