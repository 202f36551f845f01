//! The ends of a range, and whether a value lies between them.

use std::borrow::Cow;

use serde_json::Value;

use crate::logs::{Scalar, number};

/// An end of a range.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) value: Value,
    pub(crate) inclusive: bool,
}

impl Bound {
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match &self.value {
            Value::String(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_string()),
        }
    }
}

/// Whether a value lies between two ends: numbers by size, texts by their characters.
pub(crate) fn within(value: &Scalar, lower: Option<&Bound>, upper: Option<&Bound>) -> bool {
    let compare = |bound: &Bound| {
        let of_number = |value: f64| number(&bound.text()).and_then(|bound| value.partial_cmp(&bound));
        match value {
            Scalar::Whole(whole) => of_number(*whole as f64),
            Scalar::Decimal(decimal) => of_number(*decimal),
            Scalar::Text(text) => Some(text.as_str().cmp(&bound.text())),
            Scalar::Bool(flag) => Some(flag.to_string().as_str().cmp(&bound.text())),
        }
    };
    let above = lower
        .is_none_or(|bound| compare(bound).is_some_and(|order| order.is_gt() || (bound.inclusive && order.is_eq())));
    let below = upper
        .is_none_or(|bound| compare(bound).is_some_and(|order| order.is_lt() || (bound.inclusive && order.is_eq())));
    above && below
}
