//! `accounts` and `--account`: named accounts, several at a time, each simulated on a port of its own.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::Log;
use serde_json::{Value, json};

use crate::support::{RANGE, Site, code, ids_of, start};

/// A log with an address in it.
fn log(id: &str, time: DateTime<Utc>, address: &str) -> Log {
    let document = json!({"@timestamp": time.to_rfc3339(), "type": "app", "source.ip": address, "message": "x"});
    Log::new(id, time, document.to_string())
}

/// Logs of which every other one holds an indicator.
fn site(name: &str, logs: i64) -> Site {
    Site::with_logs((0..logs).map(|n| {
        let address = if n % 2 == 0 { "203.0.113.9" } else { "192.0.2.1" };
        log(&format!("{name}-{n}"), start() + TimeDelta::minutes(n + 1), address)
    }))
}

/// Writes a private file.
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Where the command looks for accounts.
fn accounts_file(site: &Site) -> PathBuf {
    let folder = site.files.path().join(".config/logzio-soar");
    fs::create_dir_all(&folder).unwrap();
    folder.join("accounts.toml")
}

/// The text of an account with both of its tokens in files.
fn account(home: &Site, name: &str, of: &Site) -> String {
    let folder = accounts_file(home);
    let folder = folder.parent().unwrap();
    write(&folder.join(format!("{name}.s")), &of.simulator.security_token());
    write(&folder.join(format!("{name}.o")), &of.simulator.operations_token());
    format!(
        "[accounts.{name}]\nurl = \"{}\"\nsecurity-token = {{ file = \"{name}.s\" }}\noperations-token = {{ file = \
         \"{name}.o\" }}\n",
        of.url()
    )
}

/// Two accounts, and a third whose token is wrong. Other accounts are in the environment, and never asked.
struct Three {
    home: Site,
    _acme: Site,
    _beta: Site,
}

impl Three {
    fn new() -> Self {
        let (home, acme, beta) = (site("home", 1), site("acme", 4), site("beta", 6));
        let mut text = account(&home, "beta", &beta) + &account(&home, "acme", &acme);
        text += &account(&home, "zeta", &beta);
        let path = accounts_file(&home);
        write(&path.with_file_name("zeta.o"), "00000000-0000-0000-0000-000000000000");
        write(&path, &text);
        Self { home, _acme: acme, _beta: beta }
    }

