//! Changes to `accounts.toml`: comments and order stay, the file is replaced as a whole, and tokens are kept beside it.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use logzio_soar_host::contract::Endpoint;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use super::{ACCOUNTS, check};
use crate::account::{OPERATIONS_TOKEN, SECURITY_TOKEN};
use crate::error::AccountsError;
use crate::name::AccountName;
use crate::private_file;
use crate::shown;
use crate::token::{Token, TokenReference};

/// The folder beside the file in which tokens are kept.
const TOKENS: &str = "tokens";

/// An account to add.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: AccountName,
    /// Where its API is; none for the file's default.
    pub endpoint: Option<Endpoint>,
    /// The token of its Security account.
    pub security_token: Option<NewToken>,
    /// The token of its Operations account.
    pub operations_token: Option<NewToken>,
}

/// A token of an account to add.
#[derive(Clone, Debug)]
pub enum NewToken {
    /// Kept in a file of mode 600, in the folder `tokens` beside the file of accounts.
    Kept(Token),
    /// Somewhere else.
    From(TokenReference),
}

/// Adds an account to a file of accounts, which is made if there is none. The file has mode 600, and stays readable for its
/// group if it was. When this returns, the account outlives a crash of the machine.
///
/// # Errors
/// If there is one of this name, something in the file is wrong already or would be, or a file cannot be written. Then nothing
/// is changed.
pub fn add(path: &Path, account: &NewAccount) -> Result<(), AccountsError> {
    let failed = |source| AccountsError::Write { path: path.to_owned(), source };
    make_folder(private_file::folder(path)).map_err(failed)?;
    let _lock = lock(path).map_err(failed)?;
    let text = match private_file::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(AccountsError::Read { path: path.to_owned(), source }),
    };
    let known = check(&text, path, Duration::ZERO)?.accounts;
    if let Some(other) = known.iter().find(|known| known.name.as_str().eq_ignore_ascii_case(account.name.as_str())) {
        return Err(AccountsError::Exists { path: path.to_owned(), name: other.name.clone() });
    }
    let mut document = parsed(&text, path)?;
    insert(&mut document, account).map_err(failed)?;
    let text = document.to_string();
    // The account may lack something, or have what the file may not hold.
    check(&text, path, Duration::ZERO)?;
    let kept = [(SECURITY_TOKEN, &account.security_token), (OPERATIONS_TOKEN, &account.operations_token)];
    let mut written = Vec::new();
    let outcome = kept
        .into_iter()
        .filter_map(|(key, token)| match token {
            Some(NewToken::Kept(token)) => Some((token_file(path, &account.name, key), token)),
            _ => None,
        })
        .try_for_each(|(file, token)| {
            keep(&file, token)?;
            written.push(file);
            Ok(())
        })
        .and_then(|()| replace(path, &text));
    if outcome.is_err() {
        // Nothing refers to them.
        written.iter().for_each(|file| drop(fs::remove_file(file)));
    }
    outcome
}

/// Removes an account from a file of accounts, and the files of its tokens that [`add`] made, and no other. Comments stay,
/// but for those in the account and right above it. Returns the files of tokens that were removed.
///
/// # Errors
/// If there is no such account, something in the file is wrong, or a file cannot be written.
pub fn remove(path: &Path, name: &str) -> Result<Vec<PathBuf>, AccountsError> {
    let _lock = lock(path).map_err(|source| AccountsError::Read { path: path.to_owned(), source })?;
    let text = private_file::read(path).map_err(|source| AccountsError::Read { path: path.to_owned(), source })?;
    let known = check(&text, path, Duration::ZERO)?.accounts;
    let Some(account) = known.iter().find(|account| account.name.as_str() == name) else {
        let nearest = shown::nearest(name, known.iter().map(|account| account.name.as_str()));
        let nearest = nearest.and_then(|nearest| nearest.parse().ok());
        return Err(AccountsError::Unknown { path: path.to_owned(), name: name.to_owned(), nearest });
    };
    let mut document = parsed(&text, path)?;
    take_out(&mut document, name);
    replace(path, &document.to_string())?;

    let is_used = |file: &PathBuf| {
        let others = known.iter().filter(|other| other.name != account.name);
        others
            .flat_map(|other| other.security_token.iter().chain(&other.operations_token))
            .any(|reference| matches!(reference, TokenReference::File(used) if used == file))
    };
    let own = [(SECURITY_TOKEN, &account.security_token), (OPERATIONS_TOKEN, &account.operations_token)];
    let mut removed = Vec::new();
    for (key, reference) in own {
        let file = token_file(path, &account.name, key);
        let is_ours = *reference == Some(TokenReference::File(file.clone())) && !is_used(&file);
        // A link is not ours, nor what it leads to.
        if is_ours && fs::symlink_metadata(&file).is_ok_and(|found| found.is_file()) {
            fs::remove_file(&file).map_err(|source| AccountsError::Write { path: file.clone(), source })?;
            removed.push(file);
        }
    }
    Ok(removed)
}

