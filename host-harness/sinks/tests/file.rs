//! Lines in a file: whole, synced, each once, rotated.

use std::fs;
use std::path::PathBuf;

use logzio_soar_sinks::Undelivered;
use serde_json::Value;

use crate::support::{Folder, envelope, envelopes};

const PLAIN: &str = "[sinks.it]\ntype = \"ndjson\"\npath = \"soc.ndjson\"\n";

impl Folder {
    fn file(&self) -> PathBuf {
        self.path().join("soc.ndjson")
    }

    /// The numbers of the incidents in a file; every line has to be whole.
    fn numbers(&self) -> Vec<u64> {
        numbers(&fs::read_to_string(self.file()).unwrap())
    }

    /// The old files, oldest first.
    fn old(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_old = |path: &PathBuf| {
            path.file_name().unwrap().to_str().unwrap().starts_with("soc.2")
                || path.file_name().unwrap().to_str().unwrap().starts_with("soc.3")
        };
        let mut old: Vec<_> = entries.filter(is_old).collect();
        old.sort();
        old
    }
}

fn numbers(text: &str) -> Vec<u64> {
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn each_incident_is_a_line_with_its_account_and_number() {
    let folder = Folder::with(PLAIN);
    folder.open().await.deliver(&envelopes(1..=3)).await.unwrap();
    let text = fs::read_to_string(folder.file()).unwrap();
    let first = text.lines().next().unwrap();
    let incident = envelope(1).incident.json.get().to_owned();
    assert_eq!(first, format!("{{\"account\":\"acme\",\"sequence\":1,{}", &incident[1..]));
    assert_eq!(folder.numbers(), [1, 2, 3]);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_user_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&format!("{PLAIN}max-size = \"4 KiB\""));
    let mut sink = folder.open().await;
    for number in 1..=10 {
        sink.deliver(&[envelope(number)]).await.unwrap();
    }
    assert!(!folder.old().is_empty());
    for file in folder.old().into_iter().chain([folder.file()]) {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_was_written_and_not_acknowledged_comes_once() {
    let folder = Folder::with(PLAIN);
    folder.open().await.deliver(&envelopes(1..=100)).await.unwrap();
    // A crash before anyone knew, and then in smaller batches.
    let mut sink = folder.open().await;
    sink.deliver(&envelopes(41..=60)).await.unwrap();
    sink.deliver(&envelopes(61..=90)).await.unwrap();
    sink.deliver(&envelopes(91..=120)).await.unwrap();
    assert_eq!(folder.numbers(), (1..=120).collect::<Vec<_>>());
    // From then on, nothing is in doubt: what comes again is asked for.
    sink.deliver(&envelopes(1..=2)).await.unwrap();
    assert_eq!(folder.numbers().len(), 122);
}

#[test]
fn a_delivery_that_nobody_waited_for_is_not_repeated() {
    // The only thread for files is busy, so that no delivery ends at once.
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let folder = Folder::with(PLAIN);
        let mut sink = folder.open().await;
        let busy = tokio::task::spawn_blocking(|| std::thread::sleep(std::time::Duration::from_millis(300)));
        {
            let batch = envelopes(1..=100);
            let mut delivery = sink.deliver(&batch);
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(delivery.as_mut().poll(&mut context).is_pending());
        }
        busy.await.unwrap();
        sink.deliver(&envelopes(1..=101)).await.unwrap();
        assert_eq!(folder.numbers(), (1..=101).collect::<Vec<_>>());
    });
}

#[tokio::test]
async fn the_same_incident_with_a_new_number_is_a_new_line() {
    let folder = Folder::with(PLAIN);
    folder.open().await.deliver(&[envelope(1)]).await.unwrap();
    let mut again = envelope(1);
    again.sequence = 2;
    folder.open().await.deliver(&[again]).await.unwrap();
    assert_eq!(folder.numbers(), [1, 2]);
}

#[tokio::test]
async fn a_torn_line_of_a_crash_is_cut_off_and_comes_again() {
    let folder = Folder::with(PLAIN);
    folder.open().await.deliver(&envelopes(1..=5)).await.unwrap();
    let whole = fs::read(folder.file()).unwrap();
    let start = whole.iter().take(whole.len() - 1).rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [start, start + 1, start + 100, whole.len() - 2, whole.len() - 1] {
        fs::write(folder.file(), &whole[..cut]).unwrap();
        let mut sink = folder.open().await;
        sink.deliver(&envelopes(1..=5)).await.unwrap();
        assert_eq!(folder.numbers(), [1, 2, 3, 4, 5], "cut at {cut}");
    }
}

