//! What the name of a field says about its values, by the words in it: `srcUserName` names users. Must not know a whole name.

use crate::contract::IndicatorKind;
use crate::hunting::kinds::Kinds;

/// The shortest part of a word that says what it is, in letters.
const SHORTEST_STEM: usize = 3;
/// Words that name an account, and parts of such words.
const ACCOUNTS: &[&str] = &[
    "user",
    "usr",
    "account",
    "acct",
    "login",
    "logon",
    "principal",
    "actor",
    "owner",
    "operator",
    "upn",
    "initiat",
    "caller",
    "identity",
    "member",
    "subject",
    "admin",
    "requester",
    "requestor",
    "employee",
    "person",
    "author",
];
/// Words that name a computer, and parts of such words.
const COMPUTERS: &[&str] = &[
    "host",
    "computer",
    "machine",
    "device",
    "workstation",
    "node",
    "server",
    "agent",
    "endpoint",
    "dvc",
    "asset",
    "netbios",
    "fqdn",
    "dc",
];
/// Those of them that write logs.
const LOGGING: &[&str] = &[
    "computer",
    "agent",
    "beat",
    "machine",
    "workstation",
    "device",
    "observer",
    "dvc",
    "endpoint",
    "node",
    "netbios",
];
/// Words that name a program, and parts of such words.
const PROGRAMS: &[&str] =
    &["process", "proc", "image", "exe", "program", "command", "cmd", "application", "binary", "module", "service"];
/// Words that name a file, and parts of such words.
const FILES: &[&str] = &["file", "path", "attachment", "image", "exe", "dll", "module"];
/// Words that name a port.
const PORTS: &[&str] = &["port", "ports", "spt", "dpt"];
/// Words that say that a value is about an account or a computer, and not its name.
const OTHERS: &[&str] = &[
    "type",
    "kind",
    "class",
    "category",
    "role",
    "roles",
    "group",
    "groups",
    "domain",
    "count",
    "number",
    "time",
    "date",
    "timestamp",
    "status",
    "state",
    "url",
    "uri",
    "ip",
    "ipv4",
    "ipv6",
    "ips",
    "mac",
    "port",
    "version",
    "os",
    "country",
    "city",
    "region",
    "zone",
    "geo",
    "sid",
    "guid",
    "uuid",
    "hash",
    "md5",
    "sha1",
    "sha256",
    "token",
    "key",
    "language",
    "locale",
    "flags",
    "flag",
    "privileges",
    "risk",
    "score",
    "level",
    "severity",
    "action",
    "result",
    "reason",
    "error",
    "message",
    "description",
    "title",
    "label",
    "tags",
    "arch",
    "architecture",
    "platform",
    "model",
    "vendor",
    "manufacturer",
    "serial",
    "build",
    "size",
    "bytes",
    "duration",
    "age",
    "enabled",
    "mfa",
    "policy",
    "permission",
    "scope",
    "method",
    "code",
    "attributes",
    "metadata",
    "fingerprint",
    "organization",
    "company",
    "department",
];
/// What a name ends with that says which value of an object it is: `user.name`, `actor.alternateId`.
const PARTS: &[&str] = &[
    "name",
    "names",
    "id",
    "login",
    "alternate",
    "display",
    "email",
    "mail",
    "full",
    "short",
    "principal",
    "value",
    "user",
    "account",
    "host",
    "hostname",
    "upn",
    "external",
    "native",
    "common",
    "dns",
    "fqdn",
    "sam",
    "text",
];
/// What an object of an account or a computer may lie in or have between it and its name: `user.target.name`.
const QUALIFIERS: &[&str] = &["target", "effective", "changes", "source", "destination", "origin", "initiated", "by"];
/// What makes another word of `port`.
const NOT_OF_PORTS: &[&str] = &["trans", "re", "sup", "im", "ex", "pass", "air", "view", "rap", "pur"];
/// Words for the other side of a connection.
const FAR_ENDS: &[&str] = &[
    "dst",
    "dest",
    "destination",
    "dhost",
    "remote",
    "peer",
    "resp",
    "responder",
    "request",
    "http",
    "url",
    "uri",
    "dns",
    "query",
    "sni",
    "tls",
    "ssl",
    "referer",
    "referrer",
    "question",
    "answer",
    "answers",
    "domain",
    "upstream",
    "rdata",
];

