//! The way of samples from whoever brings them to their series.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use lab_histogram::Schema;
use lab_model::{Labels, Sample};
use lab_storage::{Account, Budget, Intake, TimeLimits, Wait};
use parking_lot::{Mutex, RwLock};

use crate::model::exemplar::Exemplar;
use crate::model::histogram_sample::HistogramSample;
use crate::store::append::journal;
use crate::store::append::outbox::{Fact, Outbox};
use crate::store::append::push::{Push, Pushed, Target, waiting_bytes};
use crate::store::append::samples::{self as checked, How, Rules};
use crate::store::buffer::metadata::KnownMetadata;
use crate::store::buffer::resident::Resident;
use crate::store::buffer::series::{SAMPLE_BYTES, Series, SeriesState};
use crate::store::error::AppendError;
use crate::store::index::Index;
use crate::store::limits::Limits;
use crate::store::stats::{Counters, add};

/// Buckets and custom bounds of one histogram; more are refused.
const MOST_BUCKETS: usize = 4096;

/// Where samples go, and what is asked on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) intake: &'a Intake,
    pub(crate) budget: &'a Budget,
    pub(crate) index: &'a RwLock<Index>,
    pub(crate) next_series: &'a AtomicI64,
    pub(crate) next_chunk: &'a AtomicI64,
    pub(crate) dirty: &'a Mutex<Vec<Arc<Series>>>,
    pub(crate) resident: &'a Resident,
    pub(crate) metadata: &'a KnownMetadata,
    pub(crate) account: &'a Account,
    pub(crate) counters: &'a Counters,
    pub(crate) outbox: &'a Outbox,
}

