//! A trace that a search found, with the spans that the query selects in it.

use serde::Deserialize;

/// A trace that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// 32 lowercase hexadecimal digits.
    pub trace_id: String,
    /// Service of its root span; may not be known yet.
    pub root_service: String,
    /// Name of its root span.
    pub root_name: String,
    /// Nanoseconds since the Unix epoch.
    pub start_ns: i64,
    /// How long it took, in whole milliseconds.
    pub duration_ms: u64,
    /// How many of its spans the query selects.
    pub matched: usize,
    /// The ids of some of them: 16 lowercase hexadecimal digits.
    pub selected: Vec<String>,
}

/// The same as Tempo writes it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Raw {
    #[serde(rename = "traceID")]
    trace_id: String,
    root_service_name: String,
    root_trace_name: String,
    start_time_unix_nano: String,
    duration_ms: u64,
    span_sets: Vec<SpanSet>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SpanSet {
    spans: Vec<Selected>,
    matched: usize,
}

#[derive(Deserialize)]
struct Selected {
    #[serde(rename = "spanID")]
    span_id: String,
}

impl From<Raw> for Found {
    fn from(raw: Raw) -> Self {
        let ids = raw.span_sets.iter().flat_map(|set| &set.spans);
        Self {
            // Leading zeros may be missing.
            trace_id: format!("{:0>32}", raw.trace_id),
            root_service: raw.root_service_name,
            root_name: raw.root_trace_name,
            start_ns: raw.start_time_unix_nano.parse().unwrap_or_default(),
            duration_ms: raw.duration_ms,
            matched: raw.span_sets.iter().map(|set| set.matched).sum(),
            selected: ids.map(|one| format!("{:0>16}", one.span_id)).collect(),
        }
    }
}
