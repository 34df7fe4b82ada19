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
    /// Tells the format from a `Content-Type`, as Prometheus 3 does: a type that is missing, or that names no format,
    /// is an error unless the configuration names a format to fall back to. The error says what to set.
    pub fn from_content_type(content_type: &str, fallback: Option<Self>) -> Result<Self, String> {
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let known = match &*media {
            "application/openmetrics-text" => Some(Self::OpenMetrics),
            "text/plain" => Some(Self::PrometheusText),
            _ => None,
        };
        known.or(fallback).ok_or_else(|| {
            let what = if content_type.trim().is_empty() {
                "the target sends no Content-Type".to_owned()
            } else {
                format!("the target sends the Content-Type {content_type:?}, which is no format of metrics")
            };
            format!(
                "{what}; if its page is Prometheus text, set fallback_scrape_protocol: PrometheusText0.0.4 in its job"
            )
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_unknown_format_needs_a_fallback() {
        let read = |content_type| Format::from_content_type(content_type, None);
        assert_eq!(read("text/plain; version=0.0.4"), Ok(Format::PrometheusText));
        assert_eq!(read("Application/OpenMetrics-Text;version=1.0.0"), Ok(Format::OpenMetrics));
        for bad in ["", "text/html", "application/json", "application/vnd.google.protobuf; encoding=delimited", "x"] {
            let error = read(bad).expect_err("no format of ours");
            assert!(error.contains("fallback_scrape_protocol: PrometheusText0.0.4"), "{error}");
            assert_eq!(Format::from_content_type(bad, Some(Format::OpenMetrics)), Ok(Format::OpenMetrics));
        }
    }
}
