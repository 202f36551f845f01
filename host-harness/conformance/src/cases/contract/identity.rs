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
    ensure!(
        semver::Version::parse(version).is_ok(),
        "the version {version:?} is not as Semantic Versioning has it: MAJOR.MINOR.PATCH"
    );
    Ok(())
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
