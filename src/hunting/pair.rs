//! Indicators whose parts stand in two fields: the host and the path of a URL, the name and the domain of an account. Must not
//! know how they are asked for.

use crate::hunting::document::Document;
use crate::hunting::field_name;
use crate::hunting::indicator::Indicator;

/// The longest value that is taken for the host of a URL with its port, or for an account, in bytes.
const LONGEST: usize = 320;

/// The parts of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair {
    /// A URL.
    Url {
        /// Its host, in lower case and punycode, or an address.
        host: String,
        /// What stands behind it, from its slash, as it is written.
        path: String,
    },
    /// An account with its domain.
    Account {
        /// Its name, in lower case.
        name: String,
        /// Its domain, in lower case: by its short name or by that of DNS.
        domain: String,
    },
}

impl Pair {
    /// The parts of an indicator, if it has any.
    #[must_use]
    pub fn of(indicator: &Indicator) -> Option<Self> {
        if let Some((name, domain)) = indicator.account() {
            return Some(Self::Account { name: name.to_owned(), domain: domain.to_owned() });
        }
        let url = indicator.url().filter(|url| !url.path().is_empty() && !url.host().is_empty())?;
        let (_, rest) = indicator.value.split_once("://").unwrap_or(("", &indicator.value));
        let (_, path) = rest.split_once('/')?;
        Some(Self::Url { host: url.host(), path: format!("/{path}") })
    }

    /// Whether two fields of a log hold the parts of an indicator.
    #[must_use]
    pub fn is_in(indicator: &Indicator, document: &Document) -> bool {
        match Self::of(indicator) {
            Some(Self::Url { path, .. }) => has_url(indicator, &path, document),
            Some(Self::Account { name, .. }) => has_account(indicator, &name, document),
            None => false,
        }
    }
}

fn has_url(indicator: &Indicator, path: &str, document: &Document) -> bool {
    let values = || document.all_values().map(str::trim).filter(|value| !value.is_empty());
    // Some products write the query into a third field.
    let with_query = path.split_once('?').and_then(|(path, query)| {
        let has = |wanted: &str| values().any(|value| value.trim_start_matches('?').eq_ignore_ascii_case(wanted));
        (has(path) && has(query)).then(|| format!("{path}?{query}"))
    });
    let paths: Vec<&str> = values().filter(|value| value.starts_with('/')).chain(with_query.as_deref()).collect();
    let is_host = |value: &&str| value.len() <= LONGEST && !value.starts_with('/');
    !paths.is_empty() && values().filter(is_host).any(|host| paths.iter().any(|path| indicator.is_pair(host, path)))
}

/// Fields of one role: `TargetUserName` and `TargetDomainName`.
fn has_account(indicator: &Indicator, name: &str, document: &Document) -> bool {
    let is_name = |value: &str| value.len() <= LONGEST && value.to_lowercase().contains(name);
    document.fields().filter(|(_, values)| values.iter().any(|value| is_name(value))).any(|(field, names)| {
        let role = field_name::role(field);
        let of_role = document.fields().filter(|(other, _)| *other != field && field_name::role(other) == role);
        let mut domains = of_role.flat_map(|(_, values)| values);
        domains.any(|domain| names.iter().any(|name| indicator.is_pair(name, domain)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::IndicatorKind;

    fn is_in(value: &str, kind: IndicatorKind, log: &str) -> bool {
        let indicator = Indicator::read(value, Some(kind)).unwrap();
        Pair::is_in(&indicator, &Document::read(log))
    }

    #[test]
    fn the_parts_of_a_url_are_found_in_two_fields() {
        let url = |log| is_in("http://c2.evil.example:8080/a.php?b=c", IndicatorKind::Url, log);
        assert!(url(r#"{"http":{"hostname":"C2.evil.example","url":"/a.php?b=c"}}"#));
        assert!(url(r#"{"host":"c2.evil.example:8080","url":"/a.php?b=c"}"#));
        assert!(url(r#"{"host":"c2.evil.example","stem":"/a.php","query":"b=c"}"#));
        assert!(!url(r#"{"host":"c2.evil.example","uri":"/b.php"}"#));
        assert!(!url(r#"{"host":"c2.evil.example:8081","uri":"/a.php?b=c"}"#));
        assert!(!url(r#"{"host":"c3.evil.example","uri":"/a.php?b=c"}"#));
        let encoded = |log| is_in("https://bücher.example/a b", IndicatorKind::Url, log);
        assert!(encoded(r#"{"host":"xn--bcher-kva.example","uri":"/a%20b"}"#));
        assert!(encoded(r#"{"host":"Bücher.example","uri":"/a b"}"#));
    }

    #[test]
    fn the_parts_of_an_account_are_found_in_two_fields_of_one_role() {
        let account = |log| is_in(r"CORP\mallory", IndicatorKind::User, log);
        assert!(account(r#"{"d":{"TargetUserName":"Mallory","TargetDomainName":"CORP"}}"#));
        assert!(account(r#"{"user":{"name":"mallory","domain":"corp"}}"#));
        assert!(account(r#"{"user":{"name":"mallory","domain":"corp.example"}}"#));
        assert!(!account(r#"{"TargetUserName":"mallory","SubjectDomainName":"CORP"}"#));
        assert!(!account(r#"{"user":{"name":"mallory","domain":"OTHER"}}"#));
        for kind in [IndicatorKind::User, IndicatorKind::Email] {
            let mailbox = |log| is_in("mallory@corp.example", kind, log);
            assert!(mailbox(r#"{"TargetUserName":"mallory","TargetDomainName":"CORP"}"#));
            assert!(!mailbox(r#"{"TargetUserName":"mallory","TargetDomainName":"OTHER"}"#));
        }
    }
}
