//! Records of several accounts: each says its account.

use std::io;

use logzio_soar_accounts::AccountName;
use unicode_width::UnicodeWidthStr;

use crate::output::{Page, Record, cut};

/// The title of the column, as programs have it.
const NAME: &str = "account";
/// The widest column on a terminal; nothing is cut in a pipe.
const WIDEST: usize = 24;
/// The space behind it.
const GAP: usize = 2;

/// The column with the accounts.
#[derive(Clone, Copy)]
pub(crate) struct AccountColumn {
    width: usize,
}

impl AccountColumn {
    /// A column that is wide enough for these names.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a AccountName>) -> Self {
        let longest = names.into_iter().map(|name| name.as_str().len()).max().unwrap_or_default();
        Self { width: longest.max(NAME.len()) }
    }
}

/// A record of an account, in a column of accounts.
pub(crate) struct OfAccount<'a, R> {
    pub(crate) account: &'a AccountName,
    pub(crate) column: AccountColumn,
    pub(crate) record: R,
}

impl<R: Record> Record for OfAccount<'_, R> {
    fn json(&self) -> String {
        let json = self.record.json();
        // A name needs no escape.
        let member = format!("{{\"{NAME}\":\"{}\"", self.account);
        match json.strip_prefix('{') {
            Some("}") | None => format!("{member}}}"),
            Some(members) => format!("{member},{members}"),
        }
    }

    fn titles(&self) -> Vec<String> {
        std::iter::once(NAME.to_owned()).chain(self.record.titles()).collect()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let name = || std::iter::once(self.account.to_string());
        self.record.rows().into_iter().map(|row| name().chain(row).collect()).collect()
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let column = if page.width.is_some() { self.column.width.min(WIDEST) } else { self.column.width };
        let width = page.width.map(|width| width.saturating_sub(column + GAP));
        let mut inner = Vec::new();
        self.record.write_for_people(&mut Page { out: &mut inner, palette: page.palette, width }, first)?;
        let name = cut(self.account.as_str(), column);
        let (title, plain) = (page.palette.title, anstyle::Style::new());
        let titles = first.then(|| (NAME.to_uppercase(), title));
        // The name stands on the first line of the record; what is below belongs to it.
        let mut labels = titles.into_iter().chain([(name, plain)]);
        for line in String::from_utf8_lossy(&inner).lines() {
            let (label, style) = labels.next().unwrap_or_default();
            let padding = column.saturating_sub(label.width()) + GAP;
            writeln!(page.out, "{style}{label}{style:#}{:padding$}{line}", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use logzio_soar_host::contract::Log;

    use super::*;
    use crate::output::Palette;
    use crate::records::LogRecord;

    fn shown(name: &str, width: Option<usize>, first: bool) -> String {
        let account: AccountName = name.parse().unwrap();
        let log = Log { id: None, timestamp: None, source: r#"{"message": "something long that is cut"}"#.into() };
        let column = AccountColumn::of([&account]);
        let record = OfAccount { account: &account, column, record: LogRecord::new(&log, &[]) };
        let mut out = Vec::new();
        record.write_for_people(&mut Page { out: &mut out, palette: Palette::default(), width }, first).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_for_people_begins_with_its_account_and_keeps_its_width() {
        let text = shown("acme", Some(50), true);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("ACCOUNT  TIMESTAMP (UTC)"), "{text}");
        assert!(lines[1].starts_with("acme     -  "), "{text}");
        assert!(lines.iter().all(|line| line.width() <= 50), "{text}");
        let long = "x".repeat(64);
        assert!(shown(&long, Some(80), false).starts_with(&format!("{}…  -", "x".repeat(23))));
        assert!(shown(&long, None, false).starts_with(&format!("{long}  -")));
    }

    #[test]
    fn a_record_for_programs_has_its_account_first() {
        let account: AccountName = "acme".parse().unwrap();
        let log = Log { id: Some("1".into()), timestamp: None, source: "{}".into() };
        let record =
            OfAccount { account: &account, column: AccountColumn::of([&account]), record: LogRecord::new(&log, &[]) };
        assert_eq!(record.json(), r#"{"account":"acme","id":"1","timestamp":null,"source":{}}"#);
        assert_eq!(record.titles(), ["account", "id", "timestamp", "source"]);
        assert_eq!(record.rows(), [["acme", "1", "", "{}"]]);
    }
}
