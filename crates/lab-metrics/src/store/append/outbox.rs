//! Whoever wants to hear of what the store takes: each has a bounded queue of its own, which the store never waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use lab_model::{Labels, Sample};
use parking_lot::RwLock;

use crate::model::exemplar::Exemplar;
use crate::model::histogram_sample::HistogramSample;
use crate::outgoing::queue::{Queue, Weighed};

/// Something that the store has taken.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The labels of its series, shared with the store.
    pub labels: Labels,
    pub fact: Fact,
}

/// What was taken.
#[derive(Clone, Debug)]
pub enum Fact {
    Sample(Sample),
    /// A native histogram, shared with nobody who changes it.
    Histogram(HistogramSample),
    Exemplar(Exemplar),
}

impl Fact {
    /// Its time in ms since the epoch.
    pub fn timestamp(&self) -> i64 {
        match self {
            Self::Sample(sample) => sample.timestamp,
            Self::Histogram(sample) => sample.timestamp,
            Self::Exemplar(exemplar) => exemplar.timestamp,
        }
    }
}

impl Weighed for Outgoing {
    fn bytes(&self) -> usize {
        let beside = match &self.fact {
            Fact::Sample(_) => 0,
            Fact::Histogram(sample) => sample.histogram.size(),
            Fact::Exemplar(exemplar) => exemplar.labels.text_bytes(),
        };
        size_of::<Self>() + beside
    }
}

/// The queues of all that listen.
#[derive(Debug, Default)]
pub struct Outbox {
    queues: RwLock<Vec<Weak<Queue<Outgoing>>>>,
    /// Read before each append, so that nothing is copied while nobody listens.
    has_listeners: AtomicBool,
}

impl Outbox {
    /// Fills this queue from now on, as long as somebody else holds it.
    pub fn add(&self, queue: &Arc<Queue<Outgoing>>) {
        self.queues.write().push(Arc::downgrade(queue));
        self.has_listeners.store(true, Ordering::Relaxed);
    }

    /// True if somebody listens.
    pub(crate) fn has_listeners(&self) -> bool {
        self.has_listeners.load(Ordering::Relaxed)
    }

    /// Tells all who listen.
    pub(crate) fn tell(&self, labels: &Labels, facts: Vec<Fact>) {
        let mut some_are_gone = false;
        for queue in self.queues.read().iter() {
            let Some(queue) = queue.upgrade() else {
                some_are_gone = true;
                continue;
            };
            let one = |fact: &Fact| Outgoing { labels: labels.clone(), fact: fact.clone() };
            queue.push(facts.iter().map(one));
        }
        if some_are_gone {
            let mut queues = self.queues.write();
            queues.retain(|queue| queue.strong_count() > 0);
            self.has_listeners.store(!queues.is_empty(), Ordering::Relaxed);
        }
    }
}
