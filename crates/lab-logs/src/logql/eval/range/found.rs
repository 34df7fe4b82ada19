//! The series of a function over windows while lines are read: each with its bins, within the query's allowance.

use lab_algebra::Allowance;
use lab_model::Labels;

use crate::logql::error::QueryError;
use crate::logql::eval::by_labels::ByLabels;
use crate::logql::eval::range::bins::Bins;
use crate::logql::eval::value::too_many;
use crate::logql::functions::range::totals::Totals;

/// The most series of a function over windows; an aggregation around it may then make fewer of them.
const MOST_SERIES: usize = 50_000;

/// See the module.
pub(crate) struct Found<'a> {
    series: ByLabels<Bins>,
    keep_values: bool,
    allowance: &'a Allowance<'a>,
}

impl<'a> Found<'a> {
    /// No series yet. With `keep_values` every value is kept, for functions that need them all.
    pub(crate) fn new(keep_values: bool, allowance: &'a Allowance<'a>) -> Self {
        Self { series: ByLabels::new(), keep_values, allowance }
    }

    /// Adds a value, or what is known of several, to the windows of these steps in the series of these labels.
    pub(crate) fn add(
        &mut self,
        labels: &mut [(&str, &str)],
        steps: (usize, usize),
        totals: &Totals,
    ) -> Result<(), QueryError> {
        let bins = self.series.entry(labels, |known, bytes| {
            self.allowance.take_bytes(bytes)?;
            if known < MOST_SERIES { Ok(()) } else { Err(too_many(MOST_SERIES)) }
        })?;
        Ok(self.allowance.take_bytes(bins.add(steps, totals, self.keep_values))?)
    }

    /// The series that were found, with their bins, in the order in which they were found.
    pub(crate) fn into_series(self) -> Vec<(Labels, Bins)> {
        self.series.all
    }
}
