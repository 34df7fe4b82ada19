//! Parsers of the two text formats in which metrics are exposed: Prometheus text 0.0.4 and OpenMetrics 1.0.
//!
//! ```text
//! # HELP name text                      # UNIT name unit          (the latter in OpenMetrics only)
//! # TYPE name counter|gauge|histogram|summary|…
//! name{label="value",…} value [timestamp] [# {label="value",…} value [timestamp]]
//! {"any name",label="value",…} value …
//! # EOF                                                           (OpenMetrics, required)
//! ```
//!
//! Sources: <https://prometheus.io/docs/instrumenting/exposition_formats/> and the OpenMetrics 1.0
//! specification. As in Prometheus 3, `le` of histograms and `quantile` of summaries are brought to one
//! spelling (`1` becomes `1.0`). The parser copies nothing: a [sample line](line::SampleLine) shows the series' text as it
//! stands, so that a scraper which has seen it before need not look inside.

pub mod line;
pub mod number;
pub mod parser;
pub mod series_text;

#[cfg(test)]
mod tests;

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
