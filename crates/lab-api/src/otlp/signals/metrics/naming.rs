//! Names of metrics and labels, by the four strategies of Prometheus' `otlp.translation_strategy`.

mod characters;
pub(crate) mod label;
pub(crate) mod metric;
pub(crate) mod no_name;
pub(crate) mod unit;
