//! The three signals and their doors.

use hyper::Request;
use hyper::http::request::Builder;

use crate::programs::lab::{LOGS, METRICS, OTLP_HTTP};

/// A signal that is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    Metrics,
    Logs,
    Traces,
}

impl Signal {
    /// All of them, in the order of the lab's status.
    pub const ALL: [Self; 3] = [Self::Metrics, Self::Logs, Self::Traces];

    /// The name in the lab's status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Traces => "traces",
        }
    }

    /// What its items are called.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Metrics => "samples",
            Self::Logs => "lines",
            Self::Traces => "spans",
        }
    }

    /// The port of its ingestion, before the offset.
    pub fn port(self) -> u16 {
        match self {
            Self::Metrics => METRICS,
            Self::Logs => LOGS,
            Self::Traces => OTLP_HTTP,
        }
    }

    /// The request, without its body.
    pub fn request(self) -> Builder {
        match self {
            Self::Metrics => Request::post("/api/v1/write")
                .header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .header("X-Prometheus-Remote-Write-Version", "0.1.0"),
            Self::Logs => Request::post("/loki/api/v1/push").header("Content-Type", "application/json"),
            Self::Traces => Request::post("/v1/traces").header("Content-Type", "application/x-protobuf"),
        }
    }
}
