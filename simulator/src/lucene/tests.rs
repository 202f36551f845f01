//! Queries, and what they find among five logs.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{LuceneError, Reading, parse};
use crate::logs::{Document, Log, Mapping, Scalar};
use crate::query::FieldSet;

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn logs() -> [Log; 5] {
    [
        Log::new(
            "1",
            time("2026-11-20T10:00:00Z"),
            r#"{"type":"falco","rule":"Terminal shell in container","n":10,"ok":true,
            "message":"Notice A shell was spawned in pod-7 (user=root)","tags":["Falco","runtime"],
            "output_fields":{"proc.name":"bash"},"k8s":{"ns":{"name":"shop"}}}"#,
        ),
        Log::new(
            "2",
            time("2026-11-21T10:00:00Z"),
            r#"{"type":"auth","program":"sshd","event":{"outcome":"failure"},"n":25.5,
            "message":"Failed password for root from 203.0.113.7 port 22 ssh2",
            "source_ip":"203.0.113.7","tags":["linux"]}"#,
        ),
        Log::new(
            "3",
            time("2026-11-21T23:59:59.999Z"),
            r#"{"type":"auth","program":"sudo","event.outcome":"success","n":-3,"user":"root",
            "message":"session opened: root","path":"/var/log/auth.log"}"#,
        ),
        Log::new(
            "4",
            time("2026-11-22T00:00:00Z"),
            r#"{"type":"Falco","rule":"shell","a":[{"b":"x"},{"b":"y"}],"name":"it's a (test)",
            "text":"failed password","n":[1,1,100]}"#,
        ),
        Log::new(
            "5",
            time("2026-11-22T11:59:00Z"),
            r#"{"message":"shell failed badly","level":"warn","c++":"yes","s":"25",
            "url":"http://example.org/a?b=1","empty":"","star":"a*b"}"#,
        ),
    ]
}

fn found_with(query: &str, and: bool) -> Result<String, LuceneError> {
    let now = time("2026-11-22T12:00:00Z");
    let query = parse(query, &reading(and, now))?;
    Ok(logs()
        .map(Arc::new)
        .iter()
        .filter(|log| query.matches(Document::new(log, &mapping(log))))
        .map(|log| log.id())
        .collect())
}

fn reading(and: bool, now: DateTime<Utc>) -> Reading {
    Reading { and, default_fields: FieldSet::All, lenient: None, lenient_by_default: false, now }
}

/// The mapping of a log's day.
fn mapping(log: &Log) -> Mapping {
    let mut mapping = Mapping::default();
    for other in logs().iter().filter(|other| other.day() == log.day()) {
        mapping.add(other);
    }
    mapping
}

fn found(query: &str) -> String {
    found_with(query, false).unwrap_or_else(|error| panic!("{query}: {error:?}"))
}

