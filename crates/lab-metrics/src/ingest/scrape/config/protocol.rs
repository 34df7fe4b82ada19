//! In which formats a job asks for metrics, and how names with other characters are written there:
//! `scrape_protocols`, `fallback_scrape_protocol`, `metric_name_escaping_scheme`, `metric_name_validation_scheme`.

use serde::Deserialize;

use crate::ingest::exposition::format::Format;

/// A format of metrics with its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ScrapeProtocol {
    /// Protocol buffers, which the lab does not read; it asks for the others instead.
    PrometheusProto,
    #[serde(rename = "OpenMetricsText1.0.0")]
    OpenMetrics1,
    #[serde(rename = "OpenMetricsText0.0.1")]
    OpenMetrics0,
    #[serde(rename = "PrometheusText1.0.0")]
    Text1,
    #[serde(rename = "PrometheusText0.0.4")]
    Text0,
}

/// How targets are to write names with other characters than letters, digits and `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameEscaping {
    #[serde(rename = "allow-utf-8")]
    AllowUtf8,
    Underscores,
    Dots,
    Values,
}

/// Which names are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameValidation {
    /// Any text is a good name.
    #[default]
    Utf8,
    /// Names of letters, digits, `_` and, for metrics, `:`.
    Legacy,
}

/// What a job asks for if the configuration does not say.
pub(crate) const DEFAULT: [ScrapeProtocol; 4] =
    [ScrapeProtocol::OpenMetrics1, ScrapeProtocol::OpenMetrics0, ScrapeProtocol::Text1, ScrapeProtocol::Text0];

impl ScrapeProtocol {
    /// Its format; `None` for the one that the lab does not read.
    pub fn format(self) -> Option<Format> {
        match self {
            Self::PrometheusProto => None,
            Self::OpenMetrics1 | Self::OpenMetrics0 => Some(Format::OpenMetrics),
            Self::Text1 | Self::Text0 => Some(Format::PrometheusText),
        }
    }

    /// Its media type, and whether names can be escaped in it.
    fn media_type(self) -> (&'static str, bool) {
        match self {
            Self::PrometheusProto => ("", false),
            Self::OpenMetrics1 => ("application/openmetrics-text;version=1.0.0", true),
            Self::OpenMetrics0 => ("application/openmetrics-text;version=0.0.1", false),
            Self::Text1 => ("text/plain;version=1.0.0", true),
            Self::Text0 => ("text/plain;version=0.0.4", false),
        }
    }
}

impl NameEscaping {
    fn as_str(self) -> &'static str {
        match self {
            Self::AllowUtf8 => "allow-utf-8",
            Self::Underscores => "underscores",
            Self::Dots => "dots",
            Self::Values => "values",
        }
    }
}

/// The header `Accept` of a scrape: the formats in order of preference, and whatever else there is last.
pub(crate) fn accept(protocols: &[ScrapeProtocol], escaping: NameEscaping) -> String {
    let asked = protocols.iter().filter(|protocol| protocol.format().is_some());
    let mut header = String::new();
    let mut weight = 6;
    for protocol in asked {
        let (media, escapes) = protocol.media_type();
        header.push_str(media);
        if escapes {
            header.extend([";escaping=", escaping.as_str()]);
        }
        header.push_str(&format!(";q=0.{weight},"));
        weight -= 1;
    }
    header.push_str(&format!("*/*;q=0.{weight}"));
    header
}

/// Refuses a list that asks for nothing, or for the same twice.
pub(crate) fn check(protocols: &[ScrapeProtocol]) -> Result<(), &'static str> {
    let repeated = protocols.iter().enumerate().any(|(at, protocol)| protocols[..at].contains(protocol));
    if repeated {
        return Err("scrape_protocols names a protocol twice");
    }
    if !protocols.is_empty() && protocols.iter().all(|protocol| protocol.format().is_none()) {
        return Err("the lab cannot read PrometheusProto; add a text format to scrape_protocols");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_asked_for_in_their_order() {
        assert_eq!(
            accept(&DEFAULT, NameEscaping::AllowUtf8),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        );
        let protocols: Vec<ScrapeProtocol> =
            serde_yaml_ng::from_str("[PrometheusProto, PrometheusText1.0.0]").expect("known names");
        assert_eq!(
            accept(&protocols, NameEscaping::Values),
            "text/plain;version=1.0.0;escaping=values;q=0.6,*/*;q=0.5"
        );
        assert!(check(&protocols).is_ok());
        assert!(check(&protocols[..1]).is_err());
        assert!(check(&[DEFAULT[0], DEFAULT[0]]).is_err());
    }
}
