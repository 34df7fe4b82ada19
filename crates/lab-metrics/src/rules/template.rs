//! Templates of the labels and annotations of alerts: Go's templates with Prometheus' functions.
//!
//! A template is parsed when its rule is read, so a mistake in it is known before any alert fires. What goes wrong
//! while it is expanded stands in the label or annotation itself, as in Prometheus.

mod convert;
pub mod expand;
mod functions;
mod human;
pub(crate) mod links;
pub mod scope;
