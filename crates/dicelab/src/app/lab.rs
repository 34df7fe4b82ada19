//! The embedded lab at work: its servers, its scrape loops, its stores' upkeep.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use http_door::accept::door::Door;
use http_door::guard::host::Hosts;
use http_door::notice::Notice;
use http_door::web_config::source::WebConfig;
use lab_api::loki::manage::deletes::requests::Deletions;
use lab_api::loki::manage::ruler::language::LogQl;
use lab_api::loki::manage::ruler::posted::LogRules;
use lab_api::otlp::receiver::OtlpReceiver;
use lab_api::prometheus::state::{self, About, Reload};
use lab_dashboards::{Imports, Library, Notes};
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::ingest::scrape::scraper::Scraper;
use lab_metrics::rules::ruler::Ruler;
use lab_model::duration;
use lab_supervisor::ProcessList;
use lab_traces::span_metrics::SpanMetrics;
use telemetry::metrics::{Exposition, ProcessCollector, Registry, build_info};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::doors::own::OwnDoor;
use crate::doors::routes::Routes;
use crate::doors::serve::{self, Shell};
use crate::options::lab::LabOptions;
use crate::parts::children::collector::Collector;
use crate::parts::children::faults::FaultControl;
use crate::parts::children::traffic::TrafficControl;
use crate::parts::clock::{self, now_ns};
use crate::parts::requests::RequestCounts;
use crate::parts::span_metrics;
use crate::parts::status::discovery_metrics::DiscoveryMetrics;
use crate::parts::status::outgoing_metrics::OutgoingMetrics;
use crate::parts::status::self_metrics::SelfMetrics;
use crate::parts::status::snapshot::{Address, Sources};
use crate::parts::status::tsdb_metrics::TsdbMetrics;
use crate::parts::storage::deleting;
use crate::parts::storage::last_report::LastReport;
use crate::parts::storage::recording::shown::ShownRun;
use crate::parts::storage::stores::Stores;
use crate::parts::storage::upkeep::Upkeep;
use crate::parts::targets::collection::Collection;
use crate::parts::targets::collection::counts::Counts;
use crate::parts::targets::receiving;
use crate::parts::targets::ruling;
use crate::parts::targets::scraping::{self, Here};
use crate::parts::targets::sending::Sending;
use crate::ports::{Port, Ports};

/// How long the last requests are waited for before the last scrape.
const IDLE_WITHIN: Duration = Duration::from_millis(1200);

/// What a lab is started with.
pub struct LabPlan<'a> {
    pub options: &'a LabOptions,
    /// Where everything listens.
    pub ports: Ports,
    /// TLS and passwords of the lab's ports, if they are asked for.
    pub web: Option<WebConfig>,
    /// The lab's own ports, bound.
    pub listeners: Vec<(Port, TcpListener)>,
    /// The door of the lab's own parts, if the others ask for passwords.
    pub own_door: Option<OwnDoor>,
    /// All that listens, services included.
    pub listening: Vec<Port>,
    /// The stores, open.
    pub stores: Stores,
    /// What takes the children's output.
    pub collector: Arc<Collector>,
    pub processes: ProcessList,
    /// What goes wrong on purpose.
    pub faults: FaultControl,
    /// The run of a file that is shown; nothing is taken in then.
    pub shown: Option<ShownRun>,
    /// The page that compares two runs that are shown.
    pub compared: Option<Arc<str>>,
    /// When the program began.
    pub began: Instant,
}

/// A running lab. [`Lab::finish`] ends it and commits what is left; dropping it only stops it.
pub struct Lab {
    stores: Stores,
    library: Arc<Library>,
    scraper: Arc<Scraper>,
    requests: RequestCounts,
    collection: Collection,
    stop_scraping: CancellationToken,
    stop_serving: CancellationToken,
    tasks: JoinSet<()>,
    upkeep: Upkeep,
}

