//! The order of hits.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::logs::{Document, Scalar, TIME_FIELD, is_analyzed};
use crate::refusal::Refusal;

#[derive(Debug)]
pub(crate) struct SortItem {
    pub(crate) field: String,
    pub(crate) descending: bool,
    /// Documents without the field are no reason to refuse.
    pub(crate) unmapped: bool,
}

pub(crate) fn read_sort(value: Option<&Value>) -> Result<Vec<SortItem>, Refusal> {
    let items = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Refusal::search("[sort] must be an array")),
    };
    let mut sort = Vec::new();
    for item in items {
        match item {
            Value::String(field) => sort.push(SortItem::new(field, None)?),
            Value::Object(fields) => {
                for (field, order) in fields {
                    sort.push(SortItem::new(field, Some(order))?);
                }
            }
            other => {
                return Err(Refusal::search(format!("[sort] cannot hold [{other}]")));
            }
        }
    }
    Ok(sort)
}

impl SortItem {
    fn new(field: &str, order: Option<&Value>) -> Result<Self, Refusal> {
        if is_analyzed(field) {
            return Err(Refusal::elasticsearch(format!(
                "Fielddata is disabled on text fields by default. Set fielddata=true on [{field}]"
            )));
        }
        let mut item = Self {
            field: field.to_owned(),
            // Relevance is best first, everything else the other way round.
            descending: field == "_score",
            unmapped: false,
        };
        let mut direction = |value: &Value| match value.as_str() {
            Some("asc") => {
                item.descending = false;
                Ok(())
            }
            Some("desc") => {
                item.descending = true;
                Ok(())
            }
            _ => Err(Refusal::elasticsearch(format!("Illegal sort order [{value}]"))),
        };
        match order {
            None => {}
            Some(order @ Value::String(_)) => direction(order)?,
            Some(Value::Object(options)) => {
                for (name, value) in options {
                    match name.as_str() {
                        "order" => direction(value)?,
                        "unmapped_type" | "ignore_unmapped" => item.unmapped = true,
                        "missing" | "mode" | "format" | "numeric_type" => {}
                        name => {
                            return Err(Refusal::elasticsearch(format!("[field_sort] unknown field [{name}]")));
                        }
                    }
                }
            }
            Some(other) => {
                return Err(Refusal::elasticsearch(format!("Illegal sort order [{other}]")));
            }
        }
        Ok(item)
    }

    pub(crate) fn key(&self, log: Document<'_>, number: usize) -> SortValue {
        match self.field.as_str() {
            TIME_FIELD => SortValue::Whole(log.log.time.timestamp_millis()),
            "_doc" => SortValue::Whole(number as i64),
            "_score" => SortValue::Decimal(relevance(&log.log.id)),
            "_id" => SortValue::Text(log.log.id.clone()),
            "_index" => SortValue::Text(log.log.index()),
            field => {
                let values = log.values(field);
                let values = values.iter().map(|value| match value {
                    Scalar::Text(text) => SortValue::Text(text.clone()),
                    Scalar::Whole(number) => SortValue::Decimal(*number as f64),
                    Scalar::Decimal(number) => SortValue::Decimal(*number),
                    Scalar::Bool(flag) => SortValue::Whole(i64::from(*flag)),
                });
                // Of several values the one that comes first in this order.
                values.min_by(|a, b| a.compare(b, self.descending)).unwrap_or(SortValue::Missing)
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SortValue {
    Whole(i64),
    Decimal(f64),
    Text(String),
    Missing,
}

impl SortValue {
    /// Documents without a value come last either way.
    pub(crate) fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Whole(_), _) | (Self::Decimal(_), Self::Text(_)) => Ordering::Less,
            _ => Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Whole(number) => json!(number),
            // A long in the mapping, so no point in the text.
            Self::Decimal(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                json!(*number as i64)
            }
            Self::Decimal(number) => json!(number),
            Self::Text(text) => json!(text),
            Self::Missing => Value::Null,
        }
    }
}

/// A relevance that has nothing to do with time, as Elasticsearch's has not.
pub(crate) fn relevance(id: &str) -> f64 {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    1.0 + (hash >> 40) as f64 / (1_u64 << 24) as f64
}
