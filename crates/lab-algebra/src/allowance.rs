//! The room and the time that a query is given: how many numbers and bytes it may hold, and when it has to stop.

use std::cell::{Cell, RefCell};

use lab_model::{Grant, Interrupt};

use crate::aggregate::operation::Aggregation;
use crate::error::AlgebraError;
use crate::operators::operator::Operator;
use crate::series::column::Series;

/// Bytes of a number.
const CELL: usize = size_of::<f64>();

/// Units of work between two looks at the interrupt.
const LOOK_EVERY: usize = 1 << 18;
/// More warnings than these are not kept.
const MOST_WARNINGS: usize = 1_000;

/// Something that makes a value doubtful without making it an error.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// A quantile outside 0…1.
    QuantileOutOfRange(f64),
    /// A ratio outside -1…1.
    RatioOutOfRange(f64),
    /// An operator has no answer for samples of these kinds, on its left and on its right.
    Kinds(SampleKind, Operator, SampleKind),
    /// Histograms with exponential and with custom buckets were to be put together, of a metric with this name.
    BucketLayouts(Combining, String),
    /// An aggregation has met numbers and histograms at one step, and has no answer there.
    MixedKinds,
    /// An aggregation passes histograms over.
    HistogramsIgnored(Aggregation),
    /// Of two histograms one says that its counter was reset, the other that it was not.
    ResetsConflict(Combining),
    /// Custom buckets differ; the bounds that all have are left.
    BoundsReconciled(Combining),
}

/// What a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// A number, as counters and gauges have it.
    Float,
    /// A native histogram.
    Histogram,
}

/// How histograms were put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combining {
    /// One was added to another.
    Addition,
    /// One was subtracted from another.
    Subtraction,
    /// Many were aggregated.
    Aggregation,
}

/// What one query may hold, what it holds, and what it has met so far.
#[derive(Debug)]
pub struct Allowance<'a> {
    grant: &'a Grant,
    most: usize,
    cells: Cell<usize>,
    peak: Cell<usize>,
    done: Cell<usize>,
    warnings: RefCell<Vec<Warning>>,
}

/// What is held at a moment, or what a result takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many numbers.
    pub cells: usize,
    /// How many bytes, those of the numbers included.
    pub bytes: usize,
}

impl Held {
    /// So many numbers and nothing else.
    pub fn numbers(cells: usize) -> Self {
        Self { cells, bytes: cells.saturating_mul(CELL) }
    }

    /// These series, with the labels that are theirs alone.
    pub fn series(series: &[Series]) -> Self {
        let sum = |of: fn(&Series) -> usize| series.iter().map(of).fold(0, usize::saturating_add);
        let (cells, labels) = (sum(|one| one.points.len()), sum(|one| one.labels.own_bytes()));
        let histograms = sum(|one| one.histograms.bytes());
        let others = labels.saturating_add(histograms).saturating_add(size_of_val(series));
        let bytes = Self::numbers(cells).bytes.saturating_add(others);
        Self { cells, bytes }
    }
}

impl<'a> Allowance<'a> {
    /// An allowance of `most` numbers at once, within the memory that is granted.
    pub fn new(most: usize, grant: &'a Grant) -> Self {
        let warnings = RefCell::default();
        Self { grant, most, cells: Cell::new(0), peak: Cell::new(0), done: Cell::new(0), warnings }
    }

    /// Takes room for `cells` numbers.
    pub fn take(&self, cells: usize) -> Result<(), AlgebraError> {
        let held = self.cells.get().saturating_add(cells);
        if held > self.most {
            return Err(AlgebraError::TooManySamples);
        }
        self.take_bytes(cells.saturating_mul(CELL))?;
        self.cells.set(held);
        self.peak.set(self.peak.get().max(held));
        Ok(())
    }

    /// Takes room for `bytes` of something else: labels, texts, tables.
    pub fn take_bytes(&self, bytes: usize) -> Result<(), AlgebraError> {
        Ok(self.grant.memory.take(bytes)?)
    }

