//! Aggregations over much: where all steps at once would take too much memory, they are evaluated some steps at a time.
//!
//! What goes into an aggregation is held until it is folded, and that of native histograms is large: a thousand of them at
//! hundreds of steps are a gigabyte of buckets, and their sum is one histogram a step. At each step an expression has the
//! value that it has there alone, so that the slices together are the whole.

use std::collections::HashMap;

use lab_algebra::{ABSENT, Grid, Held, Series};
use lab_model::Labels;

use crate::promql::error::PromqlError;
use crate::promql::eval::context::Context;

/// After a slice that was too large the next ones have this part of its steps.
const PART: usize = 4;

/// The series that `evaluate` answers for the steps of `frame`. It is called with a slice of the frame, and the place of its
/// first step in the frame: with the whole frame first, and with less only if that needs too much memory.
pub(crate) fn in_slices(
    context: &Context<'_>,
    frame: Grid,
    evaluate: &dyn Fn(Grid, usize) -> Result<Vec<Series>, PromqlError>,
) -> Result<Vec<Series>, PromqlError> {
    let before = context.allowance.held();
    let mut together = Together { count: frame.count, ..Together::default() };
    let (mut size, mut from) = (frame.count, 0);
    loop {
        let count = size.min(frame.count - from);
        let slice = Grid { start: frame.time(from), step: frame.step, count };
        let mut counted = None;
        let found = context.counter.save(slice, &context.allowance).and_then(|saved| {
            counted = Some(saved);
            evaluate(slice, from)
        });
        match found {
            Ok(series) if count == frame.count => return Ok(series),
            Ok(series) => {
                together.add(series, from);
                from += count;
                context.allowance.settle(before, Held::series(&together.series))?;
                if from == frame.count {
                    return Ok(together.series);
                }
            }
            Err(PromqlError::Memory(_)) if count > 1 => {
                context.allowance.settle(before, Held::series(&together.series))?;
                if let Some(saved) = counted {
                    context.counter.restore(&saved);
                }
                size = count.div_ceil(PART);
            }
            Err(error) => return Err(error),
        }
    }
}

/// The series of all slices so far.
#[derive(Default)]
struct Together {
    count: usize,
    series: Vec<Series>,
    places: HashMap<Labels, usize>,
}

impl Together {
    /// Adds the series of the slice that begins at a step.
    fn add(&mut self, slice: Vec<Series>, from: usize) {
        for one in slice {
            let at = *self.places.entry(one.labels.clone()).or_insert_with(|| {
                self.series.push(Series::new(one.labels.clone(), vec![ABSENT; self.count]));
                self.series.len() - 1
            });
            let whole = &mut self.series[at];
            whole.drop_name |= one.drop_name;
            whole.points[from..from + one.points.len()].copy_from_slice(&one.points);
            for (step, histogram) in one.histograms.iter() {
                whole.histograms.set(from + step, histogram.clone());
            }
        }
    }
}
