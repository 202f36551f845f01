//! `accounts add`: from options, or from questions on a terminal.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args};
use logzio_soar_accounts::{
    AccountName, Accounts, AccountsError, NewAccount, NewToken, Token, TokenReference, private_file,
};
use logzio_soar_host::Connection;
use logzio_soar_host::contract::Endpoint;

use crate::account::{NetworkArguments, accounts_file, ask, runner};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Format, Output, note, say};
use crate::records::{CheckRecord, is_failed};

const ADD_HELP: &str = "\
On a terminal, what the options leave out is asked for. A token that is typed is
kept in a file of mode 600, in the folder tokens beside accounts.toml. One token
is enough: that of the Security account for incidents, that of the Operations
account for searches and hunts.

The connection is checked first, and nothing is added if a check fails. More
settings, such as filters and intervals, go into accounts.toml by hand.";

#[derive(Args)]
#[command(after_help = ADD_HELP)]
#[command(group = ArgGroup::new("security").args(["security_token_file", "security_token_command",
          "security_token_environment", "security_token_credential"]))]
#[command(group = ArgGroup::new("operations").args(["operations_token_file", "operations_token_command",
          "operations_token_environment", "operations_token_credential"]))]
pub(crate) struct AddArguments {
    /// The name: 1 to 64 letters, digits, ".", "_" and "-", a letter or a digit first
    name: AccountName,
    /// The region of the account: us, eu, uk, ca, au, jp or another two-letter code [default: that of the file, or us]
    #[arg(long, value_name = "CODE", conflicts_with = "url")]
    region: Option<String>,
    /// The base URL of the API, instead of a region
    #[arg(long)]
    url: Option<String>,
    /// The Security token is in this file, and stays there
    #[arg(long, value_name = "FILE")]
    security_token_file: Option<PathBuf>,
    /// The Security token is what this command prints: a program and its arguments, without a shell
    #[arg(long, value_name = "COMMAND")]
    security_token_command: Option<String>,
    /// The Security token is in this environment variable
    #[arg(long, value_name = "VARIABLE")]
    security_token_environment: Option<String>,
    /// The Security token is this credential of a systemd service
    #[arg(long, value_name = "CREDENTIAL")]
    security_token_credential: Option<String>,
    /// The Operations token is in this file, and stays there
    #[arg(long, value_name = "FILE")]
    operations_token_file: Option<PathBuf>,
    /// The Operations token is what this command prints
    #[arg(long, value_name = "COMMAND")]
    operations_token_command: Option<String>,
    /// The Operations token is in this environment variable
    #[arg(long, value_name = "VARIABLE")]
    operations_token_environment: Option<String>,
    /// The Operations token is this credential of a systemd service
    #[arg(long, value_name = "CREDENTIAL")]
    operations_token_credential: Option<String>,
    /// Add the account without a check of its connection
    #[arg(long)]
    no_check: bool,
    /// The file of accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Runs the command.
pub(super) async fn run(arguments: AddArguments) -> Result<(), Failure> {
    let path = accounts_file(arguments.accounts.as_deref())?;
    let default = default_endpoint(&path, &arguments.name)?;
    let account = described(&arguments, &path)?;
    if !arguments.no_check {
        check(&account, default, &arguments.network, &path).await?;
    }
    logzio_soar_accounts::add(&path, &account)?;
    say("note", &format!("{} was added to {}", account.name, path.display()));
    Ok(())
}

/// The endpoint of an account that names none. Refuses a name that is there already, before anything is asked for.
fn default_endpoint(path: &Path, name: &AccountName) -> Result<Endpoint, Failure> {
    match Accounts::read(path, Duration::ZERO) {
        Err(AccountsError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(Accounts::default().default_endpoint().clone())
        }
        Err(error) => Err(error.into()),
        Ok(accounts) if accounts.get(name.as_str()).is_some() => {
            Err(AccountsError::Exists { path: path.to_owned(), name: name.clone() }.into())
        }
        Ok(accounts) => Ok(accounts.default_endpoint().clone()),
    }
}

/// The account, from the options and from answers.
fn described(arguments: &AddArguments, path: &Path) -> Result<NewAccount, Failure> {
    let is_asked = io::stdin().is_terminal() && io::stderr().is_terminal();
    let security = reference(
        path,
        arguments.security_token_file.as_deref(),
        arguments.security_token_command.as_deref(),
        arguments.security_token_environment.as_deref(),
        arguments.security_token_credential.as_deref(),
    )?;
    let operations = reference(
        path,
        arguments.operations_token_file.as_deref(),
        arguments.operations_token_command.as_deref(),
        arguments.operations_token_environment.as_deref(),
        arguments.operations_token_credential.as_deref(),
    )?;
    let has_token = security.is_some() || operations.is_some();
    if !has_token && !is_asked {
        return Err(Failure::Usage(
            "there is no terminal to ask for a token: say where it is with --security-token-file, \
             --security-token-command or --security-token-environment, or the same of the Operations account"
                .into(),
        ));
    }
    let endpoint = match (&arguments.region, &arguments.url) {
        (Some(code), _) => Some(Endpoint::Region(code.clone())),
        (None, Some(url)) => Some(Endpoint::Url(url.clone())),
        (None, None) if is_asked && !has_token => ask_for_endpoint()?,
        (None, None) => None,
    };
    if endpoint.as_ref().is_some_and(|endpoint| endpoint.origin().is_none()) {
        return Err(Failure::Usage(
            "the region or the URL cannot be used: write us, eu, uk, ca, au, jp or another two-letter code, or https://HOST"
                .into(),
        ));
    }
    let (mut security, mut operations) = (security.map(NewToken::From), operations.map(NewToken::From));
    if !has_token {
        note("one token is enough; press Enter to leave the other one out");
        security = typed("Security")?;
        operations = typed("Operations")?;
    }
    if security.is_none() && operations.is_none() {
        return Err(Failure::Usage(
            "there is no token: type one, or say where it is with --security-token-file".into(),
        ));
    }
    Ok(NewAccount { name: arguments.name.clone(), endpoint, security_token: security, operations_token: operations })
}

/// Where a token is, if an option says it.
fn reference(
    path: &Path,
    file: Option<&Path>,
    command: Option<&str>,
    environment: Option<&str>,
    credential: Option<&str>,
) -> Result<Option<TokenReference>, Failure> {
    if let Some(file) = file {
        return Ok(Some(TokenReference::File(from_folder(path, file)?)));
    }
    if let Some(command) = command {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| {
            Failure::Usage("the command is empty, or a quotation mark in it has no end: write 'pass soc/acme'".into())
        })?;
        return Ok(Some(TokenReference::Command(words)));
    }
    let environment = environment.map(|name| TokenReference::Environment(name.to_owned()));
    Ok(environment.or_else(|| credential.map(|name| TokenReference::Credential(name.to_owned()))))
}

