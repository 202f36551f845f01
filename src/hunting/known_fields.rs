//! The fields in which common shippers write what people hunt for: Elastic's
//! common schema (ECS), Winlogbeat, Falco, CloudTrail, Suricata, Zeek, McAfee
//! ePO, and what firewalls and web servers send as they are.

use crate::contract::IndicatorKind;

/// The one field that Logz.io analyses by word and that nearly every log has.
/// (Logz.io documentation, "Field mapping".)
pub const MESSAGE: &str = "message";

/// A whole sentence too, of Falco's.
pub const OUTPUT: &str = "output";

/// The fields that values of a kind are looked for in, unless a caller names
/// others.
#[must_use]
pub fn defaults(kind: IndicatorKind) -> &'static [&'static str] {
    match kind {
        IndicatorKind::Ip | IndicatorKind::Cidr => ADDRESSES,
        IndicatorKind::Domain => DOMAINS,
        IndicatorKind::Url => URLS,
        IndicatorKind::Email => EMAILS,
        IndicatorKind::Md5 => MD5,
        IndicatorKind::Sha1 => SHA1,
        IndicatorKind::Sha256 => SHA256,
        IndicatorKind::Sha512 => SHA512,
        IndicatorKind::Host => HOSTS,
        IndicatorKind::User => USERS,
        IndicatorKind::Process => PROCESSES,
        IndicatorKind::FileName => FILES,
        IndicatorKind::RegistryKey => REGISTRY_KEYS,
        IndicatorKind::Port => PORTS,
    }
}

const ADDRESSES: &[&str] = &[
    MESSAGE,
    "source.ip",
    "destination.ip",
    "client.ip",
    "server.ip",
    "host.ip",
    "related.ip",
    "source_ip",
    "destination_ip",
    "client_ip",
    "remote_ip",
    "clientip",
    "src_ip",
    "dest_ip",
    "src",
    "dst",
    "srcaddr",
    "dstaddr",
    "sourceIPAddress",
    "id.orig_h",
    "id.resp_h",
    "ClientIP",
    "client.ipAddress",
    "winlog.event_data.IpAddress",
    "winlog.event_data.SourceIp",
    "winlog.event_data.DestinationIp",
    "output_fields.fd.cip",
    "output_fields.fd.sip",
    "output_fields.fd.rip",
    "output_fields.fd.lip",
    "SourceIPV4",
    "TargetIPV4",
    "sourceIpAddresses",
    "source.nat.ip",
    "destination.nat.ip",
    "source.address",
    "destination.address",
    "flow.src_ip",
    "flow.dest_ip",
    "observer.ip",
    OUTPUT,
];

const DOMAINS: &[&str] = &[
    MESSAGE,
    "dns.question.name",
    "dns.question.registered_domain",
    "destination.domain",
    "source.domain",
    "url.domain",
    "server.domain",
    "client.domain",
    "related.hosts",
    "dns.rrname",
    "tls.sni",
    "http.hostname",
    "query",
    "host",
    "server_name",
    "winlog.event_data.QueryName",
    "winlog.event_data.DestinationHostname",
    "output_fields.fd.sip.name",
    "domain",
    "url.full",
    "url.original",
    "http.url",
    "host.name",
    "hostname",
    "destination.address",
    "source.address",
    "dns.answers.name",
    "dns.answers.data",
    "winlog.event_data.QueryResults",
    "TargetURL",
    OUTPUT,
];

const URLS: &[&str] = &[
    MESSAGE,
    "url.full",
    "url.original",
    "http.url",
    "http.request.referrer",
    "http.http_refer",
    "request.url",
    "request_uri",
    "uri",
    "url",
    "TargetURL",
    "url.path",
    "process.command_line",
    "process.args",
    "winlog.event_data.CommandLine",
    OUTPUT,
];

const EMAILS: &[&str] = &[
    MESSAGE,
    "email.from.address",
    "email.to.address",
    "email.sender.address",
    "email.cc.address",
    "user.email",
    "source.user.email",
    "destination.user.email",
    "smtp.mail_from",
    "smtp.rcpt_to",
    "mailfrom",
    "rcptto",
    "actor.alternateId",
    "UserId",
    "email",
];

const MD5: &[&str] = &[
    MESSAGE,
    "file.hash.md5",
    "process.hash.md5",
    "dll.hash.md5",
    "hash.md5",
    "related.hash",
    "fileinfo.md5",
    "winlog.event_data.MD5",
    "TargetHash",
    "ThreatHash",
    "md5",
    "winlog.event_data.Hashes",
    "Hashes",
];

const SHA1: &[&str] = &[
    MESSAGE,
    "file.hash.sha1",
    "process.hash.sha1",
    "dll.hash.sha1",
    "hash.sha1",
    "related.hash",
    "fileinfo.sha1",
    "winlog.event_data.SHA1",
    "TargetHash",
    "ThreatHash",
    "sha1",
    "winlog.event_data.Hashes",
    "Hashes",
];

