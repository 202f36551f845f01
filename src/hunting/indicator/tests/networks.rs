//! The prefixes that stand for a network in a query.

use crate::hunting::indicator::{Indicator, Spelling, Values};
use ipnet::IpNet;
use std::net::IpAddr;

#[test]
fn networks_are_looked_for_by_what_their_addresses_begin_with() {
    for (network, exact, prefixes) in [
        ("10.0.0.0/8", true, vec!["10."]),
        ("192.0.2.0/24", true, vec!["192.0.2."]),
        ("172.16.0.0/15", true, vec!["172.16.", "172.17."]),
        ("172.16.0.0/11", false, vec!["172."]),
        ("2001:db8::/32", false, vec!["2001:db8:", "2001:0db8:", "2001:DB8:", "2001:0DB8:"]),
        ("2001:0:0:5::/64", false, vec!["2001:"]),
        ("2001:db8:a00::/44", false, vec!["2001:db8:", "2001:0db8:", "2001:DB8:", "2001:0DB8:"]),
    ] {
        let indicator = Indicator::read(network, None).unwrap();
        assert_eq!(indicator.spellings_are_exact(), exact, "{network}");
        let expected: Vec<Spelling> = prefixes.into_iter().map(|text| Spelling::Prefix(text.into())).collect();
        assert_eq!(indicator.spellings(), expected, "{network}");
    }
    let few = Indicator::read("192.0.2.254/31", None).unwrap();
    assert_eq!(few.spellings(), ["192.0.2.254", "192.0.2.255"].map(|text| Spelling::Whole(text.into())));
}

/// Whatever the network, an address in it has one of the prefixes.
#[test]
fn no_address_of_a_network_escapes_its_prefixes() {
    let mut rng = fastrand::Rng::with_seed(5);
    for _ in 0..20_000 {
        let address = if rng.bool() {
            IpAddr::from(rng.u32(..).to_be_bytes())
        } else {
            let mut groups = [(); 8].map(|()| if rng.u8(..3) == 0 { 0 } else { rng.u16(..) });
            groups[0] |= 0x2000;
            IpAddr::from(groups)
        };
        let (least, most) = if address.is_ipv4() { (8, 32) } else { (16, 128) };
        let network = IpNet::new(address, rng.u8(least..=most)).unwrap();
        let Ok(indicator) = Indicator::read(&network.to_string(), None) else {
            panic!("{network} was refused");
        };
        let text = address.to_canonical().to_string();
        let spelled = indicator.spellings().iter().any(|spelling| match spelling {
            Spelling::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Spelling::Whole(whole) => text == *whole,
        });
        assert!(spelled, "{network} {text} {:?}", indicator.spellings());
        assert!(indicator.is_in(&Values::new([text.as_str()])), "{network} {text}");
    }
}
