//! `accounts.toml`: its form, and what is wrong with one. Knows nothing of how tokens are resolved.

mod change;
mod reader;
mod settings;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use logzio_soar_host::contract::Endpoint;
use toml_edit::{Document, TableLike};

use crate::account::{Account, OPERATIONS_TOKEN, SECURITY_TOKEN};
use crate::error::AccountsError;
use crate::fault::Warning;
use crate::name::AccountName;
use crate::private_file;
use crate::shown;
use crate::token::TokenReference;
pub use change::{NewAccount, NewToken, add, remove};
use reader::{Place, Reader};
use settings::Settings;
pub(crate) use settings::default_endpoint;

/// The keys of the file itself.
const DEFAULTS: &str = "defaults";
const ACCOUNTS: &str = "accounts";

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) accounts: Vec<Account>,
    pub(crate) default_endpoint: Endpoint,
    pub(crate) warnings: Vec<Warning>,
}

/// Reads and checks a file.
pub(crate) fn read(path: &Path, least_interval: Duration) -> Result<Checked, AccountsError> {
    let text = private_file::read(path).map_err(|source| AccountsError::Read { path: path.to_owned(), source })?;
    check(&text, path, least_interval)
}

fn check(text: &str, path: &Path, least_interval: Duration) -> Result<Checked, AccountsError> {
    let document = Document::parse(text).map_err(|error| {
        let line = reader::line(text, error.span().map_or(0, |span| span.start));
        AccountsError::Syntax { path: path.to_owned(), line }
    })?;
    let mut reader = Reader::new(text, path, least_interval);
    let (accounts, default_endpoint) = all(&mut reader, document.as_table(), path);
    let faults = reader.into_faults();
    if !faults.is_empty() {
        return Err(AccountsError::Faults { path: path.to_owned(), faults });
    }
    let warnings = warnings(&accounts);
    Ok(Checked { accounts, default_endpoint, warnings })
}

/// The accounts, as far as they can be read, and the endpoint of those that set none.
fn all(reader: &mut Reader<'_>, top: &dyn TableLike, path: &Path) -> (Vec<Account>, Endpoint) {
    let file = Arc::new(path.to_owned());
    let mut defaults = Settings::default();
    let mut tables = Vec::new();
    for (key, item) in top.iter() {
        match key {
            DEFAULTS => {
                if let Some(table) = reader.table(top, key, &Place::Top) {
                    defaults = Settings::of_defaults(reader, table);
                }
            }
            ACCOUNTS => {
                if let Some(table) = reader.table(top, key, &Place::Top) {
                    tables.extend(table.iter().map(|(name, _)| (table, name)));
                }
            }
            _ => reader.unknown(top, key, item, &Place::Top, &[DEFAULTS, ACCOUNTS]),
        }
    }
    let mut accounts = Vec::new();
    let mut known: HashMap<String, &str> = HashMap::new();
    for (table, name) in tables {
        let place = Place::Account(name);
        let parsed = name.parse::<AccountName>();
        if let Err(error) = &parsed {
            reader.fault(table, name, &place, None, error.to_string());
        }
        if let Some(other) = known.insert(name.to_lowercase(), name) {
            let what = format!(
                "{} differs in letter case only, so that files of both may be the same: rename one",
                shown::name(other)
            );
            reader.fault(table, name, &place, None, what);
        }
        let Some(of_account) = reader.account(table, name) else { continue };
        let settings = Settings::of_account(reader, of_account, name);
        if settings.security.is_none() && settings.operations.is_none() && !has_token(of_account) {
            let what = format!(
                "there is no token: set {SECURITY_TOKEN}, which incidents need, or {OPERATIONS_TOKEN}, which searches and \
                 hunts need, such as {SECURITY_TOKEN} = {{ file = \"NAME.token\" }}"
            );
            reader.fault(table, name, &place, None, what);
        }
        if let Ok(name) = parsed {
            accounts.push(settings.or(&defaults).into_account(name, Arc::clone(&file)));
        }
    }
    (accounts, defaults.into_endpoint())
}

/// Whether a token is set, be it wrong: one fault is enough.
fn has_token(account: &dyn TableLike) -> bool {
    account.contains_key(SECURITY_TOKEN) || account.contains_key(OPERATIONS_TOKEN)
}

