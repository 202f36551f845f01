//! The same thing in another form, either way.

use super::matching::is_in;
use crate::contract::IndicatorKind as K;
use crate::hunting::indicator::Indicator;

/// Holds that each of these is found where the other is written.
fn is_same(kind: K, one: &str, other: &str) {
    for (value, text) in [(one, other), (other, one)] {
        assert!(is_in(kind, value, text), "{value} in {text}");
        let text = format!("x={text};");
        assert!(is_in(kind, value, &text), "{value} in {text}");
    }
}

#[test]
fn names_in_unicode_and_punycode_are_the_same() {
    is_same(K::Domain, "b\u{fc}cher.example", "xn--bcher-kva.example");
    is_same(K::Domain, "B\u{dc}CHER.example", "XN--BCHER-KVA.example");
    is_same(K::Email, "a@b\u{fc}cher.example", "a@xn--bcher-kva.example");
    is_same(K::Url, "http://b\u{fc}cher.example/a", "http://xn--bcher-kva.example/a");
}

#[test]
fn forms_of_a_url_are_the_same() {
    is_same(K::Url, "https://evil.example/a", "https://evil.example:443/a");
    is_same(K::Url, "http://evil.example", "http://evil.example:80/");
    is_same(K::Url, "http://evil.example/a b", "http://evil.example/a%20b");
    is_same(K::Url, "http://evil.example/caf\u{e9}", "http://evil.example/caf%C3%A9");
    is_same(K::Url, "http://evil.example/a&b", "http://evil.example/a%26b");
    is_same(K::Url, "http://[2001:db8::9]/a", "http://[2001:0db8:0::9]:80/a");
    for (value, text, held) in [
        ("http://evil.example/p", r#""http:\/\/evil.example\/p""#, true),
        ("http://evil.example/?a=1&b=2", r"http://evil.example/?a=1\u0026b=2", true),
        ("http://evil.example/a", "next=http%3A%2F%2Fevil.example%2Fa", true),
        ("http://evil.example/a b", "http://evil.example/a+b", true),
        ("http://evil.example:8080/a", "http://evil.example/a", false),
        ("http://evil.example/a", "http://evil.example:8080/a", false),
        ("http://evil.example:8080/a", "http://evil.example:8080/a", true),
        ("http://me:secret@evil.example/a", "http://evil.example/a", true),
        ("http://evil.example/a", "http://me:secret@evil.example/a", true),
        ("http://evil.example/a#top", "http://evil.example/a", true),
        ("http://evil.example/a#top", "http://evil.example/a#top", true),
        ("evil.example/a", "https://evil.example/a", true),
    ] {
        assert_eq!(is_in(K::Url, value, text), held, "{value} in {text}");
    }
}

#[test]
fn a_url_in_two_fields_is_found() {
    for (url, host, path, held) in [
        ("http://evil.example/gate.php", "evil.example", "/gate.php", true),
        ("http://evil.example/gate.php", "EVIL.example:80", "/gate.php", true),
        ("http://evil.example/gate.php", "evil.example:8080", "/gate.php", false),
        ("http://evil.example:8080/gate.php", "evil.example", "/gate.php", true),
        ("http://evil.example/gate.php", "evil.example", "/gate.php?x", false),
        ("http://evil.example/gate.php", "www.evil.example", "/gate.php", false),
        ("http://evil.example/a b", "evil.example", "/a%20b", true),
        ("http://evil.example/", "evil.example", "/", true),
        ("http://203.0.113.9/a", "203.0.113.9", "/a", true),
        ("http://b\u{fc}cher.example/a", "xn--bcher-kva.example", "/a", true),
        ("evil.example/a", "evil.example", "/a", true),
    ] {
        let url = Indicator::read(url, Some(K::Url)).unwrap();
        assert_eq!(url.is_pair(host, path), held, "{} in {host} {path}", url.value);
    }
    let url = Indicator::read("hxxps://EVIL[.]example:8443/a%20b/", None).unwrap();
    let parts = url.url().unwrap();
    assert_eq!((parts.host().as_str(), parts.path()), ("evil.example", "/a b"));
    let host = |text: &str| Indicator::read(text, Some(K::Url)).unwrap().url_host().unwrap();
    assert_eq!(
        (host("http://evil.example/a").kind, host("http://evil.example/a").value.as_str()),
        (K::Domain, "evil.example")
    );
    assert_eq!(
        (host("http://[2001:db8::9]/a").kind, host("http://203.0.113.9:1/").value.as_str()),
        (K::Ip, "203.0.113.9")
    );
}

#[test]
fn an_account_is_found_with_and_without_its_domain() {
    is_same(K::User, r"CORP\jdoe", "jdoe@corp.example");
    is_same(K::User, r"CORP\jdoe", r"corp.example\JDOE");
    for (value, text, held) in [
        ("jdoe", r"CORP\jdoe", true),
        ("jdoe", "jdoe@corp.example", true),
        (r"CORP\jdoe", r"CORP\\jdoe", true),
        (r"CORP\jdoe", "jdoe", false),
        (r"CORP\jdoe", r"OTHER\jdoe", false),
        (r"CORP\jdoe", r"CORP\jdoe2", false),
        (r"CORP\jdoe", "jdoe@other.example", false),
        (r"CORP\jdoe", r"XCORP\jdoe", false),
        ("jdoe@corp.example", r"CORP\jdoe", true),
        ("jdoe@corp.example", "jdoe@corp.other", false),
        (r"NT AUTHORITY\SYSTEM", r"NT AUTHORITY\SYSTEM", true),
    ] {
        assert_eq!(is_in(K::User, value, text), held, "{value} in {text}");
    }
    for (value, kind, name, domain, held) in [
        (r"CORP\jdoe", K::User, "JDoe", "CORP", true),
        (r"CORP\jdoe", K::User, "jdoe", "corp.example", true),
        (r"CORP\jdoe", K::User, "jdoe", "OTHER", false),
        (r"CORP\jdoe", K::User, "jdoe", "-", false),
        ("jdoe@corp.example", K::User, "jdoe", "CORP", true),
        ("jdoe@corp.example", K::Email, "jdoe", "CORP", true),
        ("jdoe@corp.example", K::Email, "jdoe", "OTHER", false),
    ] {
        let indicator = Indicator::read(value, Some(kind)).unwrap();
        assert_eq!(indicator.is_pair(name, domain), held, "{value} in {name} {domain}");
    }
}

#[test]
fn a_computer_is_found_with_and_without_its_domain() {
    for (value, text, held) in [
        ("web-01", "WEB-01.corp.example", true),
        ("web-01.corp.example", "web-01", true),
        ("web-01.corp.example", "WEB-01$", true),
        ("web-01.corp.example", r"CORP\WEB-01", true),
        ("web-01", r"CORP\WEB-01", true),
        ("web-01.corp.example", "web-01.other.example", false),
        ("web-01.corp.example", "login from web-01", false),
        ("203.0.113.9", "203", false),
    ] {
        assert_eq!(is_in(K::Host, value, text), held, "{value} in {text}");
    }
}

#[test]
fn a_registry_key_is_found_by_every_name_of_its_hive() {
    is_same(K::RegistryKey, r"HKLM\Software\Evil", r"HKEY_LOCAL_MACHINE\SOFTWARE\Evil");
    is_same(K::RegistryKey, r"HKLM\Software\Evil", r"\REGISTRY\MACHINE\Software\Evil");
    is_same(K::RegistryKey, r"HKLM:\Software\Evil", r"HKLM\\Software\\Evil");
    assert!(is_in(K::RegistryKey, r"HKCU\Software\Evil", r"HKU\S-1-5-21-1-2-3-500\Software\Evil"));
    assert!(is_in(K::RegistryKey, r"HKCU\Software\Evil", r"HKEY_USERS\S-1-5-21-1-2-3-500\Software\Evil\x"));
    assert!(!is_in(K::RegistryKey, r"HKLM\Software\Evil", r"HKU\S-1-5-21-1-2-3-500\Software\Evil"));
}

#[test]
fn a_path_is_found_where_its_variable_is_written_out() {
    for (value, text, held) in [
        (r"%APPDATA%\Evil\x.exe", r"C:\Users\ada\AppData\Roaming\Evil\x.exe", true),
        ("~/.cache/x", "/home/ada/.cache/x", true),
        (r"%APPDATA%\Evil\x.exe", r"C:\Users\ada\Devil\x.exe", false),
    ] {
        assert_eq!(is_in(K::FileName, value, text), held, "{value} in {text}");
    }
}
