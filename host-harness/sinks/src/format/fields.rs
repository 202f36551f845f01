//! The fields of a JSON object, in their order.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object, each as it was written.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// An object without some of its fields.
pub(super) fn without(object: &str, names: &[&str]) -> String {
    let Ok(Fields(fields)) = serde_json::from_str(object) else { return object.to_owned() };
    let kept = fields.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    let kept: Vec<String> = kept.map(|(name, value)| format!("{}:{}", serde_json::json!(name), value.get())).collect();
    format!("{{{}}}", kept.join(","))
}
