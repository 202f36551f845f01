//! The connection of a command, and its way into the network: from flags, the environment, the configuration file, or a
//! question. The only place that reads tokens, and it never shows one.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use logzio_soar_host::contract::Endpoint;
use logzio_soar_host::{Connection, NetworkOptions, Upstream};
use serde::Deserialize;

use crate::arguments::ConnectionArguments;
use crate::failure::{Failure, note, say};
use crate::runner;

/// Which tokens a command needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Security,
    Operations,
    /// One of the two is enough.
    Either,
    /// None: a request brings its own where there is none.
    Nothing,
}

/// The configuration file. Its names are those of the contract.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ConfigurationFile {
    region: Option<String>,
    url: Option<String>,
    security_token: Option<String>,
    security_token_file: Option<PathBuf>,
    operations_token: Option<String>,
    operations_token_file: Option<PathBuf>,
    time_budget_ms: Option<u32>,
    ca_file: Option<PathBuf>,
}

/// What was found, before anyone was asked.
#[derive(Default)]
struct Found {
    endpoint: Option<Endpoint>,
    security_token: Option<String>,
    operations_token: Option<String>,
    time_budget_ms: Option<u32>,
    ca_file: Option<PathBuf>,
}

/// A connection with what the command needs, and the token that tells accounts apart.
pub(crate) struct Account {
    pub(crate) connection: Connection,
    security_token: Option<String>,
    operations_token: Option<String>,
    time_budget_ms: Option<u32>,
    network: NetworkOptions,
}

impl Account {
    /// Puts together the connection of a command.
    pub(crate) fn find(arguments: &ConnectionArguments, needs: Needs) -> Result<Self, Failure> {
        let file = configuration(arguments.config.as_deref())?;
        let variable = |name: &str| std::env::var(name).ok();
        let mut found = resolve(arguments, &variable, file)?;
        ask_for_missing(&mut found, needs)?;
        let mut connection = Connection::new();
        if let Some(endpoint) = found.endpoint {
            connection = connection.endpoint(endpoint);
        }
        if let Some(token) = &found.security_token {
            connection = connection.security_token(token);
        }
        if let Some(token) = &found.operations_token {
            connection = connection.operations_token(token);
        }
        if let Some(ms) = found.time_budget_ms {
            connection = connection.time_budget_ms(ms);
        }
        let mut network = NetworkOptions::new().proxy_from_environment().insecure(arguments.insecure);
        if let Some(file) = found.ca_file {
            network = network.ca_file(file);
        }
        Ok(Self {
            connection,
            security_token: found.security_token,
            operations_token: found.operations_token,
            time_budget_ms: found.time_budget_ms,
            network,
        })
    }

    /// The network, as this account is reached. Says so if it is not safe.
    pub(crate) fn network(&self) -> Result<Upstream, Failure> {
        if self.network.is_insecure() {
            say("warning", "--insecure trusts any certificate: whoever is on the way can read the tokens");
        }
        Ok(Upstream::network_with(&self.network)?)
    }

    /// The connection as variables of a component's environment, for calls that bring none of their own. The time budget
    /// has no variable.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let endpoint = self.connection.named_endpoint().map(|endpoint| match endpoint {
            Endpoint::Region(code) => ("LOGZIO_REGION", code.clone()),
            Endpoint::Url(url) => ("LOGZIO_URL", url.clone()),
        });
        let token = |name, token: &Option<String>| token.clone().map(|token| (name, token));
        let tokens = [
            token("LOGZIO_SECURITY_TOKEN", &self.security_token),
            token("LOGZIO_OPERATIONS_TOKEN", &self.operations_token),
        ];
        endpoint.into_iter().chain(tokens.into_iter().flatten()).collect()
    }

    /// The time budget, in milliseconds, if one is set.
    pub(crate) fn time_budget_ms(&self) -> Option<u32> {
        self.time_budget_ms
    }

    /// The Security token, to make a fingerprint of. Empty if there is none.
    pub(crate) fn security_token(&self) -> &str {
        self.security_token.as_deref().unwrap_or_default().trim()
    }
}

