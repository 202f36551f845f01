//! A value holds an indicator as a whole word only, whatever stands beside it.

use crate::contract::IndicatorKind as K;
use crate::hunting::indicator::{Indicator, Values};

pub(super) fn is_in(kind: K, value: &str, text: &str) -> bool {
    Indicator::read(value, Some(kind)).unwrap().is_in(&Values::new([text]))
}

#[test]
fn a_value_holds_an_indicator_as_a_whole_word_only() {
    for (kind, value, text, held) in [
        (K::Ip, "203.0.113.9", "from 203.0.113.9.", true),
        (K::Ip, "203.0.113.9", "from 203.0.113.90", false),
        (K::Ip, "203.0.113.9", "203.0.113.9:443", true),
        (K::Ip, "203.0.113.9", "203.0.113.9.443", true),
        (K::Ip, "203.0.113.9", "IP 192.0.2.1.51000 > 203.0.113.9.443: Flags [S]", true),
        (K::Ip, "203.0.113.9", "203.0.113.9.4.5", false),
        (K::Ip, "203.0.113.9", "1.203.0.113.9", false),
        (K::Ip, "203.0.113.9", "192.0.2.1,203.0.113.9,outbound", true),
        (K::Ip, "203.0.113.9", "src:203.0.113.9;dst:192.0.2.1", true),
        (K::Ip, "203.0.113.9", "outside:203.0.113.9/443", true),
        (K::Ip, "203.0.113.9", "mx.example[203.0.113.9]: 554", true),
        (K::Ip, "203.0.113.9", "ip_203.0.113.9_done", true),
        (K::Ip, "203.0.113.9", "deny 203.0.113.9->198.51.100.7", true),
        (K::Ip, "203.0.113.9", "203.0.113.9-203.0.113.20", true),
        (K::Ip, "203.0.113.9", "next=http%3A%2F%2F203.0.113.9%2F", true),
        (K::Ip, "203.0.113.9", r#"{\"a\":\"x\n203.0.113.9\"}"#, true),
        (K::Ip, "203.0.113.9", "::ffff:203.0.113.9", true),
        (K::Ip, "203.0.113.9", "version 203.0.113", false),
        (K::Ip, "2001:db8::9", "[2001:DB8:0:0:0:0:0:9]", true),
        (K::Ip, "2001:db8::9", "src:2001:db8::9,", true),
        (K::Ip, "2001:db8::9", "IP6 2001:db8::9.443 > x", true),
        (K::Ip, "2001:db8::9", "2001:db8::91", false),
        (K::Ip, "fe80::1", "fe80::1%eth0", true),
        (K::Cidr, "203.0.113.0/29", "peer=203.0.113.7", true),
        (K::Cidr, "203.0.113.0/29", "peer=203.0.113.8", false),
        (K::Port, "443", "443", true),
        (K::Port, "443", "4430", false),
        (K::Port, "443", "+443", false),
        (K::Domain, "evil.example", "GET Evil.Example/x", true),
        (K::Domain, "evil.example", "see evil.example. Then", true),
        (K::Domain, "evil.example", "evil.example.", true),
        (K::Domain, "evil.example", "host:evil.example,a", true),
        (K::Domain, "evil.example", "//evil.example:443/x", true),
        (K::Domain, "evil.example", "evil.example.com", false),
        (K::Domain, "evil.example", "not-evil.example", false),
        (K::Domain, "evil.example", "www.evil.example", false),
        (K::Domain, "evil.example", "_evil.example", false),
        (K::Email, "a@evil.example", "<A@EVIL.example>", true),
        (K::Email, "a@evil.example", r"from=\u003ca@evil.example\u003e", true),
        (K::Email, "a@evil.example", "AROA:a@evil.example", true),
        (K::Email, "a@evil.example", "ba@evil.example", false),
        (K::Email, "a@evil.example", "x+a@evil.example", false),
        (K::Md5, "d41d8cd98f00b204e9800998ecf8427e", "MD5=D41D8CD98F00B204E9800998ECF8427E,SHA1=", true),
        (K::Md5, "d41d8cd98f00b204e9800998ecf8427e", "(d41d8cd98f00b204e9800998ecf8427e:68)", true),
        (K::Md5, "d41d8cd98f00b204e9800998ecf8427e", "0d41d8cd98f00b204e9800998ecf8427e", false),
        (K::User, "ada", "Ada", true),
        (K::User, "ada", "adam", false),
        (K::User, "ada", "ada-admin", false),
        (K::User, "ada", "ADA$", false),
        (K::FileName, "x.exe", r"C:\tmp\x.exe", true),
        (K::FileName, "x.exe", "x.exe.bak", false),
        (K::FileName, "x.exe", "max.exe", false),
        (K::FileName, "/tmp/x.exe", "/tmp/x.exe: FOUND", true),
        (K::FileName, "/tmp/x.exe", "/var/tmp/x.exe", false),
        (K::FileName, r"C:\tmp\x.exe", r#"{\"path\":\"C:\\tmp\\x.exe\"}"#, true),
        (K::Process, "nc", "/usr/bin/nc -l", true),
        // What an escape of JSON stands for may be a part of a path.
        (K::Process, "c.exe", r"C:\temp\nc.exe", false),
        (K::Host, "web-01", "web-01-old", false),
        (K::Host, "web", "www.web.example", false),
        (K::RegistryKey, r"HKLM\Software\Evil", r"HKLM\Software\Evil\Run\x", true),
        (K::RegistryKey, r"HKLM\Software\Evil", r"HKLM\Software\Evilness", false),
        (K::RegistryKey, r"HKLM\Software\Evil", r"HKCU\Software\Evil", false),
    ] {
        assert_eq!(is_in(kind, value, text), held, "{value} in {text}");
    }
}

#[test]
fn a_url_ends_where_it_ends() {
    let url = "http://evil.example/a";
    for (text, held) in [
        ("\"http://evil.example/a\"", true),
        ("GET http://evil.example/a HTTP/1.1", true),
        ("http://evil.example/a/", true),
        ("http://evil.example/a.", true),
        ("1,http://evil.example/a,203.0.113.9 x", true),
        ("http://evil.example/a/b", false),
        ("http://evil.example/ab", false),
        ("http://evil.example/a?b", false),
        ("http://evil.example/a-b", false),
        // A value that is one URL has its comma.
        ("http://evil.example/a,b", false),
        ("https://evil.example/a", false),
        ("http://www.evil.example/a", false),
        ("http://devil.example/a", false),
        ("http://good.example/evil.example/a", false),
        ("evil.example/a", true),
        ("evil.example", false),
    ] {
        assert_eq!(is_in(K::Url, url, text), held, "{text}");
    }
    for (url, text, held) in [
        ("http://evil.example/", "http://evil.example", true),
        ("http://evil.example", "http://evil.example/", true),
        ("http://evil.example", "http://evil.example/x", false),
        ("http://evil.example/", "evil.example", false),
        ("http://evil.example?x=1", "http://evil.example/?x=1", true),
        ("http://evil.example?x=1", "http://evil.example?x=1", true),
    ] {
        assert_eq!(is_in(K::Url, url, text), held, "{url} in {text}");
    }
}
