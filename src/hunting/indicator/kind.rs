//! The kind of an indicator, recognised from its value alone. Must not guess:
//! what can be two things is refused, with what to change.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::account::is_account;
use crate::hunting::indicator::domain::is_plain_domain;
use crate::hunting::indicator::email::is_email;
use crate::hunting::indicator::file_name::{is_ambiguous, is_file, is_path};
use crate::hunting::indicator::network::{address, network, port, without_port};
use crate::hunting::indicator::registry_key::is_registry_key;
use crate::hunting::indicator::unsupported;
use std::net::IpAddr;

const UNKNOWN: &str = "its kind cannot be recognised: name it, such as user, host or process";
const SPACES: &str = "it holds a space, as no value of a kind that can be recognised does: pass each indicator by itself, or \
                      name the kind of a name";

/// Whether a text is a path, a registry key or the name of an account, in
/// which brackets and backslashes stand for themselves.
pub(super) fn is_name(text: &str) -> bool {
    // `www\.evil\.example`
    let escapes_dots = text.matches('\\').count() == text.matches("\\.").count() && !text.starts_with('\\');
    let is_one = text.contains('\\') && !escapes_dots || text.starts_with(['/', '~', '%', '$', '.']);
    is_one && !text.contains("//") && (is_registry_key(text) || is_path(text) || is_account(text))
}

/// The kind of a value that is not defanged.
///
/// # Errors
/// Why it cannot be recognised, and what to change.
pub(super) fn recognise(value: &str) -> Result<IndicatorKind, String> {
    let all_hex = value.bytes().all(|b| b.is_ascii_hexdigit());
    match value.len() {
        32 if all_hex => return Ok(IndicatorKind::Md5),
        40 if all_hex => return Ok(IndicatorKind::Sha1),
        64 if all_hex => return Ok(IndicatorKind::Sha256),
        128 if all_hex => return Ok(IndicatorKind::Sha512),
        _ => {}
    }
    if value.contains("://") {
        return of_url(value);
    }
    if is_registry_key(value) {
        return Ok(IndicatorKind::RegistryKey);
    }
    if is_path(value) {
        return of_path(value);
    }
    if value.contains('\\') {
        // A path from where one is.
        let is_user = is_account(value) && !is_file(value);
        let is_path = is_file(value) || value.matches('\\').count() > 1;
        return match (is_user, is_path && !value.contains(' ')) {
            (true, _) => Ok(IndicatorKind::User),
            (false, true) => Ok(IndicatorKind::FileName),
            _ => Err(if value.contains(' ') { SPACES } else { UNKNOWN }.into()),
        };
    }
    if value.contains(char::is_whitespace) {
        return Err(SPACES.into());
    }
    if let Some((host, rest)) = value.split_once('/') {
        return of_slash(value, host, rest);
    }
    if address(value).is_some() || before_bar(value).is_some_and(|host| address(host).is_some()) {
        Ok(IndicatorKind::Ip)
    } else if port(value).is_some() {
        Ok(IndicatorKind::Port)
    } else if let Some(why) = unsupported::number(value) {
        Err(why)
    } else if is_email(value) {
        Ok(IndicatorKind::Email)
    } else if is_file(value) {
        Ok(IndicatorKind::FileName)
    } else if value.starts_with('.') && is_plain_domain(value.trim_start_matches('.')) {
        Err("it begins with a dot, which stands for all subdomains: write the domain's own name".into())
    } else if is_ambiguous(value) {
        Err("it can be the name of a file or a domain: name its kind, file-name or domain".into())
    } else if is_plain_domain(host(value)) {
        Ok(IndicatorKind::Domain)
    } else {
        Err(UNKNOWN.into())
    }
}

/// A name without its final dot and the port behind it.
pub(super) fn host(value: &str) -> &str {
    let host = without_port(value).or_else(|| before_bar(value)).unwrap_or(value);
    host.strip_suffix('.').unwrap_or(host)
}

/// `203.0.113.9|8443`, as MISP joins a host and a port.
pub(super) fn before_bar(value: &str) -> Option<&str> {
    value.split_once('|').filter(|(_, number)| port(number).is_some()).map(|(host, _)| host)
}

fn of_url(value: &str) -> Result<IndicatorKind, String> {
    let (_, rest) = value.split_once("://").unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = without_port(host).unwrap_or(host);
    if let Some(why) = unsupported::number(host).filter(|_| host.contains(|c: char| !c.is_ascii_digit())) {
        return Err(format!("of its host, {why}"));
    }
    // A space may be a part of the path, but a word behind it may be a remark.
    let mut words = path.split(char::is_whitespace).skip(1);
    let is_remark = |word: &str| word.len() > 2 && word.chars().all(char::is_alphabetic);
    let one_more = words.next();
    if authority.contains(char::is_whitespace) || words.next().is_some() || one_more.is_some_and(is_remark) {
        return Err("it holds a space: write %20 for one that belongs to the URL, or name its kind, url".into());
    }
    Ok(IndicatorKind::Url)
}

/// A path; with spaces, only where it is no command line and no sentence.
fn of_path(value: &str) -> Result<IndicatorKind, String> {
    let last = value.rsplit(['/', '\\']).next().unwrap_or_default();
    let has_arguments = value.contains(" -") || value.contains(" /") || value.contains('"');
    let is_whole = !last.contains(' ') || is_file(last) || is_ambiguous(last);
    if has_arguments || !is_whole || value.matches(":\\").count() > 1 {
        return Err(
            "it holds a space, and may be a command line: pass the path by itself, or name its kind, file-name".into(),
        );
    }
    Ok(IndicatorKind::FileName)
}

/// A network, or a URL without a scheme.
fn of_slash(value: &str, host: &str, rest: &str) -> Result<IndicatorKind, String> {
    let is_address = address(host).is_some();
    // The length of a prefix or a mask, though perhaps not a right one.
    let is_length = rest.bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty();
    if network(value).is_ok() || is_address && (is_length || rest.parse::<IpAddr>().is_ok()) {
        return Ok(IndicatorKind::Cidr);
    }
    if port(value).is_some() {
        return Ok(IndicatorKind::Port);
    }
    if let Some(why) = unsupported::number(host) {
        return Err(why);
    }
    let name = self::host(host);
    if !is_address && !is_plain_domain(name) {
        return Err(UNKNOWN.into());
    }
    // The root of a host says no more than the host.
    Ok(match (rest.is_empty(), is_address) {
        (false, _) => IndicatorKind::Url,
        (true, true) => IndicatorKind::Ip,
        (true, false) => IndicatorKind::Domain,
    })
}
