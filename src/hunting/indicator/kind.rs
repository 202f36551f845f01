//! The kind of an indicator, recognised from its value alone. Must not check
//! whether a value is a right one of its kind.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::domain::{is_domain, is_email};
use crate::hunting::indicator::network::{address, is_short, without_port};
use ipnet::IpNet;
use std::net::IpAddr;

/// What the names of files end with that are no domains, though they look it.
const FILE_ENDINGS: &[&str] = &[
    "7z", "apk", "bat", "bin", "cmd", "dat", "dll", "dmg", "doc", "docm", "docx", "dotm", "drv", "elf", "exe", "gz",
    "hta", "img", "iso", "jar", "js", "jse", "lnk", "log", "msi", "ocx", "pdf", "php", "ps1", "psm1", "rar", "rtf",
    "scr", "sys", "tar", "tmp", "txt", "vbe", "vbs", "vhd", "vhdx", "war", "wsf", "xls", "xlsb", "xlsm", "xlsx",
];

/// What ends both scripts and domains: of a name with no other dot, a script.
const SCRIPT_ENDING: &str = "py";

/// The kind of a value, where it can be recognised.
#[must_use]
pub fn recognise(value: &str) -> Option<IndicatorKind> {
    let all_hex = value.bytes().all(|b| b.is_ascii_hexdigit());
    let kind = if value.contains("://") {
        IndicatorKind::Url
    } else if value.parse::<IpNet>().is_ok() {
        IndicatorKind::Cidr
    } else if address(value).is_some() {
        IndicatorKind::Ip
    } else if all_hex && value.len() == 32 {
        IndicatorKind::Md5
    } else if all_hex && value.len() == 40 {
        IndicatorKind::Sha1
    } else if all_hex && value.len() == 64 {
        IndicatorKind::Sha256
    } else if all_hex && value.len() == 128 {
        IndicatorKind::Sha512
    } else if is_registry_key(value) {
        IndicatorKind::RegistryKey
    } else if value.bytes().all(|b| b.is_ascii_digit()) && is_short(value) && value.parse::<u16>().is_ok() {
        IndicatorKind::Port
    } else if is_email(value) {
        IndicatorKind::Email
    } else if is_path(value) {
        IndicatorKind::FileName
    } else if let Some((domain, name)) = value.split_once('\\') {
        // DOMAIN\user, or a path from where one is.
        let is_user = !domain.is_empty() && !name.is_empty() && !name.contains('\\') && !is_file(value);
        if is_user { IndicatorKind::User } else { IndicatorKind::FileName }
    } else if let Some((host, rest)) = value.split_once('/') {
        let is_address = address(host).is_some();
        // The length of a prefix or a mask, though not a right one.
        if is_address && (rest.bytes().all(|b| b.is_ascii_digit()) || rest.parse::<IpAddr>().is_ok()) {
            return Some(IndicatorKind::Cidr);
        }
        if !is_address && !is_domain(without_port(host).unwrap_or(host)) {
            return None;
        }
        IndicatorKind::Url
    } else if is_file(value) {
        IndicatorKind::FileName
    } else if is_domain(value.strip_suffix('.').unwrap_or(value))
        || without_port(value).is_some_and(is_domain)
        || value.strip_prefix("*.").is_some_and(is_domain)
    {
        IndicatorKind::Domain
    } else {
        return None;
    };
    Some(kind)
}

/// The names of the registry's hives.
const HIVES: &[&str] = &[
    "HKLM",
    "HKCU",
    "HKCR",
    "HKU",
    "HKCC",
    "HKEY_LOCAL_MACHINE",
    "HKEY_CURRENT_USER",
    "HKEY_CLASSES_ROOT",
    "HKEY_USERS",
    "HKEY_CURRENT_CONFIG",
];

fn is_registry_key(value: &str) -> bool {
    value.split_once('\\').is_some_and(|(hive, _)| HIVES.iter().any(|name| name.eq_ignore_ascii_case(hive)))
}

fn is_path(value: &str) -> bool {
    let drive = value.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && value.get(1..3).is_some_and(|rest| rest == ":\\" || rest == ":/");
    drive || value.starts_with('/') || value.starts_with("\\\\") || value.starts_with('%')
}

fn is_file(value: &str) -> bool {
    value.rsplit_once('.').is_some_and(|(name, ending)| {
        let ending = ending.to_ascii_lowercase();
        let is_script = ending == SCRIPT_ENDING && !name.contains('.');
        !name.is_empty() && (is_script || FILE_ENDINGS.contains(&ending.as_str()))
    })
}
