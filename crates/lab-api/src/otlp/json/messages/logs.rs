//! `logs.proto`: log records.

use crate::otlp::json::messages::common::{ANY_VALUE, RESOURCE, SCOPE, attributes, dropped};
use crate::otlp::json::schema::Kind::{Enum, Id, Int, Message as Of, Text};
use crate::otlp::json::schema::{Int::Fixed32, Int::Fixed64, Message, Role, many, one};

/// A request of the log service, `ExportLogsServiceRequest` of the specification.
pub(crate) static REQUEST: Message =
    Message { role: Role::Group, fields: &[many(1, "resource_logs", Of(&RESOURCE_LOGS))] };

static RESOURCE_LOGS: Message = Message {
    role: Role::Group,
    fields: &[one(1, "resource", Of(&RESOURCE)), many(2, "scope_logs", Of(&SCOPE_LOGS)), one(3, "schema_url", Text)],
};

static SCOPE_LOGS: Message = Message {
    role: Role::Group,
    fields: &[one(1, "scope", Of(&SCOPE)), many(2, "log_records", Of(&RECORD)), one(3, "schema_url", Text)],
};

static RECORD: Message = Message {
    role: Role::Item,
    fields: &[
        one(1, "time_unix_nano", Int(Fixed64)),
        one(2, "severity_number", Enum(&SEVERITIES)),
        one(3, "severity_text", Text),
        one(5, "body", Of(&ANY_VALUE)),
        attributes(6),
        dropped(7, "dropped_attributes_count"),
        one(8, "flags", Int(Fixed32)),
        one(9, "trace_id", Id(16)),
        one(10, "span_id", Id(8)),
        one(11, "observed_time_unix_nano", Int(Fixed64)),
        one(12, "event_name", Text),
    ],
};

static SEVERITIES: [(&str, i32); 25] = [
    ("SEVERITY_NUMBER_UNSPECIFIED", 0),
    ("SEVERITY_NUMBER_TRACE", 1),
    ("SEVERITY_NUMBER_TRACE2", 2),
    ("SEVERITY_NUMBER_TRACE3", 3),
    ("SEVERITY_NUMBER_TRACE4", 4),
    ("SEVERITY_NUMBER_DEBUG", 5),
    ("SEVERITY_NUMBER_DEBUG2", 6),
    ("SEVERITY_NUMBER_DEBUG3", 7),
    ("SEVERITY_NUMBER_DEBUG4", 8),
    ("SEVERITY_NUMBER_INFO", 9),
    ("SEVERITY_NUMBER_INFO2", 10),
    ("SEVERITY_NUMBER_INFO3", 11),
    ("SEVERITY_NUMBER_INFO4", 12),
    ("SEVERITY_NUMBER_WARN", 13),
    ("SEVERITY_NUMBER_WARN2", 14),
    ("SEVERITY_NUMBER_WARN3", 15),
    ("SEVERITY_NUMBER_WARN4", 16),
    ("SEVERITY_NUMBER_ERROR", 17),
    ("SEVERITY_NUMBER_ERROR2", 18),
    ("SEVERITY_NUMBER_ERROR3", 19),
    ("SEVERITY_NUMBER_ERROR4", 20),
    ("SEVERITY_NUMBER_FATAL", 21),
    ("SEVERITY_NUMBER_FATAL2", 22),
    ("SEVERITY_NUMBER_FATAL3", 23),
    ("SEVERITY_NUMBER_FATAL4", 24),
];
