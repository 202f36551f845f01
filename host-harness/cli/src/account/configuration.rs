//! The configuration file.

use std::io;
use std::path::{Path, PathBuf};

use logzio_soar_accounts::configuration_folder;
use serde::Deserialize;

use super::private_file;
use crate::failure::Failure;

/// The configuration file. Its names are those of the contract.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ConfigurationFile {
    pub(super) region: Option<String>,
    pub(super) url: Option<String>,
    pub(super) security_token: Option<String>,
    pub(super) security_token_file: Option<PathBuf>,
    pub(super) operations_token: Option<String>,
    pub(super) operations_token_file: Option<PathBuf>,
    pub(super) time_budget_ms: Option<u32>,
    pub(super) ca_file: Option<PathBuf>,
}

pub(super) fn configuration(named: Option<&Path>) -> Result<ConfigurationFile, Failure> {
    let usual = || Some(configuration_folder()?.join("config.toml"));
    let Some(path) = named.map(Path::to_owned).or_else(usual) else {
        return Ok(ConfigurationFile::default());
    };
    let text = match private_file::read(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(ConfigurationFile::default());
        }
        Err(error) => return Err(Failure::file("the configuration file", &path, &error)),
    };
    let file = parse(&text, &path)?;
    if file.security_token.is_some() || file.operations_token.is_some() {
        private_file::warn_if_others_can_read(&path, "a token");
    }
    Ok(file)
}

pub(super) fn parse(text: &str, path: &Path) -> Result<ConfigurationFile, Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
