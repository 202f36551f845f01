//! Tokens: read from a file, or asked for. None is ever shown.

use std::path::Path;

use logzio_soar_accounts::Token;

use super::private_file;
use crate::failure::Failure;

pub(super) fn read_token(path: &Path) -> Result<String, Failure> {
    let token = Token::in_file(path)?;
    private_file::warn_if_others_can_read(path, "a token");
    Ok(token.expose().to_owned())
}

/// Asks for a token on the terminal. None if there was no answer.
pub(crate) fn ask(question: &str) -> Result<Option<String>, Failure> {
    let answer = rpassword::prompt_password(question)
        .map_err(|error| Failure::File(format!("the terminal could not be read: {error}")))?;
    Ok(Some(answer).filter(|token| !token.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_empty_token_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let token = directory.path().join("token");
        fs::write(&token, " \n").unwrap();
        assert!(matches!(read_token(&token), Err(Failure::Usage(_))));
        assert!(matches!(read_token(&directory.path().join("none")), Err(Failure::File(_))));
    }
}