#[tokio::test]
async fn what_another_program_wrote_stays() {
    let folder = Folder::with(PLAIN);
    fs::write(folder.file(), "# incidents of acme").unwrap();
    folder.open().await.deliver(&[envelope(1)]).await.unwrap();
    let text = fs::read_to_string(folder.file()).unwrap();
    assert_eq!(numbers(text.strip_prefix("# incidents of acme\n").unwrap()), [1]);
}

#[tokio::test]
async fn a_full_file_is_followed_by_another_and_the_oldest_are_removed() {
    let folder = Folder::with(&format!("{PLAIN}max-size = \"4 KiB\"\nkeep = 3"));
    folder.write("soc.2026.ndjson", "not ours");
    folder.write("soc.20260101T000000.000Z.ndjson.gz", "not ours");
    let mut sink = folder.open().await;
    for number in 1..=60 {
        sink.deliver(&[envelope(number)]).await.unwrap();
        assert!(fs::metadata(folder.file()).unwrap().len() <= 4096);
    }
    let old: Vec<_> = folder.old().into_iter().filter(|path| fs::read_to_string(path).unwrap() != "not ours").collect();
    assert_eq!(old.len(), 3);
    let mut kept: Vec<u64> = old.iter().flat_map(|path| numbers(&fs::read_to_string(path).unwrap())).collect();
    kept.extend(folder.numbers());
    let first = kept[0];
    assert!(first > 1);
    assert_eq!(kept, (first..=60).collect::<Vec<_>>());
    assert_eq!(folder.old().len(), 5);
}

#[tokio::test]
async fn a_batch_that_was_cut_short_in_two_files_comes_once() {
    let folder = Folder::with(&format!("{PLAIN}daily = true"));
    folder.open().await.deliver(&envelopes(1..=3)).await.unwrap();
    fs::rename(folder.file(), folder.path().join("soc.20260101T000000.000Z.ndjson")).unwrap();
    // A crash behind the first three, and one behind the next two, which were the first of a new file.
    folder.open().await.deliver(&envelopes(4..=5)).await.unwrap();
    folder.open().await.deliver(&envelopes(1..=6)).await.unwrap();
    assert_eq!(folder.numbers(), [4, 5, 6]);
}

#[tokio::test]
async fn old_files_are_in_order_whatever_the_clock_says() {
    let folder = Folder::with(&format!("{PLAIN}max-size = \"4 KiB\""));
    folder.write("soc.29991231T235959.999Z.ndjson", "");
    let mut sink = folder.open().await;
    for number in 1..=60 {
        sink.deliver(&[envelope(number)]).await.unwrap();
    }
    let mut found: Vec<u64> =
        folder.old().iter().flat_map(|path| numbers(&fs::read_to_string(path).unwrap())).collect();
    found.extend(folder.numbers());
    assert_eq!(found, (1..=60).collect::<Vec<_>>());
    assert!(folder.old()[0].ends_with("soc.29991231T235959.999Z.ndjson"));
}

#[tokio::test]
async fn a_new_day_has_a_new_file() {
    let folder = Folder::with(&format!("{PLAIN}daily = true"));
    folder.open().await.deliver(&[envelope(1)]).await.unwrap();
    folder.open().await.deliver(&[envelope(2)]).await.unwrap();
    assert_eq!(folder.numbers(), [1, 2]);
    let file = fs::File::options().write(true).open(folder.file()).unwrap();
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(86_400)).unwrap();
    drop(file);
    // What was written yesterday, and is in doubt, is not written again today.
    folder.open().await.deliver(&envelopes(2..=3)).await.unwrap();
    assert_eq!(folder.numbers(), [3]);
    assert_eq!(numbers(&fs::read_to_string(&folder.old()[0]).unwrap()), [1, 2]);
}

