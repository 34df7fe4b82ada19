//! The same telemetry as OpenTelemetry's file format: lines of JSON, each an export request of one signal, as the
//! Collector's file exporter writes them and its receiver reads them.
//!
//! Series become points of the kind that is known of their family: counters become monotonic sums, the parts of a classic
//! histogram or a summary one point again. `job` and `instance` become attributes of the resource.

mod binary;
pub mod file;
pub mod lines;
mod logs;
mod metrics;
mod size;
pub mod starts;

use std::io::{self, Write};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::{DecodeError, Message};

use crate::messages::logs::LogPortion;
use crate::messages::metrics::MetricPortion;
use crate::recording::Recording;

/// Why nothing is written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the telemetry cannot be read: {0}")]
    Undecodable(#[from] DecodeError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Writes everything; answers how many native histograms were left out, since nobody has taught this room their form yet.
pub fn write(recording: &Recording, mut into: impl Write) -> Result<u64, WriteError> {
    for portion in &recording.traces {
        line(&ExportTraceServiceRequest::decode(portion.clone())?, &mut into)?;
    }
    for portion in &recording.logs {
        line(&logs::request(LogPortion::decode(portion.clone())?), &mut into)?;
    }
    let (mut series, mut families) = (Vec::new(), Vec::new());
    for portion in &recording.metrics {
        let portion = MetricPortion::decode(portion.clone())?;
        series.extend(portion.series);
        families.extend(portion.families);
    }
    let left_out = series.iter().map(|series| series.histograms.len() as u64).sum();
    for request in metrics::requests(series, families) {
        line(&request, &mut into)?;
    }
    into.flush()?;
    Ok(left_out)
}

fn line(request: &impl serde::Serialize, into: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *into, request)?;
    into.write_all(b"\n")
}