#[test]
fn a_query_finds_what_elasticsearch_finds() {
    for (query, ids) in [
        // Everything and nothing.
        ("*", "12345"),
        ("*:*", "12345"),
        ("", ""),
        ("  ", ""),
        // Strings are exact, down to the case of letters.
        ("type:falco", "1"),
        ("type:Falco", "4"),
        ("type:fal", ""),
        ("rule:shell", "4"),
        ("rule:\"Terminal shell in container\"", "1"),
        ("rule:\"terminal shell in container\"", ""),
        // Analysed fields are searched by word.
        ("message:shell", "15"),
        ("message:SHELL", "15"),
        ("message:she", ""),
        ("tags:falco", "1"),
        ("message:\"shell was spawned\"", "1"),
        ("message:\"shell spawned\"", ""),
        ("message:\"shell spawned\"~1", "1"),
        ("message:\"spawned shell\"~1", ""),
        ("message:\"spawned shell\"~3", "1"),
        ("message:203.0.113.7", "2"),
        // Fields with dots, nested or not, and arrays.
        ("event.outcome:failure", "2"),
        ("event.outcome:success", "3"),
        ("output_fields.proc.name:bash", "1"),
        ("k8s.ns.name:shop", "1"),
        ("a.b:x", "4"),
        ("a.b:(x AND y)", "4"),
        ("k8s.\\*:shop", "1"),
        // Free text looks into every field.
        ("root", "123"),
        ("Root", "123"),
        ("sshd", "2"),
        ("\"failed password\"", "24"),
        ("shop", "1"),
        ("100", "4"),
        ("true", "1"),
        // Operators.
        ("type:auth AND program:sshd", "2"),
        ("type:auth && program:sshd", "2"),
        ("type:auth OR type:falco", "123"),
        ("type:auth || type:falco", "123"),
        ("type:auth type:falco", "123"),
        ("type:auth NOT program:sshd", "3"),
        ("type:auth AND NOT program:sshd", "3"),
        ("type:auth AND !program:sshd", "3"),
        ("type:auth -program:sshd", "3"),
        ("+type:auth program:sshd", "23"),
        ("+type:auth +program:sshd", "2"),
        ("NOT type:auth", "145"),
        ("-type:auth", "145"),
        ("type:falco OR (NOT type:auth)", "145"),
        ("type:(auth OR falco)", "123"),
        ("type:(+auth -falco) AND program:sudo", "3"),
        ("(type:auth AND program:sshd) OR rule:shell", "24"),
        // AND binds its neighbours and nothing else.
        ("type:falco OR type:auth AND program:sshd", "2"),
        ("type:auth AND program:sshd OR type:falco", "2"),
        ("type:falco OR NOT type:auth", "1"),
        // Words in a row are one text, and only analysis cuts it.
        ("message:(spawned opened)", "13"),
        ("type:(auth falco)", ""),
        ("message:(root - shell)", "1235"),
        ("type:(auth - falco)", "123"),
        // Where analysis leaves nothing, there is no condition.
        ("message:\"...\" AND type:auth", "23"),
        ("message:\"...\"", ""),
        ("NOT message:(\"...\" OR root)", "45"),
        ("name:(it's a \\(test\\))", "4"),
        ("failed password", "245"),
        // Numbers.
        ("n:10", "1"),
        ("n:10.0", "1"),
        ("n:25.5", "2"),
        ("n:\\-3", "3"),
        ("s:25", "5"),
        ("ok:true", "1"),
        // Ranges.
        ("n:[10 TO 25.5]", "12"),
        ("n:{10 TO 25.5]", "2"),
        ("n:[10 TO 25.5}", "1"),
        ("n:{10 TO 25.5}", ""),
        ("n:[* TO 0]", "3"),
        ("n:[50 TO *]", "4"),
        ("n:[* TO *]", "1234"),
        ("n:>10", "24"),
        ("n:>=10", "124"),
        ("n:<0", "3"),
        ("n:<=1", "34"),
        ("n:(>=10 AND <20)", "14"),
        ("n:[-5 TO -1]", "3"),
        ("program:[\"ssha\" TO \"sshz\"]", "2"),
        ("program:[ssha TO \"ss\"hz\"]", ""),
        ("n:<=\\*", "1234"),
        ("n:[\"*\" TO 0]", "3"),
        ("message:[SHA TO SHEZ]", "15"),
        ("program:[ssha TO sshz]", "2"),
        ("source_ip:[\"203.0.113.0\" TO \"203.0.113.9\"]", "2"),
        // Existence.
        ("_exists_:rule", "14"),
        ("_exists_:event", "23"),
        ("_exists_:\"event.outcome\"", "23"),
        ("NOT _exists_:message", "4"),
        ("rule:*", "14"),
        ("_exists_:even", ""),
        ("_exists_:(rule AND n)", "14"),
        ("_exists_:(rule level)", ""),
        // Wildcards match the whole of a string, and words where analysed.
        ("type:fal*", "1"),
        ("type:?alco", "!"),
        ("type:f?lco", "1"),
        ("rule:T*container", "1"),
        ("rule:Term*", "1"),
        ("rule:shel*", "4"),
        ("message:spawn*", "1"),
        ("message:SPAWN*", "1"),
        ("sud*", "3"),
        ("star:a\\*b", "5"),
        ("star:a\\*", ""),
        ("url:http\\:\\/\\/example.org\\/a\\?b=1", "5"),
        ("url:\"http://example.org/a?b=1\"", "5"),
        ("path:\"/var/log/auth.log\"", "3"),
        ("name:it's*", "4"),
        ("c\\+\\+:yes", "5"),
        // Characters by their numbers, and where a pattern takes the letter.
        ("type:\\u0066alco", "1"),
        ("\\u0074ype:\"f\\u0061lco\"", "1"),
        ("type:\\u0066al*", "1"),
        ("type:\\u0066?lco", ""),
        ("name:\"\\ud83d\\ude00\"", ""),
        // Regular expressions match the whole of a string.
        ("program:/s(shd|udo)/", "23"),
        ("rule:/.*shell.*/", "14"),
        ("rule:/shell/", "4"),
        ("path:/\\/var\\/.*/", "3"),
        ("program:/s.{3}/", "23"),
        ("program:/^sshd$/", ""),
        ("path:/\\/var.*\\/auth.log/", "3"),
        // Fuzzy terms.
        ("program:sshx~1", "2"),
        ("program:sxxd~1", ""),
        ("program:hssd~1", ""),
        ("program:shsd~1", "2"),
        ("type:falcon~", "14"),
        ("type:falcon~1x", "14"),
        ("program:sshx^2~1", "2"),
        // Boosts change no result.
        ("type:falco^2 OR type:auth^0.5", "123"),
        ("(type:falco)^4", "1"),
        // The time field, in all forms.
        ("@timestamp:[2026-11-20 TO 2026-11-21]", "123"),
        ("@timestamp:[2026-11-20 TO 2026-11-21}", "1"),
        ("@timestamp:{2026-11-20 TO 2026-11-22}", "23"),
        ("@timestamp:[2026-11-21T10:00:00Z TO now]", "2345"),
        ("@timestamp:[2026-11-21T10:00:00.001Z TO now-1h]", "34"),
        ("@timestamp:[\"2026-11-21T11:00:00+01:00\" TO \"2026-11-21T23:59\"]", "23"),
        ("@timestamp:[now-1d/d TO now/d}", "23"),
        ("@timestamp:[1795305599999 TO *]", "345"),
        ("@timestamp:>=2026-11-22", "45"),
        ("@timestamp:<2026-11-21", "1"),
        ("@timestamp:2026-11-21", "23"),
        ("@timestamp:\"2026-11-21T10:00:00.000Z\"", "2"),
        ("_id:3", "3"),
    ] {
        if ids == "!" {
            assert!(matches!(found_with(query, false), Err(LuceneError::LeadingWildcard(_))), "{query}");
        } else {
            assert_eq!(found(query), ids, "{query}");
        }
    }
}

