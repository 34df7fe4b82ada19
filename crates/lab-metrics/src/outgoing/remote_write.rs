//! The sender of remote write: takes samples from its queue, puts them into messages, and delivers these one after the
//! other, so that they arrive in the order in which they came.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lab_model::Clock;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::http::Clients;
use crate::outgoing::batch::{Batch, Encode, Version};
use crate::outgoing::config::RemoteWriteConfig;
use crate::outgoing::delivery::{Delivery, Outcome, Patience};
use crate::outgoing::queue::{Queue, Room};
use crate::store::MetricStore;
use crate::store::append::outbox::{Fact, Outgoing};

/// For what is left when the lab ends.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);

/// Bytes that wait for one receiver; samples alone reach the `capacity` of the configuration before.
const WAITING_BYTES: usize = 64 << 20;
/// Bytes in memory of what goes into one message: two thousand histograms of thousands of buckets would be too much.
const MESSAGE_BYTES: usize = 4 << 20;

/// Sends what a store takes to one receiver.
#[derive(Debug)]
pub struct RemoteWriter {
    config: RemoteWriteConfig,
    external: BTreeMap<String, String>,
    store: Arc<MetricStore>,
    queue: Arc<Queue<Outgoing>>,
    clients: Clients,
    clock: Clock,
    encode: Encode,
    counts: Counts,
    last_error: Mutex<String>,
    /// Whether the queue was dropping the oldest when that was looked at last.
    is_overflowing: AtomicBool,
    /// What it had dropped by then.
    seen_dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Counts {
    samples: AtomicU64,
    histograms: AtomicU64,
    exemplars: AtomicU64,
    metadata: AtomicU64,
    retried: AtomicU64,
    failed: AtomicU64,
    too_old: AtomicU64,
}

/// How a receiver has been served since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteWriteReport {
    pub name: String,
    /// The address, its secrets hidden.
    pub url: String,
    /// Samples that were taken.
    pub samples: u64,
    /// Native histograms that were taken.
    pub histograms: u64,
    /// Exemplars that were taken.
    pub exemplars: u64,
    /// Descriptions of metrics that were taken.
    pub metadata: u64,
    /// Samples and histograms whose request was repeated, once for each repetition.
    pub retried: u64,
    /// Samples and histograms that the receiver refused for good, or that were left when the lab ended.
    pub failed: u64,
    /// Samples, histograms and exemplars that did not fit into the queue, or were older than the configuration allows.
    pub dropped: u64,
    /// Samples, histograms and exemplars that wait.
    pub pending: u64,
    /// Why the last request failed; empty once one was taken.
    pub last_error: String,
}

impl RemoteWriter {
    /// A sender of what `store` takes from now on; `encode` makes the messages.
    pub fn new(
        store: Arc<MetricStore>,
        config: RemoteWriteConfig,
        external: BTreeMap<String, String>,
        clock: Clock,
        encode: Encode,
    ) -> Self {
        let queue = Arc::new(Queue::new(Room { items: config.queue_config.capacity, bytes: WAITING_BYTES }));
        store.outbox().add(&queue);
        let (clients, counts) = (Clients::new(), Counts::default());
        let (last_error, is_overflowing, seen_dropped) = (Mutex::default(), AtomicBool::new(false), AtomicU64::new(0));
        Self {
            config,
            external,
            store,
            queue,
            clients,
            clock,
            encode,
            counts,
            last_error,
            is_overflowing,
            seen_dropped,
        }
    }

    /// Whether it sends by these settings.
    pub fn is_set_so(&self, config: &RemoteWriteConfig, external: &BTreeMap<String, String>) -> bool {
        self.config == *config && self.external == *external
    }

