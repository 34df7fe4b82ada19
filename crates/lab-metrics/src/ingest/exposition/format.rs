//! The formats, and what is said of a body that does not follow its format.

/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `text/plain`, version 0.0.4; timestamps in ms.
    PrometheusText,
    /// `application/openmetrics-text`, version 1.0.0; timestamps in seconds, exemplars, `# EOF`.
    OpenMetrics,
}

impl Format {
    /// Tells the format from a `Content-Type`; anything that is not OpenMetrics is read as Prometheus text.
    pub fn from_content_type(content_type: &str) -> Self {
        let media = content_type.split(';').next().unwrap_or_default().trim();
        if media.eq_ignore_ascii_case("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::PrometheusText
        }
    }
}

/// Why a body could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ExpositionError {
    /// Line in the body, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}
