//! Texts and answers that are nearly right: made of the words that matter, and then spoilt. It knows no property.

use arbtest::arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// A text of some of these words and of any characters.
pub fn text(u: &mut Unstructured<'_>, words: &[&str]) -> Result<String> {
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=12)? {
        match u.int_in_range(0..=9)? {
            0 => text.push(u.arbitrary()?),
            1 => text.push_str(u.arbitrary()?),
            2 => text.push(char::from(u.int_in_range(b' '..=b'~')?)),
            _ => text.push_str(u.choose(words)?),
        }
    }
    Ok(text)
}

/// A text with some of its characters replaced, removed or repeated at its end.
pub fn spoilt(u: &mut Unstructured<'_>, text: &str) -> Result<String> {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..u.int_in_range(0..=3)? {
        if characters.is_empty() {
            break;
        }
        let place = u.choose_index(characters.len())?;
        match u.int_in_range(0..=3)? {
            0 => replace(&mut characters, place, u.arbitrary()?),
            1 => replace(&mut characters, place, char::from(u.int_in_range(b' '..=b'~')?)),
            2 => characters.truncate(place),
            _ => characters.extend_from_within(place..=place),
        }
    }
    Ok(characters.into_iter().collect())
}

fn replace(characters: &mut [char], place: usize, by: char) {
    if let Some(character) = characters.get_mut(place) {
        *character = by;
    }
}

/// A value with some of its parts replaced by any other.
pub fn changed(u: &mut Unstructured<'_>, value: &Value, depth: u32) -> Result<Value> {
    if u.ratio(1, 12)? {
        return any(u, 3);
    }
    Ok(match value {
        Value::Array(items) if depth > 0 => {
            let mut changed = Vec::new();
            for item in items {
                // A few copies, or none: lists are what sizes are wrong about.
                for _ in 0..*u.choose(&[1, 1, 1, 1, 0, 2, 3])? {
                    changed.push(self::changed(u, item, depth - 1)?);
                }
            }
            Value::Array(changed)
        }
        Value::Object(members) if depth > 0 => {
            let mut changed = Map::new();
            for (name, member) in members {
                if !u.ratio(1, 20)? {
                    changed.insert(name.clone(), self::changed(u, member, depth - 1)?);
                }
            }
            Value::Object(changed)
        }
        Value::Number(number) => match u.int_in_range(0..=11)? {
            0 => json!(u.arbitrary::<i64>()?),
            1 => json!(u.arbitrary::<f64>()?),
            2 => json!(u.arbitrary::<u64>()?),
            3 => json!(number.to_string()),
            _ => value.clone(),
        },
        Value::String(text) => match u.int_in_range(0..=11)? {
            0 => json!(spoilt(u, text)?),
            1 => json!(u.arbitrary::<&str>()?),
            _ => value.clone(),
        },
        _ => value.clone(),
    })
}

/// Any value.
fn any(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    Ok(match u.int_in_range(0..=if depth == 0 { 4 } else { 6 })? {
        0 => Value::Null,
        1 => json!(u.arbitrary::<bool>()?),
        2 => json!(u.arbitrary::<i64>()?),
        3 => json!(u.arbitrary::<f64>()?),
        4 => json!(u.arbitrary::<&str>()?),
        5 => {
            let mut items = Vec::new();
            for _ in 0..u.int_in_range(0..=3)? {
                items.push(any(u, depth - 1)?);
            }
            Value::Array(items)
        }
        _ => {
            let mut members = Map::new();
            for _ in 0..u.int_in_range(0..=3)? {
                members.insert(u.arbitrary::<&str>()?.to_owned(), any(u, depth - 1)?);
            }
            Value::Object(members)
        }
    })
}
