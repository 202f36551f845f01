//! The arguments that name a connection, and the help on where else its parts come from.

use std::path::PathBuf;

use clap::Args;

use crate::component::ComponentArguments;

pub(crate) const CONNECTION_HELP: &str = "\
The connection, each part from the first of these that has it:
  1. the flags above
  2. the variables LOGZIO_REGION, LOGZIO_URL, LOGZIO_SECURITY_TOKEN,
     LOGZIO_OPERATIONS_TOKEN and LOGZIO_CA_FILE
  3. the configuration file (TOML): region, url, security-token,
     security-token-file, operations-token, operations-token-file,
     time-budget-ms, ca-file
  4. for a token that the command needs: a question, if there is a terminal
Tokens are never taken from the command line, where other users could read
them.

A proxy is taken from HTTPS_PROXY, or else ALL_PROXY, in upper or lower case:
http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, https:// if it speaks TLS
itself. NO_PROXY lists names and networks that are reached without it; this
machine always is. TLS reaches through the proxy, which reads no tokens.";

#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The region of the account: us, eu, uk, ca, au, jp or another two-letter code [default: us]
    #[arg(long, value_name = "CODE", conflicts_with = "url")]
    pub(crate) region: Option<String>,
    /// The base URL of the API, instead of a region: https, or http on a loopback address
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// A file with the API token of the Security account
    #[arg(long, value_name = "FILE")]
    pub(crate) security_token_file: Option<PathBuf>,
    /// A file with the API token of the Operations account
    #[arg(long, value_name = "FILE")]
    pub(crate) operations_token_file: Option<PathBuf>,
    /// The configuration file [default: config.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How long one call may take, retries included, in seconds, 1 to 600 [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) time_budget: Option<u32>,
    /// Trust the certificates in this file (PEM) besides the web's: those of a company's own authority
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Trust any certificate: whoever is on the way can read the tokens. For tests only
    #[arg(long)]
    pub(crate) insecure: bool,
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
}
