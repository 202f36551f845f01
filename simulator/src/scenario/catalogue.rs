//! The rules of a believable Cloud SIEM account, and the shapes of the logs
//! that trigger them.
//!
//! Must not know when anything happens.

use fastrand::Rng;
use serde_json::{Value, json};

use super::random::{address, hex, host, mail, pick, pod, user, workstation};
use crate::events::Severity;

/// The fields of a log, by dotted name.
pub(crate) type LogFields = Vec<(&'static str, Value)>;

/// A security rule.
pub(crate) struct Rule {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) description: Option<&'static str>,
    /// The query and threshold, as the summary of its events has them.
    pub(crate) query: &'static str,
    pub(crate) threshold: u32,
    pub(crate) minutes: i64,
    pub(crate) severity: Severity,
    pub(crate) tags: &'static [&'static str],
    pub(crate) mitre_tags: &'static [&'static str],
    pub(crate) group_by: &'static [&'static str],
    /// How many events in a thousand are this rule's.
    pub(crate) share: u32,
    /// Correlated rules write two event logs, one per query.
    pub(crate) correlated: bool,
    /// A log that triggers the rule, but for its time. The values it groups by
    /// are replaced afterwards.
    pub(crate) log: fn(&mut Rng) -> LogFields,
}

pub(crate) static RULES: [Rule; 11] = [
    Rule {
        id: 61_204,
        name: "Falco: Terminal shell in container",
        description: Some(
            "A shell with an attached terminal was started in a container. Check who started it \
             and whether the pod was under maintenance.",
        ),
        query: "type:falco AND rule:\"Terminal shell in container\"",
        threshold: 1,
        minutes: 10,
        severity: Severity::Medium,
        tags: &["falco", "kubernetes", "runtime"],
        mitre_tags: &["T1059.004", "TA0002"],
        group_by: &["kubernetes.pod_name", "hostname"],
        share: 160,
        correlated: false,
        log: |rng| {
            let container = hex(rng, 12);
            let shell = pick(rng, &["bash", "sh", "zsh"]);
            vec![
                ("type", json!("falco")),
                ("rule", json!("Terminal shell in container")),
                ("priority", json!("Notice")),
                ("source", json!("syscall")),
                ("hostname", json!(host(rng))),
                ("kubernetes.namespace_name", json!(pick(rng, &["shop", "payments", "batch"]))),
                ("kubernetes.pod_name", json!(pod(rng))),
                ("output_fields.proc.name", json!(shell)),
                ("output_fields.proc.tty", json!(34_816 + rng.u32(0..8))),
                ("output_fields.user.name", json!("root")),
                ("output_fields.container.id", json!(container)),
                (
                    "message",
                    json!(format!(
                        "Notice A shell was spawned in a container with an attached terminal \
                         (user=root shell={shell} parent=runc cmdline={shell} container_id={container})"
                    )),
                ),
            ]
        },
    },
    Rule {
        id: 61_318,
        name: "Brute force: many failed SSH logins",
        description: Some(
            "One address failed to log in to one host many times. Block the address at the edge \
             if it is not one of ours.",
        ),
        query: "type:auth AND program:sshd AND event.outcome:failure",
        threshold: 5,
        minutes: 5,
        severity: Severity::High,
        tags: &["authentication", "linux", "brute-force"],
        mitre_tags: &["T1110.001", "TA0006"],
        group_by: &["source_ip", "hostname"],
        share: 180,
        correlated: false,
        log: |rng| {
            let (user, address) = (user(rng), address(rng));
            let port = rng.u16(1024..);
            vec![
                ("type", json!("auth")),
                ("program", json!("sshd")),
                ("pid", json!(rng.u32(300..32_000))),
                ("event.outcome", json!("failure")),
                ("event.category", json!(["authentication", "authentication"])),
                ("hostname", json!(host(rng))),
                ("source_ip", json!(address)),
                ("source_port", json!(port)),
                ("user", json!(user)),
                ("message", json!(format!("Failed password for {user} from {address} port {port} ssh2"))),
            ]
        },
    },
    Rule {
        id: 61_333,
        name: "Okta: impossible travel",
        description: Some(
            "One user signed in from two places too far apart for the time between. Ask the user, \
             and end the sessions if in doubt.",
        ),
        query: "type:okta AND eventType:user.session.start",
        threshold: 2,
        minutes: 60,
        severity: Severity::High,
        tags: &["okta", "identity"],
        mitre_tags: &["T1078"],
        group_by: &["actor.alternateId"],
        share: 70,
        correlated: false,
        log: |rng| {
            let (city, country) =
                pick(rng, &[("Lisbon", "Portugal"), ("Osaka", "Japan"), ("Recife", "Brazil"), ("Turku", "Finland")]);
            vec![
                ("type", json!("okta")),
                ("eventType", json!("user.session.start")),
                ("displayMessage", json!("User login to Okta")),
                ("outcome.result", json!("SUCCESS")),
                ("severity", json!("INFO")),
                ("actor.type", json!("User")),
                ("actor.alternateId", json!(mail(rng))),
                ("client.ipAddress", json!(address(rng))),
                ("client.geographicalContext.city", json!(city)),
                ("client.geographicalContext.country", json!(country)),
                ("debugContext.debugData.requestUri", json!("/api/v1/authn")),
                ("message", json!(format!("User login to Okta from {city}, {country}"))),
            ]
        },
    },
    Rule {
        id: 61_407,
        name: "Malware found by endpoint protection",
        description: Some("Endpoint protection found malware. Isolate the host if it was not removed."),
        query: "type:mcafee_epo AND ThreatCategory:av.detect",
        threshold: 1,
        minutes: 15,
        severity: Severity::Severe,
        tags: &["endpoint", "malware"],
        mitre_tags: &["T1204.002", "TA0002"],
        group_by: &["HostName"],
        share: 60,
        correlated: false,
        log: |rng| {
            let threat = pick(rng, &["Generic.Dropper.ai", "Trojan-FRTB", "EICAR test file", "Ransom-Lkr!enc"]);
            let path = format!("C:\\Users\\{}\\Downloads\\invoice-{}.exe", user(rng), rng.u32(1000..9999));
            vec![
                ("type", json!("mcafee_epo")),
                ("EventID", json!(1027)),
                ("ThreatCategory", json!("av.detect")),
                ("ThreatName", json!(threat)),
                ("ThreatType", json!(["trojan", "trojan"])),
                ("ThreatSeverity", json!(rng.u32(1..4))),
                ("ThreatActionTaken", json!(pick(rng, &["deleted", "denied", "none"]))),
                ("HostName", json!(workstation(rng))),
                ("TargetFileName", json!(path)),
                ("EPOEvent.MachineInfo.OSName", json!("Windows 11 Workstation")),
                ("message", json!(format!("Infected file detected: {threat} in {path}"))),
            ]
        },
    },
    Rule {
        id: 61_455,
        name: "AWS CloudTrail: root account console login",
        description: Some("The root user of an AWS account signed in. Nobody should."),
        query: "type:cloudtrail AND eventName:ConsoleLogin AND userIdentity.type:Root",
        threshold: 1,
        minutes: 20,
        severity: Severity::Severe,
        tags: &["aws", "cloudtrail", "identity"],
        mitre_tags: &["T1078.004"],
        group_by: &["userIdentity.userName", "sourceIPAddress"],
        share: 40,
        correlated: false,
        log: |rng| {
            let account = format!("{:012}", rng.u64(100_000_000_000..999_999_999_999));
            vec![
                ("type", json!("cloudtrail")),
                ("eventVersion", json!("1.09")),
                ("eventSource", json!("signin.amazonaws.com")),
                ("eventName", json!("ConsoleLogin")),
                ("awsRegion", json!("us-east-1")),
                ("recipientAccountId", json!(account)),
                ("sourceIPAddress", json!(address(rng))),
                ("userIdentity.type", json!("Root")),
                ("userIdentity.userName", json!(format!("root-{}", rng.u32(1..40)))),
                ("userIdentity.arn", json!(format!("arn:aws:iam::{account}:root"))),
                ("additionalEventData.MFAUsed", json!(pick(rng, &["Yes", "No"]))),
                ("responseElements.ConsoleLogin", json!("Success")),
                ("message", json!("AWS console login by root")),
            ]
        },
    },
    Rule {
        id: 61_512,
        name: "Suricata: exploit attempt against a web server",
        description: Some("An intrusion signature of priority 1 matched traffic to a web server."),
        query: "type:suricata AND event_type:alert AND alert.severity:1",
        threshold: 3,
        minutes: 15,
        severity: Severity::Low,
        tags: &["network", "ids"],
        mitre_tags: &["T1190"],
        group_by: &["src_ip", "dest_ip"],
        share: 150,
        correlated: false,
        log: |rng| {
            let signature = pick(
                rng,
                &[
                    "ET EXPLOIT Apache log4j RCE Attempt (http ldap)",
                    "ET WEB_SERVER Possible SQL Injection Attempt UNION SELECT",
                    "ET WEB_SERVER /etc/passwd Detected in URI",
                ],
            );
            vec![
                ("type", json!("suricata")),
                ("event_type", json!("alert")),
                ("in_iface", json!("eth1")),
                ("proto", json!("TCP")),
                ("src_ip", json!(address(rng))),
                ("src_port", json!(rng.u16(1024..))),
                ("dest_ip", json!(format!("10.20.0.{}", rng.u8(2..250)))),
                ("dest_port", json!(443)),
                ("alert.signature", json!(signature)),
                ("alert.signature_id", json!(2_034_600 + rng.u32(0..900))),
                ("alert.severity", json!(1)),
                ("alert.action", json!("allowed")),
                ("flow.bytes_toserver", json!(rng.u32(400..90_000))),
                ("message", json!(signature)),
            ]
        },
    },
    Rule {
        id: 61_560,
        name: "Windows: encoded PowerShell command",
        description: Some("PowerShell ran a Base64 command. Decode it before anything else."),
        query: "type:wineventlog AND winlog.event_id:4688 AND process.args:EncodedCommand",
        threshold: 1,
        minutes: 10,
        severity: Severity::High,
        tags: &["windows", "endpoint"],
        mitre_tags: &["T1059.001", "T1027"],
        group_by: &["winlog.computer_name", "winlog.user"],
        share: 110,
        correlated: false,
        log: |rng| {
            let encoded: String = (0..24).map(|_| rng.alphanumeric()).collect();
            vec![
                ("type", json!("wineventlog")),
                ("winlog.channel", json!("Security")),
                ("winlog.event_id", json!(4688)),
                ("winlog.computer_name", json!(workstation(rng))),
                ("winlog.user", json!(user(rng))),
                ("process.name", json!("powershell.exe")),
                ("process.args", json!(["-NoProfile", "EncodedCommand", format!("{encoded}=="), "EncodedCommand"])),
                ("process.pid", json!(rng.u32(400..20_000))),
                (
                    "message",
                    json!(format!(
                        "A new process has been created. powershell.exe -NoProfile -EncodedCommand {encoded}=="
                    )),
                ),
            ]
        },
    },
    Rule {
        id: 61_602,
        name: "Office 365: mailbox forwarded outside",
        // As older rules: no description and no MITRE ids.
        description: None,
        query: "type:office365 AND Operation:\"New-InboxRule\"",
        threshold: 1,
        minutes: 30,
        severity: Severity::Medium,
        tags: &["office365"],
        mitre_tags: &[],
        group_by: &["UserId"],
        share: 60,
        correlated: false,
        log: |rng| {
            vec![
                ("type", json!("office365")),
                ("Workload", json!("Exchange")),
                ("Operation", json!("New-InboxRule")),
                ("ResultStatus", json!("True")),
                ("UserId", json!(mail(rng))),
                ("ClientIP", json!(address(rng))),
                ("Parameters.Name", json!(".")),
                ("Parameters.ForwardTo", json!(format!("smtp:collect{}@example.net", rng.u32(1..99)))),
                ("message", json!("New-InboxRule ForwardTo outside of the organization")),
            ]
        },
    },
    Rule {
        id: 61_640,
        name: "Firewall: port scan",
        description: Some("One address tried many ports. Common on anything that faces the internet."),
        query: "type:paloalto AND action:deny",
        threshold: 50,
        minutes: 5,
        severity: Severity::Info,
        // Neither tags nor a group-by, as rules need not have any.
        tags: &[],
        mitre_tags: &["T1046"],
        group_by: &[],
        share: 90,
        correlated: false,
        log: |rng| {
            vec![
                ("type", json!("paloalto")),
                ("subtype", json!("drop")),
                ("action", json!("deny")),
                ("src", json!(address(rng))),
                ("dst", json!(format!("198.51.100.{}", rng.u8(1..250)))),
                ("dport", json!(rng.u16(1..10_000))),
                ("rule", json!("deny-all-inbound")),
                ("message", json!("TRAFFIC drop deny-all-inbound")),
            ]
        },
    },
    Rule {
        id: 61_688,
        name: "DNS: queries to a newly seen long domain",
        description: Some("Long names under one new domain are how data leaves through DNS."),
        query: "type:dns AND NOT _exists_:whitelisted",
        threshold: 20,
        minutes: 15,
        severity: Severity::Medium,
        tags: &["network", "dns", "exfiltration"],
        mitre_tags: &["T1071.004", "T1048"],
        group_by: &["client_ip"],
        share: 50,
        correlated: false,
        log: |rng| {
            let domain = format!("{}.cdn-{}.example.org", hex(rng, 40), hex(rng, 4));
            vec![
                ("type", json!("dns")),
                ("client_ip", json!(format!("10.20.4.{}", rng.u8(2..250)))),
                ("query", json!(domain)),
                ("query_type", json!("TXT")),
                ("response_code", json!("NOERROR")),
                ("message", json!(format!("query: {domain} IN TXT"))),
            ]
        },
    },
    Rule {
        id: 61_701,
        name: "Brute force, then a successful login",
        description: Some("An address that failed to log in many times got in. Treat the account as lost."),
        query: "type:auth AND program:sshd",
        threshold: 6,
        minutes: 30,
        severity: Severity::Severe,
        tags: &["authentication", "linux", "brute-force", "correlated"],
        mitre_tags: &["T1110", "T1021.004"],
        group_by: &["source_ip", "hostname", "user"],
        share: 30,
        correlated: true,
        log: |rng| {
            let (user, address) = (user(rng), address(rng));
            vec![
                ("type", json!("auth")),
                ("program", json!("sshd")),
                ("event.outcome", json!(pick(rng, &["failure", "failure", "failure", "success"]))),
                ("hostname", json!(host(rng))),
                ("source_ip", json!(address)),
                ("user", json!(user)),
                ("message", json!(format!("sshd: authentication of {user} from {address}"))),
            ]
        },
    },
];

