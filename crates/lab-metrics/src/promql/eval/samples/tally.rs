//! How many samples a query looks at, in all and at each of its steps, as Prometheus counts them.
//!
//! A sample counts once at each step in whose window it stands; reading it counts once, at the first of these steps. A native
//! histogram counts as the numbers that would take the same memory. What has one value at all steps is evaluated once: it
//! counts at each step, and is read at the first.

use std::cell::RefCell;
use std::ops::Range;

use lab_algebra::{Allowance, Grid, Series, is_absent};
use lab_histogram::{Buckets, Histogram, Schema};

use crate::promql::error::PromqlError;
use crate::promql::eval::samples::window::Window;
use crate::promql::params::{CountSamples, EvalParams};
use crate::promql::plan::time::Stretch;
use crate::promql::value::SampleCount;

/// The bytes of a number with its time.
const NUMBER: usize = 16;
/// The bytes of a histogram without its buckets, and with its time, as Prometheus holds it.
const EMPTY_HISTOGRAM: usize = 168 + 8;
/// The bytes of a run of buckets, of a bucket and of a bound.
const PART: usize = 8;

/// The counter of an evaluation; it counts nothing unless the query asks for it.
pub(crate) struct Counter(RefCell<Option<Tally>>);

impl Counter {
    /// A counter over all steps of a query.
    pub(crate) fn new(params: &EvalParams) -> Self {
        let each_step = params.count_samples == CountSamples::AtEachStep;
        let counts = params.count_samples != CountSamples::No;
        Self(RefCell::new(counts.then(|| Tally::new(params.time.frame(), each_step))))
    }

    /// What was counted so far; from then on nothing is counted.
    pub(crate) fn finish(&self) -> Option<SampleCount> {
        self.0.take().map(|tally| tally.count)
    }

    /// Counts what a selector has found.
    pub(crate) fn found(&self, frame: Grid, series: &[Series]) {
        let mut counter = self.0.borrow_mut();
        let Some(tally) = counter.as_mut() else { return };
        for one in series {
            let numbers = one.points.iter().enumerate().filter(|(_, value)| !is_absent(**value));
            numbers.for_each(|(step, _)| tally.found(frame.time(step), 1));
            one.histograms.iter().for_each(|(step, histogram)| tally.found(frame.time(step), weight(histogram)));
        }
    }

    /// Counts what stands in the window of a step.
    pub(crate) fn window(&self, window: &Window<'_>) {
        if let Some(tally) = self.0.borrow_mut().as_mut() {
            tally.window(window);
        }
    }

    /// Evaluates apart what stands for all steps of `frame`.
    pub(crate) fn once<T>(
        &self,
        frame: Grid,
        evaluate: impl FnOnce() -> Result<T, PromqlError>,
    ) -> Result<T, PromqlError> {
        let (found, once) = self.apart(Grid { count: 1, ..frame }, evaluate)?;
        if let (Some(tally), Some(once)) = (self.0.borrow_mut().as_mut(), once) {
            tally.add_once(frame, &once.count);
        }
        Ok(found)
    }

    /// Evaluates a subquery over the steps of `inner`; what it looks at counts as read only, since the windows over its values
    /// count for themselves.
    pub(crate) fn subquery<T>(
        &self,
        inner: Grid,
        (frame, stretch): (Grid, Stretch),
        evaluate: impl FnOnce() -> Result<T, PromqlError>,
    ) -> Result<T, PromqlError> {
        let (found, inner) = self.apart(inner, evaluate)?;
        if let (Some(tally), Some(inner)) = (self.0.borrow_mut().as_mut(), inner) {
            tally.add_subquery(frame, stretch, &inner);
        }
        Ok(found)
    }

    /// Shows windows over the values of a subquery, which has read already what they hold.
    pub(crate) fn over_subquery<T>(&self, show: impl FnOnce() -> T) -> T {
        let set = |reads| self.0.borrow_mut().iter_mut().for_each(|tally| tally.reads = reads);
        set(false);
        let shown = show();
        set(true);
        shown
    }

