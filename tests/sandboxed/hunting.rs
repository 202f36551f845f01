//! A hunt by the real component in the real sandbox, with the same sightings
//! as the native run.

use crate::sandbox;
use crate::support::account::{now, simulator};
use crate::support::native::Native;
use crate::support::planting::{self, KINDS};
use logzio_simulator::AccountKind;
use logzio_soar::contract::{HuntRequest, IndicatorKind};
use logzio_soar::hunting;
use logzio_soar_host::contract as hosted;

#[tokio::test(start_paused = true)]
async fn the_real_component_finds_what_the_native_one_does() {
    let field = planting::plant(3, 130, 7, now());
    let simulator = simulator();
    simulator.add_logs(AccountKind::Operations, field.logs);
    let native = Native::new(simulator.clone());
    let request = HuntRequest {
        indicators: field.indicators.clone(),
        fields: Vec::new(),
        log_types: None,
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(1_000),
    };
    let expected = native.call(|client, now| hunting::hunt(client, &request, now)).unwrap();
    let kind = |kind: IndicatorKind| {
        let place = KINDS.iter().position(|known| *known == kind).unwrap();
        use hosted::IndicatorKind as K;
        [
            K::Ip,
            K::Cidr,
            K::Domain,
            K::Url,
            K::Email,
            K::Md5,
            K::Sha1,
            K::Sha256,
            K::Sha512,
            K::Host,
            K::User,
            K::Process,
            K::FileName,
            K::RegistryKey,
            K::Port,
        ][place]
    };
    let request = hosted::HuntRequest {
        indicators: field
            .indicators
            .iter()
            .map(|one| hosted::Indicator { value: one.value.clone(), kind: one.kind.map(kind) })
            .collect(),
        fields: Vec::new(),
        log_types: None,
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(1_000),
    };
    let report = sandbox::session(&simulator).hunt_indicators(&request).await.unwrap().unwrap();
    assert_eq!(format!("{:?}", report.sightings), format!("{:?}", expected.sightings));
    assert_eq!(report.queries, expected.queries);
}
