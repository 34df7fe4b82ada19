//! The scraper: a loop for each target, spread over the interval.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lab_model::{Clock, Labels};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::ingest::scrape::clock::{Moment, WatchedClock};
use crate::ingest::scrape::config::ScrapeConfig;
use crate::ingest::scrape::discovery::source::Source;
use crate::ingest::scrape::discovery::watch::{SourceReport, Watch};
use crate::ingest::scrape::discovery::{self, sources};
use crate::ingest::scrape::fetch::Fetcher;
use crate::ingest::scrape::target::{Target, TargetKey, TargetStatus};
use crate::model::metadata::Metadata;
use crate::store::MetricStore;

/// How often target files are read again.
const DISCOVERY_INTERVAL: Duration = Duration::from_secs(5);
/// A scrape that begins so little before or after its scheduled time is stored under the scheduled time, because samples
/// at equal distances take less space. At most a hundredth of the interval.
const TOLERANCE: Duration = Duration::from_millis(20);

/// Scrapes all targets of a configuration; share it behind an [`Arc`].
#[derive(Debug)]
pub struct Scraper {
    store: Arc<MetricStore>,
    fetcher: Fetcher,
    clock: Arc<WatchedClock>,
    config: Mutex<Arc<ScrapeConfig>>,
    targets: Mutex<Found>,
    /// Asks HTTP servers, DNS and Docker for targets.
    watch: Arc<Watch>,
    /// Wakes [`Scraper::run`] when the configuration changed.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Found {
    active: BTreeMap<TargetKey, Arc<Target>>,
    /// Targets that relabelling dropped, by job.
    dropped: BTreeMap<String, usize>,
    /// Their labels before relabelling, with their job, up to a bound.
    dropped_labels: Vec<(String, BTreeMap<String, String>)>,
    /// What is wrong with target files, by file.
    problems: Vec<String>,
}

/// The targets as they are now.
#[derive(Clone, Debug, Default)]
pub struct TargetsReport {
    /// Targets that are scraped, by job and address.
    pub active: Vec<TargetStatus>,
    /// How many targets relabelling dropped, by job.
    pub dropped: BTreeMap<String, usize>,
    /// Their labels before relabelling, with their job; not more than a page can show.
    pub dropped_labels: Vec<(String, BTreeMap<String, String>)>,
    /// Target files that cannot be read, and why.
    pub problems: Vec<String>,
}

impl Scraper {
    /// A scraper that has found its targets but scraped none yet; `clock` tells when its scrapes are.
    pub fn new(store: Arc<MetricStore>, config: ScrapeConfig, clock: Clock) -> Self {
        warn_of(&config);
        let clock = Arc::new(WatchedClock::new(clock, store.stats().newest));
        let scraper = Self {
            store,
            fetcher: Fetcher::new(),
            clock,
            config: Mutex::new(Arc::new(config)),
            targets: Mutex::default(),
            watch: Arc::new(Watch::new()),
            changed: Notify::new(),
        };
        scraper.discover();
        scraper
    }

    /// Scrapes until `stop` is cancelled. A scrape that is in progress then is cancelled.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(self.watch.clone().run(stop.clone()), self.scrape_all(stop));
    }

    async fn scrape_all(&self, stop: CancellationToken) {
        let mut loops = JoinSet::new();
        let mut running: BTreeMap<TargetKey, Running> = BTreeMap::new();
        let mut discovery = tokio::time::interval(DISCOVERY_INTERVAL);
        discovery.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ended) = loops.join_next(), if !loops.is_empty() => match ended {
                    Ok(()) => continue,
                    Err(error) => self.report_fallen(&mut running, &mut loops, &error),
                },
                () = self.changed.notified() => {}
                () = self.watch.news.notified() => self.discover(),
                _ = discovery.tick() => self.discover(),
            }
            let active = lock(&self.targets).active.clone();
            running.retain(|key, one| {
                let keep = active.contains_key(key);
                if !keep {
                    one.vanished.cancel();
                }
                keep
            });
            for (key, target) in active {
                running.entry(key).or_insert_with(|| {
                    let vanished = stop.child_token();
                    let work = self.loop_of(target);
                    let task = loops.spawn(work.run(vanished.clone(), stop.clone()));
                    Running { vanished, task }
                });
            }
        }
        while loops.join_next().await.is_some() {}
    }

    /// Takes loops that panicked from those that run, so that they begin again, and reports their scrapes as failed.
    fn report_fallen(&self, running: &mut BTreeMap<TargetKey, Running>, loops: &mut JoinSet<()>, error: &JoinError) {
        let active = lock(&self.targets).active.clone();
        running.retain(|key, one| {
            if !one.task.is_finished() {
                return true;
            }
            tracing::error!(job = %key.job, %error, "a fault in the lab ended the scraping of a target; it begins again");
            if let Some(target) = active.get(key) {
                let reason = format!("a fault in the lab ended the scrape: {error}");
                loops.spawn(self.loop_of(target.clone()).fail(reason));
            }
            false
        });
    }

    /// Scrapes every target once, all at the same time. Returns when all have answered or timed out.
    pub async fn scrape_now(&self) {
        let mut scrapes = JoinSet::new();
        for target in lock(&self.targets).active.values() {
            let work = self.loop_of(target.clone());
            scrapes.spawn(async move { work.scrape(work.clock.now()).await });
        }
        while scrapes.join_next().await.is_some() {}
    }

    fn loop_of(&self, target: Arc<Target>) -> Loop {
        Loop { store: self.store.clone(), fetcher: self.fetcher.clone(), clock: self.clock.clone(), target }
    }

    /// Continues with another configuration. Targets that are in both configurations are scraped without a gap.
    pub fn reload(&self, config: ScrapeConfig) {
        warn_of(&config);
        *lock(&self.config) = Arc::new(config);
        self.discover();
        self.changed.notify_one();
    }

    /// The configuration in force.
    pub fn config(&self) -> Arc<ScrapeConfig> {
        lock(&self.config).clone()
    }

    /// The targets and how their last scrape went.
    pub fn targets(&self) -> TargetsReport {
        let found = lock(&self.targets);
        TargetsReport {
            active: found.active.values().map(|target| target.status()).collect(),
            dropped: found.dropped.clone(),
            dropped_labels: found.dropped_labels.clone(),
            problems: found.problems.clone(),
        }
    }

    /// What each target says about its metrics, or about one of them, with the target's labels.
    pub fn metadata(&self, metric: Option<&str>) -> Vec<(Labels, Vec<(String, Metadata)>)> {
        let found = lock(&self.targets);
        found.active.values().map(|target| (target.endpoint.labels.clone(), target.metadata(metric))).collect()
    }

    /// How the sources of targets that are asked have been, by job.
    pub fn sources(&self) -> Vec<SourceReport> {
        let jobs = &self.config().scrape_configs;
        jobs.iter().flat_map(|job| self.watch.reports(&job.job_name, &Source::of(&job.discovery))).collect()
    }

    /// Finds the targets anew. Those that were known stay the same objects, with what they remember.
    fn discover(&self) {
        let config = self.config();
        self.watch.want(sources(&config));
        let discovered = discovery::discover(&config, &self.watch);
        let mut found = lock(&self.targets);
        for problem in discovered.problems.iter().filter(|problem| !found.problems.contains(problem)) {
            tracing::warn!(%problem, "cannot find the targets of a job");
        }
        let mut known = std::mem::take(&mut found.active);
        for (key, target) in discovered.targets {
            let target = known.remove(&key).unwrap_or_else(|| Arc::new(target));
            target.refuse(discovered.over_limit.get(&key.job).cloned());
            found.active.insert(key, target);
        }
        found.dropped = discovered.dropped;
        found.dropped_labels = discovered.dropped_labels;
        found.problems = discovered.problems;
    }
}

