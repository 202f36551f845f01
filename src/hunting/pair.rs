//! Indicators whose parts stand in two fields: the host and the path of a URL, the name and the domain of an account. Must not
//! know how they are asked for.

use crate::contract::IndicatorKind;
use crate::hunting::document::Document;
use crate::hunting::field_name;
use crate::hunting::indicator::Indicator;

/// The parts of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair {
    /// A URL.
    Url {
        /// Its host.
        host: String,
        /// What stands behind it, from its slash.
        path: String,
    },
    /// An account with its domain.
    Account {
        /// Its name.
        name: String,
        /// Its domain.
        domain: String,
    },
}

impl Pair {
    /// The parts of an indicator, if it has any.
    #[must_use]
    pub fn of(indicator: &Indicator) -> Option<Self> {
        let value = indicator.value.as_str();
        match indicator.kind {
            IndicatorKind::Url => {
                let host = url_host(value)?;
                let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
                let (_, path) = rest.split_once('/')?;
                (!path.is_empty()).then(|| Self::Url { host, path: format!("/{path}") })
            }
            IndicatorKind::User => {
                let (domain, name) = value.split_once('\\')?;
                let is_whole = !domain.is_empty() && !name.is_empty();
                is_whole.then(|| Self::Account { name: name.to_owned(), domain: domain.to_owned() })
            }
            _ => None,
        }
    }

    /// Whether two fields of a log hold the parts.
    #[must_use]
    pub fn is_in(&self, document: &Document) -> bool {
        let has = |wanted: &str| {
            let mut values = document.all_values();
            values.any(|value| value.trim().eq_ignore_ascii_case(wanted))
        };
        match self {
            Self::Url { host, path } => {
                // Some products write the query into a third field.
                let without_query = path.split_once('?').filter(|(_, query)| has(query)).map(|(path, _)| path);
                has(host) && (has(path) || without_query.is_some_and(has))
            }
            Self::Account { name, domain } => {
                let fields = |wanted: &str| {
                    let of = |values: &[String]| values.iter().any(|value| value.trim().eq_ignore_ascii_case(wanted));
                    let fields = document.fields().filter(|(_, values)| of(values)).map(|(name, _)| name);
                    fields.map(field_name::role).collect::<Vec<_>>()
                };
                let of_domain = fields(domain);
                fields(name).iter().any(|role| of_domain.contains(role))
            }
        }
    }
}

/// The host of a URL, without its port.
#[must_use]
pub fn url_host(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.split_once(']') {
        Some((address, _)) => address.trim_start_matches('['),
        None => host.split_once(':').map_or(host, |(host, _)| host),
    };
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(value: &str, kind: IndicatorKind, log: &str) -> bool {
        let indicator = Indicator::read(value, Some(kind)).unwrap();
        Pair::of(&indicator).is_some_and(|pair| pair.is_in(&Document::read(log)))
    }

    #[test]
    fn the_parts_of_a_url_are_found_in_two_fields() {
        let url = |log| is_in("http://c2.evil.example:8080/a.php?b=c", IndicatorKind::Url, log);
        assert!(url(r#"{"http":{"hostname":"C2.evil.example","url":"/a.php?b=c"}}"#));
        assert!(url(r#"{"host":"c2.evil.example","stem":"/a.php","query":"b=c"}"#));
        assert!(!url(r#"{"host":"c2.evil.example","uri":"/b.php"}"#));
        assert!(!url(r#"{"host":"c3.evil.example","uri":"/a.php?b=c"}"#));
    }

    #[test]
    fn the_parts_of_an_account_are_found_in_two_fields_of_one_role() {
        let account = |log| is_in(r"CORP\mallory", IndicatorKind::User, log);
        assert!(account(r#"{"d":{"TargetUserName":"Mallory","TargetDomainName":"CORP"}}"#));
        assert!(account(r#"{"user":{"name":"mallory","domain":"corp"}}"#));
        assert!(!account(r#"{"TargetUserName":"mallory","SubjectDomainName":"CORP"}"#));
        assert!(!account(r#"{"user":{"name":"mallory","domain":"OTHER"}}"#));
    }
}
