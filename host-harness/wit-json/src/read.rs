//! Values from JSON. A reader is a function of a JSON text and of the path where it stands; its error says what is expected
//! there.
//!
//! Texts, and not values of `serde_json`, so that nothing of a value of the type `json` is lost, and a key that is there
//! twice is seen.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::refusal::{Refusal, member_path};
use crate::whole::Whole;
use crate::write::{self, to_text};

/// What a reader returns.
pub type Outcome<T> = Result<T, Refusal>;

/// A JSON text, of which readers read.
///
/// # Errors
/// If the text is no JSON. Quotes nothing of it.
pub fn text<'a>(text: &'a str, path: &str) -> Outcome<&'a RawValue> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Refusal::new(path, format!("the text is no JSON (line {line}, column {column})"))
    })
}

/// A truth value.
///
/// # Errors
/// What is expected at the path.
pub fn boolean(value: &RawValue, path: &str) -> Outcome<bool> {
    serde_json::from_str(value.get()).map_err(|_| Refusal::expected(path, "true or false"))
}

/// A number without a fraction in JSON either: `5`, not `5.0`.
///
/// # Errors
/// What is expected at the path.
pub fn whole<T: Whole>(value: &RawValue, path: &str) -> Outcome<T> {
    let number = serde_json::from_str::<i64>(value.get()).ok().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| Refusal::expected(path, &format!("a number from {} to {}", T::LEAST, T::GREATEST)))
}

/// A number of 64 bits, for which JSON's numbers may be too coarse: a string of decimal digits.
///
/// # Errors
/// What is expected at the path.
pub fn decimal<T: FromStr>(value: &RawValue, path: &str) -> Outcome<T> {
    let digits_only = |text: &String| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let number = string(value, path).ok().filter(digits_only).and_then(|text| text.parse().ok());
    number.ok_or_else(|| Refusal::expected(path, "a string of decimal digits"))
}

/// A floating-point number: a number, or `"NaN"`, `"inf"`, `"-inf"`.
///
/// # Errors
/// What is expected at the path.
pub fn float(value: &RawValue, path: &str) -> Outcome<f64> {
    let number = match string(value, path).ok().as_deref() {
        Some("NaN") => Some(f64::NAN),
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => serde_json::from_str(value.get()).ok(),
    };
    number.ok_or_else(|| Refusal::expected(path, "a number"))
}

/// A character: a string of one.
///
/// # Errors
/// What is expected at the path.
pub fn character(value: &RawValue, path: &str) -> Outcome<char> {
    serde_json::from_str(value.get()).map_err(|_| Refusal::expected(path, "a string of one character"))
}

/// A string.
///
/// # Errors
/// What is expected at the path.
pub fn string(value: &RawValue, path: &str) -> Outcome<String> {
    serde_json::from_str(value.get()).map_err(|_| Refusal::expected(path, "a string"))
}

/// A value of the type `json`: any JSON, as its text.
///
/// # Errors
/// None.
pub fn json(value: &RawValue, _path: &str) -> Outcome<String> {
    Ok(value.get().to_owned())
}

/// A reader of a value or `null`.
pub fn option<T>(read: impl Fn(&RawValue, &str) -> Outcome<T>) -> impl Fn(&RawValue, &str) -> Outcome<Option<T>> {
    move |value, path| if value.get() == "null" { Ok(None) } else { read(value, path).map(Some) }
}

/// A reader of an array.
pub fn list<T>(read: impl Fn(&RawValue, &str) -> Outcome<T>) -> impl Fn(&RawValue, &str) -> Outcome<Vec<T>> {
    move |value, path| {
        let array: Vec<&RawValue> =
            serde_json::from_str(value.get()).map_err(|_| Refusal::expected(path, "an array"))?;
        array.into_iter().enumerate().map(|(place, value)| read(value, &format!("{path}[{place}]"))).collect()
    }
}

/// A reader of an array of two.
pub fn pair<A, B>(
    first: impl Fn(&RawValue, &str) -> Outcome<A>,
    second: impl Fn(&RawValue, &str) -> Outcome<B>,
) -> impl Fn(&RawValue, &str) -> Outcome<(A, B)> {
    move |value, path| {
        let array: (&RawValue, &RawValue) =
            serde_json::from_str(value.get()).map_err(|_| Refusal::expected(path, "an array of 2"))?;
        Ok((first(array.0, &format!("{path}[0]"))?, second(array.1, &format!("{path}[1]"))?))
    }
}

