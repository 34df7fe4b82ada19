//! Tempo's messages as JSON. A long list is written item by item, so that no copy of all of it is made in between.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::tempo::answer::messages::{
    Exemplar, InstantSeries, MetadataMetrics, QueryInstantResponse, QueryRangeResponse, Sample, SearchMetrics,
    SearchResponse, SearchTagValuesResponse, SearchTagValuesV2Response, SearchTagsResponse, SearchTagsV2Response,
    SpanFound, SpanSet, TagScope, TagValue, TimeSeries, TraceByIdResponse, TraceFound,
};
use crate::tempo::answer::models;
use crate::tempo::answer::object::{Object, double, each, leading};
use crate::tempo::answer::otlp::{Wire, key_value};

/// A message that can be written as JSON.
pub(crate) trait Written {
    /// The JSON, which says what is missing.
    fn written(&self, missing: Option<&str>) -> String;

    /// The short form for language models, if there is one of this message.
    fn short(&self, _missing: Option<&str>) -> Option<Value> {
        None
    }
}

impl Written for SearchResponse {
    fn written(&self, missing: Option<&str>) -> String {
        leading("traces", &each(&self.traces, found_trace), cost(self.metrics.as_ref(), missing))
    }
}

impl Written for QueryRangeResponse {
    fn written(&self, missing: Option<&str>) -> String {
        leading("series", &each(&self.series, RangeSeries), cost(self.metrics.as_ref(), missing))
    }
}

impl Written for QueryInstantResponse {
    fn written(&self, missing: Option<&str>) -> String {
        let rest = cost(self.metrics.as_ref(), missing);
        // Without a hit Tempo leaves the field out.
        if self.series.is_empty() {
            rest.finish().to_string()
        } else {
            leading("series", &each(&self.series, instant_series), rest)
        }
    }
}

impl Written for SearchTagsResponse {
    fn written(&self, missing: Option<&str>) -> String {
        leading("tagNames", &self.tag_names, tag_cost(self.metrics.as_ref(), missing))
    }
}

impl Written for SearchTagsV2Response {
    fn written(&self, missing: Option<&str>) -> String {
        let scope = |scope: &TagScope| json!({"name": scope.name, "tags": scope.tags});
        leading("scopes", &each(&self.scopes, scope), tag_cost(self.metrics.as_ref(), missing))
    }
}

impl Written for SearchTagValuesResponse {
    fn written(&self, missing: Option<&str>) -> String {
        leading("tagValues", &self.tag_values, tag_cost(self.metrics.as_ref(), missing))
    }
}

impl Written for SearchTagValuesV2Response {
    fn written(&self, missing: Option<&str>) -> String {
        let value = |value: &TagValue| {
            let mut object = Object::default();
            object.text("type", &value.r#type);
            object.text("value", &value.value);
            object.finish()
        };
        leading("tagValues", &each(&self.tag_values, value), tag_cost(self.metrics.as_ref(), missing))
    }

    fn short(&self, missing: Option<&str>) -> Option<Value> {
        Some(models::values(self, missing))
    }
}

impl Written for TraceByIdResponse {
    fn written(&self, missing: Option<&str>) -> String {
        let rest = tag_cost(self.metrics.as_ref(), missing);
        match self.trace.as_ref().filter(|trace| !trace.resource_spans.is_empty()) {
            Some(trace) => leading("trace", &Batches { resource_spans: each(&trace.resource_spans, Wire) }, rest),
            None => leading("trace", &json!({}), rest),
        }
    }

    fn short(&self, _missing: Option<&str>) -> Option<Value> {
        Some(models::trace(self))
    }
}

/// A trace as Tempo writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batches<T> {
    resource_spans: T,
}

fn cost(metrics: Option<&SearchMetrics>, missing: Option<&str>) -> Object {
    let (mut cost, mut rest) = (Object::default(), Object::default());
    if let Some(metrics) = metrics {
        cost.number("inspectedTraces", metrics.inspected_traces);
        cost.large("inspectedBytes", metrics.inspected_bytes);
        cost.number("completedJobs", metrics.completed_jobs);
        cost.number("totalJobs", metrics.total_jobs);
    }
    rest.put("metrics", cost.finish());
    rest.completeness(missing);
    rest
}

fn tag_cost(metrics: Option<&MetadataMetrics>, missing: Option<&str>) -> Object {
    let (mut cost, mut rest) = (Object::default(), Object::default());
    cost.large("inspectedBytes", metrics.map_or(0, |metrics| metrics.inspected_bytes));
    rest.put("metrics", cost.finish());
    rest.completeness(missing);
    rest
}

fn found_trace(trace: &TraceFound) -> Value {
    let mut object = Object::default();
    object.text("traceID", &trace.trace_id);
    object.text("rootServiceName", &trace.root_service_name);
    object.text("rootTraceName", &trace.root_trace_name);
    object.large("startTimeUnixNano", trace.start_time_unix_nano);
    object.number("durationMs", trace.duration_ms);
    if let Some(first) = &trace.span_set {
        object.put("spanSet", spanset(first));
    }
    object.list("spanSets", &trace.span_sets, spanset);
    let services = trace.service_stats.iter().map(|(name, stats)| {
        let mut counts = Object::default();
        counts.number("spanCount", stats.span_count);
        counts.number("errorCount", stats.error_count);
        (name.clone(), counts.finish())
    });
    let services: serde_json::Map<String, Value> = services.collect();
    if !services.is_empty() {
        object.put("serviceStats", Value::Object(services));
    }
    object.finish()
}

fn spanset(spanset: &SpanSet) -> Value {
    let mut object = Object::default();
    object.list("spans", &spanset.spans, span);
    object.number("matched", spanset.matched);
    object.list("attributes", &spanset.attributes, key_value);
    object.finish()
}

fn span(span: &SpanFound) -> Value {
    let mut object = Object::default();
    object.text("spanID", &span.span_id);
    object.text("name", &span.name);
    object.large("startTimeUnixNano", span.start_time_unix_nano);
    object.large("durationNanos", span.duration_nanos);
    object.list("attributes", &span.attributes, key_value);
    object.finish()
}

/// A series over steps, written sample by sample.
struct RangeSeries<'a>(&'a TimeSeries);

impl Serialize for RangeSeries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(series) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("labels", &labels(&series.labels))?;
        if !series.samples.is_empty() {
            map.serialize_entry("samples", &each(&series.samples, sample))?;
        }
        if !series.exemplars.is_empty() {
            map.serialize_entry("exemplars", &each(&series.exemplars, exemplar))?;
        }
        map.end()
    }
}

fn instant_series(series: &InstantSeries) -> Value {
    let mut object = Object::default();
    object.put("labels", labels(&series.labels));
    if series.value != 0.0 {
        object.put("value", double(series.value));
    }
    object.finish()
}

fn labels(labels: &[KeyValue]) -> Value {
    labels.iter().map(key_value).collect()
}

fn sample(sample: &Sample) -> Value {
    let mut object = Object::default();
    object.large("timestampMs", sample.timestamp_ms as u64);
    if sample.value != 0.0 {
        object.put("value", double(sample.value));
    }
    object.finish()
}

fn exemplar(exemplar: &Exemplar) -> Value {
    let mut object = Object::default();
    object.put("labels", labels(&exemplar.labels));
    object.put("value", double(exemplar.value));
    object.large("timestampMs", exemplar.timestamp_ms as u64);
    object.finish()
}
