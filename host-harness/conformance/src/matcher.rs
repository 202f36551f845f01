//! Whether a JSON value is what a case expects. An object in what is expected needs to name only some of the members; an
//! array names every element; the rest is said with matchers, objects whose one key begins with `$`.

use serde_json::{Map, Value};

use crate::text::shown;

/// Checks a value. The error names the place and says what was expected there.
pub(crate) fn check(expected: &Value, found: &Value) -> Result<(), String> {
    at("", expected, found)
}

fn at(path: &str, expected: &Value, found: &Value) -> Result<(), String> {
    match expected {
        Value::Object(members) => match matcher(members) {
            Some((name, argument)) => matched(path, name, argument, found),
            None => object(path, members, found),
        },
        Value::Array(elements) => {
            let Value::Array(values) = found else { return wrong(path, "an array", found) };
            if values.len() != elements.len() {
                return Err(format!(
                    "{}: {} elements expected, {} found: {}",
                    place(path),
                    elements.len(),
                    values.len(),
                    shown(found)
                ));
            }
            elements
                .iter()
                .zip(values)
                .enumerate()
                .try_for_each(|(index, (expected, found))| at(&format!("{path}/{index}"), expected, found))
        }
        // `1` and `1.0` are the same number.
        Value::Number(number) if number.as_f64().is_some() && number.as_f64() == found.as_f64() => Ok(()),
        _ if expected == found => Ok(()),
        _ => wrong(path, &shown(expected), found),
    }
}

fn object(path: &str, members: &Map<String, Value>, found: &Value) -> Result<(), String> {
    let Value::Object(values) = found else { return wrong(path, "an object", found) };
    members.iter().try_for_each(|(key, expected)| {
        let path = format!("{path}/{key}");
        match values.get(key) {
            Some(found) => at(&path, expected, found),
            None if is_absent(expected) => Ok(()),
            None => Err(format!("{}: missing, {} expected", place(&path), shown(expected))),
        }
    })
}

/// Whether a member that is not there is what was expected.
fn is_absent(expected: &Value) -> bool {
    expected.is_null() || expected.as_object().and_then(matcher).is_some_and(|(name, _)| name == "$absent")
}

fn matcher(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next()?;
    (members.len() == 1 && name.starts_with('$')).then_some((name.as_str(), argument))
}

fn matched(path: &str, name: &str, argument: &Value, found: &Value) -> Result<(), String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let fails = |what: &str| wrong(path, &format!("{what} {}", shown(argument)), found);
    match name {
        "$any" => Ok(()),
        "$absent" => wrong(path, "nothing", found),
        "$exactly" if argument == found => Ok(()),
        "$exactly" => fails("exactly"),
        "$contains" | "$omits" => {
            let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            let texts = if argument.is_array() { list(argument) } else { vec![argument.clone()] };
            let wanted = name == "$contains";
            match texts.iter().filter_map(Value::as_str).find(|part| text.contains(part) != wanted) {
                None => Ok(()),
                Some(part) if wanted => wrong(path, &format!("a text with {part:?}"), found),
                Some(part) => wrong(path, &format!("a text without {part:?}"), found),
            }
        }
        // In any letter case, one of these: for words that are nowhere prescribed.
        "$mentions" => {
            let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned).to_lowercase();
            let known = list(argument).iter().filter_map(Value::as_str).any(|part| text.contains(&part.to_lowercase()));
            if known { Ok(()) } else { fails("a text with one of") }
        }
        "$length" => {
            let length = match found {
                Value::String(text) => text.chars().count(),
                Value::Array(values) => values.len(),
                Value::Object(members) => members.len(),
                _ => return wrong(path, "something with a length", found),
            };
            at(&format!("{path}/length"), argument, &Value::from(length))
        }
        "$at_least" if found.as_f64() >= argument.as_f64() && found.is_number() => Ok(()),
        "$at_least" => fails("a number of at least"),
        "$at_most" if found.as_f64() <= argument.as_f64() && found.is_number() => Ok(()),
        "$at_most" => fails("a number of at most"),
        "$not" => match at(path, argument, found) {
            Ok(()) => fails("anything but"),
            Err(_) => Ok(()),
        },
        "$all_of" => list(argument).iter().try_for_each(|expected| at(path, expected, found)),
        "$one_of" => {
            if list(argument).iter().any(|expected| at(path, expected, found).is_ok()) {
                Ok(())
            } else {
                fails("one of")
            }
        }
        "$each" => {
            let Value::Array(values) = found else { return wrong(path, "an array", found) };
            let checked = |(index, found): (usize, &Value)| at(&format!("{path}/{index}"), argument, found);
            values.iter().enumerate().try_for_each(checked)
        }
        "$has" => {
            let Value::Array(values) = found else { return wrong(path, "an array", found) };
            let missing = |expected: &&Value| !values.iter().any(|found| at(path, expected, found).is_ok());
            match list(argument).iter().find(missing) {
                None => Ok(()),
                Some(expected) => wrong(path, &format!("an element like {}", shown(expected)), found),
            }
        }
        "$unordered" => {
            let Value::Array(values) = found else { return wrong(path, "an array", found) };
            at(&format!("{path}/length"), &Value::from(list(argument).len()), &Value::from(values.len()))?;
            matched(path, "$has", argument, found)
        }
        // A text that is JSON itself.
        "$json" => {
            let read = found.as_str().map(serde_json::from_str::<Value>);
            let Some(Ok(value)) = read else { return wrong(path, "a text that is JSON", found) };
            at(&format!("{path}/json"), argument, &value)
        }
        _ => Err(format!("{}: the case uses the matcher {name}, which there is not", place(path))),
    }
}