/// The kinds whose values a field may hold by its name, though they cannot be recognised: accounts, computers, programs,
/// files and ports.
#[must_use]
pub fn kinds(name: &str) -> Kinds {
    let segments: Vec<Vec<String>> = name.split('.').map(words).filter(|words| !words.is_empty()).collect();
    let Some((last, parents)) = segments.split_last() else { return Kinds::default() };
    let mut kinds = Kinds::default();
    // A browser, not an account and no computer.
    let is_user_agent = last.concat().contains("useragent");
    let is_account = names_one(last, parents, ACCOUNTS) && !is_user_agent;
    if is_account {
        kinds = kinds.with(IndicatorKind::User);
    }
    if names_one(last, parents, COMPUTERS) && !is_user_agent && !has_stem(last, ACCOUNTS) && !ends_with(last, &["id"]) {
        kinds = kinds.with(IndicatorKind::Host);
    }
    if names_one(last, parents, PROGRAMS) && !is_account && !ends_with(last, &["id"]) {
        kinds = kinds.with(IndicatorKind::Process);
    }
    if names_one(last, parents, FILES) && !is_account && !ends_with(last, &["id"]) {
        kinds = kinds.with(IndicatorKind::FileName);
    }
    if last.iter().any(|word| names_a_port(word)) {
        kinds = kinds.with(IndicatorKind::Port);
    }
    kinds
}

/// Patterns of names of fields that may hold values of a kind that cannot be recognised: a star for anything. [`kinds`] says
/// of each name that has one whether it does. None for a kind that is recognised.
#[must_use]
pub fn patterns(kind: IndicatorKind) -> Vec<String> {
    let stems = match kind {
        IndicatorKind::User => ACCOUNTS,
        IndicatorKind::Host => COMPUTERS,
        IndicatorKind::Process => PROGRAMS,
        IndicatorKind::FileName => FILES,
        IndicatorKind::Port => PORTS,
        _ => return Vec::new(),
    };
    let each_case = |stem: &&str| {
        let (first, rest) = stem.split_at(1);
        [format!("*{stem}*"), format!("*{}{rest}*", first.to_uppercase()), format!("*{}*", stem.to_uppercase())]
    };
    // A short stem is a word by itself: as a pattern it is in too many names.
    stems.iter().filter(|stem| stem.len() >= SHORTEST_STEM && !stem.ends_with("ports")).flat_map(each_case).collect()
}

/// Whether a name is that of the other side of a connection, as far as it says so.
#[must_use]
pub fn is_of_the_far_end(name: &str) -> bool {
    name.split('.').flat_map(words).any(|word| FAR_ENDS.contains(&word.as_str()) || word.starts_with("dest"))
}

/// Whether a name is that of the computer that wrote a log, as far as it says so. Others may hold any host, such as that of a
/// request.
#[must_use]
pub fn is_of_a_logging_computer(name: &str) -> bool {
    let segments: Vec<Vec<String>> = name.split('.').map(words).filter(|words| !words.is_empty()).collect();
    let Some((last, parents)) = segments.split_last() else { return false };
    if is_of_the_far_end(name) || !kinds(name).has(IndicatorKind::Host) {
        return false;
    }
    let is_host = |words: &Vec<String>| matches!(words.as_slice(), [host] if host == "host");
    has_stem(last, LOGGING) || parents.last().is_some_and(|parent| has_stem(parent, LOGGING) || is_host(parent))
}

/// The words of a name besides those that say that it is one of an account or its domain: the same for `TargetUserName`
/// and `TargetDomainName`.
#[must_use]
pub fn role(name: &str) -> (String, Vec<String>) {
    let (parent, last) = name.rsplit_once('.').unwrap_or(("", name));
    let common = ["user", "username", "name", "domain", "domainname", "account", "id", "nt", "nt4", "logon", "login"];
    let words = words(last).into_iter().filter(|word| !common.contains(&word.as_str())).collect();
    (parent.to_lowercase(), words)
}

/// Whether the last part of a name, perhaps with the object that it belongs to, names one of these.
fn names_one(last: &[String], parents: &[Vec<String>], stems: &[&str]) -> bool {
    if ends_with(last, OTHERS) {
        return false;
    }
    if has_stem(last, stems) {
        return true;
    }
    let is_part = last.iter().all(|word| PARTS.contains(&word.as_str()));
    let owner = parents.iter().rev().find(|words| !words.iter().all(|word| QUALIFIERS.contains(&word.as_str())));
    is_part && owner.is_some_and(|owner| has_stem(owner, stems) && !ends_with(owner, OTHERS))
}

fn names_a_port(word: &str) -> bool {
    PORTS.contains(&word) || word.strip_suffix("port").is_some_and(|before| !NOT_OF_PORTS.contains(&before))
}

fn has_stem(words: &[String], stems: &[&str]) -> bool {
    words.iter().any(|word| {
        // A short stem must be a word by itself.
        stems.iter().any(|stem| if stem.len() < SHORTEST_STEM { word == stem } else { word.contains(stem) })
    })
}

