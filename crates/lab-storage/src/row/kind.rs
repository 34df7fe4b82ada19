//! The kinds of rows, over all signals. The numbers are on disk and are never used for anything else.

/// What a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The labels of a series of samples.
    Series = 1,
    /// A full chunk of samples of one series.
    SampleChunk = 2,
    /// The chunk of samples that a series still appends to.
    OpenSamples = 3,
    /// Exemplars of one series.
    Exemplars = 4,
    /// Type, help and unit of a metric family.
    MetricMetadata = 5,
    /// The labels of a stream of log lines.
    Stream = 16,
    /// Log lines of one stream.
    LogChunk = 17,
    /// A resource with an instrumentation scope.
    Origin = 32,
    /// The spans of one trace that arrived within one flush.
    SpanFragment = 33,
    /// What queries ask of many spans, apart from the spans.
    SpanColumns = 34,
    /// Up to which record of its journal a database holds everything.
    JournalPosition = 64,
    /// A record of a journal: the samples of one push.
    PushedSamples = 65,
    /// A record of a journal: the log lines of one push.
    PushedLines = 66,
    /// A record of a journal: the spans of one push.
    PushedSpans = 67,
}

impl Kind {
    /// The kind in words, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::SampleChunk => "sample chunk",
            Self::OpenSamples => "open sample chunk",
            Self::Exemplars => "exemplars",
            Self::MetricMetadata => "metric metadata",
            Self::Stream => "log stream",
            Self::LogChunk => "log chunk",
            Self::Origin => "resource and scope",
            Self::SpanFragment => "span fragment",
            Self::SpanColumns => "columns of spans",
            Self::JournalPosition => "journal position",
            Self::PushedSamples => "pushed samples",
            Self::PushedLines => "pushed log lines",
            Self::PushedSpans => "pushed spans",
        }
    }
}
