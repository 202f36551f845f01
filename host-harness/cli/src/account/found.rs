//! The parts of a connection that need no prompt: from the options, the environment and the configuration file.

use std::path::PathBuf;

use logzio_soar_host::contract::Endpoint;

use super::arguments::{ConnectionArguments, NetworkArguments};
use super::configuration::ConfigurationFile;
use super::tokens::read_token;
use crate::failure::Failure;

/// What was found before any prompt.
#[derive(Default)]
pub(super) struct Found {
    pub(super) endpoint: Option<Endpoint>,
    pub(super) security_token: Option<String>,
    pub(super) operations_token: Option<String>,
    pub(super) time_budget_ms: Option<u32>,
}

pub(super) fn resolve(
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
    })
}

/// A file of certificates to trust.
pub(super) fn ca_file(
    arguments: &NetworkArguments,
    variable: &dyn Fn(&str) -> Option<String>,
    of_file: Option<PathBuf>,
) -> Option<PathBuf> {
    let variable = || variable("LOGZIO_CA_FILE").filter(|value| !value.trim().is_empty()).map(PathBuf::from);
    arguments.ca_file.clone().or_else(variable).or(of_file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::configuration::parse;
    use super::*;
    use crate::component::ComponentArguments;

    fn arguments() -> ConnectionArguments {
        ConnectionArguments {
            region: None,
            url: None,
            security_token_file: None,
            operations_token_file: None,
            config: None,
            time_budget: None,
            network: NetworkArguments {
                ca_file: None,
                insecure: false,
                verbose: false,
                component: ComponentArguments { component: None },
            },
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
        let of_file = || file(config).ca_file;
        assert_eq!(ca_file(&arguments().network, &|_| None, of_file()), Some("file.pem".into()));

        let found = resolve(&arguments(), &variables, file(config)).unwrap();
        assert_eq!(found.endpoint, Some(Endpoint::Url("https://variable.example".into())));
        assert_eq!(found.security_token.as_deref(), Some("from-variable"));
        assert_eq!(found.operations_token.as_deref(), Some("from-file"));
        assert_eq!(ca_file(&arguments().network, &variables, of_file()), Some("variable.pem".into()));

        let directory = tempfile::tempdir().unwrap();
        let token = directory.path().join("token");
        fs::write(&token, "from-flag\n").unwrap();
        let mut flags = arguments();
        flags.region = Some("eu".into());
        flags.security_token_file = Some(token);
        flags.network.ca_file = Some("flag.pem".into());
        let found = resolve(&flags, &variables, file(config)).unwrap();
        assert_eq!(found.endpoint, Some(Endpoint::Region("eu".into())));
        assert_eq!(found.security_token.as_deref(), Some("from-flag"));
        assert_eq!(ca_file(&flags.network, &variables, of_file()), Some("flag.pem".into()));
    }
}
