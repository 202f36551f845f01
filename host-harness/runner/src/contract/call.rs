//! A call of a function by its name, and what became of it, as JSON. `conformance/JSON.md` has the form.

use std::borrow::Cow;
use std::fmt;

use logzio_soar_wit_json::read;
use logzio_soar_wit_json::refusal::Refusal;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

/// A call of a function of the contract: its name and its arguments in the JSON form.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// The interface and the function: `incidents.fetch-incidents`.
    pub function: String,
    /// The arguments by the names that WIT has, with `_` for `-`.
    pub arguments: Map<String, Value>,
}

/// What became of a [`Call`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// The function returned this; of a `result`, what `ok` holds. On one line; of the JSON values in it, the order of keys and
    /// the text of numbers are those of Logz.io.
    Ok(Box<RawValue>),
    /// The function returned an error of the contract.
    Err(Box<RawValue>),
    /// The component trapped, or had to be stopped. Says why; holds no token.
    Trap(String),
    /// The component does not export the function.
    Missing(String),
    /// The call itself cannot be read: the text names the place and what is expected there.
    Invalid(String),
}

impl Call {
    /// A call with the arguments of an object: `json!({"connection": {…}, "request": {…}})`. What is no object counts as no
    /// arguments.
    #[must_use]
    pub fn new(function: impl Into<String>, arguments: Value) -> Self {
        let arguments = match arguments {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
        Self { function: function.into(), arguments }
    }

    /// `{"function": …, "arguments": …}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"function": self.function, "arguments": self.arguments})
    }

    /// Reads `function` and `arguments` of an object, and nothing else of it. No arguments are as good as empty ones.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn from_json(value: &Value) -> Result<Self, Refusal> {
        let object = value.as_object().ok_or_else(|| Refusal::expected("call", "an object"))?;
        let what = "a string, an interface and a function of it, such as \"manifest.describe\",";
        let function = object.get("function").and_then(Value::as_str);
        let function = function.ok_or_else(|| Refusal::expected("function", what))?;
        let arguments = match object.get("arguments") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(arguments)) => arguments.clone(),
            Some(_) => return Err(Refusal::expected("arguments", "an object")),
        };
        Ok(Self { function: function.to_owned(), arguments })
    }
}

/// Shows no argument: one of them holds the tokens.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("function", &self.function).finish_non_exhaustive()
    }
}

impl Answer {
    /// The name and the value of its one member in JSON: `ok`, `err`, `trap`, `missing` or `invalid`.
    #[must_use]
    pub fn member(&self) -> (&'static str, Cow<'_, RawValue>) {
        let text = |text: &String| Cow::Owned(to_raw_value(text).unwrap_or_default());
        match self {
            Self::Ok(value) => ("ok", Cow::Borrowed(value)),
            Self::Err(value) => ("err", Cow::Borrowed(value)),
            Self::Trap(why) => ("trap", text(why)),
            Self::Missing(what) => ("missing", text(what)),
            Self::Invalid(why) => ("invalid", text(why)),
        }
    }

    /// `{"ok": …}`, `{"err": …}`, `{"trap": …}`, `{"missing": …}` or `{"invalid": …}`, on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (name, value) = self.member();
        format!("{{\"{name}\":{}}}", value.get())
    }

    /// Reads what [`to_json`](Self::to_json) writes. Passes over other members, such as an `id`.
    ///
    /// # Errors
    /// What is wrong.
    pub fn from_json(text: &str) -> Result<Self, Refusal> {
        const KINDS: &str = "one of ok, err, trap, missing, invalid";
        let members = read::members(read::text(text, "answer")?, "answer")?;
        let mut answers = members.iter().filter_map(|(name, value)| match name.as_str() {
            "ok" => Some(Ok(Self::Ok((*value).to_owned()))),
            "err" => Some(Ok(Self::Err((*value).to_owned()))),
            "trap" => Some(read::string(value, name).map(Self::Trap)),
            "missing" => Some(read::string(value, name).map(Self::Missing)),
            "invalid" => Some(read::string(value, name).map(Self::Invalid)),
            _ => None,
        });
        match (answers.next(), answers.next()) {
            (Some(answer), None) => answer,
            (None, _) => Err(Refusal::expected("answer", KINDS)),
            (Some(_), Some(_)) => Err(Refusal::expected("answer", &format!("only {KINDS}"))),
        }
    }
}

/// Two answers are equal if their texts are.
impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        let ((name, value), (other_name, other_value)) = (self.member(), other.member());
        name == other_name && value.get() == other_value.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn an_answer_is_the_same_after_a_journey_as_json() {
        for answer in [
            Answer::Ok(raw("null")),
            Answer::Ok(raw(r#"{"err": 1.0, "a": 1e400, "a": "\ud800"}"#)),
            Answer::Err(raw(r#"{"case":"rate-limited","value":null}"#)),
            Answer::Trap("t".into()),
            Answer::Missing("m".into()),
            Answer::Invalid("i".into()),
        ] {
            let json = answer.to_json();
            assert_eq!(Answer::from_json(&json), Ok(answer.clone()));
            let with_id = json.replacen('{', "{\"id\": 7, ", 1);
            assert_eq!(Answer::from_json(&with_id), Ok(answer));
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for (json, why) in [
            ("null", "answer: an object is expected"),
            ("{}", "answer: one of ok, err, trap, missing, invalid is expected"),
            (r#"{"ok": 1, "err": 2}"#, "answer: only one of ok, err, trap, missing, invalid is expected"),
            (r#"{"ok": 1, "ok": 2}"#, r#"answer: the key "ok" is there twice: keep one"#),
            (r#"{"trap": 1}"#, "trap: a string is expected"),
        ] {
            assert_eq!(Answer::from_json(json).unwrap_err().to_string(), why, "{json}");
        }
    }

    #[test]
    fn a_call_is_the_same_after_a_journey_as_json_and_shows_no_token() {
        let call = Call::new("logs.search-logs", json!({"connection": {"operations_token": "s3cret"}}));
        assert_eq!(Call::from_json(&call.to_json()), Ok(call.clone()));
        assert!(!format!("{call:?}").contains("s3cret"));
        assert_eq!(Call::from_json(&json!({"function": "a.b"})), Ok(Call::new("a.b", json!({}))));
        assert_eq!(Call::from_json(&json!({"function": 1})).unwrap_err().path(), "function");
        assert_eq!(Call::from_json(&json!({"function": "a.b", "arguments": []})).unwrap_err().path(), "arguments");
    }
}
