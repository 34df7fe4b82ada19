//! What a run file holds, in memory. Telemetry stays encoded until somebody needs it.

use bytes::Bytes;

use crate::manifest::Manifest;

/// Everything that a run left behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    pub manifest: Manifest,
    /// The report of `dicelab run` as JSON: the verdicts, how the program ended, what came.
    pub report: Option<String>,
    /// The file of expectations as it was written.
    pub expectations: Option<String>,
    /// What simulated users did, as `dicelab traffic --ledger` writes it.
    pub ledger: Option<String>,
    /// Grafana's JSON, one text for each dashboard.
    pub dashboards: Vec<String>,
    /// Portions of [`MetricPortion`](crate::messages::metrics::MetricPortion), encoded.
    pub metrics: Vec<Bytes>,
    /// Portions of [`LogPortion`](crate::messages::logs::LogPortion), encoded.
    pub logs: Vec<Bytes>,
    /// Requests of OTLP (`ExportTraceServiceRequest`), encoded.
    pub traces: Vec<Bytes>,
}
