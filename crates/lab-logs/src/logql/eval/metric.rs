//! Metric queries: the tree is evaluated from the leaves up, each node at all steps of the query at once.

use lab_model::{Interrupt, Labels};

use crate::logql::error::QueryError;
use crate::logql::eval::series::{Series, Value, too_many};
use crate::logql::eval::steps::{Steps, Windows};
use crate::logql::eval::{aggregate, binary, range};
use crate::logql::functions::regexes;
use crate::logql::limits::QueryLimits;
use crate::logql::syntax::ast::{AggregateOp, Aggregation, Grouping, LabelReplace, Metric};
use crate::store::LogStore;

/// Evaluates a metric query.
pub fn metric(
    store: &LogStore,
    metric: &Metric,
    steps: Steps,
    limits: &QueryLimits,
    interrupt: &Interrupt,
) -> Result<Value, QueryError> {
    if steps.count > limits.points {
        return Err(QueryError::Limit(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
                .into(),
        ));
    }
    let mut value = Evaluation { store, steps, limits, interrupt }.metric(metric)?;
    if let Value::Vector(series) = &mut value {
        series.retain(|one| one.values.iter().any(Option::is_some));
        if series.len() > limits.series {
            return Err(too_many(limits.series));
        }
        if !keeps_order(metric) {
            series.sort_by(|a, b| a.labels.cmp(&b.labels));
        }
    }
    Ok(value)
}

/// True if the outermost function gives the series an order of its own.
fn keeps_order(metric: &Metric) -> bool {
    use AggregateOp::{Bottomk, Sort, SortDesc, Topk};
    matches!(metric, Metric::Aggregate(outer) if matches!(outer.op, Sort | SortDesc | Topk | Bottomk))
}

struct Evaluation<'a> {
    store: &'a LogStore,
    steps: Steps,
    limits: &'a QueryLimits,
    interrupt: &'a Interrupt,
}

impl Evaluation<'_> {
    fn metric(&self, metric: &Metric) -> Result<Value, QueryError> {
        if self.interrupt.is_set() {
            return Err(QueryError::Interrupted);
        }
        match metric {
            Metric::Number(number) => Ok(Value::Scalar(*number)),
            Metric::Vector(number) => {
                let values = vec![Some(*number); self.steps.count];
                Ok(Value::Vector(vec![Series { labels: Labels::empty(), values }]))
            }
            Metric::Range(_) => self.range(metric, None).map(Value::Vector),
            Metric::Aggregate(aggregation) => self.aggregate(aggregation).map(Value::Vector),
            Metric::Binary(operation) => {
                let left = self.metric(&operation.left)?;
                let right = self.metric(&operation.right)?;
                binary::apply(operation.op, operation.returns_bool, operation.matching.as_ref(), left, right)
            }
            Metric::LabelReplace(replace) => self.label_replace(replace).map(Value::Vector),
        }
    }

    /// A range aggregation, `summed` by labels if a sum is all that is wanted of it.
    fn range(&self, metric: &Metric, summed: Option<&Grouping>) -> Result<Vec<Series>, QueryError> {
        let Metric::Range(aggregation) = metric else { return self.vector(metric) };
        let windows = Windows {
            first: self.steps.start.saturating_sub(aggregation.offset),
            step: self.steps.step,
            count: self.steps.count,
            range: aggregation.range,
        };
        range::evaluate(self.store, aggregation, windows, summed, self.limits, self.interrupt)
    }

    fn aggregate(&self, aggregation: &Aggregation) -> Result<Vec<Series>, QueryError> {
        let none = Grouping { without: false, labels: Vec::new() };
        let summed = match &aggregation.inner {
            Metric::Range(inner) if aggregation.op == AggregateOp::Sum && inner.function.additive => {
                Some(aggregation.grouping.as_ref().unwrap_or(&none))
            }
            _ => None,
        };
        let series =
            if summed.is_some() { self.range(&aggregation.inner, summed)? } else { self.vector(&aggregation.inner)? };
        Ok(aggregate::aggregate(aggregation.op, aggregation.parameter, aggregation.grouping.as_ref(), series))
    }

    /// A value as series; a number is one series without labels.
    fn vector(&self, metric: &Metric) -> Result<Vec<Series>, QueryError> {
        Ok(match self.metric(metric)? {
            Value::Vector(series) => series,
            Value::Scalar(number) => {
                vec![Series { labels: Labels::empty(), values: vec![Some(number); self.steps.count] }]
            }
        })
    }

    fn label_replace(&self, replace: &LabelReplace) -> Result<Vec<Series>, QueryError> {
        let regex = regexes::anchored(&replace.regex).map_err(QueryError::Invalid)?;
        let mut series = self.vector(&replace.inner)?;
        for one in &mut series {
            let source = one.labels.get(&replace.source).unwrap_or_default().to_owned();
            if let Some(captures) = regex.captures(&source) {
                let mut value = String::new();
                captures.expand(&replace.replacement, &mut value);
                let mut labels = one.labels.to_builder();
                labels.set(replace.destination.as_str(), value);
                one.labels = labels.build();
            }
        }
        Ok(series)
    }
}
