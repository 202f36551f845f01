//! A call of a function by its name, and what became of it, as JSON. `conformance/JSON.md` has the form.

use std::fmt;

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
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The function returned this; of a `result`, what `ok` holds.
    Ok(Value),
    /// The function returned an error of the contract.
    Err(Value),
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
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let object = value.as_object().ok_or("an object is expected")?;
        let function = object.get("function").and_then(Value::as_str);
        let function = function
            .ok_or("function: a string is expected, an interface and a function of it: \"manifest.describe\"")?;
        let arguments = match object.get("arguments") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(arguments)) => arguments.clone(),
            Some(_) => return Err("arguments: an object is expected".into()),
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
    /// `{"ok": …}`, `{"err": …}`, `{"trap": …}`, `{"missing": …}` or `{"invalid": …}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Ok(value) => json!({"ok": value}),
            Self::Err(value) => json!({"err": value}),
            Self::Trap(text) => json!({"trap": text}),
            Self::Missing(text) => json!({"missing": text}),
            Self::Invalid(text) => json!({"invalid": text}),
        }
    }

    /// Reads what [`to_json`](Self::to_json) writes. Passes over other fields, such as an `id`.
    ///
    /// # Errors
    /// What is wrong.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        const KINDS: &str = "one of ok, err, trap, missing, invalid";
        let object = value.as_object().ok_or_else(|| format!("an object with {KINDS} is expected"))?;
        let text = |name: &str, value: &Value| {
            value.as_str().map(str::to_owned).ok_or_else(|| format!("{name}: a string is expected"))
        };
        let mut answers = object.iter().filter_map(|(name, value)| match name.as_str() {
            "ok" => Some(Ok(Self::Ok(value.clone()))),
            "err" => Some(Ok(Self::Err(value.clone()))),
            "trap" => Some(text(name, value).map(Self::Trap)),
            "missing" => Some(text(name, value).map(Self::Missing)),
            "invalid" => Some(text(name, value).map(Self::Invalid)),
            _ => None,
        });
        match (answers.next(), answers.next()) {
            (Some(answer), None) => answer,
            (None, _) => Err(format!("{KINDS} is expected")),
            (Some(_), Some(_)) => Err(format!("only {KINDS} is expected")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_same_after_a_journey_as_json() {
        for answer in [
            Answer::Ok(Value::Null),
            Answer::Ok(json!({"err": 1})),
            Answer::Err(json!({"case": "rate-limited", "value": null})),
            Answer::Trap("t".into()),
            Answer::Missing("m".into()),
            Answer::Invalid("i".into()),
        ] {
            let mut json = answer.to_json();
            assert_eq!(Answer::from_json(&json), Ok(answer.clone()));
            json["id"] = json!(7);
            assert_eq!(Answer::from_json(&json), Ok(answer));
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for (json, says) in [
            (json!(null), "an object"),
            (json!({}), "one of"),
            (json!({"ok": 1, "err": 2}), "only one of"),
            (json!({"trap": 1}), "trap: a string"),
        ] {
            let error = Answer::from_json(&json).unwrap_err();
            assert!(error.starts_with(says), "{json}: {error}");
        }
    }

    #[test]
    fn a_call_is_the_same_after_a_journey_as_json_and_shows_no_token() {
        let call = Call::new("logs.search-logs", json!({"connection": {"operations_token": "s3cret"}}));
        assert_eq!(Call::from_json(&call.to_json()), Ok(call.clone()));
        assert!(!format!("{call:?}").contains("s3cret"));
        assert_eq!(Call::from_json(&json!({"function": "a.b"})), Ok(Call::new("a.b", json!({}))));
        assert!(Call::from_json(&json!({"function": 1})).unwrap_err().starts_with("function: "));
        assert!(Call::from_json(&json!({"function": "a.b", "arguments": []})).unwrap_err().starts_with("arguments: "));
    }
}
