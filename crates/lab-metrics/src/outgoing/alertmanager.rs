//! Alerts on their way to Alertmanagers: which are there (`managers`), what is sent to each, and how that went. What else
//! their API offers is asked by [`question`].

mod managers;
pub mod question;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio_util::sync::CancellationToken;

use crate::http::Clients;
use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::discovery::source::Source;
use crate::ingest::scrape::discovery::watch::{SourceReport, Watch};
use crate::ingest::scrape::relabel::relabel;
use crate::outgoing::alertmanager::managers::{Manager, managers, sources};
use crate::outgoing::alertmanager::question::{AskError, Question, Reply, ask};
use crate::outgoing::batch::with_external;
use crate::outgoing::config::AlertingConfig;
use crate::outgoing::delivery::{Delivery, Outcome, Patience};
use crate::outgoing::queue::{Queue, Room};
use crate::rules::alert::notice::Notice;

/// Most alerts of a request, as in Prometheus.
const BATCH: Room = Room { items: 256, bytes: 4 << 20 };
/// How often an Alertmanager is asked; what it misses then comes again with the next evaluation.
const ATTEMPTS: u32 = 3;

/// Makes the message of several alerts.
pub type EncodeNotices = fn(&[Notice]) -> Vec<u8>;

/// The section of the file, and the external labels.
type Settings = (Arc<AlertingConfig>, Arc<BTreeMap<String, String>>);

/// Sends alerts to the Alertmanagers of a configuration.
#[derive(Debug)]
pub struct Notifier {
    config: Mutex<Settings>,
    queue: Arc<Queue<Notice>>,
    clients: Clients,
    /// Asks HTTP servers, DNS and Docker for Alertmanagers.
    watch: Arc<Watch>,
    encode: EncodeNotices,
    counts: Mutex<BTreeMap<String, NotifierCounts>>,
    /// Alerts that no Alertmanager took.
    lost: AtomicU64,
}

/// How one Alertmanager was served since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotifierCounts {
    /// Alerts that it took.
    pub sent: u64,
    /// Alerts that it did not take.
    pub errors: u64,
    /// Requests that were repeated.
    pub retried: u64,
}

impl Notifier {
    /// A notifier that takes alerts from this queue; `encode` makes the messages.
    pub fn new(
        config: AlertingConfig,
        external: BTreeMap<String, String>,
        queue: Arc<Queue<Notice>>,
        encode: EncodeNotices,
    ) -> Self {
        let watch = Arc::new(Watch::new());
        watch.want(sources(&config));
        let config = Mutex::new((Arc::new(config), Arc::new(external)));
        let clients = Clients::new();
        Self { config, queue, clients, watch, encode, counts: Mutex::default(), lost: AtomicU64::new(0) }
    }

    /// Continues with another configuration.
    pub fn reload(&self, config: AlertingConfig, external: BTreeMap<String, String>) {
        self.watch.want(sources(&config));
        *lock(&self.config) = (Arc::new(config), Arc::new(external));
    }