fn warnings(accounts: &[Account]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut users: BTreeMap<&TokenReference, Vec<&AccountName>> = BTreeMap::new();
    for Account { name, security_token, operations_token, .. } in accounts {
        if security_token.is_some() && security_token == operations_token {
            let text = format!(
                "account {name} has one source for both of its tokens: Logz.io gives the Security account and the Operations \
                 account a token each"
            );
            warnings.push(Warning { accounts: vec![name.clone()], text });
        }
        let mut own: Vec<&TokenReference> = security_token.iter().chain(operations_token).collect();
        own.dedup();
        own.into_iter().for_each(|reference| users.entry(reference).or_default().push(name));
    }
    for (reference, names) in users {
        let accounts: Vec<AccountName> = names.iter().copied().cloned().collect();
        if let TokenReference::File(path) = reference
            && private_file::others_can_read(path)
        {
            warnings.push(Warning { accounts: accounts.clone(), text: private_file::warning(path, "a token") });
        }
        if accounts.len() > 1 {
            let listed = accounts.iter().map(AccountName::as_str).collect::<Vec<_>>().join(", ");
            let text = format!(
                "the accounts {listed} have the same token ({reference}), so they may be one account that is polled more than \
                 once: give each its own, unless their filters differ"
            );
            warnings.push(Warning { accounts, text });
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use std::fs;

    use logzio_soar_host::contract::{Severity, Start};

    use super::*;

    const LEAST: Duration = Duration::from_secs(30);

    fn checked(text: &str) -> Checked {
        check(text, Path::new("/etc/soar/accounts.toml"), LEAST).unwrap()
    }

    fn faults(text: &str) -> Vec<String> {
        match check(text, Path::new("/no/accounts.toml"), LEAST).unwrap_err() {
            AccountsError::Faults { faults, .. } => faults.iter().map(ToString::to_string).collect(),
            other => panic!("{other}"),
        }
    }

    /// The one fault of an account `a` with a token and these lines.
    fn fault(lines: &str) -> String {
        let faults = faults(&format!("[accounts.a]\nsecurity-token = {{ file = \"t\" }}\n{lines}\n"));
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].clone()
    }

    #[test]
    fn an_account_has_what_the_file_says() {
        let text = r#"
            [accounts.acme]
            region = "eu"
            security-token = { file = "acme.token" }
            operations-token = { environment = "ACME_OPERATIONS" }
            severities = ["high", "Severe"]
            rule-name = "ssh"
            tags = ["a", "b"]
            include-muted = true
            look-back-minutes = 30
            attach-logs = 5
            first-fetch = "2 days ago"
            time-budget = "1m"
            interval = "90s"
        "#;
        let account = checked(text).accounts.remove(0);
        assert_eq!(account.name.as_str(), "acme");
        assert_eq!(account.endpoint(), &Endpoint::Region("eu".into()));
        assert_eq!(account.security_token(), Some(&TokenReference::File("/etc/soar/acme.token".into())));
        assert_eq!(account.operations_token(), Some(&TokenReference::Environment("ACME_OPERATIONS".into())));
        assert_eq!(account.first_fetch(), "2 days ago");
        assert_eq!(account.interval(), Duration::from_secs(90));
        assert_eq!(account.time_budget_ms(), Some(60_000));
        let request = account.request(Start::After("x".into()));
        assert_eq!(request.start, Start::After("x".into()));
        assert_eq!(request.filter.severities, [Severity::High, Severity::Severe]);
        assert_eq!(request.filter.rule_name.as_deref(), Some("ssh"));
        assert_eq!(request.filter.tags, ["a", "b"]);
        assert!(request.filter.include_muted);
        assert_eq!((request.look_back_minutes, request.attach_logs, request.limit), (Some(30), Some(5), None));
    }

    #[test]
    fn an_account_has_the_defaults_where_it_is_silent() {
        let text = r#"
            [defaults]
            url = "https://logz.example"
            interval = "5m"
            tags = ["t"]
            include-muted = true
            [accounts.one]
            security-token.credential = "one"
            [accounts.two]
            region = "uk"
            interval = "30s"
            include-muted = false
            operations-token = { command = ["pass", "two"] }
        "#;
        let checked = checked(text);
        let [one, two] = &checked.accounts[..] else { panic!("{checked:?}") };
        assert_eq!(one.endpoint(), &Endpoint::Url("https://logz.example".into()));
        assert_eq!((one.interval(), one.filter().include_muted), (Duration::from_secs(300), true));
        assert_eq!(two.endpoint(), &Endpoint::Region("uk".into()));
        assert_eq!((two.interval(), two.filter().include_muted), (LEAST, false));
        assert_eq!((&one.filter().tags, &two.filter().tags), (&vec!["t".to_owned()], &vec!["t".to_owned()]));
        assert_eq!(two.operations_token(), Some(&TokenReference::Command(vec!["pass".into(), "two".into()])));
        assert!(checked.warnings.is_empty(), "{:?}", checked.warnings);

        let bare = self::checked("[accounts.a]\nsecurity-token = { file = \"/t\" }").accounts.remove(0);
        assert_eq!((bare.first_fetch(), bare.interval()), ("1 hour ago", Duration::from_secs(60)));
        assert_eq!(bare.endpoint(), &Endpoint::Region("us".into()));
        assert_eq!(bare.security_token(), Some(&TokenReference::File("/t".into())));
    }

    #[test]
    fn all_that_is_wrong_is_named_with_its_line_account_and_key() {
        let text = r#"
severity = 1
[defaults]
intervall = "60s"
security-token = { file = "x" }
[accounts.one]
security_token = { file = "x" }
[accounts.two]
security-token = { file = "x" }
region = "europe"
time-budget = "700s"
[accounts."three\u001B[2J four"]
security-token = { file = "x" }
[accounts.five]
"#;
        let found = faults(text);
        for (fault, start) in found.iter().zip([
            "line 2, severity: there is no such key: remove it, or take one of defaults, accounts",
            "line 4, defaults.intervall: there is no such key: write interval",
            "line 5, defaults.security-token: all accounts would be the same one: set ",
            "line 6, account one: there is no token: set security-token",
            "line 7, account one, security_token: there is no such key: write security-token",
            "line 10, account two, region: this is no region: write us, eu",
            "line 11, account two, time-budget: from 1s to 10m are possible",
            "line 12, account three\\u{1b}[2J four: a name has 1 to 64 characters",
            "line 14, account five: there is no token: set security-token",
        ]) {
            assert!(fault.starts_with(start), "{fault}");
        }
        assert_eq!(found.len(), 9, "{found:#?}");
        let error = check(text, Path::new("/no/accounts.toml"), LEAST).unwrap_err().to_string();
        assert!(error.lines().all(|line| line.starts_with("/no/accounts.toml, line ")), "{error}");
        assert_eq!(error.lines().count(), 9);
    }

    #[test]
    fn many_faults_are_counted() {
        let text: String = (0..50).map(|n| format!("[accounts.a{n}]\n")).collect();
        let error = check(&text, Path::new("x"), LEAST).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 21);
        assert!(error.ends_with("x: and 30 more faults"), "{error}");
    }

    #[test]
    fn a_value_of_another_form_is_refused_with_the_right_one() {
        for (line, remedy) in [
            ("region = 1", "write region = \"…\""),
            ("region = \" \"", "the text is empty"),
            ("url = \"http://logz.example\"", "write https://HOST"),
            ("url = \"https://s3cret@logz.example\"", "write https://HOST"),
            ("region = \"eu\"\nurl = \"https://logz.example\"", "keep one of them"),
            ("interval = 60", "write interval = \"90s\""),
            ("interval = \"29s\"", "from 30s to 1day"),
            ("interval = \"2d\"", "from 30s to 1day"),
            ("time-budget = \"s3cret\"", "write time-budget = "),
            ("severities = [\"s3cret\"]", "one of unclassified, info, low, medium, high, severe"),
            ("severities = \"high\"", "write severities = [\"…\", \"…\"]"),
            ("tags = []", "fill or remove it"),
            ("tags = [1]", "write tags = "),
            ("include-muted = \"yes\"", "true or false is expected, without quotes"),
            ("look-back-minutes = 1441", "from 0 to 1440"),
            ("look-back-minutes = -1", "from 0 to 1440"),
            ("attach-logs = 101", "from 0 to 100"),
            ("first-fetch = \"\"", "the text is empty"),
            ("operations-token = \"s3cret\"", "say where the token is: { file = "),
            ("operations-token = {}", "one source of the token is expected"),
            ("operations-token = { file = \"a\", environment = \"B\" }", "one source of the token is expected"),
            ("operations-token = { password = \"s3cret\" }", "there is no source \"password\" of a token"),
            ("operations-token = { file = \"\" }", "the path of a file is expected"),
            ("operations-token = { file = \"a\", in-clear = true }", "in-clear belongs to value only"),
            ("operations-token = { environment = \"s3cret-token\" }", "letters, digits and _"),
            ("operations-token = { command = \"s3cret token\" }", "as a list"),
            ("operations-token = { command = [] }", "as a list"),
            ("operations-token = { command = [\"\"] }", "the program has no name"),
            ("operations-token = { credential = \"../s3cret\" }", "without a /"),
            ("operations-token = { value = \"s3cret\" }", "add in-clear = true"),
            ("operations-token = { value = \"s3cret\", in-clear = false }", "add in-clear = true"),
            ("operations-token = { value = \"s3cret s3cret\", in-clear = true }", "the value holds no token"),
        ] {
            let fault = fault(line);
            let key = line.lines().last().unwrap().split(' ').next().unwrap();
            assert!(fault.contains(&format!("account a, {key}: ")), "{fault}");
            assert!(fault.contains(remedy), "{line}: {fault}");
            assert!(!fault.contains("s3cret"), "{fault}");
        }
    }

    #[test]
    fn a_table_is_written_as_one() {
        assert_eq!(
            faults("accounts = 1"),
            ["line 1, accounts: a table is expected: write [accounts] above its values"]
        );
        let fault = &faults("[accounts]\nacme = 1")[0];
        assert!(fault.starts_with("line 2, account acme: a table is expected: write [accounts.NAME]"), "{fault}");
        assert!(checked("").accounts.is_empty());
        assert!(checked("[accounts]\n").accounts.is_empty());
    }

    #[test]
    fn what_is_no_toml_is_named_by_its_line_and_not_quoted() {
        for text in ["a = 1\nb = s3cret", "\n[accounts.a", "a = \"s3cret\"\na = \"s3cret\"", "x = 1\ny = \"s3cret"] {
            let error = check(text, Path::new("/no/accounts.toml"), LEAST).unwrap_err().to_string();
            assert!(error.starts_with("/no/accounts.toml, line 2: this is no TOML"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn names_that_differ_in_letter_case_only_are_refused() {
        let account = "security-token = { file = \"x\" }";
        let found = faults(&format!("[accounts.acme]\n{account}\n[accounts.Acme]\n{account}\n"));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("line 3, account Acme: acme differs in letter case only"), "{found:?}");
    }

    #[test]
    fn the_interval_of_a_test_may_be_short() {
        let text = "[defaults]\ninterval = \"1s\"\n[accounts.a]\nsecurity-token = { file = \"t\" }";
        let second = Duration::from_secs(1);
        let accounts = check(text, Path::new("x"), second).unwrap().accounts;
        assert_eq!(accounts[0].interval(), second);
        assert!(faults(text)[0].starts_with("line 2, defaults.interval: from 30s to 1day are possible"));
    }

    #[test]
    fn accounts_with_the_same_token_are_said() {
        let text = r#"
            [accounts.one]
            security-token = { environment = "S" }
            operations-token = { environment = "O" }
            [accounts.two]
            security-token = { environment = "S" }
            [accounts.three]
            security-token = { environment = "T" }
            operations-token = { environment = "T" }
        "#;
        let warnings = checked(text).warnings;
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        let of_three = warnings[0].to_string();
        assert!(of_three.starts_with("account three has one source for both of its tokens"), "{of_three}");
        let same = warnings[1].to_string();
        assert!(same.starts_with("the accounts one, two have the same token (environment S)"), "{same}");
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_read_or_change_is_said() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let read = |text: &str, mode: u32| super::read(&file("accounts.toml", text, mode), LEAST);

        let token = file("t", "abc", 0o644);
        let of_file = "[accounts.a]\nsecurity-token = { file = \"t\" }";
        let warnings = read(of_file, 0o644).unwrap().warnings;
        let expected = format!("other users can read {0}, and it holds a token: run chmod 600 {0}", token.display());
        assert_eq!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read(of_file, 0o644).unwrap().warnings.is_empty());

        let in_clear = "[accounts.a]\nsecurity-token = { value = \"s3cret\", in-clear = true }";
        assert!(read(in_clear, 0o600).is_ok());
        let error = read(in_clear, 0o640).unwrap_err().to_string();
        assert!(error.contains("other users can read this file") && !error.contains("s3cret"), "{error}");

        let command = "[accounts.a]\nsecurity-token = { command = [\"bin/token\", \"a/b\"] }";
        let accounts = read(command, 0o644).unwrap().accounts;
        let program = folder.path().join("bin/token").display().to_string();
        assert_eq!(accounts[0].security_token(), Some(&TokenReference::Command(vec![program, "a/b".into()])));
        let error = read(command, 0o664).unwrap_err().to_string();
        assert!(error.contains("other users can change this file"), "{error}");
    }
}
