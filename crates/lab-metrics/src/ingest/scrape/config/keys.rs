//! Keys that no part of the lab reads: those that Prometheus obeys are let pass with a note, and any other is a mistake,
//! since what it asks for would silently not happen.

pub(crate) mod checked;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Keys at the top of the file that only Prometheus obeys.
pub(crate) const OF_FILE: [&str; 4] = ["remote_read", "runtime", "storage", "tracing"];

/// Keys of the section `global` that only Prometheus obeys.
pub(crate) const OF_GLOBAL: [&str; 3] = ["extra_scrape_metrics", "query_log_file", "scrape_failure_log_file"];

/// Keys of a scrape configuration that only Prometheus obeys.
pub(crate) const OF_JOB: [&str; 4] =
    ["enable_start_timestamp", "extra_scrape_metrics", "scrape_failure_log_file", "scrape_on_shutdown"];

/// Keys of a receiver of remote write that only Prometheus obeys.
pub(crate) const OF_REMOTE_WRITE: [&str; 5] =
    ["azuread", "failed_request_logging", "google_iam", "round_robin_dns", "sigv4"];

/// Keys of an Alertmanager that only Prometheus obeys.
pub(crate) const OF_ALERTMANAGER: [&str; 1] = ["sigv4"];

/// The kinds of service discovery that only Prometheus has.
pub(crate) const OF_DISCOVERY: [&str; 31] = [
    "aws_sd_configs",
    "azure_sd_configs",
    "consul_sd_configs",
    "digitalocean_sd_configs",
    "dockerswarm_sd_configs",
    "ec2_sd_configs",
    "ecs_sd_configs",
    "eureka_sd_configs",
    "gce_sd_configs",
    "hetzner_sd_configs",
    "ionos_sd_configs",
    "kubernetes_sd_configs",
    "kuma_sd_configs",
    "lightsail_sd_configs",
    "linode_sd_configs",
    "marathon_sd_configs",
    "msk_sd_configs",
    "nerve_sd_configs",
    "nomad_sd_configs",
    "oci_sd_configs",
    "openstack_sd_configs",
    "outscale_sd_configs",
    "ovhcloud_sd_configs",
    "puppetdb_sd_configs",
    "rds_sd_configs",
    "scaleway_sd_configs",
    "serverset_sd_configs",
    "stackit_sd_configs",
    "triton_sd_configs",
    "uyuni_sd_configs",
    "vultr_sd_configs",
];

/// The keys of a part of the file that its reader has left over.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
#[expect(clippy::zero_sized_map_values, reason = "the reader of the file gives a map")]
pub struct Rest(BTreeMap<String, IgnoredAny>);

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Rest {
    /// Notes the keys that only Prometheus obeys; the error names the first key that it does not know either. `place` says
    /// where the part stands in the file; it is empty for the file itself.
    pub(crate) fn note(&self, place: &str, without_effect: &[&[&str]], notes: &mut Vec<String>) -> Result<(), String> {
        let before = if place.is_empty() { String::new() } else { format!("{place}: ") };
        for key in self.0.keys().map(String::as_str) {
            if !without_effect.iter().any(|list| list.contains(&key)) {
                return Err(format!("{before}unknown field `{key}`"));
            }
            notes.push(format!("{before}{key} has no effect in the lab"));
        }
        Ok(())
    }
}
