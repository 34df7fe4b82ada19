//! Spans made for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::stack::span::{Kind, Span, Value};

/// When made spans begin, in nanoseconds since the epoch.
pub(crate) const EPOCH: i64 = 1_795_379_464_123_000_000;
pub(crate) const MS: i64 = 1_000_000;

/// An INTERNAL span from `start` to `end` milliseconds after [`EPOCH`]; a root if `parent` is empty.
pub(crate) fn span(id: &str, parent: &str, service: &str, name: &str, start: i64, end: i64) -> Span {
    Span {
        trace_id: "9e17e9f2fed889d483b429662cd95968".into(),
        span_id: id.to_owned(),
        parent_id: (!parent.is_empty()).then(|| parent.to_owned()),
        service: service.into(),
        name: name.into(),
        kind: Kind::Internal,
        start_ns: EPOCH + start * MS,
        end_ns: EPOCH + end * MS,
        failed: false,
        attributes: BTreeMap::new(),
        events: Vec::new(),
    }
}

/// The span with an attribute.
pub(crate) fn with(mut span: Span, key: &str, value: Value) -> Span {
    span.attributes.insert(Arc::from(key), value);
    span
}

/// The span with another kind.
pub(crate) fn of_kind(span: Span, kind: Kind) -> Span {
    Span { kind, ..span }
}

/// frontend calls dice-roller, which looks a die up at die-service and rolls a batch of two.
pub(crate) fn batch() -> Vec<Span> {
    let server = |span| of_kind(span, Kind::Server);
    let client = |span| with(of_kind(span, Kind::Client), "http.response.status_code", Value::Int(200));
    let roll = |id: &str, index: i64, start, end| {
        with(span(id, "3", "dice-roller", "async_roll", start, end), "async.roll_index", Value::Int(index))
    };
    vec![
        server(span("1", "", "frontend", "GET /roll-async", 0, 1000)),
        client(span("2", "1", "frontend", "GET", 1, 999)),
        with(server(span("3", "2", "dice-roller", "GET /roll-async", 2, 998)), "async.batch_size", Value::Int(2)),
        client(span("4", "3", "dice-roller", "GET", 3, 9)),
        server(span("5", "4", "die-service", "GET /dice", 4, 8)),
        roll("6", 0, 10, 997),
        roll("7", 1, 11, 500),
    ]
}
