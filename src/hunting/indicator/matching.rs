//! Whether the values of a log hold an indicator. Must not know the fields
//! that values are of.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::parsed::Parsed;
use crate::hunting::indicator::values::Values;
use crate::hunting::indicator::word::{self, Boundaries};

/// Whether one of the values holds an indicator: an address or a port by its
/// value, anything else as a whole word.
pub(super) fn is_in(parsed: &Parsed, kind: IndicatorKind, values: &Values) -> bool {
    let boundaries = Boundaries::of(kind);
    match parsed {
        Parsed::Address(wanted) => values.addresses().contains(wanted),
        Parsed::Network(network) => values.addresses().iter().any(|address| network.contains(address)),
        // Written as a search for the number finds it.
        Parsed::Port(port) => {
            let port = port.to_string();
            values.texts().any(|text| text.strip_suffix(".0").unwrap_or(text) == port)
        }
        Parsed::Domain(domain) => values.decoded().any(|text| domain.is_in(text, boundaries)),
        Parsed::Url(url) => values.decoded().any(|text| url.is_in(text)),
        Parsed::Email(email) => values.decoded().any(|text| email.is_in(text, boundaries)),
        Parsed::Hash(hash) => values.decoded().any(|text| word::holds(text, hash, boundaries)),
        Parsed::Account(account) => values.names().any(|text| account.is_in(text)),
        Parsed::Computer(computer) => values.names().any(|text| computer.is_in(text)),
        Parsed::RegistryKey(key) => values.names().any(|text| key.is_in(text)),
        Parsed::Path(path) => values.names().any(|text| word::holds(text, path, boundaries)),
    }
}

/// Whether two values of a log, one for each part, are an indicator: the host
/// and the path of a URL, or the name and the domain of an account.
pub(super) fn is_pair(parsed: &Parsed, first: &str, second: &str) -> bool {
    match parsed {
        Parsed::Url(url) => url.is_pair(first, second),
        Parsed::Account(account) => account.is_pair(first, second),
        Parsed::Email(email) => email.is_pair(first, second),
        _ => false,
    }
}
