//! The messages of OTLP 1.10 (`opentelemetry/proto/*/v1/*.proto`), as tables.

pub(crate) mod common;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod traces;
