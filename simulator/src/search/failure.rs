//! An index that cannot be searched, as Elasticsearch reports it: beside the hits
//! of other indices, or as an error if there are none.

use serde_json::{Value, json};

use crate::logs::index_of;
use crate::query::Unsuited;
use crate::refusal::Refusal;

/// An index that cannot be searched.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The first millisecond of the day.
    pub(crate) day: i64,
    reason: Value,
}

impl Failure {
    /// A query that an index is unsuited for.
    pub(crate) fn new(day: i64, unsuited: Unsuited, query: &Value) -> Self {
        let index = index_of(day);
        let reason = match unsuited {
            Unsuited::Kind(reason) => json!({"type": "query_shard_exception", "reason": reason, "index": index}),
            Unsuited::Value(kind, reason) => json!({
                "type": "query_shard_exception",
                "reason": format!("failed to create query: {query}"),
                "index": index,
                "caused_by": {"type": kind, "reason": reason},
            }),
        };
        Self { day, reason }
    }

    /// As it stands in `_shards.failures`.
    pub(crate) fn to_json(&self) -> Value {
        json!({"shard": 0, "index": index_of(self.day), "node": "mZ3xkQ9tR1-5bWc0aUe7hA", "reason": self.reason})
    }

    /// The error of a search that failed in every index.
    pub(crate) fn refusal(&self, all: &[Self]) -> Refusal {
        let error = json!({
            "error": {
                "root_cause": [self.reason],
                "type": "search_phase_execution_exception",
                "reason": "all shards failed",
                "phase": "query",
                "grouped": true,
                "failed_shards": all.iter().map(Self::to_json).collect::<Vec<_>>(),
            },
            "status": 400,
        });
        Refusal::elasticsearch(error.to_string())
    }
}