/// A log of everyday business, which triggers nothing.
pub(crate) fn background_log(rng: &mut Rng) -> LogFields {
    match rng.u32(0..4) {
        0 => {
            let path = pick(rng, &["/", "/cart", "/api/v2/items/18", "/healthz", "/login"]);
            let status = pick(rng, &[200, 200, 200, 200, 304, 404, 500]);
            vec![
                ("type", json!("nginx")),
                ("hostname", json!(host(rng))),
                ("request.method", json!("GET")),
                ("request.path", json!(path)),
                ("response.status", json!(status)),
                ("response.bytes", json!(rng.u32(120..60_000))),
                ("client.ip", json!(address(rng))),
                ("message", json!(format!("GET {path} HTTP/1.1 {status}"))),
            ]
        }
        1 => vec![
            ("type", json!("vpcflow")),
            ("srcaddr", json!(address(rng))),
            ("dstaddr", json!(format!("10.20.0.{}", rng.u8(2..250)))),
            ("dstport", json!(pick(rng, &[22, 80, 443, 5432]))),
            ("bytes", json!(rng.u32(40..2_000_000))),
            ("action", json!("ACCEPT")),
            ("message", json!("ACCEPT OK")),
        ],
        2 => {
            let user = user(rng);
            vec![
                ("type", json!("auth")),
                ("program", json!("sudo")),
                ("event.outcome", json!("success")),
                ("hostname", json!(host(rng))),
                ("user", json!(user)),
                ("tags", json!(["linux", "linux", "audit"])),
                ("message", json!(format!("{user} : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/systemctl"))),
            ]
        }
        _ => vec![
            ("type", json!("kubernetes")),
            ("kubernetes.pod_name", json!(pod(rng))),
            ("kubernetes.namespace_name", json!(pick(rng, &["shop", "payments", "batch"]))),
            ("level", json!(pick(rng, &["info", "info", "info", "warn", "error"]))),
            ("duration_ms", json!(rng.f64() * 900.0)),
            ("message", json!("order processed and queued for shipping")),
        ],
    }
}