fn parsed(text: &str, path: &Path) -> Result<DocumentMut, AccountsError> {
    text.parse().map_err(|_| AccountsError::Syntax { path: path.to_owned(), line: 1 })
}

/// Where a token of an account is kept.
fn token_file(path: &Path, name: &AccountName, key: &str) -> PathBuf {
    private_file::folder(path).join(token_path(name, key))
}

/// The same, as the file of accounts has it.
fn token_path(name: &AccountName, key: &str) -> String {
    let kind = key.split('-').next().unwrap_or_default();
    format!("{TOKENS}/{name}.{kind}")
}

fn insert(document: &mut DocumentMut, account: &NewAccount) -> io::Result<()> {
    let mut table = Table::new();
    match &account.endpoint {
        Some(Endpoint::Region(code)) => drop(table.insert("region", code.as_str().into())),
        Some(Endpoint::Url(url)) => drop(table.insert("url", url.as_str().into())),
        None => {}
    }
    for (key, token) in [(SECURITY_TOKEN, &account.security_token), (OPERATIONS_TOKEN, &account.operations_token)] {
        let reference = match token {
            Some(NewToken::Kept(_)) => written("file", token_path(&account.name, key)),
            Some(NewToken::From(reference)) => of_reference(reference)?,
            None => continue,
        };
        table.insert(key, Value::InlineTable(reference).into());
    }
    let accounts = document.entry(ACCOUNTS).or_insert_with(|| {
        let mut accounts = Table::new();
        // Only the tables of the accounts are written.
        accounts.set_implicit(true);
        Item::Table(accounts)
    });
    if let Some(accounts) = accounts.as_table_mut() {
        if !accounts.is_empty() {
            table.decor_mut().set_prefix("\n");
        }
        accounts.insert(account.name.as_str(), Item::Table(table));
    } else if let Some(accounts) = accounts.as_inline_table_mut() {
        accounts.insert(account.name.as_str(), Value::InlineTable(table.into_inline_table()));
    }
    Ok(())
}

fn written(key: &str, value: impl Into<Value>) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert(key, value.into());
    table
}

/// A reference as the file has it.
fn of_reference(reference: &TokenReference) -> io::Result<InlineTable> {
    Ok(match reference {
        TokenReference::Environment(name) => written("environment", name.as_str()),
        TokenReference::File(path) => {
            let text = path.to_str().ok_or_else(|| io::Error::other("the path of the token file is no UTF-8"))?;
            written("file", text)
        }
        TokenReference::Command(words) => written("command", words.iter().collect::<Array>()),
        TokenReference::Credential(name) => written("credential", name.as_str()),
        TokenReference::Value(token) => {
            let mut table = written("value", token.expose());
            table.insert("in-clear", true.into());
            table
        }
    })
}

/// Takes an account out. What is written above it, apart from it by an empty line, belongs to others.
fn take_out(document: &mut DocumentMut, name: &str) {
    let accounts = document.get_mut(ACCOUNTS).and_then(Item::as_table_like_mut);
    let Some(Item::Table(removed)) = accounts.and_then(|accounts| accounts.remove(name)) else { return };
    let prefix = removed.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    let Some((kept, _)) = prefix.rsplit_once("\n\n") else { return };
    if !kept.contains('#') {
        return;
    }
    let kept = format!("{kept}\n");
    let position = removed.position();
    let next = tables(document.as_table()).into_iter().filter(|at| Some(*at) > position).min();
    match next.and_then(|next| table_at(document.as_table_mut(), next)) {
        Some(next) => {
            let own = next.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
            next.decor_mut().set_prefix(format!("{kept}{own}"));
        }
        None => {
            let own = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(format!("{kept}{own}"));
        }
    }
}

