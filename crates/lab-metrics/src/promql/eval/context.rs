//! What every part of an evaluation needs: the source, the limits, and where annotations go.

use std::cell::RefCell;
use std::collections::HashMap;

use lab_algebra::{Allowance, Dialect, SampleKind, Warning};
use lab_model::Expression;
use lab_model::expression;
use lab_model::expression::error::ExpressionError;
use lab_model::{Grant, Interrupt, Labels, Sample};
use lab_syntax::Position;

use crate::model::histogram_sample::Samples;
use crate::promql::error::PromqlError;
use crate::promql::eval::annotations::{Annotations, short_float};
use crate::promql::eval::samples::tally::Counter;
use crate::promql::params::EvalParams;
use crate::promql::source::SeriesSource;

/// Compiled expressions that an evaluation keeps.
const REGEXES_KEPT: usize = 16;

/// One evaluation under way.
pub(crate) struct Context<'a> {
    pub(crate) source: &'a dyn SeriesSource,
    pub(crate) params: &'a EvalParams,
    pub(crate) annotations: Annotations,
    /// The samples that may be held at once, and the flag that stops the evaluation.
    pub(crate) allowance: Allowance<'a>,
    /// The samples that the query looks at.
    pub(crate) counter: Counter,
    /// Compiled once for all calls that use them.
    regexes: RefCell<HashMap<String, Expression>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(source: &'a dyn SeriesSource, params: &'a EvalParams, grant: &'a Grant) -> Self {
        Self {
            source,
            params,
            annotations: Annotations::default(),
            allowance: Allowance::new(params.max_samples, grant),
            counter: Counter::new(params),
            regexes: RefCell::default(),
        }
    }

    /// Whether metric names stay until the end of the query.
    pub(crate) fn delays_names(&self) -> bool {
        self.params.delayed_name_removal
    }

    /// The flag by which the evaluation is stopped.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        self.allowance.interrupt()
    }

    /// The regular expression, anchored at both ends.
    pub(crate) fn regex(&self, pattern: &str) -> Result<Expression, ExpressionError> {
        if let Some(regex) = self.regexes.borrow().get(pattern) {
            return Ok(regex.clone());
        }
        let regex = expression::anchored(pattern)?;
        let mut regexes = self.regexes.borrow_mut();
        if regexes.len() < REGEXES_KEPT {
            regexes.insert(pattern.to_owned(), regex.clone());
        }
        Ok(regex)
    }

    /// An error once the evaluation was asked to stop.
    pub(crate) fn check_interrupt(&self) -> Result<(), PromqlError> {
        Ok(self.allowance.check_interrupt()?)
    }

    /// Counts `samples` of work and now and then looks whether the evaluation was asked to stop.
    #[inline]
    pub(crate) fn work(&self, samples: usize) -> Result<(), PromqlError> {
        Ok(self.allowance.work(samples)?)
    }

    /// Refuses a series that the source shows if it does not fit beside the rest, although it is held for the moment only.
    pub(crate) fn room_for(&self, samples: Samples<'_>) -> Result<(), PromqlError> {
        self.allowance.room_for(samples.len())?;
        let histograms: usize = samples.histograms.iter().map(|sample| sample.histogram.size()).sum();
        let floats = samples.floats.len().saturating_mul(size_of::<Sample>());
        Ok(self.allowance.room_for_bytes(floats.saturating_add(histograms))?)
    }

    /// Takes room for one more series of `cells` numbers with these labels.
    pub(crate) fn take_series(&self, labels: &Labels, cells: usize) -> Result<(), PromqlError> {
        self.allowance.take(cells)?;
        Ok(self.allowance.take_bytes(labels.own_bytes() + size_of::<lab_algebra::Series>())?)
    }

    /// Where PromQL and the other languages differ on purpose.
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect::promql(self.params.delayed_name_removal)
    }

    /// Turns what the algebra has warned of into annotations of the expression whose place `place` gives.
    pub(crate) fn annotate(&self, place: impl Fn(&Warning) -> Option<Position>) {
        for warning in self.allowance.take_warnings() {
            let place = place(&warning);
            match warning {
                Warning::Kinds(left, operator, right) => self.annotations.inform(
                    format_args!(
                        "incompatible sample types encountered for binary operator {:?}: {} {} {}",
                        operator.name(),
                        kind(left),
                        operator.name(),
                        kind(right)
                    ),
                    place,
                ),
                Warning::BucketLayouts(how, name) => self.annotations.bucket_layouts(how, &name, place),
                Warning::MixedKinds => {
                    self.annotations.warn("encountered a mix of histograms and floats for aggregation", place);
                }
                Warning::HistogramsIgnored(aggregation) => {
                    let text = format!("ignored histogram in {} aggregation", aggregation.name());
                    self.annotations.inform(text, place);
                }
                Warning::ResetsConflict(how) => self.annotations.resets_conflict(how, place),
                Warning::BoundsReconciled(how) => self.annotations.bounds_reconciled(how, place),
                Warning::QuantileOutOfRange(quantile) => self.annotations.check_quantiles(&[quantile], place),
                Warning::RatioOutOfRange(ratio) => {
                    let (got, cap) = (short_float(ratio), ratio.signum());
                    let text = format!("ratio value should be between -1 and 1, got {got}, capping to {cap}");
                    self.annotations.warn(text, place);
                }
            }
        }
    }
}

/// A kind of sample as Prometheus' messages call it.
fn kind(kind: SampleKind) -> &'static str {
    match kind {
        SampleKind::Float => "float",
        SampleKind::Histogram => "histogram",
    }
}
