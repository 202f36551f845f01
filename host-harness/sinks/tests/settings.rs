//! `sinks.toml`: what is wrong is said with the place and the remedy, all at once, and no value is quoted.

use crate::support::{Folder, named, of, whole};

fn faults(text: &str) -> Vec<String> {
    let folder = Folder::with(text);
    let error = folder.sinks().unwrap_err();
    let file = format!("{}, ", folder.path().join("sinks.toml").display());
    error.lines().map(|line| line.strip_prefix(&file).unwrap_or(line).to_owned()).collect()
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_its_place() {
    let found = faults(
        r#"
[sinks.a]
type = "ndjson"
pth = "a"
max-size = 5
keep = -1

[sinks."b c"]
type = "stdout"

[sinks.d]
type = "kafka"
topic = "x"

[sinks.e]
format = "xml"

[sinks.f]
type = "webhook"
url = "https://a.example/"
answer-timeout = "soon"
body-timeout = "2h"
client-key = "a"
filter = { severities = ["hgih"], rule = ["a"] }

[snks.g]
"#,
    );
    let expected = [
        "line 5, sinks.a.max-size: a size from ",
        "line 6, sinks.a.keep: a number from 0 to ",
        "line 2, sinks.a: `path` is missing: write path = ",
        "line 4, sinks.a.pth: unknown key: it is none of ",
        "line 8, sinks.b c: the name of a sink has ",
        "line 12, sinks.d.type: one of ",
        "line 15, sinks.e: `type` is missing: ",
        "line 24, sinks.f.filter.severities: a list of some of \"unclassified\"",
        "line 24, sinks.f.filter.rule: unknown key: it is none of accounts, rules, severities, tags",
        "line 21, sinks.f.answer-timeout: a time from 100ms to 10m, ",
        "line 22, sinks.f.body-timeout: a time from ",
        "line 18, sinks.f: `client-certificate` and `client-key` belong together",
        "line 26, snks: unknown key: it is none of sinks",
    ];
    for expected in expected {
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{expected}\nis not in\n{}", found.join("\n"));
    }
    assert_eq!(found.len(), expected.len(), "{}", found.join("\n"));
}

#[test]
fn no_value_is_quoted() {
    for text in [
        "[sinks.a]\nurl = s3cret",
        "[sinks.a]\nurl = \"s3cret",
        "[sinks.a]\ntype = \"s3cret\"",
        "[sinks.a]\ntype = \"webhook\"\nurl = [\"s3cret\"]",
        "[sinks.a]\ntype = \"webhook\"\nurl = \"https://a\"\nsigning-key = \"s3cret\"",
        "[sinks.a]\ntype = \"webhook\"\nurl = \"https://a\"\nsigning-key = { value = \"s3cret\" }",
        "[sinks.a]\ntype = \"webhook\"\nurl = \"https://a\"\nheaders = \"Authorization: s3cret\"",
        "[sinks.a]\ntype = \"webhook\"\nurl = \"https://a\"\nheaders = { a = { file = \"s3cret\", x = \"s3cret\" } }",
        "[sinks.a]\ntype = \"webhook\"\nurl = \"https://a\"\nbody = \"s3cret\"",
        "[sinks.a]\ntype = \"ndjson\"\npath = \"a\"\nmax-size = \"s3cret\"",
        "sinks = \"s3cret\"",
    ] {
        let found = faults(text).join("\n");
        assert!(found.starts_with("line ") && !found.contains("s3cret"), "{text}\n{found}");
    }
}

#[test]
fn a_secret_in_clear_is_never_shown() {
    let folder = Folder::with(
        "[sinks.it]\ntype = \"webhook\"\nurl = \"https://a.example/s3cret\"\nheaders = { Authorization = \"s3cret\" }",
    );
    let shown = format!("{:?} {:#?}", folder.sinks().unwrap(), folder.settings());
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_file_that_is_missing_empty_or_no_toml_is_said() {
    let folder = Folder::with("");
    assert!(folder.sinks().unwrap_err().contains("it names no sink: write [sinks.NAME]"));
    std::fs::remove_file(folder.path().join("sinks.toml")).unwrap();
    assert!(folder.sinks().unwrap_err().ends_with("does not exist: write it, or name another file"));
    assert!(faults("[sinks.a]\n\n[sinks.a]")[0].starts_with("line 3: it is no TOML"));
}

#[test]
fn two_sinks_do_not_share_an_output() {
    let found = faults("[sinks.a]\ntype = \"ndjson\"\npath = \"x\"\n[sinks.b]\ntype = \"ndjson\"\npath = \"x\"");
    assert_eq!(found, ["sinks.b: a writes to the same file: name another one"]);
    let found = faults("[sinks.a]\ntype = \"stdout\"\n[sinks.b]\ntype = \"stdout\"");
    assert_eq!(found, ["sinks.b: a writes to standard output already: keep one"]);
}

#[test]
fn a_filter_takes_what_every_condition_holds_for() {
    let takes = |filter: &str, envelope: &logzio_soar_sinks::Envelope| {
        Folder::with(&format!("[sinks.it]\ntype = \"stdout\"\nfilter = {filter}")).settings().takes(envelope)
    };
    // High, tagged Auth and linux, of acme.
    let it = named(1, "Brute force");
    for filter in [
        "{}",
        "{ accounts = [\"other\", \"acme\"] }",
        "{ severities = [\"severe\", \"high\"] }",
        "{ rules = [\"x\", \"ute f\"] }",
        "{ tags = [\"AUTH\"] }",
        "{ accounts = [\"acme\"], severities = [\"high\"], rules = [\"Brute\"], tags = [\"x\", \"Linux\"] }",
        "{ accounts = [] }",
    ] {
        assert!(takes(filter, &it), "{filter}");
    }
    for filter in [
        "{ accounts = [\"acm\"] }",
        "{ severities = [\"severe\"] }",
        "{ rules = [\"brute\"] }",
        "{ tags = [\"aut\"] }",
        "{ accounts = [\"acme\"], severities = [\"low\"] }",
        "{ accounts = [\"acme\"], tags = [\"x\"] }",
    ] {
        assert!(!takes(filter, &it), "{filter}");
    }
    let mut untagged = whole("a", "n");
    untagged["tags"] = serde_json::json!([]);
    assert!(!takes("{ tags = [\"auth\"] }", &of(1, &untagged)));
}

#[cfg(unix)]
#[test]
fn a_program_that_someone_else_may_have_chosen_is_refused() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    for url in ["url = { command = [\"x\"] }", "url = \"https://a\"\nheaders = { a = { command = [\"x\"] } }"] {
        let folder = Folder::with(&format!("[sinks.it]\ntype = \"webhook\"\n{url}"));
        let file = folder.path().join("sinks.toml");
        std::fs::set_permissions(&file, Permissions::from_mode(0o620)).unwrap();
        assert!(folder.sinks().unwrap_err().contains("other users can change this file"), "{url}");
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        folder.sinks().unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_come_from_files_commands_and_variables() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let open = |reference: &str| {
        let folder = Folder::with(&format!("[sinks.it]\ntype = \"webhook\"\nurl = {reference}"));
        folder.write("url", "https://a.example/\n");
        folder.write("empty", " \n");
        folder.write("large", &"x".repeat(70_000));
        folder.write("print-url", "#!/bin/sh\necho https://a.example/; echo a note");
        std::fs::set_permissions(folder.path().join("print-url"), Permissions::from_mode(0o700)).unwrap();
        async move { folder.try_open().await.map(|_| ()).map_err(|error| error.to_string()) }
    };
    open("{ file = \"url\" }").await.unwrap();
    open("{ command = [\"./print-url\"] }").await.unwrap();
    for (reference, expected) in [
        ("{ file = \"none\" }", "none could not be read: "),
        ("{ file = \"empty\" }", "sink it: the url: the file empty is empty: put the secret there"),
        ("{ file = \"large\" }", "larger than 64 KiB"),
        ("{ file = \"/dev/zero\" }", "it is no regular file"),
        ("{ environment = \"LOGZIO_SOAR_TEST_UNSET\" }", "the variable LOGZIO_SOAR_TEST_UNSET is not set"),
        ("{ credential = \"hook\" }", "LoadCredential=hook:FILE"),
        ("{ command = [\"no-such-program\"] }", "there is no program no-such-program: "),
        ("{ command = [\"cat\", \"/dev/zero\"] }", "printed more than 64 KiB"),
        (
            "{ command = [\"sh\", \"-c\", \"echo s3cret; echo locked >&2; exit 3\"] }",
            "the url: the command sh failed with exit code 3 (locked): run it by hand",
        ),
    ] {
        let error = open(reference).await.unwrap_err();
        assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
    }
}

#[test]
fn the_examples_of_the_documentation_are_read() {
    let documentation = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sinks.md");
    let text = std::fs::read_to_string(documentation).unwrap();
    let mut examples = 0;
    for block in text.split("```toml\n").skip(1) {
        let example = block.split_once("```").unwrap().0;
        if let Err(why) = Folder::with(example).sinks() {
            panic!("{why}\n{example}");
        }
        examples += 1;
    }
    assert!(examples >= 6);
}
