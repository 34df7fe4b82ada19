//! Series in the making: one group for each combination of the values of `by()`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;

use lab_algebra::{AlgebraError, Allowance};

use crate::query::metrics::series::{Exemplar, Series};
use crate::query::metrics::steps::Steps;
use crate::span::Trace;
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::eval::attribute::attribute_value;
use crate::traceql::eval::evaluate;
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::functions::accumulator::Accumulator;
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::Metrics;
use crate::traceql::value::Value;

/// Bytes of a label besides its texts, twice.
const LABEL: usize = 160;

/// What a group is told apart by.
type Labels = Vec<(String, Value<'static>)>;

/// All groups of a query.
#[derive(Debug)]
pub(crate) struct Groups<'a> {
    metrics: &'a Metrics,
    steps: Steps,
    max_exemplars: usize,
    limit: usize,
    found: HashMap<Vec<String>, Group>,
    too_many: bool,
}

#[derive(Debug)]
struct Group {
    labels: Labels,
    values: Box<dyn Accumulator>,
    exemplars: Vec<Exemplar>,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(metrics: &'a Metrics, steps: Steps, max_exemplars: usize, limit: usize) -> Self {
        Self { metrics, steps, max_exemplars, limit, found: HashMap::new(), too_many: false }
    }

    /// True if spans were left out because there are as many groups as an answer may have.
    pub(crate) fn are_too_many(&self) -> bool {
        self.too_many
    }

    /// Adds the selected spans of a trace that began within the range.
    pub(crate) fn add(
        &mut self,
        allowance: &Allowance<'_>,
        plan: &Plan,
        trace: &Trace,
        range: RangeInclusive<i64>,
    ) -> Result<(), AlgebraError> {
        for span in evaluate(plan, trace).into_iter().flat_map(|spanset| spanset.spans) {
            let (at, start_ns) = (SpanContext { trace, span }, trace.spans[span].start_ns());
            if !range.contains(&start_ns) {
                continue;
            }
            let value = match &self.metrics.attribute {
                None => None,
                Some(attribute) => match seconds(&attribute_value(attribute, at)) {
                    Some(value) => Some(value),
                    None => continue,
                },
            };
            let duration = Attribute::Intrinsic(Intrinsic::Duration);
            let shown = value.or_else(|| seconds(&attribute_value(&duration, at))).unwrap_or(0.0);
            let (step, max_exemplars) = (self.steps.of(start_ns), self.max_exemplars);
            let Some(group) = self.group(allowance, at)? else { continue };
            allowance.take_bytes(group.values.add(step, value.unwrap_or(1.0)))?;
            allowance.work(1)?;
            if group.exemplars.len() < max_exemplars {
                allowance.take_bytes(size_of::<Exemplar>())?;
                group.exemplars.push(Exemplar { trace_id: trace.id, time_ns: start_ns, value: shown });
            }
        }
        Ok(())
    }

    /// The group of a span, made if the span is its first one; none if there are too many already.
    fn group(&mut self, allowance: &Allowance<'_>, at: SpanContext<'_>) -> Result<Option<&mut Group>, AlgebraError> {
        let value = |by: &Attribute| attribute_value(by, at).into_owned();
        let labels: Labels = self.metrics.by.iter().map(|by| (by.to_string(), value(by))).collect();
        let key: Vec<String> = labels.iter().map(|(_, value)| format!("{value:?}")).collect();
        let (metrics, steps, known) = (self.metrics, self.steps, self.found.len());
        match self.found.entry(key) {
            Entry::Occupied(group) => Ok(Some(group.into_mut())),
            Entry::Vacant(_) if known >= self.limit => {
                self.too_many = true;
                Ok(None)
            }
            Entry::Vacant(place) => {
                // The key and the labels hold the same texts.
                let texts: usize = place.key().iter().map(|text| 2 * text.len() + LABEL).sum();
                let cells = steps.count().saturating_mul(metrics.function.step_bytes);
                allowance.take_bytes(texts.saturating_add(cells).saturating_add(size_of::<Group>()))?;
                Ok(Some(place.insert(Group::new(metrics, steps, labels))))
            }
        }
    }

    /// The series of all groups. Without `by()` there is always one, even if no span was selected.
    pub(crate) fn finish(mut self, allowance: &Allowance<'_>) -> Result<Vec<Series>, AlgebraError> {
        if self.found.is_empty() && self.metrics.by.is_empty() {
            self.found.insert(Vec::new(), Group::new(self.metrics, self.steps, Labels::new()));
        }
        let (name, steps) = (self.metrics.function.name, self.steps);
        let mut series = Vec::new();
        for group in self.found.into_values() {
            let of_line = size_of::<(i64, f64)>() + size_of::<Option<f64>>();
            let lines = group.values.lines();
            allowance.take_bytes(lines.saturating_mul(steps.count()).saturating_mul(of_line))?;
            allowance.take_bytes(lines.saturating_mul(group.exemplars.len()).saturating_mul(size_of::<Exemplar>()))?;
            series.extend(group.finish(name, steps));
        }
        Ok(series)
    }
}

impl Group {
    fn new(metrics: &Metrics, steps: Steps, labels: Labels) -> Self {
        let quantiles: Vec<f64> = metrics.quantiles.iter().map(|quantile| quantile.content).collect();
        let values = (metrics.function.accumulator)(steps.count(), &quantiles);
        Self { labels, values, exemplars: Vec::new() }
    }

    fn finish(self, function: &str, steps: Steps) -> Vec<Series> {
        let lines = self.values.finish(steps.seconds()).into_iter();
        lines
            .map(|line| {
                let mut labels = self.labels.clone();
                labels.extend(line.label.map(|(name, value)| (name.to_owned(), Value::Float(value))));
                if labels.is_empty() {
                    labels.push(("__name__".to_owned(), Value::Text(function.to_owned().into())));
                }
                let timed = line.values.into_iter().enumerate();
                let samples = timed.filter_map(|(step, value)| Some((steps.time_ns(step), value?))).collect();
                Series { labels, samples, exemplars: self.exemplars.clone() }
            })
            .collect()
    }
}

/// A number; durations in seconds.
fn seconds(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Duration(nanoseconds) => Some(*nanoseconds as f64 / 1e9),
        value => value.number(),
    }
}