    /// Counts what a subquery has looked at that is the whole query.
    pub(crate) fn whole_subquery(&self, time: i64) {
        if let Some(tally) = self.0.borrow_mut().as_mut() {
            tally.look(time, tally.in_subqueries);
        }
    }

    /// What was counted until now in all and at the steps of `slice`, to come back to it; the memory is taken from the
    /// allowance. What is evaluated at these steps alone counts at no other one.
    pub(crate) fn save(&self, slice: Grid, allowance: &Allowance<'_>) -> Result<Saved, PromqlError> {
        match self.0.borrow().as_ref() {
            Some(tally) => tally.save(slice, allowance),
            None => Ok(Saved::default()),
        }
    }

    /// Forgets what was counted since.
    pub(crate) fn restore(&self, saved: &Saved) {
        if let Some(tally) = self.0.borrow_mut().as_mut() {
            tally.restore(saved);
        }
    }

    /// The bytes of counting apart over the steps of `frame`.
    pub(crate) fn bytes_apart(&self, frame: Grid) -> usize {
        if self.0.borrow().is_some() { frame.count.saturating_mul(size_of::<u64>()) } else { 0 }
    }

    /// Counts what `evaluate` looks at by itself, over the steps of a frame of its own.
    fn apart<T>(
        &self,
        frame: Grid,
        evaluate: impl FnOnce() -> Result<T, PromqlError>,
    ) -> Result<(T, Option<Tally>), PromqlError> {
        let apart = self.0.borrow().as_ref().map(|_| Tally::apart(frame));
        let outer = self.0.replace(apart);
        let found = evaluate();
        let inner = self.0.replace(outer);
        Ok((found?, inner))
    }
}

/// What a counter said at some time, in all and at some steps.
#[derive(Default)]
pub(crate) struct Saved {
    steps: Range<usize>,
    in_subqueries: u64,
    /// The totals, and the values of these steps alone; none where nothing was counted.
    count: SampleCount,
}

/// The samples of an evaluation over the steps of a frame.
#[derive(Debug)]
struct Tally {
    frame: Grid,
    /// False where the samples are the values of a subquery.
    reads: bool,
    /// What subqueries have looked at.
    in_subqueries: u64,
    count: SampleCount,
}

impl Tally {
    fn new(frame: Grid, each_step: bool) -> Self {
        let steps = if each_step { frame.count } else { 0 };
        let count = SampleCount { queryable_at: vec![0; steps], read_at: vec![0; steps], ..SampleCount::default() };
        Self { frame, reads: true, in_subqueries: 0, count }
    }

    /// A tally of its own: only its totals are asked for, and at which step a sample is read.
    fn apart(frame: Grid) -> Self {
        let count = SampleCount { read_at: vec![0; frame.count], ..SampleCount::default() };
        Self { frame, reads: true, in_subqueries: 0, count }
    }

    fn save(&self, slice: Grid, allowance: &Allowance<'_>) -> Result<Saved, PromqlError> {
        let SampleCount { queryable, read, .. } = self.count;
        let first = self.place(slice.start);
        let steps = first..first.saturating_add(slice.count);
        let mut count = SampleCount { queryable, read, ..SampleCount::default() };
        // Aggregations in each other come here one after the other before anything is counted, and then hold nothing.
        if queryable > 0 || read > 0 {
            let at = |values: &[u64]| clipped(&steps, values);
            let (queryable_at, read_at) = (at(&self.count.queryable_at), at(&self.count.read_at));
            allowance.take_bytes((queryable_at.len() + read_at.len()) * size_of::<u64>())?;
            count.queryable_at = self.count.queryable_at[queryable_at].to_vec();
            count.read_at = self.count.read_at[read_at].to_vec();
        }
        Ok(Saved { steps, in_subqueries: self.in_subqueries, count })
    }

