//! The origin that an endpoint of the contract names.
//!
//! A runner runs any component of the contract, so it cannot ask a component where it will connect: the component must be
//! held to the origin, not choose it. The regions are therefore known here as well as in the component;
//! a test in `tools/agreement` fails if the two disagree.

use super::Endpoint;
use crate::origin::Origin;

/// The regions of Logz.io: the name that customers see in the app, and the code in the API's host name.
/// Source: Logz.io documentation, "Account region".
const REGIONS: [(&str, &str); 6] = [
    ("us-east-1", "us"),
    ("eu-central-1", "eu"),
    ("eu-west-2", "uk"),
    ("ca-central-1", "ca"),
    ("ap-southeast-2", "au"),
    ("ap-northeast-1", "jp"),
];

impl Endpoint {
    /// The one origin that calls with this endpoint may reach, as `scheme://host:port`. None for one that cannot be used.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        origin_of(self).map(|origin| origin.to_string())
    }
}

/// The origin of an endpoint. None for one that cannot be used: then the session may reach nothing, and the component
/// answers what is wrong with it.
pub(crate) fn origin_of(endpoint: &Endpoint) -> Option<Origin> {
    match endpoint {
        Endpoint::Region(code) => origin_of_region(&code.trim().to_ascii_lowercase()),
        Endpoint::Url(url) => Origin::of_uri(&url.trim().parse().ok()?),
    }
}

fn origin_of_region(code: &str) -> Option<Origin> {
    let named = REGIONS.iter().find(|(name, _)| *name == code);
    let code = named.map_or(code, |(_, code)| *code);
    match code {
        "" | "us" => Some(Origin::https("api.logz.io".to_owned())),
        // Logz.io opens new regions, so an unknown code is allowed. A code of another form must not choose another host.
        _ if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            Some(Origin::https(format!("api-{code}.logz.io")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(endpoint: Endpoint) -> Option<String> {
        origin_of(&endpoint).map(|origin| origin.to_string())
    }

    #[test]
    fn a_region_names_one_host_of_logzio() {
        for (code, origin) in [
            ("us", "https://api.logz.io:443"),
            ("", "https://api.logz.io:443"),
            (" EU\n", "https://api-eu.logz.io:443"),
            ("eu-central-1", "https://api-eu.logz.io:443"),
            ("nl", "https://api-nl.logz.io:443"),
        ] {
            assert_eq!(shown(Endpoint::Region(code.into())).as_deref(), Some(origin));
        }
    }

    #[test]
    fn a_region_cannot_name_another_host() {
        for code in ["eu.evil.example/", "a/", "@evil", "..", "12", "evil.example#", "é"] {
            assert_eq!(shown(Endpoint::Region(code.into())), None, "{code}");
        }
    }

    #[test]
    fn a_url_names_its_own_origin() {
        assert_eq!(
            shown(Endpoint::Url(" https://logz.example/base ".into())).as_deref(),
            Some("https://logz.example:443")
        );
        assert_eq!(shown(Endpoint::Url("http://logz.example".into())), None);
        assert_eq!(shown(Endpoint::Url(String::new())), None);
    }
}
