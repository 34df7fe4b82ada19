//! Series in the making: one group for each combination of the values of `by()`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use lab_algebra::{AlgebraError, Allowance};

use crate::id::TraceId;
use crate::query::columns::mask::Picked;
use crate::query::columns::view::View;
use crate::query::columns::visit::Unanswered;
use crate::query::metrics::arithmetic::NAME;
use crate::query::metrics::exemplars::Spread;
use crate::query::metrics::observed::observed;
use crate::query::metrics::rows::Rows;
use crate::query::metrics::series::{Exemplar, Series};
use crate::query::metrics::steps::Steps;
use crate::query::walk::WalkError;
use crate::span::Trace;
use crate::traceql::attribute::Attribute;
use crate::traceql::eval::attribute::first;
use crate::traceql::eval::evaluate;
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::eval::together;
use crate::traceql::functions::accumulator::{Accumulator, Measure, Observed, StepValues};
use crate::traceql::functions::buckets::BUCKET;
use crate::traceql::plan::Plan;
use crate::traceql::plan::missing;
use crate::traceql::syntax::ast::OverTime;
use crate::traceql::value::Value;

/// Bytes of a label besides its texts, twice.
const LABEL: usize = 160;

/// What a group is told apart by.
type Labels = Vec<(String, Value<'static>)>;

/// All groups of a query.
#[derive(Debug)]
pub(crate) struct Groups<'a> {
    call: &'a OverTime,
    steps: Steps,
    spread: Spread,
    limit: usize,
    /// The places of the groups by the values that tell them apart.
    found: HashMap<Vec<String>, usize>,
    made: Vec<Group>,
    too_many: bool,
}

#[derive(Debug)]
struct Group {
    labels: Labels,
    values: Box<dyn Accumulator>,
    /// Spans behind the values, with what buckets are made of.
    exemplars: Vec<(Exemplar, Option<Measure>)>,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(call: &'a OverTime, steps: Steps, max_exemplars: usize, limit: usize) -> Self {
        let spread = Spread::new(max_exemplars, steps);
        Self { call, steps, spread, limit, found: HashMap::new(), made: Vec::new(), too_many: false }
    }

    /// True if spans were left out because there are as many groups as an answer may have.
    pub(crate) fn are_too_many(&self) -> bool {
        self.too_many
    }

    /// Adds the selected spans of a trace that began within the steps.
    pub(crate) fn add(&mut self, allowance: &Allowance<'_>, plan: &Plan, trace: &Trace) -> Result<(), AlgebraError> {
        for span in evaluate(plan, trace).into_iter().flat_map(|spanset| spanset.spans) {
            let (at, start_ns) = (SpanContext { trace, span }, trace.spans[span].start_ns());
            let Some(step) = self.steps.of(start_ns) else { continue };
            let value = match &self.call.attribute {
                None => None,
                Some(attribute) => {
                    let found = together::value(plan, attribute, at);
                    let Some(value) = observed(plan, attribute, found) else { continue };
                    Some(value)
                }
            };
            allowance.work(1)?;
            let exemplar = self.spread.takes(start_ns).then_some(trace.id);
            let labels = labels(self.call, plan, |by| together::value(plan, by, at));
            let Some(group) = self.group(allowance, labels)? else { continue };
            self.count(allowance, group, (step, start_ns), value, exemplar)?;
        }
        Ok(())
    }