    fn restore(&mut self, saved: &Saved) {
        let restore = |values: &mut [u64], before: &[u64]| {
            let steps = clipped(&saved.steps, values);
            for (at, value) in values[steps].iter_mut().enumerate() {
                *value = before.get(at).copied().unwrap_or_default();
            }
        };
        restore(&mut self.count.queryable_at, &saved.count.queryable_at);
        restore(&mut self.count.read_at, &saved.count.read_at);
        (self.count.queryable, self.count.read) = (saved.count.queryable, saved.count.read);
        self.in_subqueries = saved.in_subqueries;
    }

    fn look(&mut self, time: i64, samples: u64) {
        let place = self.place(time);
        self.count.queryable += samples;
        if let Some(at) = self.count.queryable_at.get_mut(place) {
            *at += samples;
        }
    }

    fn read(&mut self, time: i64, samples: u64) {
        let place = self.place(time);
        self.count.read += samples;
        if let Some(at) = self.count.read_at.get_mut(place) {
            *at += samples;
        }
    }

    fn place(&self, time: i64) -> usize {
        usize::try_from(time.saturating_sub(self.frame.start) / self.frame.step.max(1)).unwrap_or_default()
    }

    fn found(&mut self, time: i64, samples: u64) {
        self.look(time, samples);
        self.read(time, samples);
    }

    /// Of a window only what is younger than the end of the one before it is read anew.
    fn window(&mut self, window: &Window<'_>) {
        let weights = |after: i64| -> u64 {
            let numbers = window.samples.len() - window.samples.partition_point(|sample| sample.timestamp <= after);
            let histograms = window.histograms.iter().filter(|sample| sample.timestamp > after);
            numbers as u64 + histograms.map(|sample| weight(&sample.histogram)).sum::<u64>()
        };
        self.look(window.time, weights(i64::MIN));
        if self.reads {
            let is_first = window.time <= self.frame.start;
            let after = if is_first { i64::MIN } else { window.end.saturating_sub(self.frame.step) };
            self.read(window.time, weights(after));
        }
    }

    fn add_once(&mut self, frame: Grid, once: &SampleCount) {
        (0..frame.count).for_each(|step| self.look(frame.time(step), once.queryable));
        if frame.start <= self.frame.start {
            self.read(frame.start, once.read);
        }
    }

    /// Each step of a subquery counts at the first step whose window holds it.
    fn add_subquery(&mut self, frame: Grid, stretch: Stretch, inner: &Tally) {
        self.in_subqueries += inner.count.queryable;
        if frame.count <= 1 {
            return self.read(frame.start, inner.count.read);
        }
        for (step, samples) in inner.count.read_at.iter().enumerate().filter(|(_, samples)| **samples > 0) {
            let time = inner.frame.time(step).saturating_add(stretch.shift.offset);
            let after = u64::try_from(time.saturating_sub(frame.start)).unwrap_or_default();
            let at = usize::try_from(after.div_ceil(frame.step.max(1).unsigned_abs())).unwrap_or(usize::MAX);
            let seen = frame.time(at.min(frame.count - 1));
            if time > seen.saturating_sub(stretch.length) {
                self.read(seen, *samples);
            }
        }
    }
}

/// Those of the steps that have a value.
fn clipped(steps: &Range<usize>, values: &[u64]) -> Range<usize> {
    let end = steps.end.min(values.len());
    steps.start.min(end)..end
}

/// How many numbers take as much memory as a histogram.
fn weight(histogram: &Histogram) -> u64 {
    let side = |buckets: &Buckets| PART * (buckets.len() + buckets.spans().len());
    let bounds = if let Schema::Custom(bounds) = &histogram.schema { PART * bounds.len() } else { 0 };
    ((EMPTY_HISTOGRAM + side(&histogram.positive) + side(&histogram.negative) + bounds) / NUMBER) as u64
}