/// The positions of all tables.
fn tables(table: &Table) -> Vec<isize> {
    let inner = table.iter().filter_map(|(_, item)| item.as_table()).flat_map(tables);
    table.position().into_iter().filter(|_| !table.is_implicit()).chain(inner).collect()
}

/// The table at a position.
fn table_at(table: &mut Table, position: isize) -> Option<&mut Table> {
    if table.position() == Some(position) && !table.is_implicit() {
        return Some(table);
    }
    table.iter_mut().filter_map(|(_, item)| item.as_table_mut()).find_map(|table| table_at(table, position))
}

/// Makes a folder that others cannot read, if there is none.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Holds the folder of a file against others that change it, until it is dropped.
fn lock(path: &Path) -> io::Result<Option<File>> {
    #[cfg(unix)]
    {
        let folder = File::open(private_file::folder(path))?;
        folder.lock()?;
        Ok(Some(folder))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(None)
    }
}

/// Keeps a token in a file that must not be there.
fn keep(file: &Path, token: &Token) -> Result<(), AccountsError> {
    let failed = |source| AccountsError::Write { path: file.to_owned(), source };
    make_folder(private_file::folder(file)).map_err(failed)?;
    if fs::symlink_metadata(file).is_ok() {
        return Err(AccountsError::TokenFileExists { path: file.to_owned() });
    }
    private_file::replace(file, format!("{}\n", token.expose()).as_bytes()).map_err(failed)
}

/// Replaces the file of accounts. One behind a link is replaced there, and keeps its owner and its group.
fn replace(path: &Path, text: &str) -> Result<(), AccountsError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let found = fs::metadata(&target).ok();
    private_file::replace_with(&target, text.as_bytes(), |file| match &found {
        Some(found) => take_over(file, found),
        None => Ok(()),
    })
    .map_err(|source| AccountsError::Write { path: path.to_owned(), source })
}

/// Gives a new file the owner and the group of another one, and lets the group read it where it could.
#[cfg(unix)]
fn take_over(file: &File, found: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (found.uid(), found.gid()) {
        std::os::unix::fs::fchown(file, Some(found.uid()), Some(found.gid()))?;
    }
    file.set_permissions(fs::Permissions::from_mode(0o600 | (found.mode() & 0o040)))
}