    /// Runs a command, none of whose outputs may hold a token.
    fn run(&self, line: &str) -> Output {
        let output = self.home.run(line);
        for site in [&self.home, &self._acme, &self._beta] {
            for token in [site.simulator.security_token(), site.simulator.operations_token()] {
                for text in [&output.stdout, &output.stderr] {
                    assert!(!String::from_utf8_lossy(text).contains(&token), "{line}: {output:?}");
                }
            }
        }
        output
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_command_uses_the_account_that_is_named_and_nothing_of_the_environment() {
    let three = Three::new();
    let output = three.run(&format!("search * --account beta {RANGE} -o ndjson"));
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(ids_of(&output.stdout).len(), 6);
    assert!(lines(&output).iter().all(|row| row.get("account").is_none()));
    let output = three.run("check --account acme -o ndjson");
    assert_eq!((code(&output), lines(&output).len() > 1), (0, true), "{output:?}");
    assert_eq!(code(&three.run(&format!("fields --account acme {RANGE} -o json"))), 0);
    let output = three.run("fetch --account acme -o json");
    assert_eq!((code(&output), stdout(&output).as_str()), (0, "[]\n"), "{output:?}");

    // What a command does not need may be missing.
    let token = |name| accounts_file(&three.home).with_file_name(name);
    fs::rename(token("acme.s"), token("away")).unwrap();
    assert_eq!(code(&three.run(&format!("search * --account acme {RANGE} -o json"))), 0);
    assert_eq!(code(&three.run("fetch --account acme -o json")), 2);
    fs::rename(token("away"), token("acme.s")).unwrap();
    fs::remove_file(token("acme.o")).unwrap();
    assert_eq!(code(&three.run("fetch --account acme -o json")), 0);
    let output = three.run("check --account acme");
    let file = accounts_file(&three.home);
    let begin = format!("error: {}, account acme, operations-token: there is no token file ", file.display());
    assert!(code(&output) == 2 && stderr(&output).starts_with(&begin), "{output:?}");
}

#[test]
fn rows_of_several_accounts_say_their_account() {
    let three = Three::new();
    let output = three.run(&format!("search * --account beta --account acme {RANGE} -o ndjson"));
    assert_eq!(code(&output), 0, "{output:?}");
    let rows = lines(&output);
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!((rows.len(), ids.len()), (10, 10));
    for row in &rows {
        assert!(row["id"].as_str().unwrap().starts_with(row["account"].as_str().unwrap()), "{row}");
    }
    // A limit is for each.
    let output = three.run(&format!("search * --account acme,beta {RANGE} --limit 2 -o csv"));
    let csv = stdout(&output);
    assert_eq!(csv.lines().next(), Some("account,id,timestamp,source"), "{csv}");
    for name in ["acme,", "beta,"] {
        assert_eq!(csv.lines().filter(|line| line.starts_with(name)).count(), 2, "{csv}");
    }
    let notes = stderr(&output);
    assert_eq!(
        notes,
        "note: acme: 2 of 4 logs; --limit or --all shows more\nnote: beta: 2 of 6 logs; --limit or --all shows more\n"
    );
    let table = stdout(&three.run(&format!("search * --account acme,beta {RANGE}")));
    assert!(table.starts_with("ACCOUNT  TIMESTAMP (UTC)"), "{table}");
    assert_eq!(table.lines().count(), 11, "{table}");
    // A page for all of them is one array.
    let all = three.run(&format!("search * --account acme,beta --all {RANGE} -o json"));
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&all.stdout).unwrap().len(), 10);
}

#[test]
fn one_account_that_fails_hides_no_other() {
    let three = Three::new();
    let output = three.run(&format!("search * --account all {RANGE} -o json"));
    assert_eq!(code(&output), 3, "{output:?}");
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap().len(), 10);
    assert!(stderr(&output).contains("error: zeta: "), "{output:?}");

    let output = three.run(&format!("hunt 203.0.113.9 --account all {RANGE} -o ndjson"));
    assert_eq!(code(&output), 3, "{output:?}");
    let mut found: Vec<_> = lines(&output).iter().map(|row| (row["account"].clone(), row["hits"].clone())).collect();
    found.sort_by_key(|found| found.0.to_string());
    assert_eq!(found, [(json!("acme"), json!(2)), (json!("beta"), json!(3))]);
    assert!(stderr(&output).contains("error: zeta: "), "{output:?}");

    // The first that failed, by name: a token that is missing comes before one that is wrong.
    fs::remove_file(accounts_file(&three.home).with_file_name("beta.o")).unwrap();
    let output = three.run(&format!("search * --account all {RANGE} -o ndjson"));
    assert_eq!((code(&output), lines(&output).len()), (2, 4), "{output:?}");
    // If all of them failed, there is no result.
    let output = three.run(&format!("search * --account beta,zeta {RANGE} -o json"));
    assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{output:?}");
    let output = three.run(&format!("hunt 203.0.113.9 --account beta,zeta {RANGE} -o json"));
    assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{output:?}");
}

