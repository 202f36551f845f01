//! Breaks what is common to the answers of all operations: their errors and their texts.

use crate::connection::Account;
use crate::contract::{
    Check, Error, FieldReport, HuntReport, IncidentPage, LogPage, Notice, NoticeCode, Outcome, ServerError,
};
use crate::logzio::client::Client;
use crate::mutations::mutation::Mutation;
use crate::mutations::transport::{STAND_IN, TOKEN};

impl Mutation {
    /// The error that a failure is.
    fn error(self, error: Error) -> Error {
        let server = |status, message| Error::Server(ServerError { status, message });
        match (self, error) {
            (Self::UnauthorizedAsServer, Error::Unauthorized(text)) => server(401, text),
            (Self::WrongRegionAsUnauthorized, Error::WrongRegion(text))
            | (Self::WrongAccountAsUnauthorized, Error::WrongAccount(text)) => Error::Unauthorized(text),
            (Self::RateLimitWithoutTime, Error::RateLimited(_)) => Error::RateLimited(None),
            (Self::QueryRejectedAsMalformed, Error::QueryRejected(text)) => Error::MalformedResponse(text),
            (Self::TimedOutAsUnreachable, Error::TimedOut(text)) => Error::Unreachable(text),
            (Self::StatusLost, Error::Server(error)) => server(500, error.message),
            (Self::MalformedAsServer, Error::MalformedResponse(text)) => server(200, text),
            (_, error) => error,
        }
    }

    /// The code of the notices that are left out.
    fn unmentioned(self) -> Option<NoticeCode> {
        Some(match self {
            Self::EarlyEndUnmentioned => NoticeCode::GoesOn,
            Self::FailureUnmentioned => NoticeCode::CutShort,
            Self::MissingLogsUnmentioned => NoticeCode::MayBeMissing,
            Self::HiddenLogsUnmentioned => NoticeCode::OutOfReach,
            Self::CutLogUnmentioned => NoticeCode::LogCut,
            Self::ShortMemoryUnmentioned => NoticeCode::LookBackShortened,
            Self::WrongClockUnmentioned => NoticeCode::ClockDiffers,
            Self::QueryHintUnmentioned => NoticeCode::QueryHint,
            Self::UnknownFirstUnmentioned => NoticeCode::FirstSeenUnknown,
            Self::FalseMatchesUnmentioned => NoticeCode::FalseMatches,
            Self::NoticesLeftOutUnmentioned => NoticeCode::MoreNotices,
            _ => return None,
        })
    }
}

/// What an operation returns, as far as its texts go.
pub(super) trait Answer {
    /// Every error in it.
    fn errors(&mut self) -> Vec<&mut Error> {
        Vec::new()
    }

    /// Every text that may come from Logz.io.
    fn texts(&mut self) -> Vec<&mut String>;

    /// Its notices, if it may have any.
    fn notices(&mut self) -> Option<&mut Vec<Notice>> {
        None
    }
}

impl Answer for IncidentPage {
    fn texts(&mut self) -> Vec<&mut String> {
        let of_incidents = self.incidents.iter_mut().flat_map(|incident| {
            let groups = incident.group_by.iter_mut().map(|(_, value)| value);
            let own = [&mut incident.name, &mut incident.raw].into_iter();
            own.chain(&mut incident.description).chain(&mut incident.summary).chain(groups).chain(&mut incident.logs)
        });
        of_incidents.chain(self.notices.iter_mut().map(|notice| &mut notice.text)).collect()
    }

    fn notices(&mut self) -> Option<&mut Vec<Notice>> {
        Some(&mut self.notices)
    }
}

impl Answer for LogPage {
    fn texts(&mut self) -> Vec<&mut String> {
        self.logs
            .iter_mut()
            .map(|log| &mut log.source)
            .chain(self.notices.iter_mut().map(|notice| &mut notice.text))
            .collect()
    }

    fn notices(&mut self) -> Option<&mut Vec<Notice>> {
        Some(&mut self.notices)
    }
}