    /// Adds rows of a part that began within the steps; false, and nothing is added, if the columns are not enough.
    pub(crate) fn add_rows(
        &mut self,
        allowance: &Allowance<'_>,
        plan: &Plan,
        view: &View<'_>,
        picked: &Picked,
    ) -> Result<bool, Unanswered> {
        if self.add_all_rows(allowance, view, picked)? {
            return Ok(true);
        }
        let Some(rows) = Rows::of(self.call, plan, view)? else { return Ok(false) };
        let mut known: Vec<Option<Option<usize>>> = vec![None; rows.combinations()];
        let Some(last) = rows.starts.last() else { return Ok(true) };
        let mut current = self.steps.around(*last);
        // The newest first, so that they become exemplars.
        for (row, start_ns) in rows.starts.iter().copied().enumerate().rev().filter(|(row, _)| picked.has(*row)) {
            allowance.work(1).map_err(WalkError::from)?;
            if !current.1.contains(&start_ns) {
                current = self.steps.around(start_ns);
            }
            let Some(step) = current.0 else { continue };
            let value = match &rows.values {
                None => None,
                Some(values) => match values.of(plan, row) {
                    Some(value) => Some(value),
                    None => continue,
                },
            };
            let exemplar = if self.spread.takes(start_ns) { rows.trace_of(view, row)? } else { None };
            let known = &mut known[rows.combination(row)];
            let group = match *known {
                Some(group) => group,
                None => {
                    let labels = labels(self.call, plan, |by| rows.label(self.call, by, row));
                    *known.insert(self.group(allowance, labels).map_err(WalkError::from)?)
                }
            };
            if let Some(group) = group {
                self.count(allowance, group, (step, start_ns), value, exemplar).map_err(WalkError::from)?;
            }
        }
        Ok(true)
    }

    /// Adds a whole part without its rows, if it lies in one step and its spans are only counted.
    fn add_all_rows(
        &mut self,
        allowance: &Allowance<'_>,
        view: &View<'_>,
        picked: &Picked,
    ) -> Result<bool, Unanswered> {
        let starts = view.part.layout.starts;
        let (first, last) = (self.steps.of(starts.0), self.steps.of(starts.1));
        let counts_only = self.call.by.is_empty() && self.call.attribute.is_none() && !self.spread.wants_more();
        let Some(step) = first.filter(|_| counts_only && first == last && *picked == Picked::All) else {
            return Ok(false);
        };
        let Some(group) = self.group(allowance, Labels::new()).map_err(WalkError::from)? else { return Ok(true) };
        let values = &mut self.made[group].values;
        let bytes = values.add_alike(step, ONE, view.rows());
        allowance.take_bytes(bytes).map_err(WalkError::from)?;
        Ok(true)
    }

    fn count(
        &mut self,
        allowance: &Allowance<'_>,
        group: usize,
        (step, time_ns): (usize, i64),
        value: Option<Observed>,
        exemplar: Option<TraceId>,
    ) -> Result<(), AlgebraError> {
        let (counts_only, group) = (self.shows_counts(), &mut self.made[group]);
        let bytes = group.values.add(step, value.unwrap_or(ONE));
        if bytes > 0 {
            allowance.take_bytes(bytes)?;
        }
        if let Some(trace_id) = exemplar {
            allowance.take_bytes(size_of::<Exemplar>())?;
            let measure = value.map(|value| value.measure);
            let value = value.filter(|_| !counts_only).map(|value| value.value);
            group.exemplars.push((Exemplar { trace_id, time_ns, value }, measure));
        }
        Ok(())
    }

    /// True if the samples are numbers of spans, although the function takes a value.
    fn shows_counts(&self) -> bool {
        self.call.function.adds_label && self.call.quantiles.is_empty()
    }

    /// The group with these labels, made if it is new; none if there are too many already.
    fn group(&mut self, allowance: &Allowance<'_>, labels: Labels) -> Result<Option<usize>, AlgebraError> {
        let key: Vec<String> = labels.iter().map(|(_, value)| format!("{value:?}")).collect();
        let (call, steps, known) = (self.call, self.steps, self.made.len());
        match self.found.entry(key) {
            Entry::Occupied(group) => Ok(Some(*group.get())),
            Entry::Vacant(_) if known >= self.limit => {
                self.too_many = true;
                Ok(None)
            }
            Entry::Vacant(place) => {
                // The key and the labels hold the same texts.
                let texts: usize = place.key().iter().map(|text| 2 * text.len() + LABEL).sum();
                let cells = steps.count().saturating_mul(call.function.step_bytes);
                allowance.take_bytes(texts.saturating_add(cells).saturating_add(size_of::<Group>()))?;
                self.made.push(Group::new(call, steps, labels));
                Ok(Some(*place.insert(known)))
            }
        }
    }

