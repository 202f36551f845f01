//! JSON whose members keep their order: people read a schema in the order of the WIT.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A JSON value.
#[derive(Clone, Debug)]
pub(super) enum Ordered {
    /// One without members.
    Plain(Value),
    /// An array.
    Array(Vec<Ordered>),
    /// An object.
    Object(Vec<(String, Ordered)>),
}

impl Ordered {
    /// An object with these members.
    pub(super) fn object<const N: usize>(members: [(&str, Ordered); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The same object with one more member; of another value, the value itself.
    pub(super) fn with(self, name: &str, value: impl Into<Self>) -> Self {
        match self {
            Self::Object(mut members) => {
                members.push((name.to_owned(), value.into()));
                Self::Object(members)
            }
            other => other,
        }
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Array(values) => serializer.collect_seq(values),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl From<Vec<Ordered>> for Ordered {
    fn from(values: Vec<Ordered>) -> Self {
        Self::Array(values)
    }
}

macro_rules! plain {
    ($($ty:ty)*) => {
        $(impl From<$ty> for Ordered {
            fn from(value: $ty) -> Self {
                Self::Plain(Value::from(value))
            }
        })*
    };
}

plain!(bool i64 u32 usize &str String Vec<String>);
