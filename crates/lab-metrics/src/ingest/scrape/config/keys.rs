//! Which keys a scrape configuration may have: those that the lab obeys, and those that Prometheus obeys but
//! the lab lets pass with a note. Any other key is a mistake that must not pass silently.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Keys that the lab obeys.
pub(crate) const KNOWN: [&str; 27] = [
    "authorization",
    "basic_auth",
    "body_size_limit",
    "fallback_scrape_protocol",
    "file_sd_configs",
    "follow_redirects",
    "honor_labels",
    "honor_timestamps",
    "job_name",
    "label_limit",
    "label_name_length_limit",
    "label_value_length_limit",
    "metric_name_escaping_scheme",
    "metric_name_validation_scheme",
    "metric_relabel_configs",
    "metrics_path",
    "params",
    "relabel_configs",
    "sample_limit",
    "scheme",
    "scrape_interval",
    "scrape_protocols",
    "scrape_timeout",
    "static_configs",
    "target_limit",
    "tls_config",
    "track_timestamps_staleness",
];

/// Keys that only Prometheus obeys.
const WITHOUT_EFFECT: [&str; 22] = [
    "always_scrape_classic_histograms",
    "convert_classic_histograms_to_nhcb",
    "enable_compression",
    "enable_http2",
    "extra_scrape_metrics",
    "http_headers",
    "keep_dropped_targets",
    "native_histogram_bucket_limit",
    "native_histogram_min_bucket_factor",
    "no_proxy",
    "oauth2",
    "proxy_connect_header",
    "proxy_from_environment",
    "proxy_url",
    "sample_age_limit",
    "scrape_classic_histograms",
    "scrape_failure_log_file",
    "scrape_native_histograms",
    "scrape_on_shutdown",
    "enable_start_timestamp",
    "bearer_token",
    "bearer_token_file",
];

/// The jobs' keys, and no more of the file.
#[derive(Deserialize)]
struct Jobs {
    #[serde(default)]
    scrape_configs: Vec<Keys>,
}

/// The keys of a mapping.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, IgnoredAny)) = entries.next_entry()? {
            keys.push(key);
        }
        Ok(Keys(keys))
    }
}

/// A note for each key that has no effect; the error names the first key that Prometheus does not know either.
pub(crate) fn check(text: &str) -> Result<Vec<String>, String> {
    // What is no configuration at all is reported by who reads it.
    let Ok(jobs) = serde_yaml_ng::from_str::<Jobs>(text) else { return Ok(Vec::new()) };
    let mut notes = Vec::new();
    for (at, job) in jobs.scrape_configs.iter().enumerate() {
        for key in job.0.iter().map(String::as_str).filter(|key| !KNOWN.contains(key)) {
            if !WITHOUT_EFFECT.contains(&key) && !key.ends_with("_sd_configs") {
                return Err(format!("scrape_configs[{at}]: unknown field `{key}`"));
            }
            notes.push(format!("scrape_configs[{at}]: {key} has no effect in the lab"));
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_effect_are_noted_and_mistakes_refused() {
        let text = "scrape_configs: [{job_name: a, proxy_url: x}, {job_name: b, consul_sd_configs: []}]";
        let notes = check(text).expect("let pass");
        assert_eq!(
            notes,
            [
                "scrape_configs[0]: proxy_url has no effect in the lab",
                "scrape_configs[1]: consul_sd_configs has no effect in the lab"
            ]
        );
        let error = check("scrape_configs: [{job_name: a, sample_limt: 3}]").expect_err("a mistake");
        assert_eq!(error, "scrape_configs[0]: unknown field `sample_limt`");
    }
}
