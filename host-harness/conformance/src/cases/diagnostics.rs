//! Cases of the group `diagnostics`: what is checked of a connection, and what is reported.

use chrono::TimeDelta;
use logzio_simulator::{Endpoint, Fault, FaultPlan};
use serde_json::{Value, json};

use crate::bench::{Answer, Bench, Broken, CHECK, ensure, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Diagnostics,
        "all-is-well",
        Code(all_is_well),
        "With two good tokens every check passes and tells what was found, such as the account's name",
        [
            "diagnostics.check-connection",
            "diagnostics.outcome.passed",
            "diagnostics.outcome.passed.found",
            "diagnostics.check.name",
        ],
    ),
    code_case!(
        Diagnostics,
        "one-token",
        Code(one_token),
        "One token is enough: what needs the other is skipped, and says why",
        ["diagnostics.check-connection.one-token", "diagnostics.outcome.skipped"],
    ),
    code_case!(
        Diagnostics,
        "a-wrong-token",
        Code(a_wrong_token),
        "A token that nobody has fails its checks, and not those of the other",
        ["diagnostics.outcome.failed", "diagnostics.check-connection.refusals"],
    ),
    code_case!(
        Diagnostics,
        "swapped-tokens",
        Code(swapped_tokens),
        "Tokens of the wrong kind of account are both reported as such",
        ["diagnostics.check-connection", "types.error.wrong-account"],
    ),
    code_case!(
        Diagnostics,
        "another-region",
        Code(another_region),
        "A token of another region is reported as such",
        ["diagnostics.check-connection.refusals", "types.error.wrong-region"],
    ),
    code_case!(
        Diagnostics,
        "nothing-answers",
        Code(nothing_answers),
        "Where nothing answers one check fails, and those that depend on it are skipped",
        ["diagnostics.outcome.failed", "diagnostics.outcome.skipped"],
    ),
    code_case!(
        Diagnostics,
        "a-service-that-fails",
        Code(a_service_that_fails),
        "Where one endpoint fails, its check fails and the others pass",
        ["diagnostics.check-connection", "diagnostics.check-connection.refusals"],
    ),
    code_case!(
        Diagnostics,
        "no-token",
        Code(no_token),
        "Without any token the connection is unusable, and nothing is sent",
        ["diagnostics.check-connection.refusals", "types.error.invalid-connection.nothing-sent"],
    ),
    code_case!(
        Diagnostics,
        "elapsed",
        Process(elapsed),
        "The time of a check is how long it took",
        ["diagnostics.check.elapsed-ms"],
    ),
];

/// A check by what its name mentions, and what came out: `passed`, `failed` or `skipped`, and with what.
fn checks(answer: &Value) -> Vec<(String, String, Value)> {
    let all = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .filter_map(|check| {
            let outcome = check.get("outcome")?;
            Some((
                check.get("name")?.as_str()?.to_owned(),
                outcome.get("case")?.as_str()?.to_owned(),
                outcome.get("value")?.clone(),
            ))
        })
        .collect()
}

fn failed(checks: &[(String, String, Value)]) -> Vec<String> {
    let failed = checks.iter().filter(|(_, outcome, _)| outcome == "failed");
    failed.filter_map(|(_, _, error)| error.get("case")?.as_str().map(str::to_owned)).collect()
}

fn told(checks: &[(String, String, Value)]) -> String {
    checks.iter().map(|(name, outcome, value)| format!("{name}: {outcome} {value}")).collect::<Vec<_>>().join("; ")
}

async fn check(bench: &mut Bench<'_>, connection: Value) -> Result<Vec<(String, String, Value)>, Broken> {
    Ok(checks(&bench.ok(CHECK, json!({"connection": connection})).await?))
}

async fn all_is_well(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let checks = check(bench, json!({})).await?;
    ensure!(checks.len() >= 3, "an endpoint and two tokens were checked in {} checks", checks.len());
    ensure!(checks.iter().all(|(_, outcome, _)| outcome == "passed"), "not every check passed: {}", told(&checks));
    for (name, _, found) in &checks {
        ensure!(!name.trim().is_empty(), "a check has no name");
        ensure!(
            found.as_str().is_some_and(|found| !found.trim().is_empty()),
            "the check {name} does not tell what was found"
        );
    }
    for account in ["Fernwood Security", "Fernwood Operations"] {
        ensure!(told(&checks).contains(account), "no check names the account {account}: {}", told(&checks));
    }
    for token in ["security", "operations"] {
        let named = checks.iter().any(|(name, ..)| name.to_lowercase().contains(token));
        ensure!(named, "no check is of the {token} token: {}", told(&checks));
    }
    Ok(())
}

