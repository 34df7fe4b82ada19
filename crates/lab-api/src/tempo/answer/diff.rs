//! What differs between two traces, as Tempo writes it: attributes as plain JSON, kinds and statuses in lower case.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_traces::query::by_id::diff::patch::{Change, Modified, Patch};
use lab_traces::query::by_id::diff::side::{Side, SideSpan};
use lab_traces::query::by_id::diff::summary::{OfService, Summary, Whole};
use lab_traces::query::by_id::diff::warnings::Warning;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Otlp;
use serde_json::{Map, Value, json};

/// The names of the forms, with their versions.
pub(crate) const COMPOSED: &str = "trace-summary-v0-composed";
pub(crate) const PATCH: &str = "trace-patch-v0";
pub(crate) const SUMMARY: &str = "trace-summary-v0-native";

/// The most bytes of a patch that goes with its summary.
const PATCH_BYTES: usize = 64 << 10;

/// Every span that differs.
pub(crate) fn patch(patch: &Patch<'_>) -> Value {
    let meta = |side: &Side| json!({"traceId": side.id.to_string(), "spanCount": side.spans.len()});
    json!({
        "version": PATCH,
        "base": meta(patch.base),
        "compare": meta(patch.compare),
        "stats": {
            "spanCountA": patch.base.spans.len(),
            "spanCountB": patch.compare.spans.len(),
            "matchedSpans": patch.matched,
            "modifiedSpans": patch.modified.len(),
            "addedSpans": patch.added.len(),
            "removedSpans": patch.removed.len(),
            "fieldChanges": patch.field_changes(),
            "attributeChanges": patch.attribute_changes(),
            "eventChanges": 0,
            "truncated": false,
        },
        "modified": patch.modified.iter().map(|span| modified(patch.compare, span)).collect::<Vec<_>>(),
        "added": patch.added.iter().map(|span| added(patch.compare, span)).collect::<Vec<_>>(),
        "removed": patch.removed.iter().map(|span| removed(patch.base, span)).collect::<Vec<_>>(),
        "warnings": warnings(&patch.warnings),
    })
}

/// What became slower, larger or more erroneous.
pub(crate) fn summary(patch: &Patch<'_>, summary: &Summary) -> Value {
    let (spans_a, spans_b) = (patch.base.spans.len(), patch.compare.spans.len());
    let delta = |after: i64, before: i64| after.saturating_sub(before);
    let latency_ms = delta(summary.compare.duration_ns, summary.base.duration_ns) / MILLISECOND;
    let sum_ms = delta(summary.compare.sum_ns, summary.base.sum_ns) / MILLISECOND;
    let span_delta = delta(spans_b as i64, spans_a as i64);
    let error_delta = delta(summary.compare.errors as i64, summary.base.errors as i64);
    let mut document = json!({
        "version": SUMMARY,
        "base": whole(patch.base, &summary.base),
        "compare": whole(patch.compare, &summary.compare),
        "signals": {
            "traceLatency": signal(latency_ms),
            "sumSpanDuration": signal(sum_ms),
            "errors": signal(error_delta),
            "spanCount": signal(span_delta),
            "structure": if summary.structure_changed { "changed" } else { "unchanged" },
        },
        "trust": {
            "matchedSpanRatio": ratio(patch.matched, spans_a.max(spans_b)),
            "structureOverlap": ratio(patch.matched, spans_a.min(spans_b)),
        },
        "stats": {
            "traceLatencyDeltaMs": latency_ms,
            "sumSpanDurationDeltaMs": sum_ms,
            "spanCountDelta": span_delta,
            "errorSpanDelta": error_delta,
            "matchedSpans": patch.matched,
            "modifiedSpans": patch.modified.len(),
            "addedSpans": patch.added.len(),
            "removedSpans": patch.removed.len(),
            "fieldChanges": patch.field_changes(),
            "attributeChanges": patch.attribute_changes(),
        },
        "changedServices": summary.changed,
        "services": summary.services.iter().map(of_service).collect::<Vec<_>>(),
    });
    if !patch.warnings.is_empty() {
        document["warnings"] = warnings(&patch.warnings);
    }
    document
}

/// The summary, and the patch with it if it is small.
pub(crate) fn composed(differing: &Patch<'_>, of: &Summary) -> String {
    let patch = patch(differing);
    let bytes = patch.to_string().len();
    let mut document = json!({"version": COMPOSED, "summary": summary(differing, of)});
    if bytes <= PATCH_BYTES {
        document["patch"] = patch;
    } else {
        document["patchOmitted"] = json!({"bytes": bytes, "reason": "over_budget"});
    }
    document.to_string()
}

const MILLISECOND: i64 = 1_000_000;

