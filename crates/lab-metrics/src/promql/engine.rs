//! Entry point: a query text and parameters in, a value with its annotations out.

use std::sync::Arc;
use std::time::Instant;

use lab_algebra::{Grid, is_absent, join_same_labels};
use lab_histogram::Histogram;
use lab_model::{Grant, Sample};

use crate::model::histogram_sample::HistogramSample;
use crate::promql::error::PromqlError;
use crate::promql::eval::context::Context;
use crate::promql::eval::evaluate::{each_raw_series, evaluate as evaluate_node};
use crate::promql::eval::hints;
use crate::promql::eval::operand::Operand;
use crate::promql::eval::samples::edges::{self, WideSlide};
use crate::promql::eval::samples::window::Slide;
use crate::promql::functions::signature::Edges;
use crate::promql::params::{EvalParams, EvalTime};
use crate::promql::plan::builder::{self, Plan};
use crate::promql::plan::node::{Kind, Node};
use crate::promql::source::SeriesSource;
use crate::promql::value::ValueType;
use crate::promql::value::{EvalStats, Evaluation, Point, Series, Value};

/// Evaluates `query` over `source`.
pub fn evaluate(
    source: &dyn SeriesSource,
    query: &str,
    params: &EvalParams,
    grant: &Grant,
) -> Result<Evaluation, PromqlError> {
    params.check()?;
    let began = Instant::now();
    let plan = builder::plan(query, params)?;
    let preparation = began.elapsed();
    let mut evaluation = run(source, &plan.node, params, grant)?;
    evaluation.stats.preparation = preparation;
    Ok(evaluation)
}

/// A query that is asked at one instant after the other: it is laid out once.
#[derive(Debug)]
pub struct Repeated {
    query: String,
    plan: Option<Plan>,
}

impl Repeated {
    /// A query that was not asked yet.
    pub fn new(query: &str) -> Self {
        Self { query: query.to_owned(), plan: None }
    }

    /// Evaluates the query at an instant.
    pub fn evaluate(
        &mut self,
        source: &dyn SeriesSource,
        params: &EvalParams,
        grant: &Grant,
    ) -> Result<Evaluation, PromqlError> {
        params.check()?;
        let is_instant = matches!(params.time, EvalTime::Instant(_));
        let plan = match self.plan.take().filter(|plan| plan.holds_at_any_instant && is_instant) {
            Some(plan) => plan,
            None => builder::plan(&self.query, params)?,
        };
        let evaluation = run(source, &plan.node, params, grant);
        self.plan = is_instant.then_some(plan);
        evaluation
    }
}

/// Says whether `query` can be parsed, and why not.
pub fn check(query: &str) -> Result<(), PromqlError> {
    builder::check(query)
}

fn run(source: &dyn SeriesSource, node: &Node, params: &EvalParams, grant: &Grant) -> Result<Evaluation, PromqlError> {
    let (context, began) = (Context::new(source, params, grant), Instant::now());
    let value = match params.time {
        EvalTime::Instant(at) => instant(&context, node, at)?,
        EvalTime::Range { .. } => range(&context, node, params.time.frame())?,
    };
    let stats = EvalStats {
        samples: context.counter.finish(),
        peak_samples: context.allowance.peak(),
        evaluation: began.elapsed(),
        ..EvalStats::default()
    };
    if params.hints && value.is_empty() {
        hints::explain(&context, node, params.time.frame())?;
    }
    let (warnings, infos) = context.annotations.into_texts();
    Ok(Evaluation { value, warnings, infos, stats })
}

fn instant(context: &Context<'_>, node: &Node, at: i64) -> Result<Value, PromqlError> {
    let frame = Grid::instant(at);
    if node.value_type() == ValueType::Matrix {
        return range_vector(context, node, frame);
    }
    let sample = |value: f64| Sample { timestamp: at, value };
    Ok(match evaluate_node(context, node, frame)? {
        Operand::Scalar(points) => Value::Scalar(sample(points[0])),
        Operand::Text(text) => Value::String(text.to_string()),
        Operand::Vector(series) => {
            let point = |series: lab_algebra::Series| Point {
                histogram: series.histograms.at(0).cloned(),
                sample: sample(series.at(0).unwrap_or(f64::NAN)),
                labels: series.labels,
            };
            Value::Vector(named(series)?.into_iter().filter(lab_algebra::Series::has_samples).map(point).collect())
        }
    })
}

