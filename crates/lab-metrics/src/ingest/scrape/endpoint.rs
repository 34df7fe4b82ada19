//! Where a target is, and how it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lab_model::Labels;

use crate::ingest::exposition::format::HistogramForms;
use crate::ingest::scrape::config::job::JobConfig;

/// What stays the same of a target from scrape to scrape.
#[derive(Debug)]
pub struct Endpoint {
    /// The configuration of the job that it belongs to.
    pub job: Arc<JobConfig>,
    /// The address that is asked.
    pub url: String,
    /// Labels before relabelling.
    pub discovered: BTreeMap<String, String>,
    /// Labels that all series of the target get.
    pub labels: Labels,
    /// In which forms its histograms are taken.
    pub histograms: HistogramForms,
    /// Time between two scrapes: that of the job, unless relabelling says something else.
    pub interval: Duration,
    /// How long a scrape may take, likewise.
    pub timeout: Duration,
}