/// The path of a file as accounts.toml has it: from its own folder on if it is in there, whole otherwise.
fn from_folder(accounts: &Path, file: &Path) -> Result<PathBuf, Failure> {
    let whole = |path: &Path| std::path::absolute(path).map_err(|error| Failure::file("the token file", path, &error));
    let (folder, file) = (whole(private_file::folder(accounts))?, whole(file)?);
    Ok(file.strip_prefix(&folder).map_or_else(|_| file.clone(), Path::to_owned))
}

fn ask_for_endpoint() -> Result<Option<Endpoint>, Failure> {
    let failed = |error: io::Error| Failure::File(format!("the terminal could not be read: {error}"));
    let mut stderr = io::stderr();
    write!(stderr, "Region (us, eu, uk, ca, au, jp) or URL [that of the file, or us]: ").map_err(failed)?;
    stderr.flush().map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(match answer.trim() {
        "" => None,
        url if url.contains("://") => Some(Endpoint::Url(url.to_owned())),
        code => Some(Endpoint::Region(code.to_owned())),
    })
}

fn typed(account: &str) -> Result<Option<NewToken>, Failure> {
    let Some(answer) = ask(&format!("API token of the {account} account: "))? else { return Ok(None) };
    Ok(Some(NewToken::Kept(Token::new(&answer, "the answer")?)))
}

/// Checks the connection, and shows what was found.
async fn check(
    account: &NewAccount,
    default: Endpoint,
    network: &NetworkArguments,
    path: &Path,
) -> Result<(), Failure> {
    let mut connection = Connection::new().endpoint(account.endpoint.clone().unwrap_or(default));
    if let Some(token) = &account.security_token {
        connection = connection.security_token(resolved(token, path).await?.expose());
    }
    if let Some(token) = &account.operations_token {
        connection = connection.operations_token(resolved(token, path).await?.expose());
    }
    let runner = component::build(runner(network, None)?).await?;
    let checks = Interrupt::listen().or(runner.connect(connection).check_connection()).await???;
    let mut output = Output::to_stdout(Format::Table)?;
    for check in &checks {
        output.write(&CheckRecord(check))?;
    }
    output.finish(false)?;
    if checks.iter().any(is_failed) {
        say(
            "error",
            &format!("{} was not added: correct what failed, or add it all the same with --no-check", account.name),
        );
        return Err(Failure::Found);
    }
    Ok(())
}

async fn resolved(token: &NewToken, path: &Path) -> Result<Token, Failure> {
    match token {
        NewToken::Kept(token) => Ok(token.clone()),
        // As from the folder of the file of accounts on.
        NewToken::From(TokenReference::File(file)) => {
            Ok(TokenReference::File(private_file::folder(path).join(file)).resolve().await?)
        }
        NewToken::From(reference) => Ok(reference.resolve().await?),
    }
}
