//! `POST /v1/search`.

use serde_json::{Value, json};

use super::body::{check_members, check_url, read_body};
use super::context::Context;
use super::failure::Failure;
use super::found::{Found, is_on_the_first_shard};
use super::request::{MAX_RESULTS, SearchRequest};
use crate::answer::Answer;
use crate::behaviour::{HitsTotal, SearchEnd};
use crate::body::BodyWriter;
use crate::refusal::Refusal;

/// `POST /v1/search`.
pub(crate) fn search(context: Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let mut body = read_body(body)?;
    check_members(
        &body,
        &[
            "query",
            "from",
            "size",
            "sort",
            "_source",
            "post_filter",
            "docvalue_fields",
            "version",
            "stored_fields",
            "highlight",
            "aggs",
            "aggregations",
        ],
    )?;
    let day_offset = check_url(&context)?;
    let request = SearchRequest::read(&mut body, &context)?;
    if request.from.saturating_add(request.size) > MAX_RESULTS {
        return Err(Refusal::elasticsearch(format!(
            "Result window is too large, from + size must be less than or equal to: [{MAX_RESULTS}] but was [{}]",
            request.from.saturating_add(request.size)
        )));
    }
    let (hits_total, search_end) = (context.behaviour.hits_total, context.behaviour.search_end);
    let rows = request.size.min(context.behaviour.search_rows.into());
    let mut found = request.run(context, day_offset)?;
    if search_end != SearchEnd::Whole {
        found.hits.retain(|hit| is_on_the_first_shard(&hit.log.id));
    }
    let page = found.rows(request.from as usize, rows as usize);
    let total = match hits_total {
        HitsTotal::Number => json!(found.hits.len()),
        HitsTotal::Object => {
            let capped = found.hits.len().min(MAX_RESULTS as usize);
            let relation = if capped < found.hits.len() { "gte" } else { "eq" };
            json!({"value": capped, "relation": relation})
        }
    };
    let max_score = match found.hits.first() {
        Some(hit) if found.scored && request.size > 0 => json!(hit.score),
        _ => Value::Null,
    };
    let timed_out = search_end == SearchEnd::TimedOut;
    let early = if search_end == SearchEnd::TerminatedEarly { "\"terminated_early\":true," } else { "" };
    let shards = shards(&found, usize::from(search_end == SearchEnd::FailedShard));
    let mut answer = BodyWriter::default();
    answer.text(format!(
        "{{\"took\":{},\"timed_out\":{timed_out},{early}\"_shards\":{shards},\
         \"hits\":{{\"total\":{total},\"max_score\":{max_score},\"hits\":[",
        3 + found.hits.len() / 1000
    ));
    request.presentation.write(page, found.scored, &mut answer);
    answer.text("]}");
    if let Some(aggregations) = &found.aggregations {
        answer.text(format!(",\"aggregations\":{aggregations}"));
    }
    answer.text("}");
    Ok(Answer { rows: page.len(), ..Answer::json(answer.finish()) })
}

/// How many shards were searched: one for each index, but two at least.
fn shards(found: &Found, more_failed: usize) -> Value {
    let total = (found.indices + found.failures.len()).max(2);
    let failed = found.failures.len() + more_failed;
    let mut shards = json!({"total": total, "successful": total - failed, "skipped": 0, "failed": failed});
    if let Value::Object(shards) = &mut shards
        && !found.failures.is_empty()
    {
        let failures: Vec<Value> = found.failures.iter().map(Failure::to_json).collect();
        shards.insert("failures".to_owned(), Value::from(failures));
    }
    shards
}
