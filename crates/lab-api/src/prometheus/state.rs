//! What the handlers share.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use lab_metrics::MetricStore;
use lab_metrics::ingest::scrape::scraper::Scraper;
use lab_metrics::outgoing::alertmanager::Notifier;
use lab_metrics::rules::ruler::Ruler;
use lab_model::{Clock, MemoryPool};

use crate::otlp::receiver::OtlpReceiver;
use crate::prometheus::query::evaluator::Evaluator;

/// The Prometheus whose API this is; clients switch features by it.
pub const PROMETHEUS_VERSION: &str = "3.0.0";

/// The engine and the facts behind the API; a clone is cheap.
#[derive(Clone)]
pub struct PrometheusState {
    pub(crate) store: Arc<MetricStore>,
    pub(crate) clock: Clock,
    pub(crate) scraper: Option<Arc<Scraper>>,
    pub(crate) ruler: Option<Arc<Ruler>>,
    pub(crate) evaluator: Evaluator,
    pub(crate) about: Arc<About>,
    pub(crate) otlp: Option<Arc<OtlpReceiver>>,
    pub(crate) reload: Option<Reload>,
    pub(crate) quit: Option<Quit>,
    pub(crate) self_metrics: Option<SelfMetrics>,
    pub(crate) notifier: Option<Arc<Notifier>>,
}

/// Asks the program to end, and returns at once.
pub type Quit = Arc<dyn Fn() + Send + Sync>;

/// Renders the metrics of this process as OpenMetrics text.
pub type SelfMetrics = Arc<dyn Fn() -> String + Send + Sync>;

impl fmt::Debug for PrometheusState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusState").field("about", &self.about).finish_non_exhaustive()
    }
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
    /// When it was started, in ms since the epoch.
    pub started: i64,
    /// Where it was started.
    pub working_directory: PathBuf,
    /// The machine's name.
    pub hostname: String,
    /// How long samples are kept, for people.
    pub retention: String,
    /// True if samples may be deleted, and snapshots made, through the API.
    pub admin_api: bool,
    /// Keep metric names until the end of a query, as Prometheus does with its feature flag
    /// `promql-delayed-name-removal`.
    pub delayed_name_removal: bool,
}

/// Reads the configuration again and puts it in force; remembers how the last time went.
#[derive(Clone)]
pub struct Reload {
    read: Arc<dyn Fn() -> Result<(), String> + Send + Sync>,
    last: Arc<Mutex<LastReload>>,
}

/// How the last reload went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastReload {
    /// True if it succeeded, or if there was none yet.
    pub(crate) succeeded: bool,
    /// When the configuration in force was read, in ms since the epoch; `None` for the one of the start.
    pub(crate) read_at: Option<i64>,
    /// When it failed, in ms since the epoch, if it did.
    pub(crate) failed_at: Option<i64>,
}

impl Reload {
    /// What `/-/reload` does; it may block. The error says for people what is wrong with the configuration.
    pub fn new(read: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self {
            read: Arc::new(read),
            last: Arc::new(Mutex::new(LastReload { succeeded: true, read_at: None, failed_at: None })),
        }
    }

    /// Reads it; `now` is in ms since the epoch. After an error nothing has changed.
    pub fn run(&self, now: i64) -> Result<(), String> {
        let result = (self.read)();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.succeeded = result.is_ok();
        last.failed_at = result.is_err().then_some(now);
        last.read_at = if result.is_ok() { Some(now) } else { last.read_at };
        result
    }

    /// How the last time went.
    pub(crate) fn last(&self) -> LastReload {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reload").finish_non_exhaustive()
    }
}

impl PrometheusState {
    /// The state of an API over this store; without a scraper there are no targets. `clock` tells what "now" means.
    pub fn new(store: Arc<MetricStore>, scraper: Option<Arc<Scraper>>, about: About, clock: Clock) -> Self {
        Self {
            clock,
            evaluator: Evaluator::new(store.clone()),
            store,
            scraper,
            ruler: None,
            about: Arc::new(about),
            otlp: None,
            reload: None,
            quit: None,
            self_metrics: None,
            notifier: None,
        }
    }

    /// Takes OTLP metrics at `/api/v1/otlp/v1/metrics` too.
    #[must_use]
    pub fn with_otlp(self, receiver: Arc<OtlpReceiver>) -> Self {
        Self { otlp: Some(receiver), ..self }
    }

    /// Lets queries use the memory of this pool, which other queries use, too.
    #[must_use]
    pub fn with_memory(self, pool: MemoryPool) -> Self {
        Self { evaluator: self.evaluator.within(pool), ..self }
    }

    /// Lets `/-/reload` read the configuration again.
    #[must_use]
    pub fn with_reload(self, reload: Reload) -> Self {
        Self { reload: Some(reload), ..self }
    }

    /// Lets `/-/quit` end the program.
    #[must_use]
    pub fn with_quit(self, quit: Quit) -> Self {
        Self { quit: Some(quit), ..self }
    }

    /// Shows the metrics of this process at `/api/v1/status/self_metrics`.
    #[must_use]
    pub fn with_self_metrics(self, self_metrics: SelfMetrics) -> Self {
        Self { self_metrics: Some(self_metrics), ..self }
    }

    /// Shows who is told of alerts.
    #[must_use]
    pub fn with_notifier(self, notifier: Arc<Notifier>) -> Self {
        Self { notifier: Some(notifier), ..self }
    }

    /// The labels that everything gets which leaves this lab.
    pub(crate) fn external_labels(&self) -> BTreeMap<String, String> {
        self.scraper.as_ref().map(|scraper| scraper.config().global.external_labels.clone()).unwrap_or_default()
    }

    /// The same with rules to show.
    #[must_use]
    pub fn with_ruler(self, ruler: Arc<Ruler>) -> Self {
        Self { ruler: Some(ruler), ..self }
    }
}
