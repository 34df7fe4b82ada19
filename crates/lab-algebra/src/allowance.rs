//! The room and the time that a query is given: how many numbers it may hold, and when it has to stop.

use std::cell::{Cell, RefCell};

use lab_model::Interrupt;

use crate::error::AlgebraError;

/// Units of work between two looks at the interrupt.
const LOOK_EVERY: usize = 1 << 18;
/// More warnings than these are not kept.
const MOST_WARNINGS: usize = 1_000;

/// Something that makes a value doubtful without making it an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Warning {
    /// A quantile outside 0…1.
    QuantileOutOfRange(f64),
    /// A ratio outside -1…1.
    RatioOutOfRange(f64),
}

/// What one query may hold, what it holds, and what it has met so far.
#[derive(Debug)]
pub struct Allowance<'a> {
    interrupt: &'a Interrupt,
    limit: usize,
    held: Cell<usize>,
    peak: Cell<usize>,
    done: Cell<usize>,
    warnings: RefCell<Vec<Warning>>,
}

impl<'a> Allowance<'a> {
    /// An allowance of `limit` numbers at once.
    pub fn new(limit: usize, interrupt: &'a Interrupt) -> Self {
        let warnings = RefCell::default();
        Self { interrupt, limit, held: Cell::new(0), peak: Cell::new(0), done: Cell::new(0), warnings }
    }

    /// Takes room for `cells` numbers.
    pub fn take(&self, cells: usize) -> Result<(), AlgebraError> {
        let held = self.held.get().saturating_add(cells);
        if held > self.limit {
            return Err(AlgebraError::TooManySamples);
        }
        self.held.set(held);
        self.peak.set(self.peak.get().max(held));
        Ok(())
    }

    /// An error if there is no room for `cells` numbers for a moment; none is taken.
    pub fn room_for(&self, cells: usize) -> Result<(), AlgebraError> {
        let held = self.held.get();
        self.take(cells)?;
        self.held.set(held);
        Ok(())
    }

    /// How many numbers are held now, for [`Allowance::settle`].
    pub fn held(&self) -> usize {
        self.held.get()
    }

    /// The most numbers that were held at once.
    pub fn peak(&self) -> usize {
        self.peak.get()
    }

    /// After a part is evaluated only its result of `cells` numbers is held on top of what was held `before`.
    pub fn settle(&self, before: usize, cells: usize) -> Result<(), AlgebraError> {
        self.held.set(before);
        self.take(cells)
    }

    /// The flag by which the query is stopped.
    pub fn interrupt(&self) -> &'a Interrupt {
        self.interrupt
    }

    /// An error once the query was asked to stop.
    pub fn check_interrupt(&self) -> Result<(), AlgebraError> {
        if self.interrupt.is_set() { Err(AlgebraError::Interrupted) } else { Ok(()) }
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
    use super::*;

    #[test]
    fn a_query_is_refused_when_it_would_hold_more_than_its_limit() {
        let interrupt = Interrupt::default();
        let allowance = Allowance::new(10, &interrupt);
        assert_eq!(allowance.take(8), Ok(()));
        assert_eq!(allowance.take(3), Err(AlgebraError::TooManySamples));
        assert_eq!(allowance.settle(2, 4), Ok(()));
        assert_eq!((allowance.held(), allowance.peak()), (6, 8));
    }

    #[test]
    fn an_interrupt_is_seen_within_a_bounded_amount_of_work() {
        let interrupt = Interrupt::default();
        let allowance = Allowance::new(10, &interrupt);
        assert_eq!(allowance.work(LOOK_EVERY), Ok(()));
        interrupt.set();
        assert_eq!(allowance.work(LOOK_EVERY), Err(AlgebraError::Interrupted));
    }
}