#[test]
fn a_hunt_over_several_accounts_sums_up_each() {
    let three = Three::new();
    let output = three.run(&format!("hunt 203.0.113.9 198.51.100.1 nonsense! --account acme,beta {RANGE}"));
    assert_eq!(code(&output), 1, "{output:?}");
    let table = stdout(&output);
    assert!(table.starts_with("ACCOUNT      HITS"), "{table}");
    assert!(table.contains("\nacme            2  ip"), "{table}");
    assert!(table.contains("\nbeta            3  ip"), "{table}");
    assert_eq!(table.matches("nonsense!").count(), 1, "{table}");
    assert!(table.ends_with("\n\nacme: 1 seen, 1 not seen\nbeta: 1 seen, 1 not seen\n"), "{table}");

    let output = three.run(&format!("hunt 203.0.113.9 --account acme,beta {RANGE} -o stix"));
    let bundle: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_type = |kind: &str| {
        let objects = bundle["objects"].as_array().unwrap().iter();
        objects.filter(|object| object["type"] == kind).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of_type("indicator").len(), 1);
    let identities = of_type("identity");
    let names: BTreeSet<&str> = identities.iter().map(|object| object["name"].as_str().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["acme", "beta"]));
    let sightings = of_type("sighting");
    assert_eq!(sightings.len(), 2);
    for sighting in sightings {
        let place = &sighting["where_sighted_refs"][0];
        let name = &identities.iter().find(|identity| identity["id"] == *place).unwrap()["name"];
        assert_eq!(sighting["count"], if name == "acme" { 2 } else { 3 });
    }

    // The same finding in two accounts is two.
    let path = accounts_file(&three.home);
    let text = fs::read_to_string(&path).unwrap() + &account(&three.home, "twin", &three._beta);
    write(&path, &text);
    let output = three.run(&format!("hunt 203.0.113.9 --account beta,twin {RANGE} -o stix"));
    let bundle: Value = serde_json::from_slice(&output.stdout).unwrap();
    let objects = bundle["objects"].as_array().unwrap().iter();
    let observed = objects.filter(|object| object["type"] == "observed-data").count();
    assert_eq!(observed, 2, "{bundle:#}");
}

#[test]
fn all_means_those_with_the_token_that_is_needed() {
    let three = Three::new();
    let path = accounts_file(&three.home);
    let text = fs::read_to_string(&path).unwrap().replace("operations-token = { file = \"zeta.o\" }\n", "");
    write(&path, &text);
    let output = three.run(&format!("search * --account all {RANGE} -o ndjson"));
    assert_eq!((code(&output), lines(&output).len()), (0, 10), "{output:?}");
    let lack = format!("{}, account zeta: there is no token of the Operations account", path.display());
    assert!(stderr(&output).contains(&format!("warning: {lack}")), "{output:?}");
    for names in ["zeta", "acme,zeta"] {
        let output = three.run(&format!("search * --account {names} {RANGE}"));
        assert!(code(&output) == 2 && stderr(&output).starts_with(&format!("error: {lack}")), "{output:?}");
    }
}

#[test]
fn accounts_are_named_alone_and_rightly() {
    let three = Three::new();
    for options in ["--region us", "--url https://logz.example", "--config c", "--operations-token-file f"] {
        let output = three.run(&format!("search * --account acme {options}"));
        assert!(code(&output) == 2 && stderr(&output).contains("cannot be used with"), "{options}: {output:?}");
    }
    for (line, message) in [
        ("search * --accounts x", "--account <NAME>"),
        ("search * --account acem", "is acme meant?"),
        ("search * --account acme,nobody", "there is no account nobody in "),
        ("fetch --account all", "this command has one connection"),
        ("search * --histogram --account all", "--histogram shows one account"),
        ("check --account acme --accounts none.toml", "there is no file of accounts none.toml"),
        ("accounts remove nobody", "there is no account nobody in "),
        ("accounts add acme --security-token-file x", "there is an account acme in "),
        ("accounts add all --security-token-file x", "\"all\" means every account"),
        ("accounts add new", "there is no terminal to ask for a token"),
        ("accounts add new --security-token-command '", "a quotation mark in it has no end"),
        ("accounts add new --security-token-file a --security-token-environment B", "cannot be used with"),
    ] {
        let output = three.run(line);
        assert!(code(&output) == 2 && stderr(&output).contains(message), "{line}: {output:?}");
    }
}

