//! What the handlers share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use lab_metrics::MetricStore;
use lab_metrics::rules::ruler::Ruler;
use lab_metrics::scrape::Scraper;

use crate::prometheus::evaluator::Evaluator;

/// The engine and the facts behind the API; a clone is cheap.
#[derive(Clone, Debug)]
pub struct PrometheusState {
    pub(super) store: Arc<MetricStore>,
    pub(super) scraper: Option<Arc<Scraper>>,
    pub(super) ruler: Option<Arc<Ruler>>,
    pub(super) evaluator: Evaluator,
    pub(super) about: Arc<About>,
}

/// What the status endpoints tell about the process.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The program's version.
    pub version: String,
    /// The commit that it was built from, if known.
    pub revision: String,
    /// The options it was started with, by name.
    pub flags: BTreeMap<String, String>,
    /// The scrape configuration, as YAML.
    pub config: String,
    /// When it was started, in ms since the epoch.
    pub started: i64,
    /// Where it was started.
    pub working_directory: PathBuf,
    /// How long samples are kept, for people.
    pub retention: String,
    /// True if samples may be deleted through the API.
    pub admin_api: bool,
}

impl PrometheusState {
    /// The state of an API over this store; without a scraper there are no targets.
    pub fn new(store: Arc<MetricStore>, scraper: Option<Arc<Scraper>>, about: About) -> Self {
        let evaluator = Evaluator::new(store.clone());
        Self { evaluator, store, scraper, ruler: None, about: Arc::new(about) }
    }

    /// The same with rules to show.
    #[must_use]
    pub fn with_ruler(self, ruler: Arc<Ruler>) -> Self {
        Self { ruler: Some(ruler), ..self }
    }
}