    /// Sends until `stop` is cancelled, and then for a moment what is left.
    pub async fn run(&self, stop: CancellationToken) {
        let settings = &self.config.queue_config;
        let mut describe_at = Instant::now() + settings.batch_send_deadline;
        let mut send_at = Instant::now() + settings.batch_send_deadline;
        loop {
            let is_full = self.queue.len() >= settings.max_samples_per_send;
            if !is_full {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = self.queue.wait() => {}
                    () = tokio::time::sleep_until(send_at) => {}
                }
            }
            if stop.is_cancelled() {
                break;
            }
            if self.queue.len() >= settings.max_samples_per_send || Instant::now() >= send_at {
                self.send_some(&stop).await;
                send_at = Instant::now() + settings.batch_send_deadline;
            }
            let metadata = &self.config.metadata_config;
            if metadata.send && self.config.version() == Version::V1 && Instant::now() >= describe_at {
                self.describe(&stop).await;
                describe_at = Instant::now() + metadata.send_interval;
            }
        }
        // The stop of the others must not stop these last requests.
        let last = CancellationToken::new();
        let flush = async {
            while !self.queue.is_empty() {
                self.send_some(&last).await;
            }
        };
        if tokio::time::timeout(FLUSH_WITHIN, flush).await.is_err() {
            let left = self.queue.clear() as u64;
            add(&self.counts.failed, left);
            tracing::warn!(name = self.config.shown_name(), left, "samples could not be sent before the lab ended");
        }
    }

    /// How the receiver has been served.
    pub fn report(&self) -> RemoteWriteReport {
        let Counts { samples, histograms, exemplars, metadata, retried, failed, too_old } = &self.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let shown = crate::ingest::scrape::config::shown::secrets::shown_url;
        RemoteWriteReport {
            name: shown(self.config.shown_name()),
            url: shown(&self.config.url),
            samples: read(samples),
            histograms: read(histograms),
            exemplars: read(exemplars),
            metadata: read(metadata),
            retried: read(retried),
            failed: read(failed),
            dropped: read(too_old) + self.queue.dropped(),
            pending: self.queue.len() as u64,
            last_error: self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    async fn send_some(&self, stop: &CancellationToken) {
        self.tell_overflow();
        let most = Room { items: self.config.queue_config.max_samples_per_send, bytes: MESSAGE_BYTES };
        let mut came = self.queue.take(most);
        let age_limit = i64::try_from(self.config.queue_config.sample_age_limit.as_millis()).unwrap_or(i64::MAX);
        if age_limit > 0 {
            let (before, oldest) = (came.len(), self.clock.now_ms().saturating_sub(age_limit));
            came.retain(|one| one.fact.timestamp() >= oldest);
            add(&self.counts.too_old, (before - came.len()) as u64);
        }
        came.retain(|one| match one.fact {
            Fact::Sample(_) => true,
            Fact::Histogram(_) => self.config.send_native_histograms,
            Fact::Exemplar(_) => self.config.send_exemplars,
        });
        let mut batch = Batch::gather(came, &self.external, &self.config.write_relabel_configs);
        if batch.series.is_empty() {
            return;
        }
        if self.config.version() == Version::V2 {
            batch.describe(&self.store.metadata(None));
        }
        let (samples, histograms) = (batch.samples() as u64, batch.histograms() as u64);
        if self.deliver(&batch, samples + histograms, stop).await {
            add(&self.counts.samples, samples);
            add(&self.counts.histograms, histograms);
            add(&self.counts.exemplars, batch.exemplars() as u64);
        } else {
            add(&self.counts.failed, samples + histograms);
        }
    }

    /// Sends what is known about metrics.
    async fn describe(&self, stop: &CancellationToken) {
        let mut known = self.store.metadata(None).into_iter().peekable();
        while known.peek().is_some() {
            let part = known.by_ref().take(self.config.metadata_config.max_samples_per_send.max(1));
            let batch = Batch { metadata: part.collect(), ..Batch::default() };
            if self.deliver(&batch, 0, stop).await {
                add(&self.counts.metadata, batch.metadata.len() as u64);
            }
        }
    }

    /// Delivers a batch; false if the receiver does not take it.
    async fn deliver(&self, batch: &Batch, samples: u64, stop: &CancellationToken) -> bool {
        let queue = &self.config.queue_config;
        let patience = Patience {
            timeout: self.config.remote_timeout,
            first_pause: queue.min_backoff,
            longest_pause: queue.max_backoff,
            attempts: 0,
            on_429: queue.retry_on_http_429,
        };
        let delivery = Delivery {
            clients: &self.clients,
            settings: &self.config.http,
            url: &self.config.url,
            headers: self.headers(),
            body: (self.encode)(batch, self.config.version()).into(),
        };
        let failed = |reason: &str| {
            add(&self.counts.retried, samples);
            self.tell_overflow();
            if self.say(reason) {
                tracing::warn!(
                    name = self.config.shown_name(),
                    %reason,
                    "samples could not be sent by remote write; the lab keeps them and tries again"
                );
            }
        };
        match delivery.send(patience, stop, failed).await {
            Outcome::Taken => {
                self.say("");
                true
            }
            Outcome::Refused(reason) => {
                if self.say(&reason) {
                    tracing::error!(name = self.config.shown_name(), %reason, samples, "samples were refused and are lost");
                }
                false
            }
            Outcome::Stopped => false,
        }
    }

    /// Says once that the queue drops the oldest, until a look finds that it has stopped to.
    fn tell_overflow(&self) {
        let dropped = self.queue.dropped();
        let is_overflowing = dropped > self.seen_dropped.swap(dropped, Ordering::Relaxed);
        if is_overflowing && !self.is_overflowing.swap(is_overflowing, Ordering::Relaxed) {
            tracing::warn!(
                name = self.config.shown_name(),
                capacity = self.config.queue_config.capacity,
                bytes = WAITING_BYTES,
                "the queue of remote write is full, so the oldest samples are dropped; the receiver is down or too slow"
            );
        }
        self.is_overflowing.store(is_overflowing, Ordering::Relaxed);
    }

    /// Remembers why a request failed; true if the one before did not.
    fn say(&self, reason: &str) -> bool {
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        let was_good = last.is_empty();
        reason.clone_into(&mut last);
        was_good
    }

    fn headers(&self) -> HeaderMap {
        let (media, version) = match self.config.version() {
            Version::V1 => ("application/x-protobuf", "0.1.0"),
            Version::V2 => ("application/x-protobuf;proto=io.prometheus.write.v2.Request", "2.0.0"),
        };
        let own =
            [("content-type", media), ("content-encoding", "snappy"), ("x-prometheus-remote-write-version", version)];
        let given = self.config.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut headers = HeaderMap::new();
        for (name, value) in given.chain(own) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

fn add(count: &AtomicU64, number: u64) {
    count.fetch_add(number, Ordering::Relaxed);
}
