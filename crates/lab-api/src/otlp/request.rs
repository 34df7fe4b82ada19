//! What a request carries, how it came, and how its body is written.

/// A kind of telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

impl Signal {
    /// Every kind of telemetry.
    pub const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    /// The name, for example for a metric's label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}

/// How telemetry came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// OTLP over HTTP.
    Http,
    /// OTLP over gRPC.
    Grpc,
}

impl Transport {
    pub const ALL: [Self; 2] = [Self::Http, Self::Grpc];

    /// The name, for example for a metric's label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// How a request's body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Protobuf,
    /// `application/json`, with ids in hex and 64-bit integers as text or number.
    Json,
}
