//! Reading back what was defanged: `hxxps[:]//evil[.]example`. Must not know
//! kinds of indicators.

/// Turns a defanged value back: `hxxps[:]//evil[.]example` and the like.
pub(super) fn refanged(text: &str) -> String {
    let mut result = text.to_owned();
    for (defanged, plain) in [
        (" [.] ", "."),
        (" (.) ", "."),
        (" [dot] ", "."),
        (" (dot) ", "."),
        (" [at] ", "@"),
        (" (at) ", "@"),
        ("[://]", "://"),
        ("[:]", ":"),
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("{dot}", "."),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
        ("{at}", "@"),
    ] {
        result = replaced(&result, defanged, plain);
    }
    let scheme = result.split_once(':').and_then(|(scheme, _)| Some((scheme.len(), plain_scheme(scheme)?)));
    if let Some((length, plain)) = scheme {
        result.replace_range(..length, plain);
    }
    result
}

/// What a defanged scheme stands for: `hxxp`, `hXXps`, `h**p`, `hxtp`.
fn plain_scheme(scheme: &str) -> Option<&'static str> {
    let lower = scheme.to_ascii_lowercase();
    let middle = lower.strip_prefix('h').and_then(|rest| rest.strip_suffix("ps").or_else(|| rest.strip_suffix('p')));
    let is_http = middle.is_some_and(|middle| middle.len() == 2 && middle.bytes().all(|b| b"tx*_".contains(&b)));
    match (is_http, lower.ends_with('s')) {
        (true, true) => Some("https"),
        (true, false) => Some("http"),
        _ => (lower == "fxp").then_some("ftp"),
    }
}

/// Replaces a text in any letter case.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, found) in lower.match_indices(from) {
        result.push_str(text.get(copied..at).unwrap_or_default());
        result.push_str(to);
        copied = at + found.len();
    }
    result.push_str(text.get(copied..).unwrap_or_default());
    result
}