    /// Sends until `stop` is cancelled.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(self.watch.clone().run(stop.clone()), self.send_all(stop));
    }

    /// How the sources of Alertmanagers that are asked have been.
    pub fn sources(&self) -> Vec<SourceReport> {
        let (config, _) = lock(&self.config).clone();
        let managers = config.alertmanagers.iter().enumerate();
        let reports =
            managers.map(|(at, manager)| self.watch.reports(&format!("config-{at}"), &Source::of(&manager.discovery)));
        reports.flatten().collect()
    }

    async fn send_all(&self, stop: CancellationToken) {
        loop {
            if self.queue.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.queue.wait() => {}
                }
            }
            let notices = self.queue.take(BATCH);
            if !notices.is_empty() {
                self.send(notices, &stop).await;
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }

    /// The addresses of the Alertmanagers: those in use, and those that relabelling dropped.
    pub fn managers(&self) -> (Vec<String>, Vec<String>) {
        let (active, dropped) = self.found();
        (active.iter().map(|manager| secrets::shown_url(&manager.url)).collect(), dropped)
    }

    /// Whether the configuration names Alertmanagers, be they found at the moment or not.
    pub fn is_configured(&self) -> bool {
        !lock(&self.config).0.alertmanagers.is_empty()
    }

    /// Asks the first Alertmanager that can be reached.
    pub async fn ask(&self, question: &Question) -> Result<Reply, AskError> {
        let (managers, _) = self.found();
        ask(&self.clients, &managers, question).await
    }

    /// How each Alertmanager was served, by address.
    pub fn counts(&self) -> BTreeMap<String, NotifierCounts> {
        lock(&self.counts).clone()
    }

    /// How many alerts were dropped: for want of room, or because no Alertmanager took them.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped() + self.lost.load(Ordering::Relaxed)
    }

    /// How many alerts wait.
    pub fn pending(&self) -> u64 {
        self.queue.len() as u64
    }

    /// The Alertmanagers that are there now. The lock is free while files that name them are read.
    fn found(&self) -> (Vec<Manager>, Vec<String>) {
        let (config, _) = lock(&self.config).clone();
        managers(&config, &self.watch)
    }

    async fn send(&self, notices: Vec<Notice>, stop: &CancellationToken) {
        let (config, external) = lock(&self.config).clone();
        let (managers, _) = managers(&config, &self.watch);
        let relabelled = |notices: &[Notice], rules: &_| -> Vec<Notice> {
            let one = |notice: &Notice| {
                let labels = relabel(notice.labels.clone(), rules).filter(|labels| !labels.is_empty())?;
                Some(Notice { labels, ..notice.clone() })
            };
            notices.iter().filter_map(one).collect()
        };
        let outside =
            notices.into_iter().map(|notice| Notice { labels: with_external(&notice.labels, &external), ..notice });
        let notices = relabelled(&outside.collect::<Vec<_>>(), &config.alert_relabel_configs);
        if notices.is_empty() || managers.is_empty() {
            return;
        }
        let sendings = managers.iter().map(|manager| {
            let own = relabelled(&notices, &manager.config.alert_relabel_configs);
            self.send_to(manager, own, stop)
        });
        let mut taken = false;
        // One after the other: there are few, and each has a time-out.
        for sending in sendings {
            taken |= sending.await;
        }
        if !taken {
            self.lost.fetch_add(notices.len() as u64, Ordering::Relaxed);
        }
    }

    /// True if the Alertmanager took the alerts.
    async fn send_to(&self, manager: &Manager, notices: Vec<Notice>, stop: &CancellationToken) -> bool {
        if notices.is_empty() {
            return true;
        }
        let shown = secrets::shown_url(&manager.url);
        let settings = &manager.config.http;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = (self.encode)(&notices).into();
        let delivery = Delivery { clients: &self.clients, settings, url: &manager.url, headers, body };
        let patience = Patience {
            timeout: manager.config.timeout,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            attempts: ATTEMPTS,
            on_429: true,
        };
        let outcome = delivery.send(patience, stop, |_| self.count(&shown, |counts| counts.retried += 1)).await;
        let number = notices.len() as u64;
        match outcome {
            Outcome::Taken => self.count(&shown, |counts| counts.sent += number),
            Outcome::Refused(ref reason) => {
                tracing::warn!(alertmanager = %shown, %reason, alerts = number, "alerts could not be sent");
                self.count(&shown, |counts| counts.errors += number);
            }
            Outcome::Stopped => self.count(&shown, |counts| counts.errors += number),
        }
        outcome == Outcome::Taken
    }

    fn count(&self, url: &str, change: impl FnOnce(&mut NotifierCounts)) {
        change(lock(&self.counts).entry(url.to_owned()).or_default());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn nobody_waits_for_a_file_that_names_alertmanagers() {
        let file = std::env::temp_dir().join(format!("dicelab-managers-{}.json", std::process::id()));
        // Reading a pipe ends only when its writer is gone.
        assert!(std::process::Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
        let config = serde_json::json!({ "alertmanagers": [{ "file_sd_configs": [{ "files": [file.clone()] }] }] });
        let config: AlertingConfig = serde_json::from_value(config).expect("a configuration");
        let queue = Arc::new(Queue::new(Room { items: 1, bytes: 1 }));
        let notifier = Arc::new(Notifier::new(config, BTreeMap::new(), queue, |_| Vec::new()));
        let reading = std::thread::spawn({
            let notifier = notifier.clone();
            move || notifier.managers()
        });
        // This waits until somebody reads.
        let writer = std::fs::File::options().write(true).open(&file).expect("a reader");
        let (done, other) = mpsc::channel();
        std::thread::spawn(move || done.send(notifier.sources().len()));
        let found = other.recv_timeout(Duration::from_secs(10));
        drop(writer);
        assert_eq!(found, Ok(0), "another reader of the configuration waits for the file");
        assert!(reading.join().expect("ends").0.is_empty());
        std::fs::remove_file(&file).expect("removed");
    }
}
