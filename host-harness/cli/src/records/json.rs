//! JSON that is passed on as it is.

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON that is passed on as it is.
pub(crate) struct Json<'a>(pub(crate) &'a str);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(self.0) {
            Ok(raw) => raw.serialize(serializer),
            // Another component may pass on what is no JSON. The output stays JSON all the same.
            Err(_) => serializer.serialize_str(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_becomes_a_text() {
        assert_eq!(serde_json::to_string(&Json("{broken")).unwrap(), r#""{broken""#);
    }
}
