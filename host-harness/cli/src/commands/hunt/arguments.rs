//! The arguments of `hunt`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use logzio_soar_host::contract::{Cases, IndicatorKind};

use crate::account::{CONNECTION_HELP, ConnectionArguments, SeveralAccountsArguments};

const HUNT_HELP: &str = "\
Values may be defanged: hxxp://evil[.]example. The kind is detected from the
value unless --kind names it; users, hosts and processes need --kind.

The exit code is 0 if all indicators were searched for, seen or not: a script
reads `hits`, which is 0 for an indicator that was not seen. Rejected indicators
are reported on standard error (for a table, below it), and the exit code is 1.
Sightings found before an interruption or a failure are written.
";

#[derive(Args)]
#[command(after_help = format!("{HUNT_HELP}\n{CONNECTION_HELP}"))]
pub(crate) struct HuntArguments {
    /// What to search for: addresses, networks, domains, URLs, e-mail addresses, hashes, files, ports, users, hosts, processes;
    /// - for standard input, which is read, too, if nothing is named and it is no terminal
    #[arg(value_name = "VALUE")]
    pub(crate) values: Vec<String>,
    /// Also search for the values in this file; - for standard input
    ///
    /// One value to a line, or as people have it: with bullets, numbers or labels (IP: 192.0.2.1), CSV with a header, prose, STIX
    /// 2.1 or MISP JSON. What was taken from which line is shown on standard error. Empty lines are skipped, and so is text
    /// after a # at the start of a line or after white space. There may be any number of values: each call searches for 500.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The kind of all values: ip, cidr, domain, url, email, md5, sha1, sha256, sha512, host, user, process, file-name, registry-key, port
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<IndicatorKind>,
    /// Search for values of a kind in these fields instead of the default ones; KIND= means any field (may be repeated)
    ///
    /// The fields of ip, user and host are also those that addresses, users and hosts are read from.
    #[arg(long = "field", value_name = "KIND=FIELD,FIELD", value_parser = fields)]
    pub(crate) fields: Vec<(IndicatorKind, Vec<String>)>,
    /// An internal network, in addition to the private ones, such as 198.51.100.0/24 (may be repeated)
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    pub(crate) internal: Vec<String>,
    /// Only logs at or after this time: "30 days ago", 2026-11-20 [default: seven days before the end]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// Only logs at or before this time [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    /// Show up to this many logs of each indicator, the newest ones, 0 to 1000 [default: 100 in json and ndjson, else 0]
    ///
    /// The limit does not change the hits, users, hosts or addresses. csv and stix contain no logs.
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<u32>,
    /// The output format
    ///
    /// json, ndjson and csv have an entry for each indicator that was searched for, seen or not. stix is a STIX 2.1 bundle: an
    /// indicator and a sighting for each, and the users, hosts and addresses that were seen. The same sighting has the same
    /// ids in each run. Warnings go to standard error.
    #[arg(long, short, value_enum, default_value_t = HuntFormat::Table)]
    pub(crate) output: HuntFormat,
    #[command(flatten)]
    pub(crate) account: SeveralAccountsArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HuntFormat {
    /// For people
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
    /// Comma-separated values, with a header line
    Csv,
    /// A bundle of STIX 2.1
    Stix,
}

fn kind(text: &str) -> Result<IndicatorKind, String> {
    let name = text.trim().to_ascii_lowercase();
    let found = IndicatorKind::CASES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    found.ok_or_else(|| {
        let known: Vec<&str> = IndicatorKind::CASES.iter().map(|(known, _)| *known).collect();
        format!("is one of {}", known.join(", "))
    })
}

fn fields(text: &str) -> Result<(IndicatorKind, Vec<String>), String> {
    let (name, fields) = text.split_once('=').ok_or("is written as ip=source.ip,destination.ip")?;
    let fields = fields.split(',').map(str::trim).filter(|field| !field.is_empty()).map(str::to_owned).collect();
    Ok((kind(name).map_err(|why| format!("the kind {why}"))?, fields))
}
