//! Bounds on what is received by OTLP.

/// The bounds of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtlpLimits {
    /// Bytes of a request's body as sent.
    pub body_bytes: usize,
    /// Bytes of a body after decompression.
    pub decompressed_bytes: usize,
    /// Requests in work at the same time; further ones are told to come again.
    pub requests_in_flight: usize,
}

impl Default for OtlpLimits {
    fn default() -> Self {
        Self { body_bytes: 32 << 20, decompressed_bytes: 64 << 20, requests_in_flight: 64 }
    }
}