/// A reader of an object as pairs of a key and a value, in their order. No key may be there twice.
pub fn entries<K, V>(
    key: impl Fn(&RawValue, &str) -> Outcome<K>,
    value: impl Fn(&RawValue, &str) -> Outcome<V>,
) -> impl Fn(&RawValue, &str) -> Outcome<Vec<(K, V)>> {
    move |object, path| {
        let members = Members::of(object, path)?;
        let pairs = members.0.iter().map(|(name, held)| {
            let quoted = to_text(&write::string, name);
            let read = key(text(&quoted, path)?, path)?;
            Ok((read, value(held, &member_path(path, name))?))
        });
        pairs.collect()
    }
}

/// The name of a case, as the value that `named` has for it.
///
/// # Errors
/// If there is no such case.
pub fn name<T: Copy>(value: &RawValue, path: &str, named: &[(&str, T)]) -> Outcome<T> {
    let name = string(value, path).ok();
    let case = name.and_then(|name| named.iter().find(|(case, _)| *case == name));
    case.map(|(_, case)| *case).ok_or_else(|| Refusal::one_is_expected(path, named.iter().map(|(case, _)| *case)))
}

/// The members of an object of any form, in their order.
///
/// # Errors
/// If it is no object, or has a key twice.
pub fn members<'a>(value: &'a RawValue, path: &str) -> Outcome<Vec<(String, &'a RawValue)>> {
    Members::of(value, path).map(|members| members.0)
}

/// A value of any form, for a reader that does not know the form yet. Numbers may lose digits. What `serde_json` has no value
/// for, such as `1e400` or half a pair of surrogates, is a string with its JSON text.
///
/// # Errors
/// If an object in it has a key twice.
pub fn any(value: &RawValue, path: &str) -> Outcome<Value> {
    let text = value.get();
    if text.starts_with('{') {
        let members = members(value, path)?.into_iter().map(|(key, value)| {
            let read = any(value, &member_path(path, &key))?;
            Ok((key, read))
        });
        return members.collect::<Outcome<Map<String, Value>>>().map(Value::Object);
    }
    if text.starts_with('[') {
        return list(any)(value, path).map(Value::Array);
    }
    Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
}

/// The members of an object in their order, each key once.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn of(value: &'a RawValue, path: &str) -> Outcome<Self> {
        let members: Self = serde_json::from_str(value.get()).map_err(|_| Refusal::expected(path, "an object"))?;
        let mut keys = HashSet::new();
        match members.0.iter().find(|(key, _)| !keys.insert(key)) {
            Some((repeated, _)) => Err(Refusal::repeated(path, repeated)),
            None => Ok(members),
        }
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// These, if there are none but with these names.
    fn named(self, path: &str, names: &[&str]) -> Outcome<Self> {
        match self.0.iter().find(|(key, _)| !names.contains(&key.as_str())) {
            Some((unknown, _)) => Err(Refusal::unknown_field(path, unknown, names.iter().copied())),
            None => Ok(self),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Pairs).map(Members)
    }
}

/// The fields of an object that stands for a record, or for arguments.
pub struct Fields<'a> {
    members: Members<'a>,
    path: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of a value.
    ///
    /// # Errors
    /// If it is no object, or has a field twice, or one of another name.
    pub fn of(value: &'a RawValue, path: &'a str, names: &[&str]) -> Outcome<Self> {
        Ok(Self { members: Members::of(value, path)?.named(path, names)?, path })
    }

    /// A field that has to be there.
    ///
    /// # Errors
    /// If it is missing, or the reader refuses it.
    pub fn required<T>(&self, name: &str, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
        required(self.members.get(name), &self.path_of(name), read)
    }

    /// A field that may be left out: an option, which is none then, a list, which is empty, or a truth value, which is false.
    ///
    /// # Errors
    /// If the reader refuses it.
    pub fn or_default<T: Default>(&self, name: &str, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
        or_default(self.members.get(name), &self.path_of(name), read)
    }

    /// A record all of whose fields may be left out, and so may it.
    ///
    /// # Errors
    /// If the reader refuses it.
    pub fn or_empty<T>(&self, name: &str, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
        or_empty(self.members.get(name), &self.path_of(name), read)
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }
}

/// A case of a variant.
pub struct Case<'a> {
    name: String,
    value: Option<&'a RawValue>,
    path: &'a str,
    names: &'a [&'a str],
}

