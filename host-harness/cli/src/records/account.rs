//! Named accounts: what is in the file, and whether they can be reached.

use std::io;

use logzio_soar_accounts::{Account, TokenReference};
use logzio_soar_host::contract::{Cases, Check, Endpoint, JsonForm, Outcome, Severity, Start};
use serde_json::{Value, json};

use super::check::{CheckRecord, is_failed};
use crate::failure::Failure;
use crate::output::{Cell, Column, Page, Record, Table, wrapped};

/// An account as the file has it. Its name is written beside it.
pub(crate) struct AccountRecord<'a> {
    account: &'a Account,
    /// What is missing: the key, and what to do.
    missing: Vec<(&'static str, String)>,
}

impl<'a> AccountRecord<'a> {
    /// Looks for the tokens, without running a command or sending anything.
    pub(crate) fn new(account: &'a Account) -> Self {
        let missing = account.missing();
        let missing = missing.iter().map(|error| (error.key(), error.why().to_string())).collect();
        Self { account, missing }
    }

    fn endpoint(&self) -> &str {
        match self.account.endpoint() {
            Endpoint::Region(code) => code,
            Endpoint::Url(url) => url,
        }
    }

    /// Where both tokens come from: the key, and the source if there is one.
    fn tokens(&self) -> [(&'static str, Option<String>); 2] {
        let text = |reference: Option<&TokenReference>| reference.map(ToString::to_string);
        [
            ("security-token", text(self.account.security_token())),
            ("operations-token", text(self.account.operations_token())),
        ]
    }

    fn why_missing(&self, key: &str) -> Option<&str> {
        self.missing.iter().find(|(missing, _)| *missing == key).map(|(_, why)| why.as_str())
    }

    fn severities(&self) -> Vec<&'static str> {
        self.account.filter().severities.iter().copied().map(Severity::name).collect()
    }
}

impl Record for AccountRecord<'_> {
    fn json(&self) -> String {
        let [security, operations] = self.tokens().map(|(key, source)| {
            source.map_or(Value::Null, |source| json!({ "source": source, "missing": self.why_missing(key) }))
        });
        let request = self.account.request(Start::At(String::new()));
        let (region, url) = match self.account.endpoint() {
            Endpoint::Region(code) => (Some(code), None),
            Endpoint::Url(url) => (None, Some(url)),
        };
        json!({
            "region": region,
            "url": url,
            "security_token": security,
            "operations_token": operations,
            "time_budget_ms": self.account.time_budget_ms(),
            "rule_name": request.filter.rule_name,
            "severities": self.severities(),
            "tags": request.filter.tags,
            "include_muted": request.filter.include_muted,
            "look_back_minutes": request.look_back_minutes,
            "attach_logs": request.attach_logs,
            "first_fetch": self.account.first_fetch(),
            "interval_seconds": self.account.interval().as_secs(),
        })
        .to_string()
    }

    fn titles(&self) -> Vec<String> {
        ["endpoint", "security_token", "operations_token", "interval_seconds", "missing"].map(str::to_owned).to_vec()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let [(_, security), (_, operations)] = self.tokens();
        let missing: Vec<String> = self.missing.iter().map(|(key, why)| format!("{key}: {why}")).collect();
        vec![vec![
            self.endpoint().to_owned(),
            security.unwrap_or_default(),
            operations.unwrap_or_default(),
            self.account.interval().as_secs().to_string(),
            missing.join("; "),
        ]]
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let columns = vec![
            Column::new("ENDPOINT", 10),
            Column::new("INTERVAL", 8),
            Column::new("SECURITY TOKEN", 28),
            Column::new("OPERATIONS TOKEN", 0),
        ];
        let table = Table::new(columns, page.width);
        if first {
            table.write_titles(page.out, &palette)?;
        }
        let [security, operations] = self.tokens().map(|(key, source)| match source {
            None => Cell::styled("-", palette.faint),
            Some(source) if self.why_missing(key).is_some() => Cell::styled(&format!("MISSING {source}"), palette.bad),
            Some(source) => Cell::plain(&source),
        });
        let interval = format!("{:>6} s", self.account.interval().as_secs());
        table.write_row(page.out, [Cell::plain(self.endpoint()), Cell::plain(&interval), security, operations])?;
        write_below(page, self.missing.iter().map(|(key, why)| format!("{key}: {why}")))
    }
}

/// What the check of an account found. Its name is written beside it.
pub(crate) struct AccountCheckRecord {
    result: Result<Vec<Check>, Failure>,
}

impl AccountCheckRecord {
    pub(crate) fn new(result: Result<Vec<Check>, Failure>) -> Self {
        Self { result }
    }

    /// Whether anything is wrong.
    pub(crate) fn is_failed(&self) -> bool {
        self.result.as_ref().map_or(true, |checks| checks.iter().any(is_failed))
    }

    /// What is wrong, as sentences.
    fn why(&self) -> Vec<String> {
        match &self.result {
            Err(failure) => vec![failure.message().unwrap_or_default()],
            Ok(checks) => {
                let failed = checks.iter().filter(|check| is_failed(check));
                failed.map(|check| format!("{}: {}", check.name, CheckRecord(check).detail())).collect()
            }
        }
    }

    /// The checks that passed, for people.
    fn passed(&self) -> String {
        let checks = self.result.as_deref().unwrap_or_default();
        let passed = checks.iter().filter(|check| matches!(check.outcome, Outcome::Passed(_)));
        passed.map(|check| check.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn outcome(&self) -> &'static str {
        if self.is_failed() { "failed" } else { "passed" }
    }
}

impl Record for AccountCheckRecord {
    fn json(&self) -> String {
        let checks = self.result.as_deref().unwrap_or_default();
        let checks = checks.iter().map(JsonForm::to_json).collect::<Vec<_>>().join(",");
        let error = self.result.as_ref().err().and_then(Failure::message);
        format!("{{\"outcome\":\"{}\",\"error\":{},\"checks\":[{checks}]}}", self.outcome(), json!(error))
    }

    fn titles(&self) -> Vec<String> {
        ["outcome", "detail"].map(str::to_owned).to_vec()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![self.outcome().to_owned(), self.why().join("; ")]]
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let table = Table::new(vec![Column::new("RESULT", 6), Column::new("WHAT PASSED", 0)], page.width);
        if first {
            table.write_titles(page.out, &palette)?;
        }
        let mark =
            if self.is_failed() { Cell::styled("FAILED", palette.bad) } else { Cell::styled("ok", palette.good) };
        table.write_row(page.out, [mark, Cell::plain(&self.passed())])?;
        write_below(page, self.why())
    }
}

/// Sentences below a row.
fn write_below(page: &mut Page<'_>, sentences: impl IntoIterator<Item = String>) -> io::Result<()> {
    let style = page.palette.notice;
    let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(4));
    for sentence in sentences {
        for line in wrapped(&sentence, room) {
            writeln!(page.out, "    {style}{line}{style:#}")?;
        }
    }
    Ok(())
}
