//! What a trace store accepts. Everything beyond is refused and counted.

/// Bounds on what arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Spans of one trace; later ones are rejected.
    pub trace_spans: u64,
    /// Encoded bytes of one trace; later spans are rejected.
    pub trace_bytes: u64,
    /// Encoded bytes of one attribute's value; longer texts are cut off there.
    pub attribute_bytes: usize,
    /// Bytes that may wait in memory for the disk; requests for which there is no room are refused whole until there is.
    pub pending_bytes: u64,
    /// Bytes of distinct resources and scopes.
    pub origin_bytes: usize,
    /// True if columns are written beside the spans, and asked before them. Without them every query reads spans: that
    /// is how the two ways are compared.
    pub columns: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            trace_spans: 100_000,
            trace_bytes: 32 << 20,
            attribute_bytes: 16 << 10,
            pending_bytes: 64 << 20,
            origin_bytes: 16 << 20,
            columns: true,
        }
    }
}