async fn one_token(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (missing, word) in [("security_token", "security"), ("operations_token", "operations")] {
        let checks = check(bench, json!({missing: null})).await?;
        ensure!(failed(&checks).is_empty(), "without the {word} token something failed: {}", told(&checks));
        let skipped: Vec<_> = checks.iter().filter(|(_, outcome, _)| outcome == "skipped").collect();
        ensure!(!skipped.is_empty(), "without the {word} token nothing was skipped: {}", told(&checks));
        for (name, _, why) in skipped {
            ensure!(name.to_lowercase().contains(word), "without the {word} token, {name} was skipped");
            ensure!(why.as_str().is_some_and(|why| !why.trim().is_empty()), "{name} was skipped without a word");
        }
        let passed = checks.iter().filter(|(_, outcome, _)| outcome == "passed").count();
        ensure!(passed >= 2, "without the {word} token only {passed} checks passed: {}", told(&checks));
    }
    Ok(())
}

async fn a_wrong_token(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (wrong, word) in [("security_token", "security"), ("operations_token", "operations")] {
        let checks = check(bench, json!({wrong: "nobody-has-this-one"})).await?;
        ensure!(failed(&checks).contains(&"unauthorized".to_owned()), "a wrong {word} token: {}", told(&checks));
        for (name, outcome, _) in &checks {
            let concerned = name.to_lowercase().contains(word);
            ensure!(concerned != (outcome == "passed"), "with a wrong {word} token, {name} is {outcome}");
        }
    }
    Ok(())
}

async fn swapped_tokens(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let (security, operations) = (bench.site.security.expose(), bench.site.operations.expose());
    let connection = json!({"security_token": operations, "operations_token": security});
    let checks = check(bench, connection).await?;
    let wrong = failed(&checks).iter().filter(|case| *case == "wrong-account").count();
    ensure!(wrong == 2, "two tokens are of the wrong account, and {wrong} checks say so: {}", told(&checks));
    Ok(())
}

async fn another_region(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let foreign = bench.site.foreign.expose().to_owned();
    let checks = check(bench, json!({"security_token": foreign, "operations_token": null})).await?;
    ensure!(failed(&checks).contains(&"wrong-region".to_owned()), "a token of another region: {}", told(&checks));
    Ok(())
}

async fn nothing_answers(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let plan = Endpoint::ALL
        .into_iter()
        .fold(FaultPlan::none(), |plan, endpoint| plan.with_all(endpoint, 1, Fault::Reset(None)));
    bench.site.simulator.faults(plan);
    let checks = check(bench, json!({"time_budget_ms": 3_000})).await?;
    ensure!(failed(&checks).contains(&"unreachable".to_owned()), "nothing answers: {}", told(&checks));
    ensure!(
        checks.iter().all(|(_, outcome, _)| outcome != "passed"),
        "nothing answers, and a check passed: {}",
        told(&checks)
    );
    ensure!(
        checks.iter().any(|(_, outcome, _)| outcome == "skipped"),
        "what depends on an endpoint that is not there was not skipped: {}",
        told(&checks)
    );
    Ok(())
}

async fn a_service_that_fails(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, Fault::status(400)));
    let checks = check(bench, json!({})).await?;
    ensure!(failed(&checks).len() == 1, "one endpoint fails: {}", told(&checks));
    let passed = checks.iter().filter(|(_, outcome, _)| outcome == "passed").count();
    ensure!(passed + 1 == checks.len(), "one endpoint fails: {}", told(&checks));
    Ok(())
}

async fn no_token(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let connection = json!({"security_token": null, "operations_token": null});
    let answer = bench.call(CHECK, json!({"connection": connection})).await?;
    let case = match &answer {
        Answer::Err(error) => error.get("case").and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    ensure!(case == "invalid-connection", "without any token: {}", answer.to_json());
    ensure!(bench.site.request_count() == 0, "without any token {} requests were sent", bench.site.request_count());
    Ok(())
}

async fn elapsed(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let slow = Fault::Delay(TimeDelta::milliseconds(4_000).to_std().unwrap_or_default());
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 1, slow));
    let answer = bench.ok(CHECK, json!({})).await?;
    let whole = json!({"checks": answer});
    let names = texts(&whole, "checks", "name");
    let times: Vec<u64> =
        answer.as_array().into_iter().flatten().filter_map(|check| check.get("elapsed_ms")?.as_u64()).collect();
    ensure!(names.len() == times.len(), "a check has no time");
    let slow = times.iter().filter(|time| (3_900..10_000).contains(*time)).count();
    ensure!(slow == 1, "one check took four seconds, and the times are {times:?} ms");
    Ok(())
}
