//! Asks the sources of targets at their intervals. What a source said last counts until it says something else.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::http::Clients;
use crate::ingest::scrape::config::discovery::TargetGroup;
use crate::ingest::scrape::discovery::source::Source;

/// The sources of a configuration, and what they said last.
#[derive(Debug, Default)]
pub struct Watch {
    clients: Clients,
    known: Mutex<Vec<Known>>,
    /// Other sources are wanted.
    changed: Notify,
    /// A source said something else.
    pub(crate) news: Notify,
}

/// What is known of a source.
#[derive(Clone, Debug)]
struct Known {
    source: Source,
    said: Said,
    /// Cancelled when the source is not wanted any more.
    gone: CancellationToken,
    /// The task that asks it.
    asked_by: Option<AbortHandle>,
}

/// What a source said last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) groups: Vec<TargetGroup>,
    /// Why the last question had no answer.
    pub(crate) problem: Option<String>,
    /// How often it was asked.
    pub(crate) asked: u64,
    /// How often there was no answer.
    pub(crate) failed: u64,
}

/// How a source has been since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReport {
    /// How Prometheus calls this way to discover, for example `http`.
    pub mechanism: &'static str,
    /// Whom it serves: the name of a job, or `config-N` for Alertmanagers.
    pub config: String,
    /// How often it was asked.
    pub asked: u64,
    /// How often there was no answer.
    pub failed: u64,
    /// The targets that it said last.
    pub targets: usize,
}

impl Watch {
    /// Watches nothing yet.
    pub(crate) fn new() -> Self {
        Self { clients: Clients::new(), ..Self::default() }
    }

    /// Watches these sources from now on; of those that are watched already, what they said stays.
    pub(crate) fn want(&self, sources: Vec<Source>) {
        let mut known = lock(&self.known);
        known.retain(|one| {
            let stays = sources.contains(&one.source);
            if !stays {
                one.gone.cancel();
            }
            stays
        });
        for source in sources {
            if known.iter().all(|one| one.source != source) {
                let gone = CancellationToken::new();
                known.push(Known { source, said: Said::default(), gone, asked_by: None });
            }
        }
        drop(known);
        self.changed.notify_one();
    }

    /// What a source said last; nothing if it was not asked yet.
    pub(crate) fn said(&self, source: &Source) -> Said {
        let known = lock(&self.known);
        known.iter().find(|one| one.source == *source).map(|one| one.said.clone()).unwrap_or_default()
    }

    /// How the sources of a part of the configuration have been.
    pub(crate) fn reports(&self, config: &str, sources: &[Source]) -> Vec<SourceReport> {
        let report = |source: &Source| {
            let Said { groups, asked, failed, .. } = self.said(source);
            let targets = groups.iter().map(|group| group.targets.len()).sum();
            SourceReport { mechanism: source.mechanism(), config: config.to_owned(), asked, failed, targets }
        };
        sources.iter().map(report).collect()
    }

    /// Asks until `stop` is cancelled.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut asking = JoinSet::new();
        loop {
            for one in lock(&self.known).iter_mut().filter(|one| one.asked_by.is_none()) {
                let (watch, stop) = (self.clone(), stop.clone());
                let (source, gone) = (one.source.clone(), one.gone.clone());
                // One whose task panicked is not asked at once again.
                let wait = if one.said.asked > 0 { source.interval() } else { Duration::ZERO };
                one.asked_by = Some(asking.spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = gone.cancelled() => {}
                        () = watch.ask_again_and_again(&source, wait) => {}
                    }
                }));
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.changed.notified() => {}
                Some(ended) = asking.join_next(), if !asking.is_empty() => {
                    if let Err(error) = ended {
                        self.note_fallen(&error);
                    }
                }
            }
        }
        while asking.join_next().await.is_some() {}
    }

    async fn ask_again_and_again(&self, source: &Source, wait: Duration) {
        tokio::time::sleep(wait).await;
        loop {
            self.hear(source, source.ask(&self.clients).await);
            tokio::time::sleep(source.interval()).await;
        }
    }

    /// Takes down that tasks panicked, so that their sources are asked again.
    fn note_fallen(&self, error: &JoinError) {
        let mut known = lock(&self.known);
        let fallen = known.iter_mut().filter(|one| one.asked_by.as_ref().is_some_and(AbortHandle::is_finished));
        let sources: Vec<_> = fallen
            .map(|one| {
                one.asked_by = None;
                one.source.clone()
            })
            .collect();
        drop(known);
        for source in sources {
            tracing::error!(source = %source.shown(), %error, "a fault in the lab ended the asking of a source; it begins again");
            self.hear(&source, Err(format!("a fault in the lab ended the question: {error}")));
        }
    }

    /// Takes down what a source said; of one that does not answer the last answer stays.
    fn hear(&self, source: &Source, answer: Result<Vec<TargetGroup>, String>) {
        let mut known = lock(&self.known);
        let Some(said) = known.iter_mut().find(|one| one.source == *source).map(|one| &mut one.said) else { return };
        said.asked += 1;
        let is_news = match answer {
            Ok(groups) => {
                let is_news = said.groups != groups || said.problem.is_some();
                (said.groups, said.problem) = (groups, None);
                is_news
            }
            Err(problem) => {
                said.failed += 1;
                said.problem.replace(problem) != said.problem
            }
        };
        drop(known);
        if is_news {
            self.news.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::scrape::config::discovery::DnsDiscovery;

    #[tokio::test]
    async fn a_source_whose_task_panicked_shows_it_and_is_asked_again() {
        let yaml = "{names: [a.example], type: A, port: 1}";
        let source = Source::Dns(serde_yaml_ng::from_str::<DnsDiscovery>(yaml).expect("a source"));
        let watch = Watch::new();
        watch.want(vec![source.clone()]);
        let mut asking = JoinSet::new();
        let task = asking.spawn(async { panic!("a fault") });
        lock(&watch.known)[0].asked_by = Some(task);
        let error = asking.join_next().await.expect("ended").expect_err("panicked");
        watch.note_fallen(&error);
        assert!(lock(&watch.known)[0].asked_by.is_none());
        let said = watch.said(&source);
        assert_eq!((said.asked, said.failed), (1, 1));
        let problem = said.problem.expect("a problem");
        assert!(problem.contains("a fault in the lab") && problem.contains("a fault\""), "{problem}");
    }
}
