//! What every part of an evaluation needs: the source, the limits, and where annotations go.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use lab_model::Interrupt;
use regex::{Regex, RegexBuilder};

use crate::promql::error::PromqlError;
use crate::promql::eval::annotations::Annotations;
use crate::promql::params::EvalParams;
use crate::promql::source::SeriesSource;

/// Largest compiled automaton in bytes, as for matchers.
const REGEX_SIZE_LIMIT: usize = 4 << 20;
/// Compiled expressions that an evaluation keeps.
const REGEXES_KEPT: usize = 16;

/// One evaluation under way.
pub(crate) struct Context<'a> {
    pub(crate) source: &'a dyn SeriesSource,
    pub(crate) params: &'a EvalParams,
    pub(crate) annotations: Annotations,
    pub(crate) budget: Budget,
    interrupt: &'a Interrupt,
    /// Compiled once for all calls that use them.
    regexes: RefCell<HashMap<String, Regex>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(source: &'a dyn SeriesSource, params: &'a EvalParams, interrupt: &'a Interrupt) -> Self {
        let budget = Budget { limit: params.max_samples, ..Budget::default() };
        Self { source, params, annotations: Annotations::default(), budget, interrupt, regexes: RefCell::default() }
    }

    /// Whether metric names stay until the end of the query.
    pub(crate) fn delays_names(&self) -> bool {
        self.params.delayed_name_removal
    }

    /// The flag by which the evaluation is stopped.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        self.interrupt
    }

    /// The regular expression, anchored at both ends; `None` if it is wrong or too large.
    pub(crate) fn regex(&self, pattern: &str) -> Option<Regex> {
        if let Some(regex) = self.regexes.borrow().get(pattern) {
            return Some(regex.clone());
        }
        let regex = RegexBuilder::new(&format!("^(?s:{pattern})$")).size_limit(REGEX_SIZE_LIMIT).build().ok()?;
        let mut regexes = self.regexes.borrow_mut();
        if regexes.len() < REGEXES_KEPT {
            regexes.insert(pattern.to_owned(), regex.clone());
        }
        Some(regex)
    }

    /// An error once the evaluation was asked to stop.
    pub(crate) fn check_interrupt(&self) -> Result<(), PromqlError> {
        if self.interrupt.is_set() { Err(PromqlError::Interrupted) } else { Ok(()) }
    }

    /// Counts `samples` of work and now and then looks whether the evaluation was asked to stop.
    #[inline]
    pub(crate) fn work(&self, samples: usize) -> Result<(), PromqlError> {
        const LOOK_EVERY: usize = 1 << 18;
        let done = self.budget.work.get() + samples + 1;
        if done < LOOK_EVERY {
            self.budget.work.set(done);
            return Ok(());
        }
        self.budget.work.set(0);
        self.check_interrupt()
    }
}

/// Counts the samples in memory and refuses more than the limit.
#[derive(Default)]
pub(crate) struct Budget {
    limit: usize,
    held: Cell<usize>,
    peak: Cell<usize>,
    read_series: Cell<usize>,
    read_samples: Cell<usize>,
    work: Cell<usize>,
}

impl Budget {
    /// Takes room for `cells` numbers.
    pub(crate) fn take(&self, cells: usize) -> Result<(), PromqlError> {
        let held = self.held.get().saturating_add(cells);
        if held > self.limit {
            return Err(PromqlError::TooManySamples);
        }
        self.held.set(held);
        self.peak.set(self.peak.get().max(held));
        Ok(())
    }

    /// What is held now, for [`Budget::settle`].
    pub(crate) fn held(&self) -> usize {
        self.held.get()
    }

    /// After a part is evaluated only its result of `cells` numbers is held on top of what was `before`.
    pub(crate) fn settle(&self, before: usize, cells: usize) -> Result<(), PromqlError> {
        self.held.set(before);
        self.take(cells)
    }

    /// Counts a series that the source has shown.
    pub(crate) fn count_read(&self, samples: usize) -> Result<(), PromqlError> {
        self.read_series.set(self.read_series.get() + 1);
        self.read_samples.set(self.read_samples.get() + samples);
        // The samples are held for the moment only, but must fit beside the rest.
        let held = self.held.get();
        self.take(samples)?;
        self.held.set(held);
        Ok(())
    }

    /// Series read, samples read, and the most samples held at once.
    pub(crate) fn totals(&self) -> (usize, usize, usize) {
        (self.read_series.get(), self.read_samples.get(), self.peak.get())
    }
}