#[test]
fn and_as_the_operator_joins_what_has_none() {
    for (query, ids) in [
        ("type:auth program:sshd", "2"),
        ("type:auth OR type:falco", "123"),
        ("type:auth -program:sshd", "3"),
        ("message:(failed password)", "2"),
        ("tags:(runtime falco)", "1"),
    ] {
        assert_eq!(found_with(query, true).unwrap(), ids, "{query}");
    }
}

#[test]
fn a_term_that_begins_with_a_wildcard_is_refused_wherever_it_stands() {
    for query in [
        "*shell",
        "?hell",
        "*shell*",
        "rule:*shell",
        "rule:*shell*",
        "type:auth AND (program:(sshd OR ?udo))",
        "NOT rule:**",
    ] {
        assert!(matches!(found_with(query, false), Err(LuceneError::LeadingWildcard(_))), "{query}");
    }
}

#[test]
fn what_the_grammar_does_not_have_is_a_syntax_error() {
    for query in [
        "type:",
        ":falco",
        "(type:falco",
        "type:falco)",
        "()",
        "\"open",
        "type:\"open",
        "AND",
        "type:a AND",
        "OR type:a",
        "a AND OR b",
        "NOT NOT a",
        "a:b:c",
        "n:[1 TO 2",
        "n:[1 2 3]",
        "n:[1 2]",
        "n:[1 TO2]",
        "n:[1 \"TO\" 2]",
        "rule:/\"a/",
        "a^ 2",
        "a~1~2",
        "a~1^2~2",
        "n:[1 TO 2]~1",
        "a~1.5",
        "a~-1",
        "n:[1 \tTO 2]",
        "rule:/[a-]/",
        "\\u12",
        "C\\:\\users",
        "a:\"\\u00g0\"",
        "/\\u/",
        "n:[a\\ TO b]",
        "rule:/a|/",
        "rule:/(a|)/",
        "rule:/a+?/",
        "rule:/(?i)a/",
        "n:[TO 2]",
        "n:1 TO 2]",
        "/open",
        "a^",
        "a^b",
        "trailing\\",
        "type:fal*:x",
        "@timestamp:yesterday",
        "@timestamp:[soon TO now]",
        "rule:/a(/",
    ] {
        let result = found_with(query, false);
        assert!(matches!(result, Err(LuceneError::Syntax(_))), "{query}: {result:?}");
    }
    let nested = format!("{}a{}", "(".repeat(500), ")".repeat(500));
    assert!(matches!(found_with(&nested, false), Err(LuceneError::Syntax(_))));
}

