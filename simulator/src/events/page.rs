//! Pages of events or of an event's logs: which one a request asks for, and its
//! answer.

use serde_json::{Map, Value};

use super::body::{check_members, object};
use crate::answer::Answer;
use crate::behaviour::{Behaviour, PageSizeEcho, PageSizeExcess};
use crate::body::{BodyWriter, Part};
use crate::refusal::Refusal;

const DEFAULT_PAGE_SIZE: u64 = 25;
const MAX_PAGE_SIZE: u64 = 1000;

/// The page asked for.
pub(crate) struct Page {
    number: u64,
    size: u64,
    echo: u64,
}

impl Page {
    pub(crate) fn read(body: &Map<String, Value>, behaviour: &Behaviour) -> Result<Self, Refusal> {
        let pagination = object(body, "pagination")?;
        check_members(&pagination, "pagination.", &["pageNumber", "pageSize"])?;
        let number = |name: &str, default: u64| match pagination.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value
                .as_u64()
                .filter(|number| *number >= 1 && *number <= i32::MAX as u64)
                .ok_or_else(|| Refusal::invalid(format!("pagination.{name} must be a whole number from 1"))),
        };
        let mut size = number("pageSize", DEFAULT_PAGE_SIZE)?;
        if size > MAX_PAGE_SIZE {
            match behaviour.page_size_excess {
                PageSizeExcess::Capped => size = MAX_PAGE_SIZE,
                PageSizeExcess::Refused => {
                    return Err(Refusal::invalid(format!(
                        "pagination.pageSize must be less than or equal to {MAX_PAGE_SIZE}"
                    )));
                }
            }
        }
        let given = size.min(behaviour.page_rows.into()).max(1);
        let echo = match behaviour.page_size_echo {
            PageSizeEcho::Given => given,
            PageSizeEcho::Asked => size,
        };
        Ok(Self { number: number("pageNumber", 1)?, size: given, echo })
    }

    pub(crate) fn rows(&self) -> std::ops::Range<usize> {
        let start = (self.number - 1).saturating_mul(self.size) as usize;
        start..start.saturating_add(self.size as usize)
    }

    /// The answer with the rows byte for byte, whatever they hold.
    pub(crate) fn answer(&self, total: usize, rows: Vec<Part>) -> Answer {
        let count = rows.len();
        let mut body = BodyWriter::default();
        body.text(format!("{{\"total\":{total},\"results\":["));
        for (at, row) in rows.into_iter().enumerate() {
            if at > 0 {
                body.text(",");
            }
            body.part(row);
        }
        body.text(format!("],\"pagination\":{{\"pageNumber\":{},\"pageSize\":{}}}}}", self.number, self.echo));
        Answer { rows: count, ..Answer::json(body.finish()) }
    }
}