impl Answer for HuntReport {
    fn texts(&mut self) -> Vec<&mut String> {
        let logs = self.sightings.iter_mut().flat_map(|sighting| &mut sighting.logs);
        logs.map(|log| &mut log.source).chain(self.notices.iter_mut().map(|notice| &mut notice.text)).collect()
    }

    fn notices(&mut self) -> Option<&mut Vec<Notice>> {
        Some(&mut self.notices)
    }
}

impl Answer for FieldReport {
    fn texts(&mut self) -> Vec<&mut String> {
        self.notices.iter_mut().map(|notice| &mut notice.text).collect()
    }

    fn notices(&mut self) -> Option<&mut Vec<Notice>> {
        Some(&mut self.notices)
    }
}

impl Answer for Vec<Check> {
    fn errors(&mut self) -> Vec<&mut Error> {
        let outcomes = self.iter_mut().map(|check| &mut check.outcome);
        outcomes.filter_map(|outcome| if let Outcome::Failed(error) = outcome { Some(error) } else { None }).collect()
    }

    fn texts(&mut self) -> Vec<&mut String> {
        let outcomes = self.iter_mut().map(|check| &mut check.outcome);
        outcomes.filter_map(|outcome| if let Outcome::Passed(text) = outcome { Some(text) } else { None }).collect()
    }
}

fn text_of(error: &mut Error) -> Option<&mut String> {
    match error {
        Error::InvalidConnection(text)
        | Error::InvalidArgument(text)
        | Error::Unauthorized(text)
        | Error::WrongRegion(text)
        | Error::WrongAccount(text)
        | Error::QueryRejected(text)
        | Error::TimedOut(text)
        | Error::Unreachable(text)
        | Error::MalformedResponse(text) => Some(text),
        Error::Server(error) => Some(&mut error.message),
        Error::RateLimited(_) => None,
    }
}

/// Puts tokens into the error of a call, behind the place where they are masked.
pub(super) fn failed(mut error: Error, token: &str) -> Error {
    if let Some(text) = text_of(&mut error) {
        match Mutation::current() {
            Some(Mutation::TokenInError) => *text = format!("{text} (asked with {token})"),
            Some(Mutation::EchoedTokenPassedOn | Mutation::EscapedTokenPassedOn | Mutation::EncodedTokenPassedOn) => {
                *text = with_the_token(text);
            }
            _ => {}
        }
    }
    error
}

/// Breaks what is common to all answers.
pub(super) fn answered<T: Answer>(client: &Client, mut answer: Result<T, Error>) -> Result<T, Error> {
    let Some(mutation) = Mutation::current() else { return answer };
    let tokens = [Account::Security, Account::Operations].map(|account| client.target().token(account));
    let token = tokens.into_iter().flatten().next().map(|token| token.expose().to_owned()).unwrap_or_default();
    match &mut answer {
        Ok(answer) => {
            answer.errors().into_iter().for_each(|error| *error = failed(mutation.error(error.clone()), &token));
        }
        Err(error) => *error = mutation.error(error.clone()),
    }
    if let Ok(answer) = &mut answer {
        if let (Some(code), Some(notices)) = (mutation.unmentioned(), answer.notices()) {
            notices.retain(|notice| notice.code != code);
        }
        match mutation {
            Mutation::TokenInNotice => {
                if let Some(notices) = answer.notices() {
                    notices.push(Notice::new(NoticeCode::GoesOn, format!("asked with {token}")));
                }
            }
            Mutation::EchoedTokenPassedOn | Mutation::EscapedTokenPassedOn | Mutation::EncodedTokenPassedOn => {
                answer.texts().into_iter().for_each(|text| *text = with_the_token(text));
            }
            _ => {}
        }
    }
    answer
}

fn with_the_token(text: &str) -> String {
    TOKEN.with_borrow(|token| text.replace(STAND_IN, token))
}

/// A JSON text as a program writes it that has read it.
pub(super) fn rewritten(json: &mut String) {
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(json) {
        *json = value.to_string();
    }
}