#[tokio::test]
async fn a_file_that_was_renamed_is_followed_by_a_new_one() {
    let folder = Folder::with(PLAIN);
    let mut sink = folder.open().await;
    sink.deliver(&[envelope(1)]).await.unwrap();
    fs::rename(folder.file(), folder.path().join("moved")).unwrap();
    sink.deliver(&[envelope(2)]).await.unwrap();
    assert_eq!(folder.numbers(), [2]);
    fs::remove_file(folder.file()).unwrap();
    sink.deliver(&[envelope(3)]).await.unwrap();
    assert_eq!(folder.numbers(), [3]);
    // Copied and emptied.
    fs::File::options().write(true).open(folder.file()).unwrap().set_len(0).unwrap();
    sink.deliver(&[envelope(4)]).await.unwrap();
    assert_eq!(folder.numbers(), [4]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_has_one_writer() {
    let folder = Folder::with(PLAIN);
    let _first = folder.open().await;
    let error = folder.try_open().await.err().unwrap().to_string();
    assert!(error.starts_with("sink it: another program is writing to "), "{error}");
}

#[tokio::test]
async fn a_folder_that_is_missing_is_said() {
    let folder = Folder::with("[sinks.it]\ntype = \"ndjson\"\npath = \"none/soc.ndjson\"");
    let error = folder.try_open().await.err().unwrap().to_string();
    assert!(error.ends_with("create its folder"), "{error}");
    let folder = Folder::with("[sinks.it]\ntype = \"ndjson\"\npath = \"/dev/null\"");
    let error = folder.try_open().await.err().unwrap().to_string();
    assert!(error.contains("no regular file"), "{error}");
}

/// Needs root, who may mount: a disk of 64 KiB.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_leaves_whole_lines_and_is_used_again_once_there_is_room() {
    use std::process::Command;
    let folder = Folder::with("[sinks.it]\ntype = \"ndjson\"\npath = \"disk/soc.ndjson\"");
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("not tested: this user cannot mount a small disk");
        return;
    }
    let mut sink = folder.open().await;
    let mut written = 0;
    let refused = loop {
        match sink.deliver(&envelopes(written + 1..=written + 7)).await {
            Ok(()) => written += 7,
            Err(refused) => break refused,
        }
    };
    let found = numbers(&fs::read_to_string(disk.join("soc.ndjson")).unwrap());
    let because = refused.why().to_owned();
    // Room again.
    fs::rename(disk.join("soc.ndjson"), folder.path().join("disk.ndjson"))
        .or_else(|_| {
            fs::copy(disk.join("soc.ndjson"), folder.path().join("disk.ndjson"))?;
            fs::remove_file(disk.join("soc.ndjson"))
        })
        .unwrap();
    let again = sink.deliver(&envelopes(written + 1..=written + 7)).await;
    let after = fs::read_to_string(disk.join("soc.ndjson")).map(|text| numbers(&text));
    drop(sink);
    let unmounted = Command::new("umount").arg(&disk).status().unwrap();
    assert!(matches!(refused, Undelivered::Later { .. }) && because.ends_with("make room on its disk"), "{because}");
    assert_eq!(found, (1..=written).collect::<Vec<_>>());
    again.unwrap();
    assert_eq!(after.unwrap(), (written + 1..=written + 7).collect::<Vec<_>>());
    assert!(unmounted.success());
}

/// Says from which number on this process writes.
const WRITES_FROM: &str = "LOGZIO_SOAR_TEST_WRITES_FROM";
const FOLDER: &str = "LOGZIO_SOAR_TEST_FOLDER";

/// Writes batches without an end, and says what was acknowledged, when started by the test below; else it does nothing.
#[tokio::test]
async fn writer() {
    let (Ok(from), Ok(folder)) = (std::env::var(WRITES_FROM), std::env::var(FOLDER)) else { return };
    let sinks = logzio_soar_sinks::Sinks::read(&PathBuf::from(folder).join("sinks.toml")).unwrap();
    let mut sink = sinks.iter().next().unwrap().open().await.unwrap();
    let mut next: u64 = from.parse().unwrap();
    loop {
        let last = next + fastrand::u64(0..100);
        sink.deliver(&envelopes(next..=last)).await.unwrap();
        // Past the test's own buffer.
        eprintln!("<{last}>");
        next = last + 1;
    }
}

#[test]
fn a_program_that_is_killed_leaves_whole_lines_each_once() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let folder = Folder::with(&format!("{PLAIN}max-size = \"1 MB\""));
    let mut acknowledged = 0;
    for _ in 0..std::env::var("KILLS").map_or(15, |kills| kills.parse().unwrap()) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["file::writer", "--exact", "--nocapture"])
            .env(WRITES_FROM, (acknowledged + 1).to_string())
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let Some(number) = line.strip_prefix('<').and_then(|line| line.strip_suffix('>')) else { continue };
                let _ = send.send(number.parse::<u64>().unwrap());
            }
        });
        acknowledged = receive.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
        std::thread::sleep(std::time::Duration::from_micros(fastrand::u64(0..60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        acknowledged = receive.try_iter().last().unwrap_or(acknowledged);
    }
    // A last one, which settles the end.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        folder.open().await.deliver(&envelopes(acknowledged + 1..=acknowledged + 100)).await.unwrap();
    });
    let files = folder.old().into_iter().chain([folder.file()]);
    let found: Vec<u64> = files.flat_map(|path| numbers(&fs::read_to_string(path).unwrap())).collect();
    assert!(acknowledged > 100);
    let wrong: Vec<_> = found.windows(2).filter(|pair| pair[1] != pair[0] + 1).collect();
    assert!(wrong.is_empty(), "out of order: {wrong:?}");
    assert_eq!((found[0], found.len() as u64), (1, acknowledged + 100));
}
