//! A token that a program prints.

use std::time::Duration;

use logzio_soar_secrets::{CommandErrorKind, first_line};

use super::{Token, TokenError, TokenErrorKind};
use crate::shown;

/// Runs a program, and takes the first line that it prints.
pub(super) async fn run(command: &[String], longest: Duration) -> Result<Token, TokenError> {
    let line = first_line(command, longest).await.map_err(|error| {
        let kind = match error.kind() {
            CommandErrorKind::Missing => TokenErrorKind::Missing,
            CommandErrorKind::Failed => TokenErrorKind::Failed,
            CommandErrorKind::TimedOut => TokenErrorKind::TimedOut,
            CommandErrorKind::Unusable => TokenErrorKind::Unusable,
            _ => TokenErrorKind::Unreadable,
        };
        TokenError::new(kind, error.to_string())
    })?;
    let program = shown::name(command.first().map_or("", String::as_str));
    Token::new(&line, &format!("the first line that the command {program} prints"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn shell(script: &str) -> Result<Token, TokenError> {
        run(&["sh", "-c", script].map(str::to_owned), Duration::from_secs(5)).await
    }

    #[tokio::test]
    async fn the_first_line_is_the_token() {
        assert_eq!(shell("echo abc; echo note").await.unwrap().expose(), "abc");
    }

    #[tokio::test]
    async fn a_program_that_prints_no_token_is_an_error_without_what_it_printed() {
        for script in ["", "echo", "echo s3cret s3cret", "printf '\\377s3cret'"] {
            let error = shell(script).await.unwrap_err();
            assert_eq!(error.kind(), TokenErrorKind::Unusable, "{script}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[tokio::test]
    async fn why_a_program_failed_is_kept() {
        for (script, kind) in [("exit 3", TokenErrorKind::Failed), ("yes", TokenErrorKind::Unusable)] {
            assert_eq!(shell(script).await.unwrap_err().kind(), kind);
        }
        let missing = run(&["logzio-soar-no-such-program".to_owned()], Duration::from_secs(5)).await;
        assert_eq!(missing.unwrap_err().kind(), TokenErrorKind::Missing);
        let slow = run(&["sleep", "9"].map(str::to_owned), Duration::from_millis(100)).await;
        assert_eq!(slow.unwrap_err().kind(), TokenErrorKind::TimedOut);
    }
}
