//! Which keys a scrape configuration, a receiver of remote write and an Alertmanager may have: those that the lab obeys,
//! and those that Prometheus obeys but the lab lets pass with a note. Any other key is a mistake that must not pass
//! silently.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Keys that the lab obeys.
pub(crate) const KNOWN: [&str; 32] = [
    "always_scrape_classic_histograms",
    "authorization",
    "basic_auth",
    "body_size_limit",
    "convert_classic_histograms_to_nhcb",
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
    "native_histogram_bucket_limit",
    "native_histogram_min_bucket_factor",
    "params",
    "relabel_configs",
    "sample_limit",
    "scheme",
    "scrape_interval",
    "scrape_native_histograms",
    "scrape_protocols",
    "scrape_timeout",
    "static_configs",
    "target_limit",
    "tls_config",
    "track_timestamps_staleness",
];

/// Keys of a scrape configuration that only Prometheus obeys.
const WITHOUT_EFFECT: [&str; 8] = [
    "enable_compression",
    "enable_start_timestamp",
    "extra_scrape_metrics",
    "keep_dropped_targets",
    "sample_age_limit",
    "scrape_classic_histograms",
    "scrape_failure_log_file",
    "scrape_on_shutdown",
];

/// Keys of whatever makes requests that only Prometheus obeys.
const OF_REQUESTS_WITHOUT_EFFECT: [&str; 9] = [
    "bearer_token",
    "bearer_token_file",
    "enable_http2",
    "http_headers",
    "no_proxy",
    "oauth2",
    "proxy_connect_header",
    "proxy_from_environment",
    "proxy_url",
];

/// Keys of a receiver of remote write that the lab obeys.
const OF_REMOTE_WRITE: [&str; 14] = [
    "authorization",
    "basic_auth",
    "follow_redirects",
    "headers",
    "metadata_config",
    "name",
    "protobuf_message",
    "queue_config",
    "remote_timeout",
    "send_exemplars",
    "send_native_histograms",
    "tls_config",
    "url",
    "write_relabel_configs",
];

/// Keys of an Alertmanager that the lab obeys.
const OF_ALERTMANAGER: [&str; 12] = [
    "alert_relabel_configs",
    "api_version",
    "authorization",
    "basic_auth",
    "file_sd_configs",
    "follow_redirects",
    "path_prefix",
    "relabel_configs",
    "scheme",
    "static_configs",
    "timeout",
    "tls_config",
];

/// The keys of the parts of a file, and no more of it.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    scrape_configs: Vec<Keys>,
    #[serde(default)]
    remote_write: Vec<Keys>,
    #[serde(default)]
    alerting: Alerting,
}

#[derive(Default, Deserialize)]
struct Alerting {
    #[serde(default)]
    alertmanagers: Vec<Keys>,
}

/// A kind of part: where it stands in the file, what it obeys, and what else Prometheus obeys there.
struct Kind<'a> {
    place: &'a str,
    known: &'a [&'a str],
    without_effect: &'a [&'a str],
    discovers: bool,
}

impl Kind<'_> {
    /// Adds a note for each key without effect to `notes`.
    fn check(&self, parts: &[Keys], notes: &mut Vec<String>) -> Result<(), String> {
        let Self { place, known, without_effect, discovers } = self;
        for (at, part) in parts.iter().enumerate() {
            for key in part.0.iter().map(String::as_str).filter(|key| !known.contains(key)) {
                let is_prometheus = without_effect.contains(&key)
                    || OF_REQUESTS_WITHOUT_EFFECT.contains(&key)
                    || (*discovers && key.ends_with("_sd_configs"));
                if !is_prometheus {
                    return Err(format!("{place}[{at}]: unknown field `{key}`"));
                }
                notes.push(format!("{place}[{at}]: {key} has no effect in the lab"));
            }
        }
        Ok(())
    }
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
    let Ok(parts) = serde_yaml_ng::from_str::<Parts>(text) else { return Ok(Vec::new()) };
    let scrape = Kind { place: "scrape_configs", known: &KNOWN, without_effect: &WITHOUT_EFFECT, discovers: true };
    let remote = Kind {
        place: "remote_write",
        known: &OF_REMOTE_WRITE,
        without_effect: &["azuread", "google_iam", "round_robin_dns", "sigv4"],
        discovers: false,
    };
    let manager =
        Kind { place: "alerting.alertmanagers", known: &OF_ALERTMANAGER, without_effect: &["sigv4"], discovers: true };
    let mut notes = Vec::new();
    scrape.check(&parts.scrape_configs, &mut notes)?;
    remote.check(&parts.remote_write, &mut notes)?;
    manager.check(&parts.alerting.alertmanagers, &mut notes)?;
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

    #[test]
    fn receivers_are_held_to_their_own_keys() {
        let text = "{remote_write: [{url: a, oauth2: {}}], alerting: {alertmanagers: [{dns_sd_configs: []}]}}";
        let notes = check(text).expect("let pass");
        assert_eq!(
            notes,
            [
                "remote_write[0]: oauth2 has no effect in the lab",
                "alerting.alertmanagers[0]: dns_sd_configs has no effect in the lab"
            ]
        );
        let error = check("remote_write: [{url: a, dns_sd_configs: []}]").expect_err("a mistake");
        assert_eq!(error, "remote_write[0]: unknown field `dns_sd_configs`");
    }
}
