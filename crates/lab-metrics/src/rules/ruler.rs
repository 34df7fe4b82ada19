//! All groups of all files, over one store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::outgoing::queue::{Queue, Room};
use crate::rules::alert::notice::Notice;
use crate::rules::defaults::Defaults;
use crate::rules::file::RuleFile;
use crate::rules::group::Group;
use crate::rules::language::{Language, PromQl};
use crate::rules::moment::Moment;
use crate::rules::report::GroupReport;
use crate::store::MetricStore;

/// What waits for an Alertmanager at most: as many notices as in Prometheus.
const WAITING_NOTICES: Room = Room { items: 10_000, bytes: 16 << 20 };

/// Evaluates rules over a store; share it behind an [`Arc`].
#[derive(Debug)]
pub struct Ruler {
    store: Arc<MetricStore>,
    language: Arc<dyn Language>,
    groups: Mutex<Vec<Group>>,
    /// The state after the last evaluation, so that a reader never waits for a query.
    shown: Mutex<Vec<GroupReport>>,
    /// What Alertmanagers are to be told.
    notices: Arc<Queue<Notice>>,
}

impl Ruler {
    /// A ruler of these files, whose rules are in PromQL; `now` is in milliseconds since the epoch.
    pub fn new(store: Arc<MetricStore>, files: Vec<RuleFile>, defaults: impl Into<Defaults>, now: i64) -> Self {
        let notices = Arc::new(Queue::new(WAITING_NOTICES));
        let language = Arc::new(PromQl(store.clone()));
        Self::speaking(language, store, notices, files, defaults, now)
    }

    /// The same for rules in another language, whose results are appended to `store` and whose alerts are told
    /// through `notices`.
    pub fn speaking(
        language: Arc<dyn Language>,
        store: Arc<MetricStore>,
        notices: Arc<Queue<Notice>>,
        files: Vec<RuleFile>,
        defaults: impl Into<Defaults>,
        now: i64,
    ) -> Self {
        let ruler = Self { store, language, groups: Mutex::default(), shown: Mutex::default(), notices };
        ruler.reload(files, defaults, now);
        ruler
    }

    /// Continues with other files. Groups and rules that are in both keep their state; the series of the others are marked
    /// as stale.
    pub fn reload(&self, files: Vec<RuleFile>, defaults: impl Into<Defaults>, now: i64) {
        let defaults = defaults.into();
        let mut groups = lock(&self.groups);
        let mut earlier = std::mem::take(&mut *groups);
        for file in files {
            for spec in file.groups {
                let mut group = Group::new(file.path.clone(), spec, self.language.clone(), &defaults, now);
                if let Some(found) = earlier.iter().position(|other| group.continues(other)) {
                    group.take_over(earlier.swap_remove(found), &self.store, now);
                }
                groups.push(group);
            }
        }
        for gone in &mut earlier {
            gone.end(&self.store, now);
        }
        self.show(&groups);
    }

    /// When the next group is due, in milliseconds since the epoch; `None` without groups.
    pub fn next_due(&self) -> Option<i64> {
        lock(&self.groups).iter().map(Group::due).min()
    }

    /// Evaluates the groups that are due at `now.at`, in their order.
    pub fn evaluate_due(&self, now: &Moment<'_>) {
        let mut groups = lock(&self.groups);
        for group in groups.iter_mut().filter(|group| group.due() <= now.at) {
            if now.grant.interrupt.is_set() {
                break;
            }
            self.notices.push(group.evaluate(&self.store, now));
        }
        self.show(&groups);
    }

    /// What Alertmanagers are to be told, for whoever tells them.
    pub fn notices(&self) -> Arc<Queue<Notice>> {
        self.notices.clone()
    }

    /// The state of the groups after the last evaluation.
    pub fn report(&self) -> Vec<GroupReport> {
        lock(&self.shown).clone()
    }

    fn show(&self, groups: &[Group]) {
        *lock(&self.shown) = groups.iter().map(Group::report).collect();
    }
}

/// No section under these locks leaves half a change behind if it panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
