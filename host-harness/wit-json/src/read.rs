//! Values from JSON. A reader is a function of a JSON value and of the path where it stands; its error says what is expected
//! there, and quotes names, but no value, which may be a token.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::refusal::{expected, missing, nothing_belongs_here, one_is_expected, unknown_field};
use crate::whole::Whole;

/// What a reader returns.
pub type Outcome<T> = Result<T, String>;

/// A truth value.
///
/// # Errors
/// What is expected at the path.
pub fn boolean(value: &Value, path: &str) -> Outcome<bool> {
    value.as_bool().ok_or_else(|| expected(path, "true or false"))
}

/// A number without a fraction in JSON either: `5`, not `5.0`.
///
/// # Errors
/// What is expected at the path.
pub fn whole<T: Whole>(value: &Value, path: &str) -> Outcome<T> {
    let number = value.as_i64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| expected(path, &format!("a number from {} to {}", T::LEAST, T::GREATEST)))
}

/// A number of 64 bits, for which JSON's numbers may be too coarse: a string of decimal digits.
///
/// # Errors
/// What is expected at the path.
pub fn decimal<T: FromStr>(value: &Value, path: &str) -> Outcome<T> {
    let digits_only = |text: &&str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let number = value.as_str().filter(digits_only).and_then(|text| text.parse().ok());
    number.ok_or_else(|| expected(path, "a string of decimal digits"))
}

/// A floating-point number: a number, or `"NaN"`, `"inf"`, `"-inf"`.
///
/// # Errors
/// What is expected at the path.
pub fn float(value: &Value, path: &str) -> Outcome<f64> {
    let number = match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => value.as_f64(),
    };
    number.ok_or_else(|| expected(path, "a number"))
}

/// A character: a string of one.
///
/// # Errors
/// What is expected at the path.
pub fn character(value: &Value, path: &str) -> Outcome<char> {
    let mut characters = value.as_str().unwrap_or_default().chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Err(expected(path, "a string of one character")),
    }
}

/// A string.
///
/// # Errors
/// What is expected at the path.
pub fn string(value: &Value, path: &str) -> Outcome<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| expected(path, "a string"))
}

/// A reader of a value or `null`.
pub fn option<T>(read: impl Fn(&Value, &str) -> Outcome<T>) -> impl Fn(&Value, &str) -> Outcome<Option<T>> {
    move |value, path| if value.is_null() { Ok(None) } else { read(value, path).map(Some) }
}

/// A reader of an array.
pub fn list<T>(read: impl Fn(&Value, &str) -> Outcome<T>) -> impl Fn(&Value, &str) -> Outcome<Vec<T>> {
    move |value, path| {
        let array = value.as_array().ok_or_else(|| expected(path, "an array"))?;
        array.iter().enumerate().map(|(place, value)| read(value, &format!("{path}[{place}]"))).collect()
    }
}

/// A reader of an array of two.
pub fn pair<A, B>(
    first: impl Fn(&Value, &str) -> Outcome<A>,
    second: impl Fn(&Value, &str) -> Outcome<B>,
) -> impl Fn(&Value, &str) -> Outcome<(A, B)> {
    move |value, path| match value.as_array().map(Vec::as_slice) {
        Some([a, b]) => Ok((first(a, &format!("{path}[0]"))?, second(b, &format!("{path}[1]"))?)),
        _ => Err(expected(path, "an array of 2")),
    }
}

/// The name of a case, as the value that `named` has for it.
///
/// # Errors
/// If there is no such case.
pub fn name<T: Copy>(value: &Value, path: &str, named: &[(&str, T)]) -> Outcome<T> {
    let case = value.as_str().and_then(|name| named.iter().find(|(case, _)| *case == name));
    case.map(|(_, case)| *case).ok_or_else(|| one_is_expected(path, named.iter().map(|(case, _)| *case)))
}

/// The fields of an object that stands for a record, or for arguments.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of a value.
    ///
    /// # Errors
    /// If it is no object, or has a field of another name.
    pub fn of(value: &'a Value, path: &'a str, names: &[&str]) -> Outcome<Self> {
        let object = value.as_object().ok_or_else(|| expected(path, "an object"))?;
        match object.keys().find(|key| !names.contains(&key.as_str())) {
            Some(unknown) => Err(unknown_field(path, unknown, names.iter().copied())),
            None => Ok(Self { object, path }),
        }
    }

    /// A field that has to be there.
    ///
    /// # Errors
    /// If it is missing, or the reader refuses it.
    pub fn required<T>(&self, name: &str, read: impl Fn(&Value, &str) -> Outcome<T>) -> Outcome<T> {
        present(self.object.get(name), &format!("{}.{name}", self.path), read)
    }

    /// A field that is an option, which may be left out.
    ///
    /// # Errors
    /// If the reader of the option refuses it.
    pub fn optional<T>(&self, name: &str, read: impl Fn(&Value, &str) -> Outcome<Option<T>>) -> Outcome<Option<T>> {
        self.object.get(name).map_or(Ok(None), |value| read(value, &format!("{}.{name}", self.path)))
    }
}

/// A case of a variant.
pub struct Case<'a> {
    name: &'a str,
    value: Option<&'a Value>,
    path: &'a str,
    names: &'a [&'a str],
}

impl<'a> Case<'a> {
    /// The case of a value.
    ///
    /// # Errors
    /// If it is no object with a case.
    pub fn of(value: &'a Value, path: &'a str, names: &'a [&'a str]) -> Outcome<Self> {
        let object = value.as_object().ok_or_else(|| expected(path, "an object with a case"))?;
        if let Some(unknown) = object.keys().find(|key| !matches!(key.as_str(), "case" | "value")) {
            return Err(unknown_field(path, unknown, ["case", "value"]));
        }
        let name = object.get("case").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { name, value: object.get("value"), path, names })
    }

    /// Its name, which may be none of the variant's.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The value of a case that has one.
    ///
    /// # Errors
    /// If it is missing, or the reader refuses it.
    pub fn required<T>(&self, read: impl Fn(&Value, &str) -> Outcome<T>) -> Outcome<T> {
        present(self.value, &format!("{}.value", self.path), read)
    }

    /// The value of a case whose value is an option, which may be left out.
    ///
    /// # Errors
    /// If the reader of the option refuses it.
    pub fn optional<T>(&self, read: impl Fn(&Value, &str) -> Outcome<Option<T>>) -> Outcome<Option<T>> {
        self.value.map_or(Ok(None), |value| read(value, &format!("{}.value", self.path)))
    }

    /// That a case without a value has none.
    ///
    /// # Errors
    /// If it has one.
    pub fn nothing(&self) -> Outcome<()> {
        match self.value {
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(nothing_belongs_here(&format!("{}.value", self.path))),
        }
    }

    /// That the variant has no such case.
    #[must_use]
    pub fn unknown(&self) -> String {
        one_is_expected(&format!("{}.case", self.path), self.names.iter().copied())
    }
}

fn present<T>(value: Option<&Value>, path: &str, read: impl Fn(&Value, &str) -> Outcome<T>) -> Outcome<T> {
    value.map_or_else(|| Err(missing(path)), |value| read(value, path))
}