fn resolve(
    arguments: &ConnectionArguments,
    variable: &dyn Fn(&str) -> Option<String>,
    file: ConfigurationFile,
) -> Result<Found, Failure> {
    let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    if file.region.is_some() && file.url.is_some() {
        return Err(Failure::Usage("the configuration file names both a region and a url: keep one of them".into()));
    }
    let endpoint =
        |url: Option<String>, region: Option<String>| url.map(Endpoint::Url).or(region.map(Endpoint::Region));
    let token = |flag: &Option<PathBuf>, name: &str, text: Option<String>, path: Option<PathBuf>| {
        if let Some(path) = flag {
            return read_token(path).map(Some);
        }
        match (variable(name), text, path) {
            (Some(token), _, _) => Ok(Some(token)),
            (None, Some(token), _) => Ok(Some(token)),
            (None, None, Some(path)) => read_token(&path).map(Some),
            (None, None, None) => Ok(None),
        }
    };
    Ok(Found {
        endpoint: endpoint(arguments.url.clone(), arguments.region.clone())
            .or_else(|| endpoint(variable("LOGZIO_URL"), variable("LOGZIO_REGION")))
            .or_else(|| endpoint(file.url, file.region)),
        security_token: token(
            &arguments.security_token_file,
            "LOGZIO_SECURITY_TOKEN",
            file.security_token,
            file.security_token_file,
        )?,
        operations_token: token(
            &arguments.operations_token_file,
            "LOGZIO_OPERATIONS_TOKEN",
            file.operations_token,
            file.operations_token_file,
        )?,
        time_budget_ms: arguments.time_budget.map(|seconds| seconds.saturating_mul(1_000)).or(file.time_budget_ms),
        ca_file: arguments.ca_file.clone().or_else(|| variable("LOGZIO_CA_FILE").map(PathBuf::from)).or(file.ca_file),
    })
}

fn read_token(path: &Path) -> Result<String, Failure> {
    let token = fs::read_to_string(path).map_err(|error| Failure::file("the token file", path, &error))?;
    if token.trim().is_empty() {
        return Err(Failure::Usage(format!("the token file {} is empty", path.display())));
    }
    Ok(token)
}

fn configuration(named: Option<&Path>) -> Result<ConfigurationFile, Failure> {
    let usual = || Some(runner::configuration_directory()?.join("config.toml"));
    let Some(path) = named.map(Path::to_owned).or_else(usual) else {
        return Ok(ConfigurationFile::default());
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(ConfigurationFile::default());
        }
        Err(error) => return Err(Failure::file("the configuration file", &path, &error)),
    };
    let file = parse(&text, &path)?;
    if (file.security_token.is_some() || file.operations_token.is_some()) && others_can_read(&path) {
        say("warning", &format!("other users can read {0}, and it holds a token: run chmod 600 {0}", path.display()));
    }
    Ok(file)
}

fn parse(text: &str, path: &Path) -> Result<ConfigurationFile, Failure> {
    toml::from_str(text).map_err(|error| {
        // The error's own text quotes the line, which may hold a token.
        let line =
            error.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count());
        let message = error.message();
        let message = if message.contains("unknown field") || message.contains("missing") {
            message
        } else {
            "it cannot be understood; a value is written as name = \"text\""
        };
        Failure::Usage(format!("{}, line {line}: {message}", path.display()))
    })
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_path: &Path) -> bool {
    false
}

fn ask_for_missing(found: &mut Found, needs: Needs) -> Result<(), Failure> {
    let (security, operations) = match needs {
        Needs::Security => (found.security_token.is_none(), false),
        Needs::Operations => (false, found.operations_token.is_none()),
        Needs::Either => {
            let none = found.security_token.is_none() && found.operations_token.is_none();
            (none, none)
        }
        Needs::Nothing => return Ok(()),
    };
    let someone_is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
    if someone_is_there && needs == Needs::Either && security {
        note("one token is enough; press Enter to leave the other one out");
    }
    if security && someone_is_there {
        found.security_token = ask("API token of the Security account: ")?;
    }
    if operations && someone_is_there {
        found.operations_token = ask("API token of the Operations account: ")?;
    }
    let missing = match needs {
        Needs::Security if found.security_token.is_none() => ("Security", "SECURITY", "security"),
        Needs::Operations if found.operations_token.is_none() => ("Operations", "OPERATIONS", "operations"),
        Needs::Either if found.security_token.is_none() && found.operations_token.is_none() => {
            return Err(Failure::Usage(
                "there is no token: set LOGZIO_SECURITY_TOKEN or LOGZIO_OPERATIONS_TOKEN, or use \
                 --security-token-file or --operations-token-file"
                    .into(),
            ));
        }
        _ => return Ok(()),
    };
    let (account, variable, flag) = missing;
    Err(Failure::Usage(format!(
        "there is no token of the {account} account: set LOGZIO_{variable}_TOKEN, use \
         --{flag}-token-file FILE, or write {flag}-token into the configuration file"
    )))
}

