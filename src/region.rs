//! The regions of Logz.io: their codes, their names and where their APIs are. Knows no connection and no token.

/// The code in the API's host name, and the name that Logz.io gives the region in its messages. (Logz.io documentation,
/// "Account region".)
const REGIONS: [(&str, &str); 6] = [
    ("us", "us-east-1"),
    ("eu", "eu-central-1"),
    ("uk", "eu-west-2"),
    ("ca", "ca-central-1"),
    ("au", "ap-southeast-2"),
    ("jp", "ap-northeast-1"),
];

/// The region of an account that names none.
pub const DEFAULT: &str = "us";

/// The codes of the known regions, for panels and messages.
#[must_use]
pub fn codes() -> Vec<String> {
    REGIONS.iter().map(|(code, _)| (*code).to_owned()).collect()
}

/// The code of a region that Logz.io names as `us-east-1`.
#[must_use]
pub fn code_of(name: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(_, full)| *full == name).map(|(code, _)| *code)
}

/// The code that somebody means: a code, a name, or nothing for the default. None if it can be no region.
#[must_use]
pub fn read(given: &str) -> Option<String> {
    let code = given.trim().to_ascii_lowercase();
    if code.is_empty() {
        return Some(DEFAULT.into());
    }
    if let Some(known) = code_of(&code) {
        return Some(known.into());
    }
    // Logz.io opens regions now and then, so another code is not an error.
    is_code(&code).then_some(code)
}

/// The host of a region's API.
#[must_use]
pub fn host(code: &str) -> String {
    if code == DEFAULT { "api.logz.io".into() } else { format!("api-{code}.logz.io") }
}

/// Whether a host, in lower case, is that of a region's API.
#[must_use]
pub fn is_host(host: &str) -> bool {
    host == "api.logz.io"
        || host.strip_prefix("api-").and_then(|rest| rest.strip_suffix(".logz.io")).is_some_and(is_code)
}

fn is_code(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_read_by_code_or_name() {
        for (given, host_of_it) in [
            ("us", "api.logz.io"),
            ("", "api.logz.io"),
            (" EU ", "api-eu.logz.io"),
            ("uk", "api-uk.logz.io"),
            ("ca", "api-ca.logz.io"),
            ("au", "api-au.logz.io"),
            ("jp", "api-jp.logz.io"),
            ("nl", "api-nl.logz.io"),
            ("eu-central-1", "api-eu.logz.io"),
            ("ap-northeast-1", "api-jp.logz.io"),
        ] {
            let code = read(given).unwrap();
            assert_eq!(host(&code), host_of_it, "{given}");
            assert!(is_host(host_of_it));
        }
        for given in ["None", "e", "eu.evil.example/", "12", "us-west", "\u{e9}u"] {
            assert_eq!(read(given), None, "{given}");
        }
    }

    #[test]
    fn only_a_regions_host_is_one() {
        for host in ["logz.io", "app.logz.io", "api-eu.logz.io.evil.example", "api-.logz.io", "api-e1.logz.io", ""] {
            assert!(!is_host(host), "{host}");
        }
    }
}
