//! The messages of `trace.proto`: spans, their events and their links.

use crate::otlp::json::messages::common::{RESOURCE, SCOPE, attributes, dropped};
use crate::otlp::json::schema::Kind::{Enum, Id, Int, Message as Of, Text};
use crate::otlp::json::schema::{Int::Fixed32, Int::Fixed64, Message, Role, many, one};

/// A request of the trace service, `ExportTraceServiceRequest` of the specification.
pub(crate) static REQUEST: Message =
    Message { role: Role::Group, fields: &[many(1, "resource_spans", Of(&RESOURCE_SPANS))] };

static RESOURCE_SPANS: Message = Message {
    role: Role::Group,
    fields: &[one(1, "resource", Of(&RESOURCE)), many(2, "scope_spans", Of(&SCOPE_SPANS)), one(3, "schema_url", Text)],
};

static SCOPE_SPANS: Message = Message {
    role: Role::Group,
    fields: &[one(1, "scope", Of(&SCOPE)), many(2, "spans", Of(&SPAN)), one(3, "schema_url", Text)],
};

static SPAN: Message = Message {
    role: Role::Item,
    fields: &[
        one(1, "trace_id", Id(16)),
        one(2, "span_id", Id(8)),
        one(3, "trace_state", Text),
        one(4, "parent_span_id", Id(8)),
        one(5, "name", Text),
        one(6, "kind", Enum(&KINDS)),
        one(7, "start_time_unix_nano", Int(Fixed64)),
        one(8, "end_time_unix_nano", Int(Fixed64)),
        attributes(9),
        dropped(10, "dropped_attributes_count"),
        many(11, "events", Of(&EVENT)),
        dropped(12, "dropped_events_count"),
        many(13, "links", Of(&LINK)),
        dropped(14, "dropped_links_count"),
        one(15, "status", Of(&STATUS)),
        one(16, "flags", Int(Fixed32)),
    ],
};

static EVENT: Message = Message {
    role: Role::Part,
    fields: &[
        one(1, "time_unix_nano", Int(Fixed64)),
        one(2, "name", Text),
        attributes(3),
        dropped(4, "dropped_attributes_count"),
    ],
};

static LINK: Message = Message {
    role: Role::Part,
    fields: &[
        one(1, "trace_id", Id(16)),
        one(2, "span_id", Id(8)),
        one(3, "trace_state", Text),
        attributes(4),
        dropped(5, "dropped_attributes_count"),
        one(6, "flags", Int(Fixed32)),
    ],
};

static STATUS: Message = Message { role: Role::Part, fields: &[one(2, "message", Text), one(3, "code", Enum(&CODES))] };

static KINDS: [(&str, i32); 6] = [
    ("SPAN_KIND_UNSPECIFIED", 0),
    ("SPAN_KIND_INTERNAL", 1),
    ("SPAN_KIND_SERVER", 2),
    ("SPAN_KIND_CLIENT", 3),
    ("SPAN_KIND_PRODUCER", 4),
    ("SPAN_KIND_CONSUMER", 5),
];

static CODES: [(&str, i32); 3] = [("STATUS_CODE_UNSET", 0), ("STATUS_CODE_OK", 1), ("STATUS_CODE_ERROR", 2)];
