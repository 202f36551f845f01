//! URLs: their parts, and whether a text or two fields hold the same one in
//! another form. Must not know how a defanged one is read.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::domain::Domain;
use crate::hunting::indicator::network::address;
use crate::hunting::indicator::word::{self, Boundaries};
use percent_encoding::percent_decode_str;
use std::net::{IpAddr, Ipv6Addr};

/// The port of a scheme, where none is written.
const DEFAULT_PORTS: &[(&str, u16)] =
    &[("http", 80), ("https", 443), ("ws", 80), ("wss", 443), ("ftp", 21), ("ldap", 389), ("ldaps", 636)];
/// What the ports of a URL without a scheme may be, where none is written.
const PORTS_OF_THE_WEB: &[u16] = &[80, 443];

/// What stands for an encoded space in a text that is decoded.
pub(super) const ENCODED_SPACE: char = '\u{a0}';

/// A URL in its parts. What is the same in each of its forms compares equal,
/// but for letter case in the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// In lower case; none if it is written without one.
    pub(super) scheme: Option<String>,
    pub(super) host: Host,
    /// The port; none if it is that of the scheme, or not written.
    pub(super) port: Option<u16>,
    /// Path and query without their final slash, decoded. Letter case as
    /// written.
    pub(super) path: String,
    /// What stands behind a `#`. No request has it, so most logs do not.
    pub(super) fragment: Option<String>,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    Name(Domain),
    /// A URL of files on the computer itself.
    None,
}

impl Url {
    /// Reads a URL, with or without a scheme, that is not defanged.
    ///
    /// # Errors
    /// Which part cannot be read, and how to write it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let why = |part: &str| format!("the {part} of the URL cannot be read: write it as http://evil.example/path");
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        if scheme.as_ref().is_some_and(|scheme| !is_scheme(scheme)) {
            return Err(why("scheme"));
        }
        let (authority, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // `name@evil.example` is none, and its path may have an `@`.
        if scheme.is_none() && authority.contains('@') {
            return Err(why("scheme"));
        }
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = read_authority(host, scheme.as_deref()).ok_or_else(|| why("host"))?;
        let is_bare = authority.matches(':').count() > 1 && !authority.contains('[');
        let host = match host {
            // An address of IPv6 has to stand in brackets. (RFC 3986, section 3.2.2.)
            Host::Address(IpAddr::V6(_)) if is_bare => return Err(why("host")),
            Host::None if scheme.as_deref() != Some("file") => return Err(why("host")),
            host => host,
        };
        let (target, fragment) = match target.split_once('#') {
            Some((target, fragment)) => (target, Some(fragment.to_owned())),
            None => (target, None),
        };
        let mut path = decoded(target).trim_end_matches('/').to_owned();
        if path.starts_with('?') {
            path.insert(0, '/');
        }
        Ok(Self { scheme, host, port, path, fragment })
    }

    /// The same if it is the same place, whatever form it is written in.
    pub(super) fn identity(&self) -> String {
        let host = self.host.forms().into_iter().next().unwrap_or_default();
        let (scheme, port) = (self.scheme.as_deref().unwrap_or_default(), self.port.map(|port| port.to_string()));
        let fragment = self.fragment.as_deref().unwrap_or_default();
        format!("{scheme}://{host}:{}{}#{fragment}", port.unwrap_or_default(), self.path).to_lowercase()
    }

    /// The host: a name in lower case and punycode, or an address.
    #[must_use]
    pub fn host(&self) -> String {
        match &self.host {
            Host::Address(address) => address.to_string(),
            Host::Name(domain) => domain.ascii.clone(),
            Host::None => String::new(),
        }
    }

