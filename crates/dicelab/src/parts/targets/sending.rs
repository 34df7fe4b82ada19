//! What leaves the lab by itself, at work: the tasks of remote write and of the notifier, which follow the configuration.

use std::sync::Arc;

use lab_api::prometheus::rules::notices;
use lab_api::prometheus::write::send;
use lab_metrics::MetricStore;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::outgoing::alertmanager::Notifier;
use lab_metrics::outgoing::remote_write::RemoteWriter;
use lab_metrics::rules::ruler::Ruler;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::parts::clock;

/// What sends; share it behind an [`Arc`].
#[derive(Debug)]
pub struct Sending {
    store: Arc<MetricStore>,
    notifier: Arc<Notifier>,
    writers: Mutex<Vec<Arc<RemoteWriter>>>,
    changed: Notify,
}

impl Sending {
    /// Senders that have not begun.
    pub fn new(store: Arc<MetricStore>, ruler: &Ruler, config: &ScrapeConfig) -> Self {
        let external = config.global.external_labels.clone();
        let notifier = Notifier::new(config.alerting.clone(), external, ruler.notices(), notices::encode);
        let sending = Self { store, notifier: Arc::new(notifier), writers: Mutex::default(), changed: Notify::new() };
        sending.reload(config);
        sending
    }

    /// Continues with another configuration; a receiver whose settings are the same keeps what waits for it.
    pub fn reload(&self, config: &ScrapeConfig) {
        let external = &config.global.external_labels;
        self.notifier.reload(config.alerting.clone(), external.clone());
        let mut writers = self.writers.lock();
        let mut earlier = std::mem::take(&mut *writers);
        for remote in &config.remote_write {
            let known = earlier.iter().position(|writer| writer.is_set_so(remote, external));
            let writer = known.map(|at| earlier.swap_remove(at)).unwrap_or_else(|| {
                let (store, remote, external) = (self.store.clone(), remote.clone(), external.clone());
                Arc::new(RemoteWriter::new(store, remote, external, clock::system(), send::encode))
            });
            writers.push(writer);
        }
        drop(writers);
        self.changed.notify_one();
    }

    /// Who is told of alerts.
    pub fn notifier(&self) -> Arc<Notifier> {
        self.notifier.clone()
    }

    /// The senders of remote write.
    pub fn writers(&self) -> Vec<Arc<RemoteWriter>> {
        self.writers.lock().clone()
    }

    /// Sends until `stop` is cancelled; ends when all senders have ended.
    pub async fn run(&self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        let (notifier, until) = (self.notifier.clone(), stop.clone());
        tasks.spawn(async move { notifier.run(until).await });
        let mut running: Vec<(Arc<RemoteWriter>, CancellationToken)> = Vec::new();
        loop {
            let wanted = self.writers();
            running.retain(|(writer, gone)| {
                let stays = wanted.iter().any(|one| Arc::ptr_eq(one, writer));
                if !stays {
                    gone.cancel();
                }
                stays
            });
            for writer in wanted {
                if running.iter().all(|(known, _)| !Arc::ptr_eq(known, &writer)) {
                    let gone = stop.child_token();
                    running.push((writer.clone(), gone.clone()));
                    tasks.spawn(async move { writer.run(gone).await });
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.changed.notified() => {}
            }
        }
        while tasks.join_next().await.is_some() {}
    }
}
