//! The formats in which metrics are exposed, how one is told from a `Content-Type`, what is taken from a body, and what is said of a body that does
//! not follow its format.

mod media_type;

use std::fmt;

use self::media_type::media_type;

/// A format of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `text/plain`, version 0.0.4; timestamps in ms.
    PrometheusText,
    /// `application/openmetrics-text`, version 1.0.0; timestamps in seconds, exemplars, `# EOF`.
    OpenMetrics,
}

/// What a body consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Lines of text.
    Text(Format),
    /// Messages `io.prometheus.client.MetricFamily`, each after its length.
    Protobuf,
}

impl Content {
    /// Tells the content from a `Content-Type`, as Prometheus 3 does: a type that is missing, or that names no format,
    /// is an error unless the configuration names a format to fall back to. The error says what to set.
    pub fn from_content_type(content_type: &str, fallback: Option<Self>) -> Result<Self, String> {
        let (known, wrong) = match media_type(content_type) {
            Ok(media) => (of_media(&media), "which is no format of metrics".to_owned()),
            Err(reason) => (None, format!("which cannot be read: {reason}")),
        };
        known.or(fallback).ok_or_else(|| {
            let what = if content_type.trim().is_empty() {
                "the target sends no Content-Type".to_owned()
            } else {
                format!("the target sends the Content-Type {content_type:?}, {wrong}")
            };
            format!(
                "{what}; if its page is Prometheus text, set fallback_scrape_protocol: PrometheusText0.0.4 in its job"
            )
        })
    }
}

fn of_media(media: &str) -> Option<Content> {
    match media {
        "application/openmetrics-text" => Some(Content::Text(Format::OpenMetrics)),
        "text/plain" => Some(Content::Text(Format::PrometheusText)),
        "application/vnd.google.protobuf" => Some(Content::Protobuf),
        _ => None,
    }
}

/// In which forms histograms are taken from a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistogramForms {
    /// Native histograms are taken, as protobuf has them; otherwise only their classic form counts.
    pub native: bool,
    /// The classic form is taken also where there is a native one.
    pub classic_too: bool,
    /// Classic histograms become native ones with custom bounds.
    pub custom_bounds: bool,
}

/// Why a body could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct ExpositionError {
    pub place: Place,
    /// What is wrong there.
    pub reason: String,
}

/// A place in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The line of a text, from 1.
    Line(usize),
    /// The metric family of a protobuf body, from 1, and its name if it could be read.
    Family(usize, String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Family(number, name) if name.is_empty() => write!(f, "metric family {number}"),
            Self::Family(number, name) => write!(f, "metric family {number} ({name:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_unknown_format_needs_a_fallback() {
        let read = |content_type| Content::from_content_type(content_type, None);
        let open_metrics = Content::Text(Format::OpenMetrics);
        assert_eq!(read("text/plain; version=0.0.4"), Ok(Content::Text(Format::PrometheusText)));
        assert_eq!(read("Application/OpenMetrics-Text;version=1.0.0"), Ok(open_metrics));
        assert_eq!(read("application/vnd.google.protobuf; encoding=delimited"), Ok(Content::Protobuf));
        for bad in
            ["", "text/html", "application/json", "application/x-protobuf", "x", "text/plain; charset", "text/plain;;"]
        {
            let error = read(bad).expect_err("no format of ours");
            assert!(error.contains("fallback_scrape_protocol: PrometheusText0.0.4"), "{error}");
            assert_eq!(Content::from_content_type(bad, Some(open_metrics)), Ok(open_metrics));
        }
    }
}