fn modified(side: &Side, modified: &Modified<'_>) -> Value {
    let Modified { span, changes } = modified;
    json!({"span": place(side, span), "changes": changes.iter().map(change).collect::<Vec<_>>()})
}

fn place(side: &Side, span: &SideSpan) -> Value {
    let identity = &span.identity;
    json!({
        "path": side.path(span),
        "service": identity.service,
        "name": identity.name,
        "kind": identity.kind.as_str(),
    })
}

fn snapshot(side: &Side, span: &SideSpan) -> Value {
    let mut snapshot = place(side, span);
    snapshot["duration_nanos"] = json!(span.duration_ns.unwrap_or(0));
    snapshot["status"] = json!(span.status.as_str());
    snapshot
}

fn added(side: &Side, span: &SideSpan) -> Value {
    let path = side.path(span);
    let mut target = json!({"type": "span", "index": path.last()});
    if let Some((_, parent)) = path.split_last().filter(|(_, parent)| !parent.is_empty()) {
        target["parentPath"] = json!(parent);
    }
    json!({"target": target, "span": snapshot(side, span)})
}

fn removed(side: &Side, span: &SideSpan) -> Value {
    json!({"target": {"type": "span", "path": side.path(span)}, "span": snapshot(side, span)})
}

fn change(change: &Change<'_>) -> Value {
    let field = |name| json!({"type": "field", "name": name});
    let attribute = |key: &str| json!({"type": "attribute", "scope": "span", "key": key});
    let of = |op: &str, target: Value, before: Value, after: Value| json!({"op": op, "target": target, "before": before, "after": after});
    match change {
        Change::Duration(before, after) => of("modify", field("duration_nanos"), json!(before), json!(after)),
        Change::Status(before, after) => of("modify", field("status"), json!(before.as_str()), json!(after.as_str())),
        Change::Added(key, after) => of("add", attribute(key), Value::Null, plain(*after)),
        Change::Removed(key, before) => of("remove", attribute(key), plain(*before), Value::Null),
        Change::Modified(key, before, after) => of("modify", attribute(key), plain(*before), plain(*after)),
    }
}

/// A value without the name of its type.
fn plain(value: Option<&AnyValue>) -> Value {
    match value.and_then(|value| value.value.as_ref()) {
        None => Value::Null,
        Some(Otlp::StringValue(text)) => json!(text),
        Some(Otlp::BoolValue(flag)) => json!(flag),
        Some(Otlp::IntValue(number)) => json!(number),
        Some(Otlp::DoubleValue(number)) if number.is_finite() => json!(number),
        Some(Otlp::DoubleValue(number)) => json!(if number.is_nan() {
            "NaN"
        } else if *number > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        }),
        Some(Otlp::BytesValue(bytes)) => json!(STANDARD.encode(bytes)),
        Some(Otlp::ArrayValue(list)) => list.values.iter().map(|item| plain(Some(item))).collect(),
        Some(Otlp::KvlistValue(map)) => {
            let entries = map.values.iter().map(|entry| (entry.key.clone(), plain(entry.value.as_ref())));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Some(Otlp::StringValueStrindex(index)) => json!(index),
    }
}

fn whole(side: &Side, whole: &Whole) -> Value {
    let mut document = Map::new();
    document.insert("traceId".to_owned(), json!(side.id.to_string()));
    if let Some(root) = side.spans.first() {
        for (name, text) in [("rootService", &root.identity.service), ("rootName", &root.identity.name)] {
            if !text.is_empty() {
                document.insert(name.to_owned(), json!(text));
            }
        }
    }
    document.insert("spanCount".to_owned(), json!(side.spans.len()));
    document.insert("errorSpanCount".to_owned(), json!(whole.errors));
    document.insert("durationMs".to_owned(), json!(whole.duration_ns / MILLISECOND));
    document.insert("sumSpanDurationMs".to_owned(), json!(whole.sum_ns / MILLISECOND));
    Value::Object(document)
}

fn of_service(service: &OfService) -> Value {
    json!({
        "name": service.name,
        "sumSpanDurationDeltaMs": service.sum_delta_ns / MILLISECOND,
        "modified": service.modified,
        "added": service.added,
        "removed": service.removed,
        "newErrors": service.new_errors,
        "resolvedErrors": service.resolved_errors,
    })
}

fn signal(delta: i64) -> &'static str {
    match delta {
        1.. => "increased",
        0 => "unchanged",
        _ => "decreased",
    }
}

/// How much of a number of spans was found; all of none.
fn ratio(matched: usize, of: usize) -> Value {
    // Whole numbers are written without a fraction, as Go does.
    if of == 0 || matched == of { json!(1) } else { json!(matched as f64 / of as f64) }
}

fn warnings(warnings: &[Warning]) -> Value {
    warnings.iter().map(|warning| json!({"code": warning.code, "message": warning.message})).collect()
}