fn ask(question: &str) -> Result<Option<String>, Failure> {
    let answer = rpassword::prompt_password(question)
        .map_err(|error| Failure::File(format!("the terminal could not be read: {error}")))?;
    Ok(Some(answer).filter(|token| !token.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::ComponentArguments;

    fn arguments() -> ConnectionArguments {
        ConnectionArguments {
            region: None,
            url: None,
            security_token_file: None,
            operations_token_file: None,
            config: None,
            time_budget: None,
            ca_file: None,
            insecure: false,
            component: ComponentArguments { component: None },
        }
    }

    fn file(text: &str) -> ConfigurationFile {
        parse(text, Path::new("config.toml")).unwrap_or_default()
    }

    #[test]
    fn flags_come_before_variables_and_variables_before_the_file() {
        let config = r#"
            url = "https://file.example"
            security-token = "from-file"
            operations-token = "from-file"
            ca-file = "file.pem"
        "#;
        let variables = |name: &str| match name {
            "LOGZIO_URL" => Some("https://variable.example".to_owned()),
            "LOGZIO_SECURITY_TOKEN" => Some("from-variable".to_owned()),
            "LOGZIO_OPERATIONS_TOKEN" => Some("  ".to_owned()),
            "LOGZIO_CA_FILE" => Some("variable.pem".to_owned()),
            _ => None,
        };
        let found = resolve(&arguments(), &|_| None, file(config)).unwrap();
        assert_eq!(found.endpoint, Some(Endpoint::Url("https://file.example".into())));
        assert_eq!(found.security_token.as_deref(), Some("from-file"));
        assert_eq!(found.ca_file, Some("file.pem".into()));

        let found = resolve(&arguments(), &variables, file(config)).unwrap();
        assert_eq!(found.endpoint, Some(Endpoint::Url("https://variable.example".into())));
        assert_eq!(found.security_token.as_deref(), Some("from-variable"));
        assert_eq!(found.operations_token.as_deref(), Some("from-file"));
        assert_eq!(found.ca_file, Some("variable.pem".into()));

        let directory = tempfile::tempdir().unwrap();
        let token = directory.path().join("token");
        fs::write(&token, "from-flag\n").unwrap();
        let mut flags = arguments();
        flags.region = Some("eu".into());
        flags.security_token_file = Some(token);
        flags.ca_file = Some("flag.pem".into());
        let found = resolve(&flags, &variables, file(config)).unwrap();
        assert_eq!(found.endpoint, Some(Endpoint::Region("eu".into())));
        assert_eq!(found.security_token.as_deref(), Some("from-flag\n"));
        assert_eq!(found.ca_file, Some("flag.pem".into()));
    }

    #[test]
    fn a_faulty_configuration_file_never_shows_its_tokens() {
        for text in [
            "security-token = s3cret-token",
            "security-token = \"s3cret-token",
            "security-token = [\"s3cret-token\"]",
            "region = \"us\"\nsecurity-tokn = \"s3cret-token\"",
            "time-budget-ms = \"s3cret-token\"",
        ] {
            let failure = parse(text, Path::new("config.toml")).err().unwrap();
            let message = failure.message().unwrap();
            assert!(!message.contains("s3cret"), "{message}");
            assert!(message.starts_with("config.toml, line "), "{message}");
        }
    }

    #[test]
    fn an_unknown_name_in_the_configuration_file_is_named() {
        let failure = parse("\nregoin = \"eu\"", Path::new("c")).err().unwrap();
        let message = failure.message().unwrap();
        assert!(message.starts_with("c, line 2: unknown field `regoin`"), "{message}");
    }

    #[test]
    fn an_empty_token_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let token = directory.path().join("token");
        fs::write(&token, " \n").unwrap();
        assert!(matches!(read_token(&token), Err(Failure::Usage(_))));
        assert!(matches!(read_token(&directory.path().join("none")), Err(Failure::File(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        let set = |mode| {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        };
        set(0o600);
        assert!(!others_can_read(file.path()));
        set(0o640);
        assert!(others_can_read(file.path()));
    }
}