/// Tantivy's reading of a query, where it and Lucene agree.
fn second_opinion(query: &tantivy_query_grammar::UserInputAst, log: &Log) -> bool {
    use tantivy_query_grammar::{Occur, UserInputAst, UserInputLeaf};
    match query {
        UserInputAst::Clause(clauses) => {
            let mut optional = Vec::new();
            let mut required = false;
            for (occur, clause) in clauses {
                let matches = second_opinion(clause, log);
                match occur {
                    Some(Occur::Must) if !matches => return false,
                    Some(Occur::MustNot) if matches => return false,
                    Some(Occur::Must) => required = true,
                    Some(Occur::MustNot) => {}
                    Some(Occur::Should) | None => optional.push(matches),
                }
            }
            required || optional.is_empty() || optional.contains(&true)
        }
        UserInputAst::Boost(query, _) => second_opinion(query, log),
        UserInputAst::Leaf(leaf) => match leaf.as_ref() {
            UserInputLeaf::All => true,
            UserInputLeaf::Exists { field } => log.fields().within(field).next().is_some(),
            UserInputLeaf::Literal(literal) => {
                let field = literal.field_name.as_deref().unwrap_or_default();
                let values = log.fields().get(field);
                values.contains(&Scalar::Text(literal.phrase.clone()))
            }
            other => panic!("{other:?}"),
        },
    }
}

#[test]
fn another_parser_agrees_on_what_is_in_parentheses() {
    fn random(rng: &mut fastrand::Rng, depth: usize) -> String {
        let leaves = ["type:auth", "type:falco", "program:sshd", "rule:shell", "level:\"warn\"", "*"];
        if depth == 0 || rng.u8(0..5) == 0 {
            return leaves[rng.usize(0..leaves.len())].to_owned();
        }
        let (a, b) = (random(rng, depth - 1), random(rng, depth - 1));
        match rng.u8(0..4) {
            0 => format!("({a} AND {b})"),
            1 => format!("({a} OR {b})"),
            2 => format!("(+{a} -{b})"),
            _ => format!("({a} AND NOT {b})"),
        }
    }
    let mut rng = fastrand::Rng::with_seed(5);
    for _ in 0..2000 {
        let query = random(&mut rng, 4);
        let other = tantivy_query_grammar::parse_query(&query).unwrap();
        let expected: String = logs().iter().filter(|log| second_opinion(&other, log)).map(Log::id).collect();
        assert_eq!(found(&query), expected, "{query}");
    }
}