fn wrong(path: &str, expected: &str, found: &Value) -> Result<(), String> {
    Err(format!("{}: {expected} expected, {} found", place(path), shown(found)))
}

fn place(path: &str) -> &str {
    if path.is_empty() { "the whole" } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_names_some_members_and_an_array_every_element() {
        let found = json!({"a": [1, {"b": "x", "c": null}], "d": true});
        for expected in [
            json!({}),
            json!({"d": true}),
            json!({"a": [1.0, {"b": "x"}]}),
            json!({"a": [1, {"c": null, "e": null}]}),
            json!({"e": {"$absent": true}}),
        ] {
            assert_eq!(check(&expected, &found), Ok(()), "{expected}");
        }
        for (expected, place) in [
            (json!({"d": false}), "/d:"),
            (json!({"a": [1]}), "/a: 1 elements expected, 2 found"),
            (json!({"a": [1, {"b": "y"}]}), "/a/1/b:"),
            (json!({"e": 1}), "/e: missing"),
            (json!({"d": {"$absent": true}}), "/d: nothing expected"),
            (json!([]), "the whole: an array expected"),
        ] {
            let error = check(&expected, &found).unwrap_err();
            assert!(error.starts_with(place), "{expected}: {error}");
        }
    }

    #[test]
    fn each_matcher_takes_and_refuses() {
        for (matcher, good, bad) in [
            (json!({"$exactly": {"a": 1}}), json!({"a": 1}), json!({"a": 1, "b": 2})),
            (json!({"$contains": "b"}), json!("abc"), json!("ac")),
            (json!({"$contains": ["a", "b"]}), json!("abc"), json!("ac")),
            (json!({"$omits": "b"}), json!("ac"), json!("abc")),
            (json!({"$mentions": ["Day", "hour"]}), json!("a day"), json!("a minute")),
            (json!({"$length": 2}), json!([1, 2]), json!([1])),
            (json!({"$length": {"$at_least": 2}}), json!("éé"), json!("é")),
            (json!({"$at_least": 2}), json!(2), json!(1)),
            (json!({"$at_most": 2}), json!(2), json!("x")),
            (json!({"$not": 1}), json!(2), json!(1)),
            (json!({"$all_of": [{"$at_least": 1}, {"$at_most": 2}]}), json!(2), json!(3)),
            (json!({"$one_of": [1, 2]}), json!(2), json!(3)),
            (json!({"$each": {"$at_least": 1}}), json!([1, 2]), json!([1, 0])),
            (json!({"$has": [2]}), json!([1, 2]), json!([1])),
            (json!({"$unordered": [2, 1]}), json!([1, 2]), json!([1, 2, 3])),
            (json!({"$json": {"a": 1}}), json!("{\"a\": 1}"), json!("{")),
            (json!({"$any": true}), json!(null), json!(null)),
            (json!({"$unknown": true}), json!(null), json!(null)),
        ] {
            let name = matcher.as_object().unwrap().keys().next().unwrap().clone();
            assert_eq!(check(&matcher, &good).is_ok(), name != "$unknown", "{matcher} {good}");
            assert_eq!(check(&matcher, &bad).is_ok(), name == "$any", "{matcher} {bad}");
        }
    }
}
