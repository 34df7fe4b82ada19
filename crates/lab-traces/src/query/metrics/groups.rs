//! Series in the making: one group for each combination of the values of `by()`.

use std::collections::HashMap;
use std::ops::RangeInclusive;

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
}

#[derive(Debug)]
struct Group {
    labels: Labels,
    values: Box<dyn Accumulator>,
    exemplars: Vec<Exemplar>,
}

/// There are more groups than an answer may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooManyGroups;

impl<'a> Groups<'a> {
    pub(crate) fn new(metrics: &'a Metrics, steps: Steps, max_exemplars: usize, limit: usize) -> Self {
        Self { metrics, steps, max_exemplars, limit, found: HashMap::new() }
    }

    /// Adds the selected spans of a trace that began within the range.
    pub(crate) fn add(&mut self, plan: &Plan, trace: &Trace, range: RangeInclusive<i64>) -> Result<(), TooManyGroups> {
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
            let group = self.group(at)?;
            group.values.add(step, value.unwrap_or(1.0));
            if group.exemplars.len() < max_exemplars {
                group.exemplars.push(Exemplar { trace_id: trace.id, time_ns: start_ns, value: shown });
            }
        }
        Ok(())
    }

    /// The group of a span, made if the span is its first one.
    fn group(&mut self, at: SpanContext<'_>) -> Result<&mut Group, TooManyGroups> {
        let value = |by: &Attribute| attribute_value(by, at).into_owned();
        let labels: Labels = self.metrics.by.iter().map(|by| (by.to_string(), value(by))).collect();
        let key: Vec<String> = labels.iter().map(|(_, value)| format!("{value:?}")).collect();
        if !self.found.contains_key(&key) && self.found.len() >= self.limit {
            return Err(TooManyGroups);
        }
        let (metrics, steps) = (self.metrics, self.steps);
        Ok(self.found.entry(key).or_insert_with(|| Group::new(metrics, steps, labels)))
    }

    /// The series of all groups. Without `by()` there is always one, even if no span was selected.
    pub(crate) fn finish(mut self) -> Vec<Series> {
        if self.found.is_empty() && self.metrics.by.is_empty() {
            self.found.insert(Vec::new(), Group::new(self.metrics, self.steps, Labels::new()));
        }
        let (name, steps) = (self.metrics.function.name, self.steps);
        self.found.into_values().flat_map(|group| group.finish(name, steps)).collect()
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