#[test]
fn a_list_says_what_is_missing_and_a_wrong_file_all_that_is_wrong() {
    let three = Three::new();
    let path = accounts_file(&three.home);
    let text = fs::read_to_string(&path).unwrap()
        + "[accounts.\"o.dd_-1\"]\nregion = \"eu\"\ninterval = \"5m\"\nseverities = [\"high\"]\nsecurity-token = { environment = \
           \"NOT_SET\" }\noperations-token = { command = [\"touch\", \"ran\"] }\n";
    write(&path, &text);
    let output = three.run("accounts list");
    assert_eq!(code(&output), 0, "{output:?}");
    let table = stdout(&output);
    assert!(table.starts_with("ACCOUNT  ENDPOINT    INTERVAL  SECURITY TOKEN"), "{table}");
    assert!(table.contains("\no.dd_-1  eu             300 s  MISSING environment NOT_SET"), "{table}");
    assert!(table.contains("security-token: the environment variable NOT_SET is not set"), "{table}");
    assert!(!three.home.files.path().join("ran").exists());

    let rows: Vec<Value> = serde_json::from_slice(&three.run("accounts list -o json").stdout).unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["account"].as_str().unwrap()).collect();
    assert_eq!(names, ["acme", "beta", "o.dd_-1", "zeta"]);
    assert_eq!(rows[2]["region"], "eu");
    assert_eq!((&rows[2]["interval_seconds"], &rows[2]["severities"]), (&json!(300), &json!(["high"])));
    assert_eq!(rows[2]["operations_token"], json!({"source": "command touch", "missing": null}));
    assert_eq!(rows[0]["security_token"]["missing"], Value::Null);

    // Others can read a token: said once, for those who use it.
    let token = path.with_file_name("acme.o");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    let expected =
        format!("warning: other users can read {0}, and it holds a token: run chmod 600 {0}\n", token.display());
    assert_eq!(stderr(&three.run("accounts list")), expected);
    assert_eq!(stderr(&three.run("check --account acme")), expected);
    assert_eq!(stderr(&three.run("check --account beta")), "");

    write(&path, &format!("{text}\n[accounts.x]\nregoin = \"eu\"\n[accounts.y]\nsecurity-token = \"s3cret\"\n"));
    let output = three.run("accounts list");
    assert_eq!((code(&output), stderr(&output).lines().count()), (2, 3), "{output:?}");
    assert!(stderr(&output).contains("account x, regoin: there is no such key: write region"), "{output:?}");
    assert!(!stderr(&output).contains("s3cret"), "{output:?}");
}

#[test]
fn all_accounts_are_checked_with_a_line_each() {
    let three = Three::new();
    let output = three.run("accounts check");
    assert_eq!(code(&output), 1, "{output:?}");
    let table = stdout(&output);
    for name in ["acme", "beta"] {
        assert!(table.lines().any(|line| line.starts_with(&format!("{name}     ok      "))), "{table}");
    }
    assert!(table.lines().any(|line| line.starts_with("zeta     FAILED  ")), "{table}");
    let output = three.run("accounts check -o ndjson");
    let mut outcomes: Vec<_> =
        lines(&output).iter().map(|row| (row["account"].to_string(), row["outcome"].clone())).collect();
    outcomes.sort_by(|one, other| one.0.cmp(&other.0));
    let outcomes: Vec<&Value> = outcomes.iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [&json!("passed"), &json!("passed"), &json!("failed")]);
    let output = three.run("accounts check beta acme beta");
    assert_eq!((code(&output), stdout(&output).lines().count()), (0, 3), "{output:?}");
    fs::remove_file(accounts_file(&three.home).with_file_name("beta.s")).unwrap();
    let output = three.run("accounts check acme beta");
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(stdout(&output).contains("security-token: there is no token file"), "{output:?}");
}