impl<'a> Case<'a> {
    /// The case of a value.
    ///
    /// # Errors
    /// If it is no object with a case.
    pub fn of(value: &'a RawValue, path: &'a str, names: &'a [&'a str]) -> Outcome<Self> {
        let members = Members::of(value, path)?.named(path, &["case", "value"])?;
        let name = members.get("case").and_then(|name| string(name, path).ok()).unwrap_or_default();
        Ok(Self { name, value: members.get("value"), path, names })
    }

    /// Its name, which may be none of the variant's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of a case that has one.
    ///
    /// # Errors
    /// If it is missing, or the reader refuses it.
    pub fn required<T>(&self, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
        required(self.value, &self.path_of_value(), read)
    }

    /// The value of a case, which may be left out, as [`Fields::or_default`] has it.
    ///
    /// # Errors
    /// If the reader refuses it.
    pub fn or_default<T: Default>(&self, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
        or_default(self.value, &self.path_of_value(), read)
    }

    /// The value of a case, which may be left out, as [`Fields::or_empty`] has it.
    ///
    /// # Errors
    /// If the reader refuses it.
    pub fn or_empty<T>(&self, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
        or_empty(self.value, &self.path_of_value(), read)
    }

    /// That a case without a value has none.
    ///
    /// # Errors
    /// If it has one.
    pub fn nothing(&self) -> Outcome<()> {
        match self.value {
            None => Ok(()),
            Some(value) if value.get() == "null" => Ok(()),
            Some(_) => Err(Refusal::nothing_belongs_here(&self.path_of_value())),
        }
    }

    /// That the variant has no such case.
    #[must_use]
    pub fn unknown(&self) -> Refusal {
        Refusal::one_is_expected(&format!("{}.case", self.path), self.names.iter().copied())
    }

    fn path_of_value(&self) -> String {
        format!("{}.value", self.path)
    }
}

fn required<T>(value: Option<&RawValue>, path: &str, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
    value.map_or_else(|| Err(Refusal::missing(path)), |value| read(value, path))
}

fn or_default<T: Default>(
    value: Option<&RawValue>,
    path: &str,
    read: impl Fn(&RawValue, &str) -> Outcome<T>,
) -> Outcome<T> {
    value.map_or_else(|| Ok(T::default()), |value| read(value, path))
}