impl Lab {
    /// Starts servers, scrapes and upkeep.
    pub fn start(plan: LabPlan<'_>) -> anyhow::Result<Self> {
        let here = here(&plan);
        let spans = Arc::new(SpanMetrics::new(span_metrics::config(plan.options)));
        plan.stores.traces.measure_spans(Arc::clone(&spans));
        let parts = Configured::new(&plan, &here)?;
        let sources = Sources {
            started: plan.began,
            addresses: addresses(&plan),
            stores: plan.stores.clone(),
            collector: plan.collector,
            files: Counts::default(),
            faults: plan.faults.clone(),
            traffic: TrafficControl::new(plan.processes.clone()),
            processes: plan.processes,
            scraper: parts.scraper.clone(),
            ruler: parts.ruler.clone(),
            log_rules: parts.log_rules.clone(),
            deletions: parts.deletions.clone(),
            receiver: parts.receiver.clone(),
            requests: RequestCounts::default(),
            last_report: last_report(plan.options),
            shown: plan.shown,
        };
        let library = Arc::new(library(plan.options));
        let shell = Shell {
            hosts: Hosts::only(&plan.options.allowed_host),
            origins: plan.options.cors_origin.clone(),
            requests: sources.requests.clone(),
            exposition: exposition(&sources, &parts.scraper, &parts.sending),
            web: plan.web,
            notice: plan.ports.warning().map(|warning| Notice::new(&warning)),
            is_read_only: plan.shown.is_some(),
        };
        let routes = Routes {
            sources,
            about: about(plan.options, &plan.ports),
            self_metrics: self_metrics(&shell.exposition),
            notifier: parts.sending.notifier(),
            reload: reload(parts.clone(), plan.faults, plan.options.clone(), here),
            library: library.clone(),
            compared: plan.compared,
            notes: Arc::new(notes(plan.options)?),
            ports: plan.ports,
            listening: plan.listening,
            began_ns: now_ns(),
        };

        let (stop_serving, stop_scraping) = (CancellationToken::new(), CancellationToken::new());
        let mut tasks = serve_all((&shell, &routes), plan.listeners, plan.own_door, &stop_serving);
        let Configured { scraper, ruler, log_rules, deletions, sending, .. } = parts;
        let (loops, no_more, stop) = (scraper.clone(), stop_scraping.clone(), stop_serving.clone());
        tasks.spawn(async move { loops.run(no_more).await });
        let (every, into) = (plan.options.scrape_interval, plan.stores.metrics.clone());
        tasks.spawn(span_metrics::run(spans, into, every, stop_serving.clone()));
        tasks.spawn(async move { sending.run(stop).await });
        ruling::start([ruler, log_rules.ruler()], &plan.stores.queries, &mut tasks, &stop_serving);
        let into = (&plan.stores, routes.sources.files.clone());
        let collection = Collection::start(plan.options, &routes.ports, into, &mut tasks, &stop_serving)?;
        tasks.spawn(deleting::run(deletions, stop_serving.clone()));
        let upkeep = Upkeep::start(plan.stores.clone()).context("the thread that writes to the disk cannot start")?;
        let (stores, requests) = (plan.stores, shell.requests);
        Ok(Self { stores, library, scraper, requests, collection, stop_scraping, stop_serving, tasks, upkeep })
    }

    /// The dashboards, shipped and imported.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Scrapes every target once, whenever it is due next.
    pub async fn scrape_now(&self) {
        self.scraper.scrape_now().await;
    }

    /// How many requests that bring telemetry are being taken in.
    pub fn open_requests(&self) -> u64 {
        self.requests.open()
    }

    /// What collects lines from files and by syslog.
    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// Stops the scrape loops and scrapes for the last time, once the services have no request in progress
    /// or have been waited for long enough.
    pub async fn scrape_last(&self) {
        self.stop_scraping.cancel();
        if timeout(IDLE_WITHIN, scraping::until_idle(&self.scraper, &self.stores.metrics)).await.is_err() {
            tracing::warn!(
                "requests were still running at shutdown; what they count is missing from the stored metrics"
            );
        }
    }

    /// Stops serving, then commits what is left.
    pub async fn finish(mut self) {
        self.stop_scraping.cancel();
        self.stop_serving.cancel();
        while self.tasks.join_next().await.is_some() {}
        let upkeep = self.upkeep;
        // A failure to join is a panic, which is reported there.
        let _ = tokio::task::spawn_blocking(|| upkeep.finish()).await;
    }
}

/// Where the lab can be reached.
fn addresses(plan: &LabPlan<'_>) -> Vec<Address> {
    let address = |port: &Port| Address { what: port.what(), url: plan.ports.shown(*port) };
    plan.listening.iter().map(address).collect()
}

