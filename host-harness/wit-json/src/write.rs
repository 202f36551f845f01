//! Values as JSON. A writer is a function of a reference to a value and of the text that it adds to: one line, whatever the
//! value holds.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use serde_json::value::RawValue;
use serde_json::{Number, Value};

use crate::whole::Whole;

/// The text that a writer makes of a value.
#[must_use]
pub fn to_text<T: ?Sized>(write: &impl Fn(&T, &mut String), value: &T) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// A truth value.
pub fn boolean(value: &bool, out: &mut String) {
    out.push_str(if *value { "true" } else { "false" });
}

/// A number of at most 32 bits.
pub fn whole<T: Whole>(number: &T, out: &mut String) {
    let number: i64 = (*number).into();
    out.push_str(&number.to_string());
}

/// A number of 64 bits: a string of decimal digits.
pub fn decimal<T: Display>(number: &T, out: &mut String) {
    out.push_str(&format!("\"{number}\""));
}

/// A floating-point number: a number, or `"NaN"`, `"inf"`, `"-inf"`.
pub fn float(number: &f64, out: &mut String) {
    match Number::from_f64(*number) {
        Some(number) => out.push_str(&number.to_string()),
        None => out.push_str(&format!("\"{number}\"")),
    }
}

/// A character: a string of one.
pub fn character(character: &char, out: &mut String) {
    name(&character.to_string(), out);
}

/// A string.
#[expect(clippy::ptr_arg, reason = "lists and options pass it as a writer of a String")]
pub fn string(text: &String, out: &mut String) {
    name(text, out);
}

/// A string: the name of a case, or a key.
pub fn name(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

/// A value of the type `json`: its text as it is, except that a line break, which can only stand between values, is a space.
/// A text that is no JSON is written as a string, so that the whole stays JSON.
#[expect(clippy::ptr_arg, reason = "lists and options pass it as a writer of a String")]
pub fn json(text: &String, out: &mut String) {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(value) => out.push_str(&value.get().replace(['\n', '\r'], " ")),
        Err(_) => name(text, out),
    }
}

/// A writer of a value or `null`.
pub fn option<T>(write: impl Fn(&T, &mut String)) -> impl Fn(&Option<T>, &mut String) {
    move |value, out| match value {
        Some(value) => write(value, out),
        None => out.push_str("null"),
    }
}

/// A writer of an array.
pub fn list<T>(write: impl Fn(&T, &mut String)) -> impl Fn(&Vec<T>, &mut String) {
    move |values, out| {
        out.push('[');
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            write(value, out);
        }
        out.push(']');
    }
}

/// A writer of an array of two.
pub fn pair<A, B>(first: impl Fn(&A, &mut String), second: impl Fn(&B, &mut String)) -> impl Fn(&(A, B), &mut String) {
    move |(a, b), out| {
        out.push('[');
        first(a, out);
        out.push(',');
        second(b, out);
        out.push(']');
    }
}

/// A writer of pairs of a key and a value as an object. Of two with one key, which no contract should allow, the last one
/// stays, in the place of the first.
pub fn entries<K, V>(
    key: impl Fn(&K, &mut String),
    value: impl Fn(&V, &mut String),
) -> impl Fn(&Vec<(K, V)>, &mut String) {
    move |pairs, out| {
        let keys: Vec<String> = pairs.iter().map(|(name, _)| to_text(&key, name)).collect();
        let last: HashMap<&String, &V> = keys.iter().zip(pairs.iter().map(|(_, held)| held)).collect();
        let mut object = Object::new(out);
        let mut written = HashSet::new();
        for name in &keys {
            if let Some(held) = last.get(name).filter(|_| written.insert(name)) {
                value(held, object.member(name));
            }
        }
        object.end();
    }
}

/// An object on its way into a text.
pub struct Object<'a> {
    out: &'a mut String,
    is_empty: bool,
}

impl<'a> Object<'a> {
    /// Begins an object.
    pub fn new(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    /// Adds a field.
    pub fn field<T: ?Sized>(&mut self, key: &str, write: impl Fn(&T, &mut String), value: &T) {
        let key = to_text(&name, key);
        write(value, self.member(&key));
    }

    /// Adds a key, which is written already. The value is to follow.
    fn member(&mut self, key: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        self.out.push_str(key);
        self.out.push(':');
        self.out
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_json_value_is_kept_on_one_line() {
        for (json, written) in [
            (r#"{"b":1.0, "a" : 1e400,"a":"\u00e9é\ud800","n":9223372036854775809}"#, None),
            ("\n{\r\n\"a\": \"\\n\"\n}\n", Some(r#"{  "a": "\n" }"#)),
            ("{broken", Some(r#""{broken""#)),
            ("{} {}", Some(r#""{} {}""#)),
            ("NaN", Some(r#""NaN""#)),
            ("", Some(r#""""#)),
        ] {
            assert_eq!(to_text(&self::json, &json.to_owned()), written.unwrap_or(json));
        }
    }

    #[test]
    fn pairs_are_an_object_with_each_key_once() {
        let pairs = |pairs: &[(&str, u8)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
        let write = entries(string, whole);
        assert_eq!(to_text(&write, &pairs(&[])), "{}");
        assert_eq!(to_text(&write, &pairs(&[("b\"", 1), ("a", 2)])), r#"{"b\"":1,"a":2}"#);
        assert_eq!(to_text(&write, &pairs(&[("b", 1), ("a", 2), ("b", 3)])), r#"{"b":3,"a":2}"#);
    }

    #[test]
    fn numbers_that_json_has_no_number_for_are_strings() {
        for (number, written) in [(0.5, "0.5"), (f64::NAN, r#""NaN""#), (f64::NEG_INFINITY, r#""-inf""#)] {
            assert_eq!(to_text(&float, &number), written);
        }
        assert_eq!(to_text(&decimal, &u64::MAX), r#""18446744073709551615""#);
    }
}
