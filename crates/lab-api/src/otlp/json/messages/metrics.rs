//! `metrics.proto`: metrics with their data points.

use crate::otlp::json::messages::common::{KEY_VALUE, RESOURCE, SCOPE, attributes};
use crate::otlp::json::schema::Kind::{Bool, Double, Enum, Id, Int, Message as Of, Text};
use crate::otlp::json::schema::{
    Field, Int::Fixed64, Int::Sfixed64, Int::Sint32, Int::Uint32, Int::Uint64, Message, Role, many, one,
};

/// A request of the metric service, `ExportMetricsServiceRequest` of the specification.
pub(crate) static REQUEST: Message =
    Message { role: Role::Group, fields: &[many(1, "resource_metrics", Of(&RESOURCE_METRICS))] };

static RESOURCE_METRICS: Message = Message {
    role: Role::Group,
    fields: &[
        one(1, "resource", Of(&RESOURCE)),
        many(2, "scope_metrics", Of(&SCOPE_METRICS)),
        one(3, "schema_url", Text),
    ],
};

static SCOPE_METRICS: Message = Message {
    role: Role::Group,
    fields: &[one(1, "scope", Of(&SCOPE)), many(2, "metrics", Of(&METRIC)), one(3, "schema_url", Text)],
};

static METRIC: Message = Message {
    role: Role::Item,
    fields: &[
        one(1, "name", Text),
        one(2, "description", Text),
        one(3, "unit", Text),
        one(5, "gauge", Of(&GAUGE)),
        one(7, "sum", Of(&SUM)),
        one(9, "histogram", Of(&HISTOGRAM)),
        one(10, "exponential_histogram", Of(&EXPONENTIAL_HISTOGRAM)),
        one(11, "summary", Of(&SUMMARY)),
        many(12, "metadata", Of(&KEY_VALUE)),
    ],
};

static GAUGE: Message = Message { role: Role::Choice, fields: &[points(&NUMBER_POINT)] };

static SUM: Message =
    Message { role: Role::Choice, fields: &[points(&NUMBER_POINT), temporality(), one(3, "is_monotonic", Bool)] };

static HISTOGRAM: Message = Message { role: Role::Choice, fields: &[points(&HISTOGRAM_POINT), temporality()] };

static EXPONENTIAL_HISTOGRAM: Message =
    Message { role: Role::Choice, fields: &[points(&EXPONENTIAL_POINT), temporality()] };

static SUMMARY: Message = Message { role: Role::Choice, fields: &[points(&SUMMARY_POINT)] };

static NUMBER_POINT: Message = Message {
    role: Role::Part,
    fields: &[
        time(2, "start_time_unix_nano"),
        time(3, "time_unix_nano"),
        one(4, "as_double", Double),
        many(5, "exemplars", Of(&EXEMPLAR)),
        one(6, "as_int", Int(Sfixed64)),
        attributes(7),
        one(8, "flags", Int(Uint32)),
    ],
};

static HISTOGRAM_POINT: Message = Message {
    role: Role::Part,
    fields: &[
        time(2, "start_time_unix_nano"),
        time(3, "time_unix_nano"),
        one(4, "count", Int(Fixed64)),
        one(5, "sum", Double),
        many(6, "bucket_counts", Int(Fixed64)),
        many(7, "explicit_bounds", Double),
        many(8, "exemplars", Of(&EXEMPLAR)),
        attributes(9),
        one(10, "flags", Int(Uint32)),
        one(11, "min", Double),
        one(12, "max", Double),
    ],
};

static EXPONENTIAL_POINT: Message = Message {
    role: Role::Part,
    fields: &[
        attributes(1),
        time(2, "start_time_unix_nano"),
        time(3, "time_unix_nano"),
        one(4, "count", Int(Fixed64)),
        one(5, "sum", Double),
        one(6, "scale", Int(Sint32)),
        one(7, "zero_count", Int(Fixed64)),
        one(8, "positive", Of(&BUCKETS)),
        one(9, "negative", Of(&BUCKETS)),
        one(10, "flags", Int(Uint32)),
        many(11, "exemplars", Of(&EXEMPLAR)),
        one(12, "min", Double),
        one(13, "max", Double),
        one(14, "zero_threshold", Double),
    ],
};

static BUCKETS: Message =
    Message { role: Role::Part, fields: &[one(1, "offset", Int(Sint32)), many(2, "bucket_counts", Int(Uint64))] };

static SUMMARY_POINT: Message = Message {
    role: Role::Part,
    fields: &[
        time(2, "start_time_unix_nano"),
        time(3, "time_unix_nano"),
        one(4, "count", Int(Fixed64)),
        one(5, "sum", Double),
        many(6, "quantile_values", Of(&QUANTILE)),
        attributes(7),
        one(8, "flags", Int(Uint32)),
    ],
};

static QUANTILE: Message = Message { role: Role::Part, fields: &[one(1, "quantile", Double), one(2, "value", Double)] };

static EXEMPLAR: Message = Message {
    role: Role::Part,
    fields: &[
        time(2, "time_unix_nano"),
        one(3, "as_double", Double),
        one(4, "span_id", Id(8)),
        one(5, "trace_id", Id(16)),
        one(6, "as_int", Int(Sfixed64)),
        many(7, "filtered_attributes", Of(&KEY_VALUE)),
    ],
};

static TEMPORALITIES: [(&str, i32); 3] = [
    ("AGGREGATION_TEMPORALITY_UNSPECIFIED", 0),
    ("AGGREGATION_TEMPORALITY_DELTA", 1),
    ("AGGREGATION_TEMPORALITY_CUMULATIVE", 2),
];

const fn points(of: &'static Message) -> Field {
    many(1, "data_points", Of(of))
}

const fn temporality() -> Field {
    one(2, "aggregation_temporality", Enum(&TEMPORALITIES))
}

const fn time(tag: u32, name: &'static str) -> Field {
    one(tag, name, Int(Fixed64))
}