#[cfg(not(unix))]
fn take_over(_file: &File, _found: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    struct Site(TempDir);

    impl Site {
        fn new(text: &str) -> Self {
            let site = Self(tempfile::tempdir().unwrap());
            fs::write(site.path(), text).unwrap();
            site
        }

        fn path(&self) -> PathBuf {
            self.0.path().join("accounts.toml")
        }

        fn text(&self) -> String {
            fs::read_to_string(self.path()).unwrap()
        }

        fn file(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }
    }

    fn kept(text: &str) -> Option<NewToken> {
        Some(NewToken::Kept(Token::new(text, "it").unwrap()))
    }

    fn account(name: &str) -> NewAccount {
        let endpoint = Some(Endpoint::Region("eu".into()));
        NewAccount { name: name.parse().unwrap(), endpoint, security_token: kept("s3cret"), operations_token: None }
    }

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn the_first_account_makes_the_file_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("soar/accounts.toml");
        let mut acme = account("acme.eu");
        acme.operations_token = kept("s3cret-2");
        add(&path, &acme).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "[accounts.\"acme.eu\"]\nregion = \"eu\"\nsecurity-token = { file = \"tokens/acme.eu.security\" }\n\
             operations-token = { file = \"tokens/acme.eu.operations\" }\n"
        );
        let tokens = folder.path().join("soar/tokens");
        let security = tokens.join("acme.eu.security");
        assert_eq!(fs::read_to_string(&security).unwrap(), "s3cret\n");
        assert_eq!(fs::read_to_string(tokens.join("acme.eu.operations")).unwrap(), "s3cret-2\n");
        assert_eq!([mode(&path), mode(&security), mode(&tokens)], [0o600, 0o600, 0o700]);
        assert_eq!(mode(&folder.path().join("soar")), 0o700);
    }

    const COMMENTED: &str = "# of the team\n[defaults]\ninterval = \"60s\" # a minute\n\n# in Europe\n\n# the bank\n\
                             [accounts.zeta]\nsecurity-token = { file = \"z\" } # by hand\n\n# the other\n[accounts.beta]\n\
                             region    =    \"uk\"\nsecurity-token = { file = \"b\" }\n# the end\n";

    #[test]
    fn comments_and_order_stay() {
        let site = Site::new(COMMENTED);
        add(&site.path(), &account("acme")).unwrap();
        let added = "\n[accounts.acme]\nregion = \"eu\"\nsecurity-token = { file = \"tokens/acme.security\" }\n";
        let (before, after) = COMMENTED.split_at(COMMENTED.len() - "# the end\n".len());
        let text = site.text();
        assert_eq!(text, format!("{before}{added}{after}"), "{text}");

        remove(&site.path(), "acme").unwrap();
        assert_eq!(site.text(), COMMENTED);
        remove(&site.path(), "zeta").unwrap();
        let expected = "# of the team\n[defaults]\ninterval = \"60s\" # a minute\n\n# in Europe\n\n# the other\n[accounts.beta]\n\
                        region    =    \"uk\"\nsecurity-token = { file = \"b\" }\n# the end\n";
        assert_eq!(site.text(), expected, "{}", site.text());
        remove(&site.path(), "beta").unwrap();
        assert!(site.text().starts_with("# of the team\n[defaults]\ninterval = \"60s\" # a minute\n"));
        assert!(site.text().contains("# in Europe") && site.text().ends_with("# the end\n"), "{}", site.text());
        assert!(!site.text().contains("beta"));
    }

    #[test]
    fn tables_of_any_form_are_changed() {
        for text in [
            "accounts = { zeta = { security-token = { file = \"z\" } } }\n",
            "accounts.zeta.security-token.file = \"z\"\n",
            "[accounts]\nzeta = { security-token = { file = \"z\" } }\n",
            "[accounts.zeta.security-token]\nfile = \"z\"\n",
        ] {
            let site = Site::new(text);
            add(&site.path(), &account("acme")).unwrap();
            let names = |site: &Site| {
                let accounts = check(&site.text(), &site.path(), Duration::ZERO).unwrap().accounts;
                accounts.into_iter().map(|account| account.name.to_string()).collect::<Vec<_>>()
            };
            assert_eq!(names(&site), ["zeta", "acme"], "{}", site.text());
            remove(&site.path(), "zeta").unwrap();
            assert_eq!(names(&site), ["acme"], "{}", site.text());
        }
    }

    #[test]
    fn references_are_written_as_they_are_read() {
        let site = Site::new("");
        let references = [
            TokenReference::Environment("ACME".into()),
            TokenReference::File(site.file("x \"y\"")),
            TokenReference::Command(vec!["pass".into(), "a b".into(), "$(c)".into()]),
            TokenReference::Credential("acme".into()),
        ];
        for (at, reference) in references.iter().enumerate() {
            let mut account = account(&format!("a{at}"));
            account.security_token = Some(NewToken::From(reference.clone()));
            add(&site.path(), &account).unwrap();
        }
        let accounts = check(&site.text(), &site.path(), Duration::ZERO).unwrap().accounts;
        let read: Vec<_> = accounts.into_iter().filter_map(|account| account.security_token).collect();
        assert_eq!(read, references);
        assert!(!site.file("tokens").exists());
    }

    #[test]
    fn what_cannot_be_added_changes_nothing() {
        let site = Site::new("[accounts.Acme]\nsecurity-token = { file = \"x\" }\n");
        let before = site.text();
        let error = add(&site.path(), &account("acme")).unwrap_err();
        assert!(matches!(&error, AccountsError::Exists { name, .. } if name.as_str() == "Acme"), "{error}");
        let nothing = NewAccount { security_token: None, ..account("b") };
        assert!(matches!(add(&site.path(), &nothing), Err(AccountsError::Faults { .. })));
        let elsewhere = NewAccount { endpoint: Some(Endpoint::Url("http://logz.example".into())), ..account("b") };
        assert!(matches!(add(&site.path(), &elsewhere), Err(AccountsError::Faults { .. })));
        assert!(!site.file("tokens").exists());

        // A file that is there may be in use; the token before it is not left behind.
        fs::create_dir(site.file("tokens")).unwrap();
        fs::write(site.file("tokens/b.operations"), "other").unwrap();
        let both = NewAccount { operations_token: kept("s3cret"), ..account("b") };
        let error = add(&site.path(), &both).unwrap_err();
        assert!(matches!(error, AccountsError::TokenFileExists { .. }), "{error}");
        assert_eq!(fs::read_to_string(site.file("tokens/b.operations")).unwrap(), "other");
        assert!(!site.file("tokens/b.security").exists());
        assert_eq!(site.text(), before);

        fs::write(site.path(), "[accounts.b]\nregoin = \"eu\"\n").unwrap();
        assert!(matches!(add(&site.path(), &account("c")), Err(AccountsError::Faults { .. })));
        assert!(matches!(remove(&site.path(), "b"), Err(AccountsError::Faults { .. })));
    }

    #[test]
    fn only_token_files_that_were_made_are_removed() {
        let site = Site::new("");
        add(&site.path(), &account("acme")).unwrap();
        let made = site.file("tokens/acme.security");
        assert!(made.exists());
        assert_eq!(remove(&site.path(), "acme").unwrap(), std::slice::from_ref(&made));
        assert!(!made.exists());
        assert!(matches!(remove(&site.path(), "acme"), Err(AccountsError::Unknown { .. })));

        // By hand, elsewhere, in use by another account, behind a link.
        fs::write(site.file("own"), "x").unwrap();
        fs::write(site.file("tokens/other.security"), "x").unwrap();
        let file = |name: &str| format!("[accounts.acme]\nsecurity-token = {{ file = \"{name}\" }}\n");
        for name in ["own", "tokens/other.security", "tokens/acme.operations"] {
            fs::write(site.file("tokens/acme.operations"), "x").unwrap();
            fs::write(site.path(), file(name)).unwrap();
            assert!(remove(&site.path(), "acme").unwrap().is_empty(), "{name}");
            assert!(site.file(name).exists(), "{name}");
        }
        add(&site.path(), &account("acme")).unwrap();
        let text = format!("{}[accounts.b]\noperations-token = {{ file = \"tokens/acme.security\" }}\n", site.text());
        fs::write(site.path(), text).unwrap();
        assert!(remove(&site.path(), "acme").unwrap().is_empty());
        assert!(made.exists());
        #[cfg(unix)]
        {
            fs::remove_file(&made).unwrap();
            std::os::unix::fs::symlink(site.file("own"), &made).unwrap();
            fs::write(site.path(), file("tokens/acme.security")).unwrap();
            assert!(remove(&site.path(), "acme").unwrap().is_empty());
            assert!(site.file("own").exists() && made.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_changed_file_is_private_readable_for_its_group_at_most_and_stays_behind_its_link() {
        use std::os::unix::fs::PermissionsExt;
        let site = Site::new("");
        let elsewhere = site.file("elsewhere.toml");
        for (before, after) in [(0o644, 0o640), (0o600, 0o600), (0o666, 0o640)] {
            fs::write(&elsewhere, "").unwrap();
            fs::set_permissions(&elsewhere, fs::Permissions::from_mode(before)).unwrap();
            let _ = fs::remove_file(site.path());
            std::os::unix::fs::symlink(&elsewhere, site.path()).unwrap();
            add(&site.path(), &account("acme")).unwrap();
            assert_eq!(mode(&elsewhere), after, "{before:o}");
            assert!(fs::symlink_metadata(site.path()).unwrap().is_symlink());
            remove(&site.path(), "acme").unwrap();
        }
    }

    #[test]
    fn changes_at_the_same_time_lose_nothing() {
        let site = Site::new("");
        std::thread::scope(|scope| {
            for n in 0..8 {
                let path = site.path();
                scope.spawn(move || add(&path, &account(&format!("a{n}"))).unwrap());
            }
        });
        assert_eq!(check(&site.text(), &site.path(), Duration::ZERO).unwrap().accounts.len(), 8);
    }
}