    /// An error if there is no room for `cells` numbers for a moment; none is taken.
    pub fn room_for(&self, cells: usize) -> Result<(), AlgebraError> {
        let before = self.held();
        self.take(cells)?;
        self.settle(before, Held::default())
    }

    /// An error if there is no room for `bytes` for a moment; none are taken.
    pub fn room_for_bytes(&self, bytes: usize) -> Result<(), AlgebraError> {
        Ok(self.grant.memory.room_for(bytes)?)
    }

    /// What is held now, for [`Allowance::settle`].
    pub fn held(&self) -> Held {
        Held { cells: self.cells.get(), bytes: self.grant.memory.held() }
    }

    /// The most numbers that were held at once.
    pub fn peak(&self) -> usize {
        self.peak.get()
    }

    /// After a part is evaluated only its result is held on top of what was held `before`.
    pub fn settle(&self, before: Held, result: Held) -> Result<(), AlgebraError> {
        self.cells.set(before.cells);
        self.grant.memory.shrink_to(before.bytes);
        self.take(result.cells)?;
        self.take_bytes(result.bytes.saturating_sub(Held::numbers(result.cells).bytes))
    }

    /// The flag by which the query is stopped.
    pub fn interrupt(&self) -> &'a Interrupt {
        &self.grant.interrupt
    }

    /// An error once the query was asked to stop.
    pub fn check_interrupt(&self) -> Result<(), AlgebraError> {
        if self.grant.interrupt.is_set() { Err(AlgebraError::Interrupted) } else { Ok(()) }
    }

    /// Counts work on `cells` numbers, and now and then looks whether the query was asked to stop.
    #[inline]
    pub fn work(&self, cells: usize) -> Result<(), AlgebraError> {
        let done = self.done.get() + cells + 1;
        if done < LOOK_EVERY {
            self.done.set(done);
            return Ok(());
        }
        self.done.set(0);
        self.check_interrupt()
    }

    /// Notes a warning, once.
    pub(crate) fn warn(&self, warning: Warning) {
        let mut warnings = self.warnings.borrow_mut();
        if warnings.len() < MOST_WARNINGS && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// The warnings since the last call, in the order in which they arose.
    pub fn take_warnings(&self) -> Vec<Warning> {
        self.warnings.take()
    }
}

#[cfg(test)]
mod tests {
    use lab_model::{Labels, MemoryError, MemoryPool};

    use super::*;

    #[test]
    fn a_query_is_refused_when_it_would_hold_more_than_its_limit() {
        let grant = Grant::default();
        let allowance = Allowance::new(10, &grant);
        assert_eq!(allowance.take(8), Ok(()));
        assert_eq!(allowance.take(3), Err(AlgebraError::TooManySamples));
        assert_eq!(allowance.settle(Held::numbers(2), Held::numbers(4)), Ok(()));
        assert_eq!((allowance.held(), allowance.peak()), (Held::numbers(6), 8));
    }

    #[test]
    fn labels_count_as_well_as_numbers() {
        let interrupt = Interrupt::default();
        let memory = MemoryPool::new(2000).enter(&interrupt).expect("room");
        let grant = Grant { memory, interrupt };
        let allowance = Allowance::new(usize::MAX, &grant);
        let long = Series::new(Labels::from_pairs([("a", "x".repeat(500))]), vec![1.0; 10]);
        assert_eq!(allowance.settle(Held::default(), Held::series(&[long])), Ok(()));
        assert!(allowance.held().bytes > 580 && allowance.held().cells == 10);
        let too_large = Err(AlgebraError::Memory(MemoryError::TooLarge { limit: 1000 }));
        assert_eq!((allowance.take(100), allowance.take_bytes(500)), (too_large.clone(), too_large));
        assert_eq!(allowance.room_for_bytes(100), Ok(()));
    }

    #[test]
    fn an_interrupt_is_seen_within_a_bounded_amount_of_work() {
        let grant = Grant::default();
        let allowance = Allowance::new(10, &grant);
        assert_eq!(allowance.work(LOOK_EVERY), Ok(()));
        grant.interrupt.set();
        assert_eq!(allowance.work(LOOK_EVERY), Err(AlgebraError::Interrupted));
    }
}