fn ends_with(words: &[String], endings: &[&str]) -> bool {
    words.last().is_some_and(|word| endings.contains(&word.as_str()))
}

/// The words of a part of a name, in lower case: `srcUserName`, `src_user_name` and `SRC-USER-NAME` have the same.
fn words(part: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    let mut characters = part.chars().peekable();
    while let Some(c) = characters.next() {
        if !c.is_alphanumeric() {
            before = None;
            continue;
        }
        let after_lower = before.is_some_and(|before| before.is_lowercase() || before.is_numeric()) && c.is_uppercase();
        // `IPAddress` is two words.
        let ends_capitals = before.is_some_and(char::is_uppercase)
            && c.is_uppercase()
            && characters.peek().is_some_and(|next| next.is_lowercase());
        match words.last_mut() {
            Some(word) if before.is_some() && !after_lower && !ends_capitals => word.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
        before = Some(c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use IndicatorKind as K;

    #[test]
    fn a_name_is_split_into_its_words() {
        for name in ["srcUserName", "src_user_name", "SRC-USER-NAME", "SrcUser Name"] {
            assert_eq!(words(name), ["src", "user", "name"], "{name}");
        }
        assert_eq!(words("sourceIPAddress"), ["source", "ip", "address"]);
        assert_eq!(words("MD5String"), ["md5", "string"]);
        assert_eq!(words("@"), [""; 0]);
    }

    #[test]
    fn the_words_of_a_name_say_what_its_values_may_be() {
        for (name, kind) in [
            ("user.name", K::User),
            ("srcuser", K::User),
            ("suser", K::User),
            ("usrName", K::User),
            ("winlog.event_data.TargetUserName", K::User),
            ("user.target.name", K::User),
            ("userIdentity.sessionContext.sessionIssuer.userName", K::User),
            ("actor.alternateId", K::User),
            ("protoPayload.authenticationInfo.principalEmail", K::User),
            ("UserId", K::User),
            ("host.name", K::Host),
            ("hostname", K::Host),
            ("agentRealtimeInfo.agentComputerName", K::Host),
            ("device_name", K::Host),
            ("winlog.event_data.WorkstationName", K::Host),
            ("dvchost", K::Host),
            ("process.name", K::Process),
            ("event.CommandLine", K::Process),
            ("ImageFileName", K::Process),
            ("ImageFileName", K::FileName),
            ("threatInfo.filePath", K::FileName),
            ("source.port", K::Port),
            ("dstport", K::Port),
            ("id.orig_port", K::Port),
        ] {
            assert!(kinds(name).has(kind), "{name}: {:?}", kinds(name).iter().collect::<Vec<_>>());
        }
        for (name, kind) in [
            ("user_agent", K::User),
            ("user_agent", K::Host),
            ("userAgent", K::Host),
            ("http.useragent", K::User),
            ("user.type", K::User),
            ("userIdentity.type", K::User),
            ("user.domain", K::User),
            ("host.os.name", K::Host),
            ("host.ip", K::Host),
            ("host.id", K::Host),
            ("agent.version", K::Host),
            ("geo.city.name", K::Host),
            ("rule.name", K::User),
            ("message", K::User),
            ("process.pid", K::FileName),
            ("transport", K::Port),
            ("network.transport", K::Port),
        ] {
            assert!(!kinds(name).has(kind), "{name}");
        }
    }

    #[test]
    fn names_of_the_far_end_are_recognised() {
        for name in ["destination.host.name", "dhost", "http.hostname", "ClientRequestHost", "tls.sni", "destHostName"]
        {
            assert!(is_of_the_far_end(name), "{name}");
        }
        for name in ["host.name", "hostname", "ComputerName", "agent.hostname", "src_host"] {
            assert!(!is_of_the_far_end(name), "{name}");
        }
    }

    #[test]
    fn names_of_computers_that_log_are_recognised() {
        for name in ["host.name", "computer_name", "beat.hostname", "winlog.computer_name", "event.ComputerName"] {
            assert!(is_of_a_logging_computer(name), "{name}");
        }
        for name in ["host", "hostname", "server_name", "http.hostname", "related.hosts", "destination.device.name"] {
            assert!(!is_of_a_logging_computer(name), "{name}");
        }
    }

    #[test]
    fn an_account_and_its_domain_have_the_same_role() {
        for (user, domain) in [
            ("winlog.event_data.TargetUserName", "winlog.event_data.TargetDomainName"),
            ("user.name", "user.domain"),
            ("SubjectUserName", "SubjectDomainName"),
            ("user", "domain"),
        ] {
            assert_eq!(role(user), role(domain), "{user}");
        }
        assert_ne!(role("TargetUserName"), role("SubjectDomainName"));
    }
}
