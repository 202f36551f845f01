//! The fields of a JSON object, each as its text.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The fields of an object in their order, the first of each name, and the
/// names that occur more than once.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    fields: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// Names that occurred again.
    pub repeated: Vec<String>,
}

impl<'a> Fields<'a> {
    /// Reads an object; `None` if the text is not one.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text of a field. Absent and null are the same.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.get()).filter(|text| *text != "null")
    }

    /// Whether a field occurs more than once.
    #[must_use]
    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|other| other == name)
    }

    /// The fields in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.fields.iter().map(|(key, value)| (key.as_ref(), value.get()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
                let mut fields = Fields::default();
                // Events have a dozen fields; only a hostile one is worth a set.
                const FEW: usize = 32;
                let mut known = std::collections::HashSet::new();
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    let count = fields.fields.len();
                    if count >= FEW && known.is_empty() {
                        known.extend(fields.fields.iter().map(|(key, _)| key.clone()));
                    }
                    let again = if count < FEW {
                        fields.fields.iter().any(|(other, _)| *other == key)
                    } else {
                        !known.insert(key.clone())
                    };
                    if again {
                        fields.repeated.push(key.into_owned());
                    } else {
                        fields.fields.push((key, value));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The name of a field, copied only if it holds an escape.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_repeated_fields_counts() {
        let fields = Fields::read(r#"{"a":1,"b":null,"a":2}"#).unwrap();
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c")), (Some("1"), None, None));
        assert_eq!(fields.repeated, ["a"]);
        assert!(Fields::read("[]").is_none() && Fields::read("null").is_none());
    }
}
