//! What is refused, with the reason: nothing is guessed in silence.

use super::{all_refused, read};
use crate::contract::IndicatorKind as K;
use crate::hunting::indicator::{Indicator, LONGEST};

#[test]
fn patterns_are_refused() {
    all_refused(
        "regular expression",
        &[
            r"^evil\.example$",
            r"evil\.example$",
            r"(www\.)?evil\.example",
            ".*evil.*",
            r"https?://evil\.example/.*",
            r"evil[0-9]+\.example",
            "(a|b).evil.example",
            r"[a-z]{8}\.evil\.example",
            r"/evil\.example/",
            r"\d+\.\d+\.\d+\.\d+",
        ],
    );
    all_refused(
        "wildcard",
        &["*.evil.example", r"%TEMP%\dsc*", "/tmp/*.sh", r"C:\Users\?\x.exe", "http://evil.example/*"],
    );
    all_refused(
        "write 203.0.113.0/24",
        &["203.0.113.*", "203.0.113.x", "203.0.113.0-203.0.113.255", "203.0.113.0-255"],
    );
    all_refused("192.0.2.0/24", &["203.0.113.9/33", "203.0.113.9 - 203.0.113.20"]);
    all_refused("subdomains", &[".evil.example"]);
}

#[test]
fn several_values_in_one_are_refused() {
    all_refused("by itself", &["evil.example|203.0.113.9", "evil.exe|d41d8cd98f00b204e9800998ecf8427e"]);
    all_refused(
        "space",
        &[
            "203.0.113.9 evil.example",
            "203.0.113.9, 203.0.113.10",
            "see evil.example for more",
            // Not `found@evil.example`.
            "found at evil.example",
            "evil. example",
            "http://evil.example/a malicious",
            "http://evil.example/a was seen",
            r"C:\x.exe -k foo",
            "cmd.exe /c whoami",
            "my evil.exe",
        ],
    );
    all_refused("control character", &["a\nb", "evil.example\u{0}x"]);
    all_refused("another place", &["[good.example](http://evil.example/)"]);
}

#[test]
fn numbers_that_may_be_addresses_are_refused() {
    all_refused(
        "203.0.113.9",
        &["0177.0.0.01", "203.0.113.009", "3405803785", "0xcb007109", "0xcb.0.0x71.9", "http://0xcb007109/"],
    );
}

#[test]
fn identifiers_of_no_kind_are_refused_by_their_name() {
    for (what, text) in [
        ("MITRE", "T1059.001"),
        ("MITRE", "TA0011"),
        ("vulnerability", "CVE-2021-44228"),
        ("autonomous system", "AS64500"),
        ("hardware address", "00-1A-2B-3C-4D-5E"),
        ("hardware address", "00:1a:2b:3c:4d:5e"),
        ("wallet", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
        ("fuzzy hash", "1536:yB+A8bMtMeRlbIzvDqZL4QzNxVDm:N4tMsbOGcyrV6BQvnoZ4U"),
        ("user agent", "Mozilla/5.0 (X11; Linux x86_64)"),
        ("GUID", "{21EC2020-3AEA-1069-A2DD-08002B30309D}"),
        ("script", "javascript:alert(1)"),
        ("SHA-224", &"a".repeat(56)),
        ("SHA-384", &"a".repeat(96)),
    ] {
        all_refused(what, &[text]);
    }
}

#[test]
fn what_can_be_two_things_is_refused() {
    all_refused("file or a domain", &["evil.zip", "archive.zip", "install.sh"]);
    all_refused(
        "kind",
        &["ada", "70000", "localhost", "1.2.3", "v1.2.3", "e.g.", "user@host", "ev[il].example", &"1".repeat(127)],
    );
}

#[test]
fn what_is_not_seen_is_named_where_it_cannot_be_left_out() {
    all_refused("U+202E", &["invoice\u{202e}fdp.exe"]);
    all_refused("U+0007", &["evil\u{7}.example"]);
    all_refused("not seen", &["\u{200b}", "\"\""]);
    assert!(read("").is_err() && read("  ").is_err());
    assert!(read(&"x".repeat(LONGEST + 1)).is_err());
}

#[test]
fn what_is_not_of_the_named_kind_is_refused_with_an_example() {
    for (value, kind, remedy) in [
        ("evil", K::Ip, "203.0.113.9"),
        ("203.0.113.*", K::Ip, "203.0.113.0/24"),
        ("0.0.0.0/0", K::Cidr, "/8"),
        ("10.0.0.0/7", K::Cidr, "/8"),
        ("::/0", K::Cidr, "/16"),
        ("::1/64", K::Cidr, "not zero"),
        ("300.0.0.0/8", K::Cidr, "192.0.2.0/24"),
        ("*.evil.example", K::Domain, "wildcard"),
        ("evil", K::Domain, "evil.example"),
        ("evil.example", K::Email, "name@"),
        ("abc", K::Md5, "32"),
        (&"g".repeat(64), K::Sha256, "64"),
        ("65536", K::Port, "65535"),
        ("http://evil[.example]x/", K::Url, "http://evil.example/path"),
        ("!ttp://evil.example/", K::Url, "http://evil.example/path"),
        (r"%TEMP%\dsc*", K::FileName, "wildcard"),
        ("HKLM", K::RegistryKey, r"HKLM\Software"),
        (r"Software\Evil", K::RegistryKey, "hive"),
    ] {
        let why = Indicator::read(value, Some(kind)).unwrap_err();
        assert!(why.contains(remedy), "{value}: {why}");
    }
}