/// The rules over log lines; their alerts go where those of metrics go.
fn log_rules(plan: &LabPlan<'_>, config: &ScrapeConfig, ruler: &Ruler) -> anyhow::Result<LogRules> {
    let (options, stores) = (plan.options, &plan.stores);
    let posted = if options.in_memory {
        LogRules::in_memory()
    } else {
        let read = LogRules::in_directory(&options.data_dir.join("notes"));
        read.context("the rules that were posted cannot be read; mend the file or move it away, then start again")?
    };
    let given = (ruling::log_files(options)?, ruling::log_defaults(config, &plan.ports));
    let (language, now) = (LogQl::new(stores.logs.clone()), now_ns() / 1_000_000);
    Ok(LogRules::new(language, stores.metrics.clone(), ruler.notices(), posted, given, now))
}

/// Serves every port in a task of its own, until `stop` fires.
fn serve_all(
    (shell, routes): (&Shell, &Routes),
    listeners: Vec<(Port, TcpListener)>,
    own_door: Option<OwnDoor>,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for (port, listener) in listeners {
        tasks.spawn(serving(port.what(), listener, shell.door(port, routes.of(port)), stop.clone()));
    }
    if let Some(OwnDoor { listener, access }) = own_door {
        let door = shell.own_door(&access.key, routes.of(Port::OtlpHttp));
        tasks.spawn(serving("the lab's own parts", listener, door, stop.clone()));
    }
    tasks
}

/// Serves until `stop` fires; a server that cannot run is an error of the log.
async fn serving(what: &'static str, listener: TcpListener, door: Door, stop: CancellationToken) {
    if let Err(error) = serve::serve(listener, door, stop).await {
        tracing::error!(%error, port = what, "a port is no longer served, because its server failed");
    }
}

/// The lab's own metrics.
fn exposition(sources: &Sources, scraper: &Arc<Scraper>, sending: &Arc<Sending>) -> Exposition {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(ProcessCollector));
    build_info(&mut registry, "dicelab", env!("CARGO_PKG_VERSION"));
    registry.register_collector(Box::new(SelfMetrics(sources.clone())));
    registry.register_collector(Box::new(TsdbMetrics(sources.stores.metrics.clone())));
    registry.register_collector(Box::new(OutgoingMetrics(sending.clone())));
    registry.register_collector(Box::new(DiscoveryMetrics { scraper: scraper.clone(), sending: sending.clone() }));
    Exposition::new(registry)
}

/// The lab's own metrics as text.
fn self_metrics(exposition: &Exposition) -> state::SelfMetrics {
    let exposition = exposition.clone();
    Arc::new(move || exposition.open_metrics())
}

/// What scrapes, evaluates rules, deletes, sends and receives. A reload of the configuration puts most of it in force anew.
#[derive(Clone)]
struct Configured {
    scraper: Arc<Scraper>,
    ruler: Arc<Ruler>,
    log_rules: Arc<LogRules>,
    deletions: Arc<Deletions>,
    sending: Arc<Sending>,
    receiver: Arc<OtlpReceiver>,
}

impl Configured {
    fn new(plan: &LabPlan<'_>, here: &Here) -> anyhow::Result<Self> {
        let (options, store) = (plan.options, plan.stores.metrics.clone());
        let config = scraping::config(options, here, &plan.faults.wrong_jobs())?;
        let (now, defaults) = (now_ns() / 1_000_000, ruling::defaults(&config, &plan.ports));
        let ruler = Arc::new(Ruler::new(store.clone(), ruling::files(options, &config)?, defaults, now));
        let log_rules = Arc::new(log_rules(plan, &config, &ruler)?);
        let sending = Arc::new(Sending::new(store.clone(), &ruler, &config));
        let receiver = Arc::new(receiving::receiver(options, &plan.stores)?);
        let deletions = Arc::new(deletions(options, &plan.stores)?);
        let scraper = Arc::new(Scraper::new(store, config, clock::system()));
        Ok(Self { scraper, ruler, log_rules, deletions, sending, receiver })
    }
}

/// Reads the scrape configuration and the rules again; a mistake in either leaves all as they are.
fn reload(parts: Configured, faults: FaultControl, options: LabOptions, here: Here) -> Reload {
    Reload::new(move || {
        let config = scraping::config(&options, &here, &faults.wrong_jobs());
        let config = config.map_err(|error| error.to_string())?;
        let rules = ruling::files(&options, &config).map_err(|error| error.to_string())?;
        let log_rules = ruling::log_files(&options).map_err(|error| error.to_string())?;
        let otlp = receiving::config(&options).map_err(|error| error.to_string())?;
        let (defaults, now) = (ruling::defaults(&config, &here.ports), now_ns() / 1_000_000);
        parts.log_rules.reload(log_rules, ruling::log_defaults(&config, &here.ports), now);
        parts.receiver.configure(otlp);
        parts.sending.reload(&config);
        parts.scraper.reload(config);
        parts.ruler.reload(rules, defaults, now);
        Ok(())
    })
}

