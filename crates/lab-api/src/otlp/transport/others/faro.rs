//! What the Faro web SDK sends, as `faro.receiver` of Grafana Alloy takes it: logs, exceptions, measurements and events become
//! lines in logfmt, traces go to the trace store.
//!
//! Source: <https://grafana.com/docs/alloy/latest/reference/components/faro/faro.receiver/> and what Alloy writes.

pub(super) mod lines;
mod logfmt;
mod pairs;
pub(super) mod payload;
mod stamp;
