//! What people write, as it is, defanged, or with what surrounds it where it
//! was copied from.

use super::{all_read_as, read};
use crate::contract::IndicatorKind as K;
use crate::hunting::indicator::Indicator;

#[test]
fn kinds_are_recognised_from_values() {
    for (written, kind, value) in [
        ("203.0.113.9", K::Ip, "203.0.113.9"),
        ("203.0.113.9:8443", K::Ip, "203.0.113.9"),
        ("192.0.2.77/24", K::Cidr, "192.0.2.0/24"),
        ("192.0.2.77/255.255.255.0", K::Cidr, "192.0.2.0/24"),
        ("2001:db8::/48", K::Cidr, "2001:db8::/48"),
        ("evil.example", K::Domain, "evil.example"),
        ("Evil[.]Example.", K::Domain, "Evil.Example"),
        ("a_b.c-d.xn--p1ai", K::Domain, "a_b.c-d.xn--p1ai"),
        ("evil.example:8080", K::Domain, "evil.example"),
        ("evil.example/", K::Domain, "evil.example"),
        ("evil.example/login", K::Url, "evil.example/login"),
        ("http://evil.example/a?b[c]=d", K::Url, "http://evil.example/a?b[c]=d"),
        ("ldap://evil.example:1389/a", K::Url, "ldap://evil.example:1389/a"),
        ("file:///etc/passwd", K::Url, "file:///etc/passwd"),
        ("who@evil.example", K::Email, "who@evil.example"),
        ("a@[203.0.113.9]", K::Email, "a@[203.0.113.9]"),
        ("d41d8cd98f00b204e9800998ecf8427e", K::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
        (&"A".repeat(40), K::Sha1, &"A".repeat(40)),
        (&"0".repeat(64), K::Sha256, &"0".repeat(64)),
        (&"0".repeat(128), K::Sha512, &"0".repeat(128)),
        ("4444", K::Port, "4444"),
        ("0443", K::Port, "443"),
        ("443/tcp", K::Port, "443"),
        ("dropper.exe", K::FileName, "dropper.exe"),
        ("invoice.pdf.zip", K::FileName, "invoice.pdf.zip"),
        ("script.py", K::FileName, "script.py"),
        ("www.evil.py", K::Domain, "www.evil.py"),
        (r"C:\Windows\x.dll", K::FileName, r"C:\Windows\x.dll"),
        (r"C:\Program Files\x.dll", K::FileName, r"C:\Program Files\x.dll"),
        (r"Windows\System32\evil.exe", K::FileName, r"Windows\System32\evil.exe"),
        (r"temp\evil.exe", K::FileName, r"temp\evil.exe"),
        (r"%APPDATA%\evil.exe", K::FileName, r"%APPDATA%\evil.exe"),
        ("~/bin/nc", K::FileName, "~/bin/nc"),
        ("/usr/bin/nc", K::FileName, "/usr/bin/nc"),
        (r"CORP\ada", K::User, r"CORP\ada"),
        (r"NT AUTHORITY\SYSTEM", K::User, r"NT AUTHORITY\SYSTEM"),
        (r"HKCU\Software", K::RegistryKey, r"HKCU\Software"),
        (r"HKLM\SOFTWARE\Microsoft\Windows NT\x", K::RegistryKey, r"HKLM\SOFTWARE\Microsoft\Windows NT\x"),
        (r"\REGISTRY\MACHINE\x", K::RegistryKey, r"\REGISTRY\MACHINE\x"),
    ] {
        assert_eq!(read(written), Ok((kind, value.to_owned())), "{written}");
    }
}

#[test]
fn an_address_is_read_in_every_spelling() {
    all_read_as(
        K::Ip,
        "203.0.113.9",
        &[
            "::ffff:203.0.113.9",
            "::FFFF:cb00:7109",
            "0:0:0:0:0:ffff:203.0.113.9",
            "203.0.113.9.4222",
            "203.0.113.9.https",
            "203.0.113.9|8443",
            "203.0.113.9/",
        ],
    );
    all_read_as(
        K::Ip,
        "2001:db8::9",
        &[
            "2001:DB8:0:0::9",
            "2001:0db8:0000:0000:0000:0000:0000:0009",
            "[2001:db8::9]",
            "[2001:db8::9]:443",
            "2001:db8::9.443",
            "2001:db8:0:0:0:0:0:9:443",
            "2001:db8::9%eth0",
        ],
    );
    all_read_as(K::Cidr, "203.0.113.0/24", &["::ffff:203.0.113.0/120", "203[.]0[.]113[.]7[/]24"]);
}

#[test]
fn a_defanged_dot_is_read_on_one_side_or_both() {
    all_read_as(
        K::Domain,
        "www.evil.example",
        &[
            "www[.]evil[.]example",
            "www(.)evil{.}example",
            "www<.>evil[[.]]example",
            "www[.evil].example",
            "www.]evil.[example",
            "www[.[evil].]example",
            "www[dot]evil(DOT)example",
            "www{dot}evil<dot>example",
            "www dot evil DOT example",
            "www-dot-evil-dot-example",
            "wwwDOTevilDOTexample",
            "www[punto]evil(punkt)example",
            r"www\.evil\.example",
            "www^.evil^.example",
            "www [.] evil ( . ) example",
            "www .evil . example",
            "www%2Eevil&#46;example",
            "[www].evil.example",
            "www.(evil).example",
        ],
    );
    all_read_as(
        K::Ip,
        "203.0.113.9",
        &[
            " 203[.]0(.)113[dot]9 ",
            "203[,]0[,]113(,)9",
            "203,0,113,9",
            "203. 0. 113. 9",
            "203.0.113.]]]9",
            "203[.]0[.]113[.]9[:]8443",
        ],
    );
    all_read_as(K::Ip, "2001:db8::9", &["2001[:]db8[:][:]9", "2001(:)0db8[::]9"]);
    all_read_as(K::FileName, r"C:\Temp\evil.exe", &[r"C:\Temp\evil[.]exe", r"C:\Temp\evil(dot)exe"]);
}

#[test]
fn a_defanged_at_sign_is_read() {
    all_read_as(
        K::Email,
        "who@evil.example",
        &[
            "who(at)evil[dot]example",
            "who[@]evil[.example",
            "who{@}evil.example",
            "who[at]evil.example",
            "who [ at ] evil.example",
            "who AT evil.example",
            "who at evil dot example",
            "who AT evil DOT example",
            "who -at- evil -dot- example",
            "who @ evil [.] example",
            "who@ evil.example",
            "who (arroba) evil (punto) example",
        ],
    );
}

#[test]
fn a_defanged_scheme_is_read() {
    all_read_as(
        K::Url,
        "http://evil.example/x",
        &[
            "hxxp://evil[.]example/x",
            "HXXP://evil.example/x",
            "h**p://evil.example/x",
            "h__p://evil.example/x",
            "hxtp://evil.example/x",
            "hhxp://evil.example/x",
            "h00p://evil.example/x",
            "ttp://evil.example/x",
            "meow://evil.example/x",
            "xxxx://evil.example/x",
            "hxxp[:]//evil.example/x",
            "hxxp[://]evil.example/x",
            "hxxp:[//]evil.example/x",
            "hxxp[:][/][/]evil.example/x",
            "[http]://evil.example/x",
            "h[tt]p://evil.example/x",
            "http ://evil.example/x",
            "http:// evil .example /x",
            r"http:\\evil.example/x",
            r"hxxp[:]\\evil[.]example\x",
            r"http:\/\/evil.example\/x",
            "http:/evil.example/x",
            "http:///evil.example/x",
            "http//evil.example/x",
            "http__evil.example/x",
            "http:__evil.example/x",
            "http:evil.example/x",
            "http%3A%2F%2Fevil.example%2Fx",
            "http&#58;//evil&#46;example/x",
            "http://evil(.)example(/)x",
            "hxxp://evil.example[/x",
        ],
    );
    all_read_as(
        K::Url,
        "https://evil.example/gate.php",
        &["hxxps://evil[.]example/gate[.]php", "http[s]://evil.example/gate.php", "httpx://evil.example/gate(dot)php"],
    );
    all_read_as(K::Url, "ftp://evil.example/x", &["ftx://evil.example/x", "fxp[:]//evil[.]example/x"]);
    all_read_as(K::Url, "http://[2001:db8::9]:80/x", &["hxxp[:]//[2001:db8::9]:80/x"]);
    all_read_as(K::Url, "tcp://203.0.113.9:80", &["tcp://203[.]0[.]113[.]9:80", "tcp[:]//203.0.113.9[:]80"]);
}

#[test]
fn what_surrounds_a_value_is_left_out() {
    all_read_as(
        K::Domain,
        "evil.example",
        &[
            "\"evil.example\"",
            "'evil.example',",
            "\u{201c}evil.example\u{201d}",
            "\u{ab}evil.example\u{bb};",
            "`evil.example`",
            "<evil.example>",
            "(evil.example)",
            "[evil[.]example]",
            "(evil.example",
            "evil.example>",
            "evil.example.",
            "evil.example,",
            "0.0.0.0 evil.example",
            "127.0.0.1\tevil.example # a list",
            "||evil.example^",
            "||evil.example^$third-party",
            "domain: evil[.]example",
            "[evil.example](http://evil.example/)",
        ],
    );
    all_read_as(
        K::Url,
        "https://evil.example/x",
        &[
            "https://evil.example/x]",
            "<https://evil.example/x>",
            "<https://evil.example/x|evil.example>",
            "URL: hxxps://evil[.]example/x",
            "[link](https://evil.example/x)",
        ],
    );
    all_read_as(K::Url, "http://evil.example/a_(b)", &["http://evil.example/a_(b)", "(http://evil.example/a_(b))"]);
    all_read_as(
        K::Email,
        "a@evil.example",
        &["mailto:a@evil[.]example?subject=x", "\"John Doe\" <a@evil.example>", "<mailto:a@evil.example|write>"],
    );
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    all_read_as(K::Md5, md5, &[&format!("MD5: {md5}"), &format!("md5={md5}"), &format!("{md5},")]);
    all_read_as(K::Sha256, &"0".repeat(64), &[&format!("SHA-256 = {}", "0".repeat(64))]);
    all_read_as(K::Host, "web-01", &["host: web-01"]);
    all_read_as(K::User, "jdoe@corp.example", &["user=jdoe@corp.example"]);
}

#[test]
fn characters_that_nobody_sees_are_left_out() {
    all_read_as(
        K::Domain,
        "evil.example",
        &[
            "evil\u{200b}.example",
            "\u{200b}evil.example\u{2060}",
            "\u{feff}evil.example",
            "evil.example\u{a0}",
            "evil.exam\u{ad}ple",
            "\u{202a}evil.example\u{202c}",
            "evil\u{3002}example",
            "evil\u{ff0e}example",
            "\u{ff45}vil.example",
        ],
    );
    // Some scripts need a joiner.
    all_read_as(
        K::Domain,
        "\u{646}\u{627}\u{645}\u{647}\u{200c}\u{627}\u{6cc}.example",
        &["\u{646}\u{627}\u{645}\u{647}\u{200c}\u{627}\u{6cc}.example"],
    );
    let name = Indicator::read("\u{feff}jd\u{200b}oe", Some(K::User)).unwrap();
    assert_eq!(name.value, "jdoe");
    // A name may be there to deceive.
    let name = Indicator::read("invoice\u{202e}fdp.exe", Some(K::FileName)).unwrap();
    assert_eq!(name.value, "invoice\u{202e}fdp.exe");
}

#[test]
fn a_named_kind_decides() {
    for (value, kind, read) in [
        // A name may be anything.
        ("a[.]b *", K::Process, "a[.]b *"),
        ("evil.example", K::Host, "evil.example"),
        ("jdoe@corp.example", K::User, "jdoe@corp.example"),
        ("archive.zip", K::FileName, "archive.zip"),
        ("archive.zip", K::Domain, "archive.zip"),
        ("my report.exe", K::FileName, "my report.exe"),
        ("http://evil.example/my long name", K::Url, "http://evil.example/my long name"),
        ("mailto:a@evil.example", K::Email, "a@evil.example"),
        ("MD5: d41d8cd98f00b204e9800998ecf8427e", K::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
    ] {
        let indicator = Indicator::read(value, Some(kind)).unwrap();
        assert_eq!((indicator.kind, indicator.value.as_str()), (kind, read));
    }
}

#[test]
fn forms_of_one_thing_are_one_indicator() {
    for (one, other) in [
        ("b\u{fc}cher.example", "XN--bcher-kva.example"),
        ("http://evil.example", "hxxp://EVIL.example:80/"),
        ("https://evil.example/a%20b", "https://evil.example:443/a%20b"),
        ("203.0.113.9", "::ffff:cb00:7109"),
    ] {
        let identity = |text: &str| Indicator::read(text, None).unwrap().identity();
        assert_eq!(identity(one), identity(other));
    }
}
