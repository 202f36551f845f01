//! What the state promises, on real files.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::*;

const FOREVER: Retention = Retention { age: Duration::from_secs(3_600), incidents: u64::MAX };

fn identity(token: u8) -> Identity {
    Identity { endpoint: "https://api-eu.logz.io:443".into(), token: Some([token; 32]) }
}

fn incident(id: &str, sinks: &[SinkNumber]) -> NewIncident {
    NewIncident {
        id: id.into(),
        occurred: "2026-11-22T08:00:00.000Z".into(),
        severity: "high".into(),
        name: "Port scan".into(),
        json: format!(r#"{{"id":"{id}"}}"#),
        sinks: sinks.to_vec(),
    }
}

fn page(account: AccountNumber, cursor: &str, incidents: Vec<NewIncident>) -> Page {
    let poll = Polled { account, at: SystemTime::now(), succeeded: true, cursor: Some(cursor.into()) };
    Page { poll: Some(poll), account, incidents, again: false }
}

async fn account(state: &State) -> AccountState {
    state.account("acme", identity(1)).await.unwrap().unwrap()
}

async fn ids(state: &State, sink: SinkNumber) -> Vec<String> {
    let waiting = state.waiting(sink, 1_000, usize::MAX).await.unwrap();
    waiting.into_iter().map(|waiting| waiting.incident.json).collect()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &tempfile::TempDir) -> State {
    State::open(folder.path().join("state.db")).unwrap()
}

#[tokio::test]
async fn a_page_is_there_again_after_a_restart_with_its_outbox_and_its_cursor() {
    let folder = folder();
    let state = open(&folder);
    let (acme, sink) = (account(&state).await, state.sink("soar").await.unwrap());
    assert_eq!((acme.cursor, acme.polled), (None, None));
    let stored = state.store(page(acme.number, "one", vec![incident("a", &[sink]), incident("b", &[])])).await.unwrap();
    assert_eq!(stored.new, [true, true]);
    drop(state);
    let state = open(&folder);
    let acme = account(&state).await;
    assert_eq!((acme.cursor.as_deref(), acme.incidents), (Some("one"), 2));
    assert_eq!(ids(&state, sink).await, [r#"{"id":"a"}"#]);
}

#[tokio::test]
async fn an_incident_that_is_stored_goes_to_no_sink_again_unless_asked_for() {
    let folder = folder();
    let state = open(&folder);
    let (acme, sink) = (account(&state).await.number, state.sink("soar").await.unwrap());
    state.store(page(acme, "one", vec![incident("a", &[sink])])).await.unwrap();
    let first = state.waiting(sink, 9, usize::MAX).await.unwrap();
    state.acknowledged(vec![first[0].delivery]).await.unwrap();
    let stored = state.store(page(acme, "two", vec![incident("a", &[sink]), incident("b", &[sink])])).await.unwrap();
    assert_eq!(stored.new, [false, true]);
    assert_eq!(ids(&state, sink).await, [r#"{"id":"b"}"#]);
    let again = Page { again: true, poll: None, ..page(acme, "", vec![incident("a", &[sink])]) };
    state.store(again).await.unwrap();
    let second = state.waiting(sink, 9, usize::MAX).await.unwrap();
    assert_eq!(second.len(), 2);
    assert!(second[1].delivery > first[0].delivery, "a delivery that is meant has a number of its own");
    assert_eq!(account(&state).await.cursor.as_deref(), Some("two"));
}

#[tokio::test]
async fn a_page_that_cannot_be_stored_whole_leaves_nothing() {
    let folder = folder();
    let state = open(&folder);
    let acme = account(&state).await.number;
    // There is no such sink.
    let page_with_fault = page(acme, "one", vec![incident("a", &[]), incident("b", &[SinkNumber(77)])]);
    assert!(state.store(page_with_fault).await.is_err());
    let acme = account(&state).await;
    assert_eq!((acme.cursor, acme.incidents), (None, 0));
}

#[tokio::test]
async fn work_that_fails_spoils_no_other_work_of_its_transaction() {
    let folder = folder();
    let state = open(&folder);
    let acme = account(&state).await.number;
    let pages = (0..40).map(|number| {
        let sinks = if number % 4 == 0 { vec![SinkNumber(77)] } else { vec![] };
        let (state, page) = (state.clone(), page(acme, "one", vec![incident(&number.to_string(), &sinks)]));
        async move { state.store(page).await }
    });
    let mut outcomes = Vec::new();
    for task in pages.map(tokio::spawn).collect::<Vec<_>>() {
        outcomes.push(task.await.unwrap().is_ok());
    }
    assert_eq!(outcomes.iter().filter(|ok| **ok).count(), 30);
    assert_eq!(account(&state).await.incidents, 30);
}

#[tokio::test]
async fn a_name_stands_for_one_account() {
    let folder = folder();
    let state = open(&folder);
    account(&state).await;
    let other = Identity { endpoint: "https://api.logz.io:443".into(), ..identity(1) };
    let refused = state.account("acme", other).await.unwrap();
    assert_eq!(refused, Err(OtherAccount::Endpoint("https://api-eu.logz.io:443".into())));
    assert_eq!(state.account("acme", identity(2)).await.unwrap(), Err(OtherAccount::Token));
    assert!(state.accept_new_token("acme").await.unwrap());
    assert!(state.account("acme", identity(2)).await.unwrap().is_ok());
    assert_eq!(state.account("acme", identity(1)).await.unwrap(), Err(OtherAccount::Token));
    assert!(!state.accept_new_token("nobody").await.unwrap());
}

#[tokio::test]
async fn two_watchers_do_not_share_a_state_and_other_programs_may_look() {
    let folder = folder();
    let state = open(&folder);
    let refused = State::open(folder.path().join("state.db")).err().unwrap();
    assert_eq!(refused.fault(), StateFault::InUse);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("state.db", folder.path().join("link.db")).unwrap();
        let refused = State::open(folder.path().join("link.db")).err().unwrap();
        assert_eq!(refused.fault(), StateFault::InUse, "by another name");
    }
    assert!(refused.to_string().ends_with("let it end, or name another state"), "{refused}");
    let beside = State::open_beside(folder.path().join("state.db")).unwrap();
    let before = state.changes_of_others().await.unwrap();
    state.sink("own").await.unwrap();
    assert_eq!(state.changes_of_others().await.unwrap(), before);
    beside.sink("soar").await.unwrap();
    assert_ne!(state.changes_of_others().await.unwrap(), before);
    drop(state);
    assert!(State::open(folder.path().join("state.db")).is_ok());
}

#[tokio::test]
async fn a_dead_letter_is_kept_until_it_is_revived_or_dropped() {
    let folder = folder();
    let state = open(&folder);
    let (acme, sink) = (account(&state).await.number, state.sink("soar").await.unwrap());
    state.store(page(acme, "one", vec![incident("a", &[sink]), incident("b", &[sink])])).await.unwrap();
    let waiting = state.waiting(sink, 9, usize::MAX).await.unwrap();
    state.tried(waiting[0].delivery).await.unwrap();
    state.bury(waiting[0].delivery, "400: too long".into()).await.unwrap();
    assert_eq!(ids(&state, sink).await, [r#"{"id":"b"}"#]);
    let dead = state.dead_letters(Some("soar".into()), None, 9).await.unwrap();
    assert_eq!((dead[0].tries, dead[0].why.as_str(), dead[0].incident.account.as_str()), (2, "400: too long", "acme"));
    state.acknowledged(vec![waiting[1].delivery]).await.unwrap();
    let removed = state.retain(Retention { age: Duration::ZERO, incidents: 0 }).await.unwrap();
    assert_eq!(removed.incidents, 1, "the dead letter is kept");
    assert_eq!(state.revive(sink).await.unwrap(), 1);
    assert_eq!(ids(&state, sink).await, [r#"{"id":"a"}"#]);
    assert!(state.waiting(sink, 9, usize::MAX).await.unwrap()[0].delivery > waiting[1].delivery);
    assert_eq!(state.outboxes().await.unwrap()[0].dead_letters, 0);
}

#[tokio::test]
async fn what_is_old_or_too_much_goes_and_what_waits_stays() {
    let folder = folder();
    let state = open(&folder);
    let (acme, sink) = (account(&state).await.number, state.sink("soar").await.unwrap());
    let many =
        |from: u32, sinks: Vec<SinkNumber>| (from..from + 50).map(move |n| incident(&n.to_string(), &sinks)).collect();
    state.store(page(acme, "one", many(0, vec![sink]))).await.unwrap();
    state.store(page(acme, "two", many(50, vec![]))).await.unwrap();
    assert_eq!(state.retain(FOREVER).await.unwrap().incidents, 0);
    let removed = state.retain(Retention { incidents: 20, ..FOREVER }).await.unwrap();
    assert_eq!(removed, Removed { incidents: 30, more: false });
    assert_eq!(ids(&state, sink).await.len(), 50);
    assert_eq!(account(&state).await.incidents, 70);
}

#[tokio::test]
async fn the_file_gives_space_back() {
    let folder = folder();
    let state = open(&folder);
    let acme = account(&state).await.number;
    let size = |folder: &tempfile::TempDir| fs::metadata(folder.path().join("state.db")).unwrap().len();
    let mut largest = 0;
    for round in 0..6 {
        for number in 0..10 {
            let large =
                |n: u32| NewIncident { json: "x".repeat(20_000), ..incident(&format!("{round}-{number}-{n}"), &[]) };
            state.store(page(acme, "c", (0..50).map(large).collect())).await.unwrap();
        }
        while state.retain(Retention { incidents: 10, ..FOREVER }).await.unwrap().more {}
        largest = largest.max(size(&folder));
    }
    let log = fs::metadata(folder.path().join("state.db-wal")).unwrap().len();
    drop(state);
    wait_for_the_end(&folder.path().join("state.db"));
    assert!(largest < 16 << 20 && size(&folder) < 2 << 20 && log <= 16 << 20, "{largest} {} {log}", size(&folder));
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_the_state_goes_on_when_there_is_space() {
    let folder = folder();
    let state = open(&folder);
    let acme = account(&state).await.number;
    let pages = |count: u32| {
        let limit = move |database: &rusqlite::Connection| {
            database.query_row(&format!("PRAGMA max_page_count = {count}"), (), |_| Ok(()))
        };
        state.database.run(limit)
    };
    pages(1).await.unwrap();
    let large = NewIncident { json: "x".repeat(500_000), ..incident("a", &[]) };
    let error = state.store(page(acme, "one", vec![large.clone()])).await.unwrap_err();
    assert_eq!(error.fault(), StateFault::Full);
    assert!(error.to_string().ends_with("free some space; a watcher that runs goes on by itself then"), "{error}");
    let now = account(&state).await;
    assert_eq!((now.cursor, now.incidents), (None, 0));
    state.store(page(acme, "one", vec![large])).await.unwrap();
    assert_eq!(account(&state).await.cursor.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_locked_database_is_said_to_be_locked_and_comes_back() {
    let folder = folder();
    let state = open(&folder);
    let acme = account(&state).await.number;
    state.database.run(|database| database.busy_timeout(Duration::from_millis(20))).await.unwrap();
    let other = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = state.store(page(acme, "one", vec![incident("a", &[])])).await.unwrap_err();
    assert_eq!(error.fault(), StateFault::Locked);
    other.execute_batch("COMMIT").unwrap();
    state.store(page(acme, "one", vec![incident("a", &[])])).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_said_to_be_damaged_and_a_backup_replaces_it() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let state = open(&folder);
    let acme = account(&state).await.number;
    let many = (0..500).map(|number| incident(&format!("{number:0200}"), &[])).collect();
    state.store(page(acme, "one", many)).await.unwrap();
    let copy = folder.path().join("copy.db");
    state.back_up(&copy).unwrap();
    assert!(state.back_up(&copy).unwrap_err().to_string().contains("exists already"));
    assert_eq!(state.check().unwrap(), Vec::<String>::new());
    drop(state);
    wait_for_the_end(&path);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[4_096..middle].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let outcome = match State::open(&path) {
        Ok(state) => state.account("acme", identity(1)).await.map(|_| ()),
        Err(error) => Err(error),
    };
    let error = outcome.unwrap_err();
    assert_eq!(error.fault(), StateFault::Damaged, "{error}");
    fs::copy(&copy, &path).unwrap();
    assert_eq!(account(&open(&folder)).await.incidents, 500);
    wait_for_the_end(&path);
    fs::write(&path, "this is no database, and long enough to be read as one").unwrap();
    assert_eq!(State::open(&path).err().unwrap().fault(), StateFault::NotAState);
}

/// The thread closes the database a moment after the state was dropped.
fn wait_for_the_end(path: &Path) {
    let log = path.with_extension("db-wal");
    for _ in 0..500 {
        if !log.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the database is still open");
}

#[cfg(unix)]
#[tokio::test]
async fn no_other_user_can_read_any_of_its_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let state = open(&folder);
    account(&state).await;
    let mut files = 0;
    for entry in fs::read_dir(folder.path()).unwrap().flatten() {
        files += 1;
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    assert_eq!(files, 4, "state, lock, log and index of the log");
}

#[tokio::test]
async fn a_poll_that_is_written_late_moves_no_cursor_back() {
    let folder = folder();
    let state = open(&folder);
    let acme = account(&state).await.number;
    let now = SystemTime::now();
    let poll = |at, cursor: &str| Polled { account: acme, at, succeeded: true, cursor: Some(cursor.into()) };
    state.store(page(acme, "new", vec![incident("a", &[])])).await.unwrap();
    state.polled(vec![poll(now - Duration::from_secs(5), "old")]).await.unwrap();
    assert_eq!(account(&state).await.cursor.as_deref(), Some("new"));
    state.polled(vec![poll(SystemTime::now(), "newer")]).await.unwrap();
    assert_eq!(account(&state).await.cursor.as_deref(), Some("newer"));
    // The clock was an hour ahead, and was set right.
    let ahead = Page { poll: Some(poll(now + Duration::from_secs(3_600), "ahead")), ..page(acme, "", vec![]) };
    state.store(ahead).await.unwrap();
    state.polled(vec![poll(SystemTime::now(), "right")]).await.unwrap();
    assert_eq!(account(&state).await.cursor.as_deref(), Some("right"));
}

#[tokio::test]
async fn dead_letters_of_several_sinks_are_listed_whole() {
    let folder = folder();
    let state = open(&folder);
    let acme = account(&state).await.number;
    let sinks = [state.sink("soar").await.unwrap(), state.sink("pager").await.unwrap()];
    let incidents = ["a", "b", "c"].map(|id| incident(id, &sinks)).to_vec();
    state.store(page(acme, "one", incidents)).await.unwrap();
    for sink in sinks {
        for waiting in state.waiting(sink, 9, usize::MAX).await.unwrap() {
            state.bury(waiting.delivery, "400".into()).await.unwrap();
        }
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let some = state.dead_letters(None, after.take(), 3).await.unwrap();
        let Some(last) = some.last() else { break };
        after = Some((last.incident.sequence, last.sink.clone()));
        listed.extend(some.into_iter().map(|letter| format!("{} {}", letter.sink, letter.incident.json)));
    }
    let ids = ["a", "b", "c"].map(|id| format!(r#"{{"id":"{id}"}}"#));
    let all = ids.iter().flat_map(|id| [format!("pager {id}"), format!("soar {id}")]);
    assert_eq!(listed, all.collect::<Vec<_>>());
}

#[test]
fn a_state_that_is_not_there_or_has_two_names_is_refused() {
    let folder = folder();
    let file = folder.path().join("state.db");
    let refused = State::open_beside(&file).err().unwrap();
    assert_eq!(refused.fault(), StateFault::Missing);
    assert!(refused.to_string().contains("`logzio-soar watch` makes it"), "{refused}");
    drop(open(&folder));
    fs::hard_link(&file, folder.path().join("other.db")).unwrap();
    assert_eq!(State::open(&file).err().unwrap().fault(), StateFault::Linked);
}
