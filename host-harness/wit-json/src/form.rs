//! What a type of a contract can do, where the generated code may say so: in the crate of the bindings.

use serde_json::value::RawValue;

use crate::read::{self, Outcome};
use crate::write;

/// A type with a JSON form.
pub trait JsonForm: Sized {
    /// Reads a value. `path` is where it stands, for the error.
    ///
    /// # Errors
    /// What is expected, and where.
    fn read(value: &RawValue, path: &str) -> Outcome<Self>;

    /// Adds the value to a text.
    fn write(&self, out: &mut String);

    /// The value as JSON, on one line.
    fn to_json(&self) -> String {
        write::to_text(&Self::write, self)
    }

    /// Reads a value from its JSON form.
    ///
    /// # Errors
    /// What is expected, and where.
    fn from_json(text: &str) -> Outcome<Self> {
        Self::read(read::text(text, "value")?, "value")
    }
}

/// An enum of a contract.
pub trait Cases: Copy + PartialEq + 'static {
    /// Its cases, with their names in the WIT.
    const CASES: &'static [(&'static str, Self)];

    /// The name of a case.
    fn name(self) -> &'static str {
        Self::CASES.iter().find(|(_, case)| *case == self).map_or("", |(name, _)| *name)
    }
}
