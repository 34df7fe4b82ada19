//! Scrape pools, which are the jobs: `scrape_pools`, `scrape_pools/config`, `targets/relabel_steps`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::ingest::scrape::config::job::JobConfig;
use lab_metrics::ingest::scrape::relabel::{RelabelRule, relabel};
use lab_model::Labels;
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::state::PrometheusState;

/// `/api/v1/scrape_pools`: the names of the jobs, sorted.
pub(crate) async fn names(State(state): State<PrometheusState>) -> Answer {
    let config = config(&state);
    let mut names: Vec<&str> = config.scrape_configs.iter().map(|job| &*job.job_name).collect();
    names.sort_unstable();
    success(&json!({"scrapePools": names}))
}

/// `/api/v1/scrape_pools/config`: the configuration of the job `scrapePool`, its secrets hidden.
pub(crate) async fn job_config(State(state): State<PrometheusState>, params: Params) -> Answer {
    let config = config(&state);
    success(&json!({"yaml": job(&config, &params)?.source}))
}

/// `/api/v1/targets/relabel_steps`: what each relabelling rule of the job `scrapePool` makes of `labels` (a JSON object).
pub(crate) async fn relabel_steps(State(state): State<PrometheusState>, params: Params) -> Answer {
    let config = config(&state);
    // The order of complaints is Prometheus': first what is missing, then what is wrong.
    required(&params, "scrapePool")?;
    let text = required(&params, "labels")?;
    let labels: BTreeMap<String, String> =
        serde_json::from_str(text).map_err(|error| refuse(format!("error parsing labels: {error}")))?;
    let job = job(&config, &params)?;
    let mut labels = Some(Labels::from_pairs(labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
    let steps: Vec<_> = job
        .relabel_configs
        .iter()
        .map(|rule| {
            labels = labels.take().and_then(|labels| relabel(labels, std::slice::from_ref(rule)));
            json!({
                "rule": entry(rule),
                "output": labels.clone().unwrap_or_else(Labels::empty),
                "keep": labels.is_some(),
            })
        })
        .collect();
    success(&json!({"steps": steps}))
}

fn config(state: &PrometheusState) -> Arc<ScrapeConfig> {
    state.scraper.as_ref().map(|scraper| scraper.config()).unwrap_or_default()
}

/// The job that the parameter `scrapePool` names.
fn job<'a>(config: &'a ScrapeConfig, params: &Params) -> Result<&'a JobConfig, PrometheusError> {
    let name = required(params, "scrapePool")?;
    let found = config.scrape_configs.iter().find(|job| job.job_name == name);
    found.ok_or_else(|| refuse(format!("error retrieving scrape config: scrape pool {name:?} not found")))
}

fn required<'a>(params: &'a Params, name: &str) -> Result<&'a str, PrometheusError> {
    params.get(name).ok_or_else(|| refuse(format!("no {name} parameter provided")))
}

fn refuse(reason: String) -> PrometheusError {
    PrometheusError::new(ErrorType::BadData, reason)
}

/// A rule as Prometheus writes it: what is empty is left out.
fn entry(rule: &RelabelRule) -> Value {
    let mut entry = serde_json::Map::new();
    if !rule.source_labels.is_empty() {
        entry.insert("source_labels".to_owned(), json!(rule.source_labels));
    }
    entry.insert("separator".to_owned(), json!(rule.separator));
    entry.insert("regex".to_owned(), json!(rule.regex.as_str()));
    if rule.modulus > 0 {
        entry.insert("modulus".to_owned(), json!(rule.modulus));
    }
    if !rule.target_label.is_empty() {
        entry.insert("target_label".to_owned(), json!(rule.target_label));
    }
    entry.insert("replacement".to_owned(), json!(rule.replacement));
    entry.insert("action".to_owned(), json!(rule.action.as_str()));
    entry.into()
}