fn range(context: &Context<'_>, node: &Node, frame: Grid) -> Result<Value, PromqlError> {
    if matches!(node.value_type(), ValueType::Matrix | ValueType::Text) {
        let got = node.value_type().name();
        let text = format!("invalid expression type {got:?} for range query, must be Scalar or instant Vector");
        return Err(PromqlError::BadParameter(text));
    }
    let series = match evaluate_node(context, node, frame)? {
        Operand::Scalar(points) => {
            vec![lab_algebra::Series::new(lab_model::Labels::empty(), points)]
        }
        Operand::Vector(series) => named(series)?,
        Operand::Text(_) => Vec::new(),
    };
    // Samples beside their numbers, until these are gone.
    context.allowance.take_bytes(series.len().saturating_mul(frame.count).saturating_mul(size_of::<Sample>()))?;
    let mut matrix: Vec<Series> = series.into_iter().map(|series| sparse(series, frame)).collect();
    matrix.retain(|series| !series.samples.is_empty() || !series.histograms.is_empty());
    matrix.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(Value::Matrix(matrix))
}

/// The raw samples of a range selector or subquery.
fn range_vector(context: &Context<'_>, node: &Node, frame: Grid) -> Result<Value, PromqlError> {
    let mut matrix = Vec::new();
    let (edges, lookback) = (node.edges(), context.params.lookback);
    each_raw_series(context, node, frame, &mut |series, stretch| {
        let window = if edges == Edges::Open {
            let window = Slide::new(series.samples, frame, stretch).window(0);
            if let (Some(window), Kind::Range(..)) = (&window, &node.kind) {
                context.counter.window(window);
            }
            window.map(|window| (window.samples.to_vec(), window.histograms.to_vec()))
        } else {
            let mut slide = WideSlide::new(series.samples, frame, stretch, edges, lookback);
            slide.window(0).map(|window| (edges::framed(&window, edges), Vec::new()))
        };
        if let Some((samples, histograms)) = window {
            context.allowance.take(2 * samples.len())?;
            context.allowance.take_bytes(histograms.iter().map(|sample| sample.histogram.size()).sum())?;
            let labels = if series.drop_name { series.labels.without_metric() } else { series.labels.clone() };
            matrix.push(Series { labels, samples, histograms });
        }
        Ok(())
    })?;
    if let Kind::Subquery(..) = node.kind {
        context.counter.whole_subquery(frame.start);
    }
    matrix.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(Value::Matrix(matrix))
}

/// Takes away the metric names that were only kept until here.
fn named(mut series: Vec<lab_algebra::Series>) -> Result<Vec<lab_algebra::Series>, PromqlError> {
    for one in series.iter_mut().filter(|series| series.drop_name) {
        one.labels = one.labels.without_metric();
    }
    Ok(join_same_labels(series)?)
}

fn sparse(series: lab_algebra::Series, frame: Grid) -> Series {
    let present = series.points.iter().enumerate().filter(|(_, value)| !is_absent(**value));
    let samples = present.map(|(at, value)| Sample { timestamp: frame.time(at), value: *value }).collect();
    let histogram = |(at, histogram): (usize, &Arc<Histogram>)| HistogramSample {
        timestamp: frame.time(at),
        histogram: histogram.clone(),
    };
    let histograms = series.histograms.iter().map(histogram).collect();
    Series { labels: series.labels, samples, histograms }
}

#[cfg(test)]
mod tests {
    use lab_storage::Location;

    use super::*;
    use crate::store::MetricStore;
    use crate::store::limits::Limits;

    #[test]
    fn a_repeated_query_is_that_of_each_instant() {
        let store = MetricStore::open(&Location::Memory, Limits::default()).expect("opens");
        for query in ["time()", "start()", "end()", "sum_over_time(vector(1)[1s:1s] @ end()) * time()"] {
            let mut repeated = Repeated::new(query);
            for at in [1000, 2000, 5000] {
                let params = EvalParams::instant(at);
                let again = repeated.evaluate(&store, &params, &Grant::default()).expect("a value").value;
                let anew = evaluate(&store, query, &params, &Grant::default()).expect("a value").value;
                assert_eq!(again, anew, "{query} at {at}");
            }
            let params = EvalParams::range(0, 2000, 1000);
            let again = repeated.evaluate(&store, &params, &Grant::default()).expect("a value").value;
            let anew = evaluate(&store, query, &params, &Grant::default()).expect("a value").value;
            assert_eq!(again, anew, "{query} as a range");
        }
    }
}
