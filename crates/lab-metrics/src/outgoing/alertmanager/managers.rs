//! Which Alertmanagers are there: those that the configuration finds, after relabelling.

use std::collections::BTreeMap;
use std::path::Path;

use lab_model::Labels;

use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::discovery;
use crate::ingest::scrape::discovery::source::Source;
use crate::ingest::scrape::discovery::watch::Watch;
use crate::ingest::scrape::relabel::relabel;
use crate::outgoing::config::{AlertingConfig, AlertmanagerConfig};

/// An Alertmanager: where it takes alerts, and how it is configured.
#[derive(Clone, Debug)]
pub(super) struct Manager {
    pub(super) url: String,
    pub(super) config: AlertmanagerConfig,
}

pub(super) fn sources(config: &AlertingConfig) -> Vec<Source> {
    config.alertmanagers.iter().flat_map(|manager| Source::of(&manager.discovery)).collect()
}

/// The Alertmanagers that are there now, and the addresses of those that relabelling dropped.
pub(super) fn managers(config: &AlertingConfig, watch: &Watch) -> (Vec<Manager>, Vec<String>) {
    let (mut active, mut dropped) = (Vec::new(), Vec::new());
    for manager in &config.alertmanagers {
        let (found, _) = discovery::groups(&manager.discovery, watch);
        for (group, file) in found {
            for address in &group.targets {
                let labels = labels_of(manager, address, &group.labels, file.as_deref());
                let relabelled = relabel(labels.clone(), &manager.relabel_configs);
                match relabelled.as_ref().and_then(url_of) {
                    Some(url) => active.push(Manager { url, config: manager.clone() }),
                    None => dropped.extend(url_of(&labels).map(|url| secrets::shown_url(&url))),
                }
            }
        }
    }
    (active, dropped)
}

fn labels_of(
    manager: &AlertmanagerConfig,
    address: &str,
    own: &BTreeMap<String, String>,
    file: Option<&Path>,
) -> Labels {
    let path = format!("/{}/api/v2/alerts", manager.path_prefix.trim_matches('/')).replace("//", "/");
    let mut labels = own.clone();
    labels.insert("__address__".to_owned(), address.to_owned());
    labels.entry("__scheme__".to_owned()).or_insert_with(|| manager.scheme.as_str().to_owned());
    labels.entry("__alerts_path__".to_owned()).or_insert(path);
    if let Some(file) = file {
        labels.insert("__meta_filepath".to_owned(), file.display().to_string());
    }
    Labels::from_pairs(labels)
}

fn url_of(labels: &Labels) -> Option<String> {
    let [scheme, address, path] = ["__scheme__", "__address__", "__alerts_path__"].map(|name| labels.get(name));
    let address = address.filter(|address| !address.is_empty())?;
    Some(format!("{}://{address}{}", scheme.unwrap_or("http"), path.unwrap_or("/api/v2/alerts")))
}