const SHA256: &[&str] = &[
    MESSAGE,
    "file.hash.sha256",
    "process.hash.sha256",
    "dll.hash.sha256",
    "hash.sha256",
    "related.hash",
    "fileinfo.sha256",
    "winlog.event_data.SHA256",
    "output_fields.proc.hash.sha256",
    "TargetHash",
    "ThreatHash",
    "sha256",
    "winlog.event_data.Hashes",
    "Hashes",
];

const SHA512: &[&str] = &[
    MESSAGE,
    "file.hash.sha512",
    "process.hash.sha512",
    "dll.hash.sha512",
    "hash.sha512",
    "related.hash",
    "sha512",
    "winlog.event_data.Hashes",
    "Hashes",
];

const HOSTS: &[&str] = &[
    "host.name",
    "host.hostname",
    "hostname",
    "agent.hostname",
    "agent.name",
    "beat.hostname",
    "observer.hostname",
    "computer_name",
    "winlog.computer_name",
    "winlog.event_data.Computer",
    "source.host.name",
    "destination.host.name",
    "sourceHostName",
    "SourceHostName",
    "TargetHostName",
    "HostName",
    "host_name",
    "kubernetes.node.name",
    "host",
];

const USERS: &[&str] = &[
    "user.name",
    "source.user.name",
    "destination.user.name",
    "client.user.name",
    "user.effective.name",
    "user.target.name",
    "related.user",
    "winlog.user",
    "winlog.user.name",
    "winlog.event_data.User",
    "winlog.event_data.SubjectUserName",
    "winlog.event_data.TargetUserName",
    "output_fields.user.name",
    "userIdentity.userName",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "SourceUserName",
    "sourceUserName",
    "TargetUserName",
    "UserName",
    "actor.alternateId",
    "UserId",
    "username",
    "user",
    "winlog.event_data.AccountName",
];

const PROCESSES: &[&str] = &[
    MESSAGE,
    "process.name",
    "process.executable",
    "process.parent.name",
    "process.parent.executable",
    "winlog.event_data.Image",
    "winlog.event_data.ParentImage",
    "winlog.event_data.NewProcessName",
    "winlog.event_data.ProcessName",
    "winlog.event_data.OriginalFileName",
    "output_fields.proc.name",
    "output_fields.proc.pname",
    "output_fields.proc.exepath",
    "SourceProcessName",
    "TargetProcessName",
    "program",
    "process.command_line",
    "process.args",
    "process.parent.command_line",
    "winlog.event_data.CommandLine",
    "winlog.event_data.ParentCommandLine",
    "output_fields.proc.cmdline",
    OUTPUT,
];

const FILES: &[&str] = &[
    MESSAGE,
    "file.name",
    "file.path",
    "file.target_path",
    "process.name",
    "process.executable",
    "dll.name",
    "dll.path",
    "fileinfo.filename",
    "filename",
    "winlog.event_data.TargetFilename",
    "winlog.event_data.Image",
    "winlog.event_data.ImageLoaded",
    "winlog.event_data.OriginalFileName",
    "output_fields.fd.name",
    "TargetFileName",
    "SourceProcessName",
    "process.command_line",
    "process.args",
    "winlog.event_data.CommandLine",
    "winlog.event_data.NewProcessName",
    "output_fields.proc.cmdline",
    "output_fields.proc.exepath",
    OUTPUT,
];

const REGISTRY_KEYS: &[&str] = &[
    MESSAGE,
    "registry.path",
    "registry.key",
    "winlog.event_data.TargetObject",
    "winlog.event_data.ObjectName",
    "TargetObject",
    "process.command_line",
    "process.args",
    "winlog.event_data.CommandLine",
    OUTPUT,
];

const PORTS: &[&str] = &[
    "source.port",
    "destination.port",
    "client.port",
    "server.port",
    "source_port",
    "src_port",
    "dest_port",
    "srcport",
    "dstport",
    "sport",
    "dport",
    "id.orig_p",
    "id.resp_p",
    "winlog.event_data.SourcePort",
    "winlog.event_data.DestinationPort",
    "winlog.event_data.IpPort",
    "output_fields.fd.cport",
    "output_fields.fd.sport",
    "output_fields.fd.lport",
    "output_fields.fd.rport",
    "TargetPort",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_field_is_named_twice_for_a_kind() {
        for list in [
            ADDRESSES,
            DOMAINS,
            URLS,
            EMAILS,
            MD5,
            SHA1,
            SHA256,
            SHA512,
            HOSTS,
            USERS,
            PROCESSES,
            FILES,
            REGISTRY_KEYS,
            PORTS,
        ] {
            let names: HashSet<_> = list.iter().collect();
            assert_eq!(names.len(), list.len(), "{list:?}");
        }
    }
}
