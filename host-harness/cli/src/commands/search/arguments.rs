//! The arguments of `search`.

use clap::{Args, ValueEnum};
use logzio_soar_host::contract::Order;

use crate::account::{CONNECTION_HELP, ConnectionArguments, SeveralAccountsArguments};
use crate::output::OutputArguments;

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct SearchArguments {
    /// A query in Lucene syntax, such as 'type:falco AND rule:/.*shell.*/'; '*' for every log
    pub(crate) query: String,
    /// Only logs at or after this time: "2 hours ago", 2026-11-20 [default: two days before the end]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// Only logs at or before this time [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    /// At most this many logs
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: u32,
    /// Every log that matches
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    /// Which logs come first
    #[arg(long, value_enum, default_value_t = OrderArgument::NewestFirst)]
    pub(crate) order: OrderArgument,
    /// Return only these fields of each log (may be repeated)
    #[arg(long = "field", value_name = "FIELD", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// Show the number of logs over time instead of the logs
    ///
    /// The range from the first to the last matching log, in UTC, is shown in at most 60 bars of 1, 5 or 15 minutes, 1, 3 or
    /// 6 hours, or 1, 7 or more days. It takes two requests for the ends of the range, and one for each bar, or for each day
    /// of a longer bar. If Logz.io does not count all logs of a bar, they are read.
    #[arg(long, conflicts_with_all = ["limit", "all", "order", "fields"])]
    pub(crate) histogram: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) account: SeveralAccountsArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum OrderArgument {
    NewestFirst,
    OldestFirst,
}

impl From<OrderArgument> for Order {
    fn from(argument: OrderArgument) -> Self {
        match argument {
            OrderArgument::NewestFirst => Self::NewestFirst,
            OrderArgument::OldestFirst => Self::OldestFirst,
        }
    }
}