/// A loop that runs.
struct Running {
    /// Cancelled when the target is gone.
    vanished: CancellationToken,
    task: AbortHandle,
}

/// The loop of one target.
struct Loop {
    store: Arc<MetricStore>,
    fetcher: Fetcher,
    clock: Arc<WatchedClock>,
    target: Arc<Target>,
}

impl Loop {
    /// Scrapes at the target's own moment of each interval until `vanished` is cancelled. What a target
    /// that vanished had sent becomes stale, unless everything stops.
    async fn run(self, vanished: CancellationToken, stop: CancellationToken) {
        let interval = self.target.endpoint.interval;
        let interval_ms = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
        let (now, offset) = (self.clock.now().at, self.target.offset_ms(interval_ms));
        let mut scheduled = now - now.rem_euclid(interval_ms) + offset;
        if scheduled < now {
            scheduled += interval_ms;
        }
        let mut ticks = tokio::time::interval_at(Instant::now() + millis(scheduled - now), interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let tolerance = i64::try_from(TOLERANCE.min(interval / 100).as_millis()).unwrap_or_default();
        loop {
            tokio::select! {
                () = vanished.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let mut moment = self.clock.now();
            let now = moment.at;
            // The schedule's moment that is nearest to now.
            let nearest = scheduled + (now - scheduled + interval_ms / 2).div_euclid(interval_ms) * interval_ms;
            if moment.again_until.is_some() {
                // There is a sample of that very moment already.
                moment.at += i64::from(now == nearest);
            } else if (now - nearest).abs() <= tolerance {
                moment.at = nearest;
            }
            tokio::select! {
                () = vanished.cancelled() => break,
                () = self.scrape(moment) => {}
            }
        }
        if !stop.is_cancelled() {
            self.target.vanish(&self.store, self.clock.now().at).await;
        }
    }

    async fn scrape(&self, moment: Moment) {
        let at = moment.at;
        // Held across the request on purpose: one scrape of a target at a time.
        let mut cycle = self.target.cycle.lock().await;
        let started = Instant::now();
        let answer = match self.target.refused() {
            Some(error) => Err(error),
            None => self.fetcher.fetch(&self.target.endpoint).await,
        };
        let outcome = match answer {
            Ok(body) => cycle.ingest(&self.store, &self.target.endpoint, &body, at).map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        let took = started.elapsed();
        cycle.report(&self.store, &self.target.endpoint, at, took, outcome.as_ref().ok());
        if let Err(error) = &outcome {
            tracing::debug!(job = %self.target.endpoint.job.job_name, url = %self.target.status().url, %error, "scrape failed");
        }
        self.target.note(moment, took, outcome.err());
    }

    /// Reports a scrape that has failed without a report of its own.
    async fn fail(self, reason: String) {
        let mut cycle = self.target.cycle.lock().await;
        let moment = self.clock.now();
        cycle.report(&self.store, &self.target.endpoint, moment.at, Duration::ZERO, None);
        self.target.note(moment, Duration::ZERO, Some(reason));
    }
}

fn warn_of(config: &ScrapeConfig) {
    for note in &config.notes {
        tracing::warn!(%note, "a key of the scrape configuration has no effect in the lab");
    }
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(ms.max(0) as u64)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
