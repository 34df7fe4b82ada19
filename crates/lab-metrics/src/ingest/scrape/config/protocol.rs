//! In which formats a job asks for metrics, and how names with other characters are written there:
//! `scrape_protocols`, `fallback_scrape_protocol`, `metric_name_escaping_scheme`, `metric_name_validation_scheme`.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::ingest::exposition::format::{Content, Format};

/// A format of metrics with its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ScrapeProtocol {
    /// Protocol buffers, the only format with native histograms.
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
const DEFAULT: [ScrapeProtocol; 4] =
    [ScrapeProtocol::OpenMetrics1, ScrapeProtocol::OpenMetrics0, ScrapeProtocol::Text1, ScrapeProtocol::Text0];

/// The same; native histograms, which only protobuf has, come first if they are wanted.
pub(crate) fn of_jobs(with_native_histograms: bool) -> Vec<ScrapeProtocol> {
    let first = with_native_histograms.then_some(ScrapeProtocol::PrometheusProto);
    first.into_iter().chain(DEFAULT).collect()
}

impl ScrapeProtocol {
    /// What a body of it consists of.
    pub fn content(self) -> Content {
        match self {
            Self::PrometheusProto => Content::Protobuf,
            Self::OpenMetrics1 | Self::OpenMetrics0 => Content::Text(Format::OpenMetrics),
            Self::Text1 | Self::Text0 => Content::Text(Format::PrometheusText),
        }
    }

    /// Its media type, and whether names can be escaped in it.
    fn media_type(self) -> (&'static str, bool) {
        match self {
            Self::PrometheusProto => {
                ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", false)
            }
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
    let mut header = String::new();
    let mut weight = 6;
    for protocol in protocols {
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

/// A list of formats; a list without any asks for nothing.
pub(crate) fn read_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ScrapeProtocol>, D::Error> {
    match Option::<Vec<ScrapeProtocol>>::deserialize(deserializer)? {
        Some(list) if list.is_empty() => Err(Error::custom("scrape_protocols cannot be empty")),
        list => Ok(list.unwrap_or_default()),
    }
}

/// Refuses a list that asks for the same twice.
pub(crate) fn check(protocols: &[ScrapeProtocol]) -> Result<(), &'static str> {
    let repeated = protocols.iter().enumerate().any(|(at, protocol)| protocols[..at].contains(protocol));
    if repeated {
        return Err("scrape_protocols names a protocol twice");
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
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
             text/plain;version=1.0.0;escaping=values;q=0.5,*/*;q=0.4"
        );
        assert!(check(&protocols).is_ok());
        assert_eq!(of_jobs(true)[0], ScrapeProtocol::PrometheusProto);
        assert_eq!(of_jobs(true)[1..], of_jobs(false));
        assert!(check(&[DEFAULT[0], DEFAULT[0]]).is_err());
    }
}
