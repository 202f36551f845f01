//! The cost of a hunt in requests and bytes: figures that are the same on every machine.

use crate::support::account::{now, simulator};
use crate::support::native::Native;
use crate::support::planting;
use logzio_simulator::AccountKind;
use logzio_soar::contract::{FieldRequest, HuntRequest};
use logzio_soar::hunting;

/// What a hunt for 100 indicators of every kind over a week sent before fields were learned.
const REQUESTS_BY_KNOWN_NAMES: usize = 24;

/// Requests, the bytes that were sent with them, and those of the answers.
fn cost(native: &Native) -> [usize; 3] {
    let requests = native.simulator.requests();
    let sum = |of: fn(&logzio_simulator::RequestRecord) -> usize| requests.iter().map(of).sum();
    [requests.len(), sum(|one| one.body.len()), sum(|one| one.bytes)]
}

#[test]
fn a_hunt_for_a_hundred_indicators_costs_at_most_twice_what_it_did_by_known_names() {
    for (seed, noise) in [(1, 1), (2, 50)] {
        let field = planting::plant(seed, 100, 7, now());
        let simulator = simulator();
        simulator.add_logs(AccountKind::Operations, field.logs);
        // Everyday logs of many types: they cost no more requests.
        simulator.add_logs(AccountKind::Operations, planting::everyday(noise, now()));
        let native = Native::new(simulator);
        let request = FieldRequest { since: None, until: None };
        let learned = native.call(|client, now| hunting::find_fields(client, &request, now)).unwrap();
        let learning = cost(&native);
        native.simulator.clear_requests();
        let request = HuntRequest {
            indicators: field.indicators,
            fields: Vec::new(),
            log_types: None,
            internal_networks: Vec::new(),
            since: None,
            until: None,
            limit_per_indicator: None,
        };
        native.call(|client, now| hunting::hunt(client, &request, now)).unwrap();
        let whole = cost(&native);
        let [requests, sent, received] = [0, 1, 2].map(|at| whole[at] - learning[at]);
        println!(
            "{noise} types: {requests} requests, {sent} bytes sent, {received} received, and to learn {learning:?}"
        );
        assert!(requests <= 2 * REQUESTS_BY_KNOWN_NAMES, "{requests} requests");

        // With what was learned passed on, nothing is learned again but whether there are other log types.
        native.simulator.clear_requests();
        let passed_on = HuntRequest { fields: learned.fields, log_types: Some(learned.sampled), ..request };
        native.call(|client, now| hunting::hunt(client, &passed_on, now)).unwrap();
        let [again, ..] = cost(&native);
        println!("{noise} types, passed on: {again} requests");
        assert!(again <= 2 * REQUESTS_BY_KNOWN_NAMES + 8, "{again} requests");
    }
}
