//! A request that was made, as reports and run files keep it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::verdict::Verdict;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub name: String,
    pub method: String,
    /// Values of the environment stand in it as `${NAME}`.
    pub url: String,
    pub trace_id: String,
    /// The id that the request had as the parent of what the services did.
    pub span_id: String,
    /// In nanoseconds since the Unix epoch.
    pub start_ns: i64,
    pub end_ns: i64,
    /// The status of the answer; `None` if none came.
    pub status: Option<u16>,
    /// Whether the answer was as expected.
    pub verdict: Verdict,
    /// The values that queries of the file name, known after this request.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// The ids of a request in its trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
}

impl Ids {
    /// The trace context that a service joins: sampled, as `traceparent` writes it.
    pub fn trace_context(&self) -> String {
        format!("00-{}-{}-01", self.trace_id, self.span_id)
    }
}
