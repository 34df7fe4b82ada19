//! The waterfall for programs.

use serde_json::{Value, json};

use crate::stack::span::{Kind, Span, Value as Attribute};
use crate::trace::analysis::one::Concurrency;
use crate::trace::batch::batches;
use crate::trace::critical::critical_path;
use crate::trace::extent::{bounds, services};
use crate::trace::tree::Tree;
use crate::trace::waterfall::notes::warnings;

/// `{"trace_id","start_ns","duration_ns","services":[…],"spans":[…],"batches":[…],"groups":[…],
/// "critical_path":[…],"warnings":[…]}`, spans in reading order,
/// each with `depth`, `critical` and `orphan` beside what it is.
pub fn waterfall(id: &str, spans: &[Span]) -> Value {
    let (tree, analysis) = (Tree::new(spans), Concurrency::of(id, spans));
    let (start, end) = bounds(spans).unwrap_or_default();
    let rows = tree.rows.iter().zip(critical_path(&tree));
    let rows = rows.map(|(row, critical)| {
        let mut span = plain(row.span);
        span["depth"] = json!(row.depth);
        span["critical"] = json!(critical);
        span["orphan"] = json!(row.is_orphan);
        span
    });
    let batches = batches(spans).into_iter().map(|batch| {
        let mut object = json!(batch);
        object["parallelism"] = json!(batch.rolls.parallelism());
        object["theory"] = json!(batch.rolls.theory());
        object
    });
    json!({
        "trace_id": id,
        "start_ns": start,
        "duration_ns": end - start,
        "services": services(spans),
        "spans": rows.collect::<Vec<_>>(),
        "batches": batches.collect::<Vec<_>>(),
        "groups": analysis.groups,
        "critical_path": analysis.critical_path,
        "warnings": warnings(spans, &tree),
    })
}

/// A span with its attributes as plain values.
fn plain(span: &Span) -> Value {
    let kind = match span.kind {
        Kind::Server => "server",
        Kind::Client => "client",
        Kind::Internal => "internal",
    };
    let attributes = span.attributes.iter().map(|(key, value)| (key.to_string(), attribute(value)));
    json!({
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "service": *span.service,
        "name": *span.name,
        "kind": kind,
        "start_ns": span.start_ns,
        "duration_ns": span.duration_ns(),
        "failed": span.failed,
        "attributes": Value::Object(attributes.collect()),
        "events": span.events,
    })
}

/// An attribute as a plain value.
pub(crate) fn attribute(value: &Attribute) -> Value {
    match value {
        Attribute::Text(text) => json!(text),
        Attribute::Int(number) => json!(number),
        Attribute::Double(number) => json!(number),
        Attribute::Bool(flag) => json!(flag),
        Attribute::List(values) => values.iter().map(attribute).collect(),
    }
}
