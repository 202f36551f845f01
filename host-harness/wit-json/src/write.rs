//! Values as JSON. A writer is a function of a reference to a value.

use std::fmt::Display;

use serde_json::{Number, Value};

use crate::whole::Whole;

/// A truth value.
#[must_use]
pub fn boolean(value: &bool) -> Value {
    Value::from(*value)
}

/// A number of at most 32 bits.
#[must_use]
pub fn whole<T: Whole>(number: &T) -> Value {
    let number: i64 = (*number).into();
    Value::from(number)
}

/// A number of 64 bits: a string of decimal digits.
#[must_use]
pub fn decimal<T: Display>(number: &T) -> Value {
    Value::from(number.to_string())
}

/// A floating-point number: a number, or `"NaN"`, `"inf"`, `"-inf"`.
#[must_use]
pub fn float(number: &f64) -> Value {
    Number::from_f64(*number).map_or_else(|| Value::from(number.to_string()), Value::Number)
}

/// A character: a string of one.
#[must_use]
pub fn character(character: &char) -> Value {
    Value::from(character.to_string())
}

/// A string.
#[must_use]
pub fn string<T: AsRef<str>>(text: &T) -> Value {
    Value::from(text.as_ref())
}

/// A writer of a value or `null`.
pub fn option<T>(write: impl Fn(&T) -> Value) -> impl Fn(&Option<T>) -> Value {
    move |value| value.as_ref().map_or(Value::Null, &write)
}

/// A writer of an array.
pub fn list<T>(write: impl Fn(&T) -> Value) -> impl Fn(&Vec<T>) -> Value {
    move |values| values.iter().map(&write).collect()
}

/// A writer of an array of two.
pub fn pair<A, B>(first: impl Fn(&A) -> Value, second: impl Fn(&B) -> Value) -> impl Fn(&(A, B)) -> Value {
    move |(a, b)| Value::Array(vec![first(a), second(b)])
}

/// An object with these fields.
#[must_use]
pub fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
