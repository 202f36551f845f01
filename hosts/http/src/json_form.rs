//! The JSON form of the contract's values: how what the WIT is made of is read and written. What the contract makes of it is
//! generated. Knows nothing of HTTP.
//!
//! It is the form that the runner has too; the conformance suite, run through HTTP, holds both to it.

use serde_json::{Map, Value};

/// A value that has a JSON form.
pub trait JsonForm: Sized {
    /// Reads a value. `path` is where it stands, for the error.
    ///
    /// # Errors
    /// What is expected, and where. Quotes names, but no value, which may be a token.
    fn read(value: &Value, path: &str) -> Result<Self, String>;

    /// What stands for a field that is not there, if something does.
    fn absent() -> Option<Self> {
        None
    }

    /// Writes a value.
    fn write(&self) -> Value;
}

impl JsonForm for bool {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| format!("{path}: true or false is expected"))
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl JsonForm for u16 {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        whole(value, path, Self::MAX.into())
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl JsonForm for u32 {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        whole(value, path, Self::MAX)
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

fn whole<T: TryFrom<u64>>(value: &Value, path: &str, most: u32) -> Result<T, String> {
    let number = value.as_u64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("{path}: a number from 0 to {most} is expected"))
}

impl JsonForm for String {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| format!("{path}: a string is expected"))
    }

    fn write(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl<T: JsonForm> JsonForm for Option<T> {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::read(value, path).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::write)
    }
}

impl<T: JsonForm> JsonForm for Vec<T> {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        let array = value.as_array().ok_or_else(|| format!("{path}: an array is expected"))?;
        array.iter().enumerate().map(|(place, value)| T::read(value, &format!("{path}[{place}]"))).collect()
    }

    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }
}

impl<A: JsonForm, B: JsonForm> JsonForm for (A, B) {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        match value.as_array().map(Vec::as_slice) {
            Some([first, second]) => {
                Ok((A::read(first, &format!("{path}[0]"))?, B::read(second, &format!("{path}[1]"))?))
            }
            _ => Err(format!("{path}: an array of 2 is expected")),
        }
    }

    fn write(&self) -> Value {
        Value::Array(vec![self.0.write(), self.1.write()])
    }
}

/// The fields of an object that stands for a record, or for arguments.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields, if all of them are known.
    fn of(value: &'a Value, path: &'a str, names: &[&str]) -> Result<Self, String> {
        let object = value.as_object().ok_or_else(|| format!("{path}: an object is expected"))?;
        match object.keys().find(|key| !names.contains(&key.as_str())) {
            Some(unknown) => Err(unknown_field(path, unknown, names)),
            None => Ok(Self { object, path }),
        }
    }

    fn read<T: JsonForm>(&self, name: &str) -> Result<T, String> {
        let path = format!("{}.{name}", self.path);
        match self.object.get(name) {
            Some(value) => T::read(value, &path),
            None => T::absent().ok_or_else(|| format!("{path}: it is missing: add it")),
        }
    }
}

/// A case of a variant.
struct Case<'a> {
    name: &'a str,
    value: Option<&'a Value>,
    path: &'a str,
    names: &'a [&'a str],
}

impl<'a> Case<'a> {
    fn of(value: &'a Value, path: &'a str, names: &'a [&'a str]) -> Result<Self, String> {
        let object = value.as_object().ok_or_else(|| format!("{path}: an object with a case is expected"))?;
        if let Some(unknown) = object.keys().find(|key| !matches!(key.as_str(), "case" | "value")) {
            return Err(unknown_field(path, unknown, &["case", "value"]));
        }
        let name = object.get("case").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { name, value: object.get("value"), path, names })
    }

    fn payload<T: JsonForm>(&self) -> Result<T, String> {
        let path = format!("{}.value", self.path);
        match self.value {
            Some(value) => T::read(value, &path),
            None => T::absent().ok_or_else(|| format!("{path}: it is missing: add it")),
        }
    }

    #[allow(dead_code, reason = "no case of the contract is without a value yet")]
    fn no_payload(&self) -> Result<(), String> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(format!("{}.value: nothing belongs here: leave it out", self.path)),
        }
    }

    fn unknown(&self) -> String {
        one_is_expected(&format!("{}.case", self.path), self.names)
    }
}

fn one_is_expected(path: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    format!("{path}: one of {} is expected", names.join(", "))
}

fn unknown_field(path: &str, unknown: &str, names: &[&str]) -> String {
    let unknown: String = unknown.chars().take(60).collect();
    match names {
        [] => format!("{path}: unknown field {unknown:?}: there are none"),
        names => format!("{path}: unknown field {unknown:?}: the fields are {}", names.join(", ")),
    }
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub use generated::Call;

mod generated {
    #![allow(clippy::bind_instead_of_map, reason = "generated from the WIT by generator.rs")]
    use super::{Case, Fields, JsonForm, Value, object, one_is_expected};

    include!(concat!(env!("OUT_DIR"), "/json_form.rs"));
}
