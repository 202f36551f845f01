//! The ends of a range, and whether a value lies between them.

use std::borrow::Cow;

use serde_json::Value;

use crate::logs::Scalar;

/// An end of a range.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) value: Value,
    pub(crate) inclusive: bool,
}

/// Whether a value lies between two ends: numbers by size, texts by their characters.
pub(crate) fn within(value: &Scalar, lower: Option<&Bound>, upper: Option<&Bound>) -> bool {
    let compare = |bound: &Bound| match value {
        Scalar::Number(number) => {
            let bound = match &bound.value {
                Value::Number(bound) => bound.as_f64(),
                other => text(other).parse().ok(),
            };
            bound.and_then(|bound| number.partial_cmp(&bound))
        }
        Scalar::Text(value) => Some(value.as_str().cmp(&text(&bound.value))),
        Scalar::Bool(flag) => Some(flag.to_string().as_str().cmp(&text(&bound.value))),
    };
    let above = lower
        .is_none_or(|bound| compare(bound).is_some_and(|order| order.is_gt() || (bound.inclusive && order.is_eq())));
    let below = upper
        .is_none_or(|bound| compare(bound).is_some_and(|order| order.is_lt() || (bound.inclusive && order.is_eq())));
    above && below
}

/// A bound as text.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