fn or_empty<T>(value: Option<&RawValue>, path: &str, read: impl Fn(&RawValue, &str) -> Outcome<T>) -> Outcome<T> {
    match value {
        Some(value) => read(value, path),
        None => read(text("{}", path)?, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: fmt::Debug>(read: impl Fn(&RawValue, &str) -> Outcome<T>, json: &str) -> String {
        read(text(json, "v").unwrap(), "v").unwrap_err().to_string()
    }

    fn read<T: fmt::Debug>(read: impl Fn(&RawValue, &str) -> Outcome<T>, json: &str) -> T {
        read(text(json, "v").unwrap(), "v").unwrap()
    }

    #[test]
    fn what_is_of_another_type_is_refused_with_its_place() {
        assert_eq!(refused(whole::<u8>, "256"), "v: a number from 0 to 255 is expected");
        assert_eq!(refused(whole::<u8>, "1.0"), "v: a number from 0 to 255 is expected");
        assert_eq!(refused(whole::<u8>, "1e0"), "v: a number from 0 to 255 is expected");
        assert_eq!(refused(whole::<i16>, "-32769"), "v: a number from -32768 to 32767 is expected");
        for json in ["1", "\"-1\"", "\"+1\"", "\"18446744073709551616\""] {
            assert_eq!(refused(decimal::<u64>, json), "v: a string of decimal digits is expected", "{json}");
        }
        assert_eq!(refused(decimal::<i64>, "\"9223372036854775808\""), "v: a string of decimal digits is expected");
        assert_eq!(refused(float, "\"1.5\""), "v: a number is expected");
        assert_eq!(refused(character, "\"ab\""), "v: a string of one character is expected");
        assert_eq!(refused(string, "5"), "v: a string is expected");
        assert_eq!(refused(boolean, "1"), "v: true or false is expected");
        assert_eq!(refused(list(list(whole::<u8>)), "[[], [1, \"x\"]]"), "v[1][1]: a number from 0 to 255 is expected");
        assert_eq!(refused(pair(string, string), "[\"a\"]"), "v: an array of 2 is expected");
        assert_eq!(refused(pair(string, string), "[\"a\", 1]"), "v[1]: a string is expected");
    }

    #[test]
    fn an_object_is_read_in_its_order_and_has_each_key_once() {
        let colour = |value: &RawValue, path: &str| name(value, path, &[("red", 1), ("blue", 2)]);
        assert_eq!(
            read(entries(colour, list(string)), r#"{"blue": ["b"], "red": []}"#),
            [(2, vec!["b".into()]), (1, vec![])]
        );
        assert_eq!(
            refused(entries(colour, string), r#"{"red": "s3cret", "red": ""}"#),
            r#"v: the key "red" is there twice: keep one"#
        );
        assert_eq!(
            refused(entries(string, string), r#"{"a": "", "\u0061": ""}"#),
            r#"v: the key "a" is there twice: keep one"#
        );
        assert_eq!(refused(entries(colour, string), r#"{"green": ""}"#), r#"v: one of "red", "blue" is expected"#);
        assert_eq!(refused(entries(string, string), r#"{"a": 5}"#), "v.a: a string is expected");
        assert_eq!(refused(entries(string, string), "[]"), "v: an object is expected");
    }

    #[test]
    fn a_json_value_is_its_text() {
        for json in ["1.0", "1e400", "9223372036854775809", r#"{"b": 1, "a": 1,"a":"\ud800"}"#, "null"] {
            assert_eq!(read(self::json, &format!("  {json} ")), json);
        }
    }

    #[test]
    fn what_is_no_json_is_named_without_its_text() {
        for json in ["", "{s3cret", "{} s3cret", "NaN", "{\"a\": 01}"] {
            let refusal = text(json, "v").unwrap_err().to_string();
            assert!(
                refusal.starts_with("v: the text is no JSON (line 1, column ") && !refusal.contains("s3cret"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn fields_and_cases_say_what_they_lack() {
        let fields = |json: &str, names: &[&str]| Fields::of(text(json, "v").unwrap(), "v", names).map(|_| ());
        assert_eq!(fields(r#"{"b": 1}"#, &["a"]).unwrap_err().to_string(), r#"v: unknown field "b": the fields are a"#);
        assert_eq!(
            fields(r#"{"b": 1}"#, &[]).unwrap_err().to_string(),
            r#"v: unknown field "b": there are none, leave it out"#
        );
        assert_eq!(
            fields(r#"{"a": 1, "a": 2}"#, &["a"]).unwrap_err().to_string(),
            r#"v: the key "a" is there twice: keep one"#
        );
        let json = text(r#"{"a": null, "n": {"x": true}}"#, "v").unwrap();
        let fields = Fields::of(json, "v", &["a", "n", "l"]).unwrap();
        assert_eq!(fields.required("l", string).unwrap_err().to_string(), "v.l: it is missing: add it");
        assert_eq!(fields.or_default("a", option(string)), Ok(None));
        assert_eq!(fields.or_default("l", list(string)), Ok(vec![]));
        assert_eq!(fields.or_default("a", list(string)).unwrap_err().to_string(), "v.a: an array is expected");
        let inner = |value: &RawValue, path: &str| Fields::of(value, path, &["x"])?.or_default("x", boolean);
        assert_eq!((fields.or_empty("n", inner), fields.or_empty("l", inner)), (Ok(true), Ok(false)));

        let case = |json: &'static str| Case::of(text(json, "v").unwrap(), "v", &["plain", "maybe"]);
        let unknown = |json| case(json).map(|case| case.unknown()).unwrap_or_else(|refusal| refusal).to_string();
        assert_eq!(unknown("{}"), r#"v.case: one of "plain", "maybe" is expected"#);
        assert_eq!(
            unknown(r#"{"case": "plain", "payload": 1}"#),
            r#"v: unknown field "payload": the fields are case, value"#
        );
        assert_eq!(
            case(r#"{"case": "plain", "value": 1}"#).unwrap().nothing().unwrap_err().to_string(),
            "v.value: nothing belongs here: leave it out"
        );
        assert_eq!(case(r#"{"case": "maybe"}"#).unwrap().or_default(option(string)), Ok(None));
        assert_eq!(
            case(r#"{"case": "maybe"}"#).unwrap().required(string).unwrap_err().to_string(),
            "v.value: it is missing: add it"
        );
    }
}
