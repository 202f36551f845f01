//! The arguments that name a connection, and the help on where else its parts come from.

use std::path::PathBuf;

use clap::Args;

use crate::component::ComponentArguments;

pub(crate) const CONNECTION_HELP: &str = "\
Each part of the connection comes from the first of these that sets it:
  1. the options above
  2. the environment variables LOGZIO_REGION, LOGZIO_URL, LOGZIO_SECURITY_TOKEN,
     LOGZIO_OPERATIONS_TOKEN and LOGZIO_CA_FILE
  3. the configuration file (TOML): region, url, security-token,
     security-token-file, operations-token, operations-token-file,
     time-budget-ms, ca-file
  4. for a token that the command needs: a prompt, if there is a terminal
There is no option for a token itself, since other users can read the command
line.

--account takes the region or URL, the tokens and the time budget from
accounts.toml, and none of the above but --time-budget and the CA file:
logzio-soar accounts --help.

The proxy comes from HTTPS_PROXY, or else ALL_PROXY, in upper or lower case:
http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, https:// if the proxy
itself uses TLS. NO_PROXY lists the names and networks to reach directly;
loopback addresses always are. The connection to Logz.io is encrypted through
the proxy, which cannot read the tokens.";

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
    /// The most time for one call, including retries, in seconds, 1 to 600 [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) time_budget: Option<u32>,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// How Logz.io is reached, whatever the account.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct NetworkArguments {
    /// Also trust the CA certificates in this file (PEM), such as those of your company
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Accept any certificate: an attacker on the network can read the tokens. For tests only
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Show each request on standard error when its call ends: path, status, time and bytes, never a token
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
}

/// The options of a connection that an account of `accounts.toml` sets.
const OF_AN_ACCOUNT: [&str; 5] = ["region", "url", "security_token_file", "operations_token_file", "config"];

/// An account by its name, for commands that have one connection.
#[derive(Args, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct OneAccountArguments {
    /// Use this account of accounts.toml, in place of the options, variables and files that follow
    #[arg(long, value_name = "NAME", conflicts_with_all = OF_AN_ACCOUNT)]
    pub(crate) account: Option<String>,
    /// The file of accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE", requires = "account")]
    pub(crate) accounts: Option<PathBuf>,
}

/// Accounts by their names, for commands that can ask several at a time.
#[derive(Args, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct SeveralAccountsArguments {
    /// Use these accounts of accounts.toml, or all of them with "all", in place of the options, variables and files that follow
    /// (may be repeated)
    ///
    /// Of several accounts, up to eight are asked at a time. Each row says its account, rows of different accounts are mixed,
    /// and limits apply to each account. What fails for one account is reported, and leaves the rows of the others as they
    /// are; the exit code is then that of the first account that failed, by name. With "all", accounts without the token that
    /// the command needs are left out with a warning.
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = OF_AN_ACCOUNT)]
    pub(crate) account: Vec<String>,
    /// The file of accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE", requires = "account")]
    pub(crate) accounts: Option<PathBuf>,
}