impl Way<'_> {
    /// Keeps a request whose sender can send it again: once this answers, a kill of the process does not lose it. If it
    /// cannot be kept within `patience`, nothing of it is.
    pub(crate) fn push(self, mut push: Push, patience: Duration) -> Result<Pushed, Wait> {
        let bytes = push.bytes();
        let passage = self.budget.take_within(bytes, patience).and_then(|()| {
            let passage = self.intake.enter();
            self.refuse_series(&mut push);
            let journaled = passage.journal(self.budget, || journal::draft(&push));
            journaled.map(|()| passage).inspect_err(|_| self.budget.give_back(bytes))
        });
        match passage {
            Ok(_passage) => Ok(self.apply(&push)),
            Err(wait) => {
                let _passage = self.intake.enter();
                self.refuse(wait.reason(), push.len());
                Err(wait)
            }
        }
    }

    /// Refuses the series of a request that cannot be made. Done before the request goes to the journal, so that no restart
    /// brings back what its sender was told is refused: by then there may be room for the series.
    fn refuse_series(self, push: &mut Push) {
        let index = self.index.read();
        let mut new: HashSet<Labels> = HashSet::new();
        for series in &mut push.series {
            let Target::New(labels) = &series.target else { continue };
            if index.get(labels).is_some() || new.contains(labels) {
                continue;
            }
            match self.check_labels(labels).and_then(|()| self.check_room(index.len() + new.len())) {
                Ok(()) => drop(new.insert(labels.clone())),
                Err(error) => series.target = Target::Refused(labels.clone(), error),
            }
        }
    }

    /// Puts a request into the store, for which there is room in the budget.
    pub(crate) fn apply(self, push: &Push) -> Pushed {
        for (name, metadata) in &push.metadata {
            self.metadata.set(name, metadata.clone(), self.limits.max_series);
        }
        let mut pushed = Pushed::default();
        for (place, (part, samples)) in push.parts().enumerate() {
            let found = match &part.target {
                Target::Known(series) => Ok(series.clone()),
                Target::New(labels) => self.series(labels),
                Target::Refused(_, error) => Err(error.clone()),
            };
            let series = match found {
                Ok(series) => series,
                Err(error) => {
                    self.refuse(error.reason(), samples.len() + part.histograms.len());
                    self.budget.give_back(samples.len() as u64 * SAMPLE_BYTES + part.histogram_bytes());
                    pushed.refused.push((place, part.target.labels().clone(), error));
                    continue;
                }
            };
            let (taken, refusal) = self.append_all(&series, samples, &self.rules(&push.times));
            pushed.samples += taken;
            let mut first = refusal;
            for sample in &part.histograms {
                match self.append_histogram_for_room(&series, sample, &self.rules(&push.times)) {
                    Ok(()) => pushed.histograms += 1,
                    Err(error) => drop(first.get_or_insert(error)),
                }
            }
            pushed.refused.extend(first.map(|error| (place, series.labels.clone(), error)));
            for exemplar in &part.exemplars {
                self.exemplar(&series, exemplar.clone());
                pushed.exemplars += 1;
            }
        }
        pushed
    }

    /// Appends samples that nobody can send again. If there is no room for all of them, none is taken.
    pub(crate) fn append(
        self,
        series: &Arc<Series>,
        samples: &[Sample],
        times: &TimeLimits,
    ) -> (usize, Option<AppendError>) {
        self.append_by(series, samples, &self.rules(times))
    }

    /// Appends a sample whose time is our own. It is taken however far it is behind its series: the clock has stepped
    /// back then, and the series would fall silent until the clock has caught up.
    pub(crate) fn append_dated_here(self, series: &Arc<Series>, sample: Sample) -> Option<AppendError> {
        self.append_by(series, &[sample], &Rules::OWN_TIME).1
    }

    /// Appends a histogram that nobody can send again, whose time somebody else has set.
    pub(crate) fn append_histogram(
        self,
        series: &Arc<Series>,
        sample: &HistogramSample,
        times: &TimeLimits,
    ) -> Result<(), AppendError> {
        self.append_histogram_by(series, sample, &self.rules(times))
    }

    /// Appends a histogram whose time is our own, taken as such a sample is.
    pub(crate) fn append_histogram_dated_here(
        self,
        series: &Arc<Series>,
        sample: &HistogramSample,
    ) -> Result<(), AppendError> {
        self.append_histogram_by(series, sample, &Rules::OWN_TIME)
    }

    fn append_histogram_by(
        self,
        series: &Arc<Series>,
        sample: &HistogramSample,
        rules: &Rules,
    ) -> Result<(), AppendError> {
        let _passage = self.intake.enter();
        if let Err(wait) = self.budget.take(waiting_bytes(sample)) {
            self.refuse(wait.reason(), 1);
            add(&self.counters.dropped, 1);
            return Err(wait.into());
        }
        self.append_histogram_for_room(series, sample, rules)
    }

    /// Appends a histogram for which room was taken; if it is not kept, the room is given back.
    fn append_histogram_for_room(
        self,
        series: &Arc<Series>,
        sample: &HistogramSample,
        rules: &Rules,
    ) -> Result<(), AppendError> {
        let bytes = waiting_bytes(sample);
        let refuse = |error: AppendError| {
            self.refuse(error.reason(), 1);
            self.budget.give_back(bytes);
            error
        };
        let checked = checked_histogram(sample).map_err(refuse)?;
        let mut series = series.clone();
        while series.state().removed {
            // Removed since it was looked up: it is made anew as soon as it has left the index.
            std::thread::yield_now();
            series = self.series(&series.labels).map_err(refuse)?;
        }
        let mut state = series.state();
        let next_chunk = || self.next_chunk.fetch_add(1, Ordering::Relaxed);
        let copy = self.outbox.has_listeners().then(|| checked.clone());
        let (how, sealed) = checked::histogram(&mut state, checked, rules, next_chunk).map_err(refuse)?;
        self.account.receive(1);
        if how == How::Repeated {
            self.account.repeat(1);
            self.budget.give_back(bytes);
            return Ok(());
        }
        state.waiting += bytes / SAMPLE_BYTES;
        self.mark_dirty(&series, &mut state);
        // Under the series' lock, so that its samples are told in their order.
        if let Some(copy) = copy {
            self.outbox.tell(&series.labels, vec![Fact::Histogram(copy)]);
        }
        drop(state);
        if let Some(size) = sealed {
            add(&self.counters.sealed, 1);
            self.resident.push(&series, &[size]);
        }
        if how == How::Late {
            add(&self.counters.late, 1);
        }
        Ok(())
    }

    fn append_by(self, series: &Arc<Series>, samples: &[Sample], rules: &Rules) -> (usize, Option<AppendError>) {
        let _passage = self.intake.enter();
        if let Err(wait) = self.budget.take(samples.len() as u64 * SAMPLE_BYTES) {
            self.refuse(wait.reason(), samples.len());
            add(&self.counters.dropped, samples.len() as u64);
            return (0, Some(wait.into()));
        }
        self.append_all(series, samples, rules)
    }

    /// What samples of others are measured against.
    fn rules(self, times: &TimeLimits) -> Rules {
        let window_ms = i64::try_from(self.limits.out_of_order_window.as_millis()).unwrap_or(i64::MAX);
        Rules { window_ms, times: *times }
    }

    /// Finds or makes the series with these labels.
    pub(crate) fn series(self, labels: &Labels) -> Result<Arc<Series>, AppendError> {
        if let Some(series) = self.index.read().get(labels) {
            return Ok(series.clone());
        }
        self.check_labels(labels)?;
        let mut index = self.index.write();
        if let Some(series) = index.get(labels) {
            return Ok(series.clone());
        }
        self.check_room(index.len())?;
        let id = self.next_series.fetch_add(1, Ordering::Relaxed);
        let series = Series::new(id, index.intern(labels), SeriesState::default());
        index.insert(series.clone());
        add(&self.counters.series_created, 1);
        Ok(series)
    }

    fn check_labels(self, labels: &Labels) -> Result<(), AppendError> {
        self.limits.labels.check(labels).map_err(|problem| AppendError::labels(labels, problem))
    }

    /// Whether there is room for one more series beside so many `others`.
    fn check_room(self, others: usize) -> Result<(), AppendError> {
        let most = self.limits.max_series;
        if others >= most { Err(AppendError::SeriesLimit(most)) } else { Ok(()) }
    }

    /// Keeps an exemplar of a series; one that is there already, or older than the newest, is ignored.
    pub(crate) fn exemplar(self, series: &Arc<Series>, exemplar: Exemplar) {
        let mut state = series.state();
        let copy = self.outbox.has_listeners().then(|| exemplar.clone());
        if !state.removed && state.exemplars.push(exemplar, self.limits.max_exemplars) {
            if let Some(copy) = copy {
                self.outbox.tell(&series.labels, vec![Fact::Exemplar(copy)]);
            }
            add(&self.counters.exemplars, 1);
            self.mark_dirty(series, &mut state);
        }
    }

    /// Counts samples that are not taken.
    pub(crate) fn refuse(self, reason: &str, samples: usize) {
        self.account.receive(samples as u64);
        self.account.refuse(reason, samples as u64);
    }

    /// Says that a series goes to disk with the next commit.
    pub(crate) fn mark_dirty(self, series: &Arc<Series>, state: &mut SeriesState) {
        if !std::mem::replace(&mut state.dirty, true) {
            self.dirty.lock().push(series.clone());
        }
    }

    /// Appends samples for which room was taken; the room of those that are not kept is given back.
    fn append_all(self, series: &Arc<Series>, samples: &[Sample], rules: &Rules) -> (usize, Option<AppendError>) {
        let mut series = series.clone();
        while series.state().removed {
            // Removed since it was looked up: it is made anew as soon as it has left the index.
            std::thread::yield_now();
            match self.series(&series.labels) {
                Ok(again) => series = again,
                Err(error) => {
                    self.refuse(error.reason(), samples.len());
                    self.budget.give_back(samples.len() as u64 * SAMPLE_BYTES);
                    return (0, Some(error));
                }
            }
        }
        let next_chunk = || self.next_chunk.fetch_add(1, Ordering::Relaxed);
        let mut state = series.state();
        let mut news = Vec::new();
        let has_listeners = self.outbox.has_listeners();
        let kept = |sample| {
            if has_listeners {
                news.push(Fact::Sample(sample));
            }
        };
        let taken = checked::samples(&mut state, samples, rules, self.account, next_chunk, kept);
        if taken.kept > 0 {
            state.waiting += taken.kept as u64;
            self.mark_dirty(&series, &mut state);
        }
        // Under the series' lock, so that its samples are told in their order.
        if !news.is_empty() {
            self.outbox.tell(&series.labels, news);
        }
        drop(state);
        self.budget.give_back((samples.len() - taken.kept) as u64 * SAMPLE_BYTES);
        if !taken.sealed.is_empty() {
            add(&self.counters.sealed, taken.sealed.len() as u64);
            self.resident.push(&series, &taken.sealed);
        }
        if taken.late > 0 {
            add(&self.counters.late, taken.late as u64);
        }
        (taken.kept + taken.repeated, taken.refusal)
    }
}

/// A histogram as it is stored: without empty buckets, if it makes sense and is not too large.
fn checked_histogram(sample: &HistogramSample) -> Result<HistogramSample, AppendError> {
    let mut histogram = (*sample.histogram).clone();
    if !histogram.is_stale() {
        histogram.check().map_err(AppendError::Histogram)?;
        let bounds = if let Schema::Custom(bounds) = &histogram.schema { bounds.len() } else { 0 };
        let buckets = histogram.positive.len() + histogram.negative.len() + bounds;
        if buckets > MOST_BUCKETS {
            return Err(AppendError::HistogramBuckets { buckets, most: MOST_BUCKETS });
        }
        histogram.compact();
    }
    Ok(HistogramSample { timestamp: sample.timestamp, histogram: Arc::new(histogram) })
}