    /// The series of all groups. Without `by()` there is always one of a count, even if no span was selected.
    pub(crate) fn finish(mut self, allowance: &Allowance<'_>) -> Result<Vec<Series>, AlgebraError> {
        if self.made.is_empty() && self.call.by.is_empty() {
            self.made.push(Group::new(self.call, self.steps, Labels::new()));
        }
        let (name, steps) = (self.call.function.name, self.steps);
        let mut series = Vec::new();
        for group in self.made.into_iter().filter(|group| !group.values.is_empty()) {
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
    fn new(call: &OverTime, steps: Steps, labels: Labels) -> Self {
        let quantiles: Vec<f64> = call.quantiles.iter().map(|quantile| quantile.content).collect();
        let values = (call.function.accumulator)(steps.count(), &quantiles);
        Self { labels, values, exemplars: Vec::new() }
    }

    fn finish(self, function: &str, steps: Steps) -> Vec<Series> {
        let lines = self.values.finish(steps.seconds());
        let mut exemplars = vec![Vec::new(); lines.len()];
        for (exemplar, measure) in self.exemplars {
            if let Some(of_line) = exemplars.get_mut(line_of(&lines, steps.of(exemplar.time_ns), measure)) {
                of_line.push(exemplar);
            }
        }
        let known: Labels = self.labels.iter().filter(|(_, value)| value.is_some()).cloned().collect();
        let series = |(line, exemplars): (StepValues, Vec<Exemplar>)| {
            let mut labels = known.clone();
            labels.extend(line.label.map(|(name, value)| (name.to_owned(), Value::Float(value))));
            if labels.is_empty() {
                // Something has to tell the series from others.
                let name = || (NAME.to_owned(), Value::Text(function.to_owned().into()));
                labels.push(self.labels.first().cloned().unwrap_or_else(name));
            }
            let timed = line.values.into_iter().enumerate();
            let samples = timed.filter_map(|(step, value)| Some((steps.time_ns(step), value?))).collect();
            Series { labels, samples, exemplars }
        };
        lines.into_iter().zip(exemplars).map(series).collect()
    }
}

/// The line that shows an exemplar best: its bucket, or the quantile that is nearest there.
fn line_of(lines: &[StepValues], step: Option<usize>, measure: Option<Measure>) -> usize {
    let (Some(step), Some(measure)) = (step, measure) else { return 0 };
    let value = measure.in_bounds();
    let distance = |line: &StepValues| match line.label {
        Some((BUCKET, bound)) if bound < value => f64::INFINITY,
        Some((BUCKET, bound)) => bound - value,
        _ => line.values[step].map_or(f64::INFINITY, |quantile| (quantile - value).abs()),
    };
    let nearest = lines.iter().enumerate().min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
    nearest.map_or(0, |(at, _)| at)
}

/// The labels of a group, from the values of the attributes in `by()`.
fn labels<'v>(call: &'v OverTime, plan: &Plan, value: impl Fn(&'v Attribute) -> Value<'v>) -> Labels {
    let label = |by: &'v Attribute| {
        let value = first(by, plan.narrowed(by, value(by)));
        label_value(missing::or_stand_in(by, value)).into_owned()
    };
    call.by.iter().map(|by| (by.to_string(), label(by))).collect()
}

/// What a label says of a value: of a list with one element that element, and nothing of a longer one, as in Tempo.
fn label_value(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Many(mut values) if values.len() == 1 => values.pop().unwrap_or(Value::Nil),
        Value::Many(_) => Value::Nil,
        value => value,
    }
}

/// What a function without an attribute takes of every span.
const ONE: Observed = Observed { value: 1.0, measure: Measure::Whole(1) };
