//! Values that may be missing or odd, and counts in the shapes that occur.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How many logs match.
///
/// Elasticsearch counts up to 10 000 from its version 7 on, and then says that
/// there are at least so many. (Elasticsearch 7.10, "Search API", `hits.total`.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The count.
    pub value: u64,
    /// There are so many, and not more.
    pub is_exact: bool,
}

impl Total {
    /// The count, if there are not more.
    #[must_use]
    pub fn exact(self) -> Option<u64> {
        self.is_exact.then_some(self.value)
    }
}

/// A list that may be `null`. It may be missing only if a count says that this is a page all the same: an answer of another
/// kind must not pass for a page with nothing on it.
pub(super) fn listed<T>(list: Option<Option<Vec<T>>>, is_counted: bool) -> Result<Vec<T>, &'static str> {
    match list {
        Some(list) => Ok(list.unwrap_or_default()),
        None if is_counted => Ok(Vec::new()),
        None => Err("it holds neither a list nor a count"),
    }
}

/// A value that is there, `null` included.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A count in any shape that occurs; `None` for anything else.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    total(deserializer).map(|total| total.map(|total| total.value))
}

/// A value, or none where it is something else.
pub(super) fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// A total in any shape that occurs; `None` for anything else.
pub(super) fn total<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Total>, D::Error> {
    struct Count;
    fn exact(value: u64) -> Total {
        Total { value, is_exact: true }
    }
    impl<'de> Visitor<'de> for Count {
        type Value = Option<Total>;
        fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
            formatter.write_str("a count")
        }
        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok(Some(exact(value)))
        }
        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok(u64::try_from(value).ok().map(exact))
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
            Ok(value.parse().ok().map(exact))
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }
        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let (mut value_found, mut is_exact) = (None, true);
            while let Some(key) = map.next_key::<String>()? {
                let value = map.next_value::<Box<RawValue>>()?;
                match key.as_str() {
                    "value" => value_found = value.get().parse().ok(),
                    "relation" => is_exact = value.get() == "\"eq\"",
                    _ => {}
                }
            }
            Ok(value_found.map(|value| Total { value, is_exact }))
        }
    }
    deserializer.deserialize_any(Count)
}

/// A text, or what else stands there as a text.
pub(super) fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned()))
}