/// Where the lab is; writes the file of its scrape targets.
fn here(plan: &LabPlan<'_>) -> Here {
    let with_services = plan.listening.contains(&Port::Frontend);
    let own = plan.own_door.as_ref().map(|door| door.access.clone());
    let mut here = Here { ports: plan.ports, with_services, own, targets_in_file: !plan.options.in_memory };
    if let Err(error) = scraping::write_targets(plan.options, &here) {
        // A full disk; the next start with room writes the file.
        tracing::warn!(
            %error,
            "the file of scrape targets cannot be written; the targets are listed in the scrape configuration instead"
        );
        here.targets_in_file = false;
    }
    here
}

/// The dashboards; imported ones are kept beside the telemetry, never in the user's own folder.
fn library(options: &LabOptions) -> Library {
    let imports = if options.in_memory {
        Imports::in_memory()
    } else {
        Imports::in_directory(options.data_dir.join("dashboards"))
    };
    for problem in imports.problems() {
        tracing::warn!(
            "an imported dashboard cannot be read, the version before it stands for it if there is one: {problem}"
        );
    }
    Library::new(options.dashboards.clone(), imports)
}

/// Annotations, folders and silences, beside the telemetry.
fn notes(options: &LabOptions) -> anyhow::Result<Notes> {
    if options.in_memory {
        return Ok(Notes::in_memory());
    }
    let read = Notes::in_directory(&options.data_dir.join("notes"));
    read.context("annotations, folders or silences cannot be read; mend the file or move it away, then start again")
}

/// Requests to delete log lines, beside the telemetry.
fn deletions(options: &LabOptions, stores: &Stores) -> anyhow::Result<Deletions> {
    let requests = if options.in_memory {
        Deletions::in_memory()
    } else {
        let read = Deletions::in_directory(&options.data_dir.join("notes"));
        read.context("requests to delete log lines cannot be read; mend the file or move it away, then start again")?
    };
    Ok(Deletions::new(stores.logs.clone(), requests))
}

/// The last verification report, beside the telemetry.
fn last_report(options: &LabOptions) -> LastReport {
    if options.in_memory { LastReport::in_memory() } else { LastReport::in_file(options.data_dir.join("report.json")) }
}

/// What Prometheus' status endpoints tell about this process.
fn about(options: &LabOptions, ports: &Ports) -> About {
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: now_ns() / 1_000_000,
        working_directory: std::env::current_dir().unwrap_or_default(),
        hostname: std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned(),
        retention: duration::format(options.retention),
        flags: flags(options, ports),
        admin_api: options.enable_admin_api,
        delayed_name_removal: options.promql_delayed_name_removal,
        ..About::default()
    }
}

/// The options of the start under the names that Prometheus gives to them, as far as it has such options, and the
/// bounds that it lets people set and the lab does not.
fn flags(options: &LabOptions, ports: &Ports) -> BTreeMap<String, String> {
    let path = |path: &Path| path.display().to_string();
    let data = if options.in_memory { String::new() } else { path(&options.data_dir.join("metrics")) };
    let own = path(&options.data_dir.join("prometheus/prometheus.yml"));
    let feature = if options.promql_delayed_name_removal { "promql-delayed-name-removal" } else { "" };
    [
        ("config.file", options.scrape_config.as_deref().map_or(own, path)),
        ("enable-feature", feature.to_owned()),
        ("query.lookback-delta", "5m".to_owned()),
        ("query.max-concurrency", "20".to_owned()),
        ("query.max-samples", "50000000".to_owned()),
        ("query.timeout", "2m".to_owned()),
        ("storage.tsdb.path", data),
        ("storage.tsdb.retention.size", options.max_disk.to_string()),
        ("storage.tsdb.retention.time", duration::format(options.retention)),
        ("web.config.file", options.web_config.as_deref().map(path).unwrap_or_default()),
        ("web.enable-admin-api", options.enable_admin_api.to_string()),
        ("web.enable-lifecycle", "true".to_owned()),
        ("web.enable-otlp-receiver", "true".to_owned()),
        ("web.enable-remote-write-receiver", "true".to_owned()),
        ("web.external-url", ports.shown(Port::Metrics)),
        ("web.listen-address", ports.address(Port::Metrics).to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