    /// Path and query, decoded and without a final slash; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether a text holds it. The text is in lower case and decoded, and its
    /// slashes have no backslash before them.
    pub(super) fn is_in(&self, text: &str) -> bool {
        // In a value that is one URL, a comma is a part of it.
        let is_one = !text.trim().contains(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '|'))
            && text.matches("://").count() == 1;
        let path = self.path.to_lowercase();
        let fragment = self.fragment.as_ref().map(|fragment| format!("#{}", fragment.to_lowercase()));
        let paths = Paths { path: &path, fragment: fragment.as_deref(), comma_goes_on: is_one };
        let is_here = |(before, behind): (&str, &str)| {
            self.follows(before, !path.is_empty() || self.scheme.is_none())
                && self.behind_port(behind).is_some_and(|behind| paths.begin(behind))
        };
        match &self.host {
            Host::Address(IpAddr::V6(wanted)) => bracketed(text)
                .any(|(before, inner, behind)| inner.parse::<Ipv6Addr>() == Ok(*wanted) && is_here((before, behind))),
            host => host.forms().iter().any(|form| word::surroundings(text, form).any(is_here)),
        }
    }

    /// Whether two values are its host and its path. A log seldom has the
    /// scheme or the port in such fields; where one has, it has to be this.
    pub(super) fn is_pair(&self, host: &str, path: &str) -> bool {
        let (host, path) = (host.trim().to_lowercase(), decoded(path.trim()).to_lowercase());
        if path.contains("://") {
            return self.is_in(&path);
        }
        let Some((found, port)) = read_authority(&host, self.scheme.as_deref()) else { return false };
        let fragment = self.fragment.as_ref().map(|fragment| format!("#{}", fragment.to_lowercase()));
        let path = path.trim_end_matches('/');
        let path = fragment.as_deref().and_then(|fragment| path.strip_suffix(fragment)).unwrap_or(path);
        found == self.host
            && (port.is_none() || self.has_port(port))
            && path.trim_end_matches('/') == self.path.to_lowercase()
    }

    /// Whether the host may begin behind a text: behind its scheme, or, where
    /// a path follows, at the beginning of a word.
    fn follows(&self, before: &str, has_path: bool) -> bool {
        // The name and the password of a user.
        let without_user = before.strip_suffix('@').map(|before| {
            before.trim_end_matches(|c: char| !c.is_whitespace() && !matches!(c, '/' | '"' | '\'' | '<' | '=' | ','))
        });
        let before = without_user.unwrap_or(before);
        if let Some(before) = before.strip_suffix("://") {
            let start = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c)).len();
            let found = before.get(start..).unwrap_or_default();
            let is_same = |scheme: &String| {
                found.strip_suffix(scheme.as_str()).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
            };
            return self.scheme.as_ref().is_none_or(is_same);
        }
        let before = before.strip_suffix("//").unwrap_or(before);
        let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '/' | '\\' | '%');
        has_path && without_user.is_none() && !before.chars().next_back().is_some_and(joins)
    }

    /// What stands behind the port, if a port that stands there is the right
    /// one.
    fn behind_port<'t>(&self, behind: &'t str) -> Option<&'t str> {
        let behind = behind.strip_prefix('.').filter(|rest| rest.starts_with([':', '/', '?', '#'])).unwrap_or(behind);
        let number = behind.strip_prefix(':').map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.split_at(end)
        });
        // A colon without a number.
        if let Some(("", rest)) = number.filter(|(_, rest)| rest.starts_with(['/', '?', '#'])) {
            return self.has_port(None).then_some(rest);
        }
        match number.and_then(|(port, rest)| Some((port.parse::<u16>().ok()?, rest))) {
            Some((port, rest)) => self.has_port(Some(port)).then_some(rest),
            None => self.has_port(None).then_some(behind),
        }
    }

    /// Whether a port, or none, is that of the URL.
    fn has_port(&self, found: Option<u16>) -> bool {
        let default = |port: u16| match &self.scheme {
            Some(scheme) => default_port(scheme) == Some(port),
            None => PORTS_OF_THE_WEB.contains(&port),
        };
        match (self.port, found) {
            (None, Some(found)) => default(found),
            (Some(port), None) => default(port),
            (wanted, found) => wanted == found,
        }
    }
}

impl Host {
    /// The address, if it is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Name(_) | Self::None => None,
        }
    }

    /// How a text in lower case writes it, each form once.
    pub(super) fn forms(&self) -> Vec<String> {
        match self {
            Self::Address(address @ IpAddr::V4(_)) => vec![address.to_string()],
            Self::Address(address @ IpAddr::V6(_)) => vec![format!("[{address}]")],
            Self::Name(domain) => domain.forms().map(str::to_owned).collect(),
            Self::None => Vec::new(),
        }
    }
}

/// What has to stand behind the host and the port.
struct Paths<'a> {
    path: &'a str,
    fragment: Option<&'a str>,
    /// A comma does not end the URL.
    comma_goes_on: bool,
}

impl Paths<'_> {
    fn begin(&self, behind: &str) -> bool {
        // The slash of the root may be left out before a query.
        let short = self.path.strip_prefix('/').filter(|path| path.starts_with('?'));
        let short = short.and_then(|path| behind.strip_prefix(path));
        let rest = short.or_else(|| behind.strip_prefix(self.path)).or_else(|| {
            // A space may be encoded, or written as a plus.
            let has_space = self.path.contains(' ');
            let mut spaces = ['+', ENCODED_SPACE].into_iter().filter(|_| has_space);
            spaces.find_map(|space| behind.strip_prefix(self.path.replace(' ', &space.to_string()).as_str()))
        });
        let Some(rest) = rest else { return false };
        let rest = if self.path.contains('?') { rest } else { rest.strip_prefix('/').unwrap_or(rest) };
        let rest = self.fragment.and_then(|fragment| rest.strip_prefix(fragment)).unwrap_or(rest);
        self.ends(rest)
    }

    fn ends(&self, rest: &str) -> bool {
        let boundaries = Boundaries::of(IndicatorKind::Url);
        let goes_on = Boundaries { before_word: ",;'", ..Boundaries::default() };
        !rest.starts_with(ENCODED_SPACE) && boundaries.begin(rest) && (!self.comma_goes_on || goes_on.begin(rest))
    }
}

/// Whether a text can be the scheme of a URL. (RFC 3986, section 3.1.)
pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// The port of a scheme.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    DEFAULT_PORTS.iter().find(|(name, _)| *name == scheme).map(|(_, port)| *port)
}

/// A text with what is percent-encoded decoded, if that is text.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), |text| text.into_owned())
}

/// What stands in brackets in a text, with what stands before and behind.
fn bracketed(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    text.match_indices('[').filter_map(|(at, _)| {
        let (inner, behind) = text.get(at + 1..)?.split_once(']')?;
        Some((text.get(..at)?, inner, behind))
    })
}

/// Reads the host and the port of a URL. The port is none if it is that of the
/// scheme.
fn read_authority(text: &str, scheme: Option<&str>) -> Option<(Host, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port {
            "" => (host, None),
            port => (host, Some(port.parse::<u16>().ok()?)),
        },
        _ => (text, None),
    };
    let port = port.filter(|port| scheme.is_none_or(|scheme| default_port(scheme) != Some(*port)));
    if host.is_empty() {
        return Some((Host::None, port));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    if let Some(address) = host.parse::<IpAddr>().ok().or_else(|| address(host)) {
        return Some((Host::Address(address.to_canonical()), port));
    }
    let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || matches!(c, '-' | '.' | '_');
    let is_name = host.split('.').all(|label| !label.is_empty())
        && host.chars().all(plain)
        && host.chars().any(|c| c.is_alphanumeric() || !c.is_ascii());
    is_name.then(|| (Host::Name(Domain::read(host)), port))
}
