//! Breaks the rules of the fetch, one at a time, and checks that a scenario
//! notices each.

use crate::support::scenarios::ALL;
use crate::support::schedule::Schedule;
use crate::support::simulation;
use logzio_soar::mutations::mutation::Mutation;

/// How many random schedules are tried for a mutation. Some mutations show
/// only where a server is as odd as the scenario made for them.
const SEEDS: u64 = 60;

/// How many scenarios that notice a mutation are named.
const NAMED: usize = 3;

#[test]
fn every_broken_rule_is_noticed() {
    let mut missed = Vec::new();
    println!("{:<28} {:<5} noticed by", "broken rule", "seed");
    for mutation in Mutation::SWEEP.iter().copied() {
        let (scenarios, seed) = mutation.during(|| {
            let failing = ALL.iter().filter(|scenario| (scenario.run)().is_err());
            let scenarios: Vec<&str> = failing.map(|scenario| scenario.name).take(NAMED).collect();
            let seed = (1..=SEEDS).find(|seed| !simulation::run(&Schedule::new(*seed)).is_good());
            (scenarios, seed)
        });
        let seed = seed.map_or_else(|| "-".to_owned(), |seed| seed.to_string());
        println!("{:<28} {seed:<5} {}", format!("{mutation:?}"), scenarios.join(", "));
        if scenarios.is_empty() {
            missed.push(mutation);
        }
    }
    assert!(missed.is_empty(), "no scenario notices {missed:?}");
}

#[test]
fn unbroken_the_same_scenarios_and_schedules_pass() {
    for scenario in ALL {
        assert_eq!((scenario.run)(), Ok(()), "{}", scenario.name);
    }
    for seed in 1..=SEEDS {
        let schedule = Schedule::new(seed);
        let verdict = simulation::run(&schedule);
        assert!(verdict.is_good(), "{}", simulation::shrink(&schedule));
    }
}