#[test]
fn accounts_are_added_after_a_check_and_removed() {
    let (home, acme) = (site("home", 1), site("acme", 2));
    let path = accounts_file(&home);
    let folder = path.parent().unwrap();
    let run = |line: &str, variable: &str| {
        let mut command = home.command(line);
        command.env("PATH", "/usr/bin:/bin").env("ACME_TOKEN", variable);
        command.output().unwrap()
    };
    let (security, operations) = (&acme.simulator.security_token(), &acme.simulator.operations_token());
    write(&folder.join("acme.token"), security);
    let url = acme.url();

    let line = format!("accounts add acme --url {url} --security-token-file .config/logzio-soar/acme.token");
    let output = run(&format!("{line} --operations-token-environment ACME_TOKEN"), "00000000-wrong");
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(stderr(&output).contains("acme was not added"), "{output:?}");
    assert!(!path.exists());
    let output = run(&format!("{line} --operations-token-environment ACME_TOKEN"), operations);
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!(
            "[accounts.acme]\nurl = \"{url}\"\nsecurity-token = {{ file = \"acme.token\" }}\noperations-token = {{ environment = \
             \"ACME_TOKEN\" }}\n"
        )
    );
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(code(&run("accounts check acme", operations)), 0);

    // A command, and what is not checked.
    write(&home.files.path().join("words"), &format!("{security}\nnotes\n"));
    let mut command = home.command(&format!("accounts add beta --url {url}"));
    command.env("PATH", "/usr/bin:/bin").args(["--security-token-command", "cat 'words'"]);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{output:?}");
    // What is typed is for the command itself, not for the source of a token.
    let mut command = home.command(&format!("accounts add delta --url {url} --security-token-command cat"));
    command.env("PATH", "/usr/bin:/bin").stdin(fs::File::open(home.files.path().join("words")).unwrap());
    let output = command.output().unwrap();
    assert!(code(&output) == 2 && stderr(&output).contains("the command cat prints is empty"), "{output:?}");
    let output = run("accounts add gamma --operations-token-credential gamma --no-check", "");
    assert_eq!(code(&output), 0, "{output:?}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("security-token = { command = [\"cat\", \"words\"] }"), "{text}");
    assert!(text.contains("[accounts.gamma]\noperations-token = { credential = \"gamma\" }"), "{text}");
    let output = home.command("check --account gamma").env("CREDENTIALS_DIRECTORY", "/nowhere").output().unwrap();
    assert!(code(&output) == 2 && stderr(&output).contains("/nowhere/gamma"), "{output:?}");

    for name in ["acme", "beta", "gamma"] {
        assert_eq!(code(&run(&format!("accounts remove {name}"), "")), 0);
    }
    assert!(folder.join("acme.token").exists());
    assert_eq!(stdout(&run("accounts list -o json", "")), "[]\n");
}

/// `script` gives a command a terminal.
#[cfg(target_os = "linux")]
#[test]
fn an_account_is_asked_for_on_a_terminal() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    let (home, acme) = (site("home", 1), site("acme", 2));
    let plain = home.command("");
    let on_a_terminal = |line: &str, answers: &[(&str, &str)]| {
        let mut command = Command::new("script");
        let line = format!("{} {line}", crate::support::COMMAND);
        command
            .args(["-qec", &line, "/dev/null"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir(home.files.path());
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap());
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut said = Vec::new();
        for (question, answer) in answers {
            let mut byte = [0];
            while !String::from_utf8_lossy(&said).ends_with(question) {
                output.read_exact(&mut byte).unwrap();
                said.push(byte[0]);
            }
            // The echo is switched off behind the question.
            std::thread::sleep(std::time::Duration::from_millis(300));
            writeln!(input, "{answer}").unwrap();
        }
        output.read_to_end(&mut said).unwrap();
        (child.wait().unwrap().code().unwrap(), String::from_utf8(said).unwrap())
    };
    let token = &acme.simulator.security_token();
    let answers = [("or us]: ", acme.url()), ("Security account: ", token), ("Operations account: ", "")];
    let (code_of_add, said) = on_a_terminal("accounts add acme", &answers);
    assert_eq!(code_of_add, 0, "{said}");
    assert!(!said.contains(token), "{said}");
    let path = accounts_file(&home);
    let expected =
        format!("[accounts.acme]\nurl = \"{}\"\nsecurity-token = {{ file = \"tokens/acme.security\" }}\n", acme.url());
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    let kept = path.with_file_name("tokens").join("acme.security");
    assert_eq!(fs::read_to_string(&kept).unwrap(), format!("{token}\n"));
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(code(&home.run("fetch --account acme")), 0);

    let output = home.run("accounts remove acme");
    assert!(code(&output) == 0 && stderr(&output).contains("its token file"), "{output:?}");
    assert!(!kept.exists());
}
