//! Metric queries: the plan is evaluated from the leaves up, each node at all steps of the query at once.

use lab_algebra::{
    Aggregation, AlgebraError, Allowance, Dialect, Grid, Held, Matching, Operation, Operator, Parameter, Series,
    SetOperation, by_value,
};
use lab_model::{Grant, Labels};

use crate::logql::error::QueryError;
use crate::logql::eval::cost::{Cost, Figures};
use crate::logql::eval::range;
use crate::logql::eval::value::{Value, too_many};
use crate::logql::functions::aggregate::{Action, AggregateFunction};
use crate::logql::limits::QueryLimits;
use crate::logql::plan::metric::Node;
use crate::logql::syntax::ast::Metric;
use crate::store::LogStore;

/// Where LogQL and PromQL differ on purpose.
const DIALECT: Dialect = Dialect::logql();

/// Evaluates a metric query at the steps of a grid (ns).
pub fn metric(
    store: &LogStore,
    metric: &Metric,
    grid: Grid,
    limits: &QueryLimits,
    grant: &Grant,
) -> Result<Value, QueryError> {
    measured(store, metric, grid, limits, grant).map(|(value, _)| value)
}

/// The same, and what was read for it.
pub fn measured(
    store: &LogStore,
    metric: &Metric,
    grid: Grid,
    limits: &QueryLimits,
    grant: &Grant,
) -> Result<(Value, Figures), QueryError> {
    if grid.count > limits.points {
        return Err(QueryError::Limit(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
                .into(),
        ));
    }
    let plan = Node::compile(metric)?;
    let allowance = Allowance::new(usize::MAX, grant);
    let cost = Cost::default();
    let mut value = Evaluation { store, grid, limits, allowance: &allowance, cost: &cost }.node(&plan)?;
    if let Value::Vector(series) = &mut value {
        series.retain(Series::has_samples);
        if series.len() > limits.series {
            return Err(too_many(limits.series));
        }
        // As in Loki only the sort functions have a say in the order, and only at a single instant.
        if grid.count != 1 || !plan.sorts() {
            series.sort_by(|a, b| a.labels.cmp(&b.labels));
        }
    }
    Ok((value, cost.figures()))
}

struct Evaluation<'a> {
    store: &'a LogStore,
    grid: Grid,
    limits: &'a QueryLimits,
    allowance: &'a Allowance<'a>,
    cost: &'a Cost,
}

impl Evaluation<'_> {
    fn node(&self, node: &Node) -> Result<Value, QueryError> {
        self.allowance.check_interrupt()?;
        let held = self.allowance.held();
        let value = self.part(node)?;
        if let Value::Vector(series) = &value {
            self.allowance.settle(held, Held::series(series))?;
        }
        Ok(value)
    }

    fn part(&self, node: &Node) -> Result<Value, QueryError> {
        match node {
            Node::Number(number) => Ok(Value::Scalar(*number)),
            Node::Vector(number) => Ok(Value::Vector(vec![self.constant(*number)])),
            Node::Range(plan) => {
                let used = (self.allowance, self.cost);
                range::evaluate(self.store, plan, self.grid, self.limits, used).map(Value::Vector)
            }
            Node::Aggregate { function, count, grouping, inner } => {
                let mut series = self.vector(inner)?;
                if grouping.without || function.action == Action::Aggregate(Aggregation::Avg) {
                    without_empty(&mut series);
                }
                match function.action {
                    Action::Sort { descending } => series.sort_by(|a, b| by_value(a, b, descending)),
                    Action::Aggregate(_) => series = self.aggregate(function, *count, grouping, series)?,
                }
                Ok(Value::Vector(series))
            }
            Node::Binary { operator, as_bool, matching, left, right } => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                Ok(self.binary(*operator, *as_bool, matching, left, right)?)
            }
            Node::LabelReplace { inner, regex, replace } => {
                let mut series = self.vector(inner)?;
                without_empty(&mut series);
                lab_algebra::labels::replace(
                    self.allowance,
                    &mut series,
                    &replace.destination,
                    &replace.replacement,
                    &replace.source,
                    regex,
                )?;
                Ok(Value::Vector(series))
            }
        }
    }

    fn aggregate(
        &self,
        function: &AggregateFunction,
        count: Option<f64>,
        grouping: &lab_algebra::Grouping,
        series: Vec<Series>,
    ) -> Result<Vec<Series>, QueryError> {
        let Action::Aggregate(aggregation) = function.action else { return Ok(series) };
        let counts = vec![count.unwrap_or_default(); if count.is_some() { self.grid.count } else { 0 }];
        let parameter = if count.is_some() { Parameter::Numbers(&counts) } else { Parameter::None };
        Ok(lab_algebra::aggregate(self.allowance, aggregation, grouping, parameter, series, self.grid.count)?)
    }

    fn binary(
        &self,
        operator: Operator,
        as_bool: bool,
        matching: &Matching,
        left: Value,
        right: Value,
    ) -> Result<Value, AlgebraError> {
        let points = |number: f64| vec![number; self.grid.count];
        let series = match (left, right) {
            (Value::Scalar(left), Value::Scalar(right)) => {
                return Ok(Value::Scalar(operator.compute(DIALECT, left, right)));
            }
            (Value::Vector(left), Value::Scalar(right)) => {
                lab_algebra::vector_scalar(self.allowance, DIALECT, operator, as_bool, left, &points(right))
            }
            (Value::Scalar(left), Value::Vector(right)) => {
                lab_algebra::scalar_vector(self.allowance, DIALECT, operator, as_bool, &points(left), right)
            }
            (Value::Vector(mut left), Value::Vector(mut right)) => {
                if !operator.is_set() {
                    without_empty(&mut left);
                    without_empty(&mut right);
                }
                let set = SetOperation { allowance: self.allowance, dialect: DIALECT, matching };
                match operator {
                    Operator::And => set.and(left, &right),
                    Operator::Unless => set.unless(left, &right),
                    Operator::Or => set.or(left, right),
                    _ => {
                        let operation = Operation { dialect: DIALECT, operator, as_bool, matching };
                        lab_algebra::join(self.allowance, operation, left, right, self.grid.count)
                    }
                }
            }
        };
        series.map(Value::Vector)
    }

    /// A value as series; a number is one series without labels.
    fn vector(&self, node: &Node) -> Result<Vec<Series>, QueryError> {
        Ok(match self.node(node)? {
            Value::Vector(series) => series,
            Value::Scalar(number) => vec![self.constant(number)],
        })
    }

    /// One series without labels, with the same value at every step.
    fn constant(&self, number: f64) -> Series {
        Series::new(Labels::empty(), vec![number; self.grid.count])
    }
}

/// Takes away the labels whose values are empty: whatever makes new label sets leaves them out.
fn without_empty(series: &mut [Series]) {
    for one in series.iter_mut().filter(|one| one.labels.iter().any(|label| label.value.is_empty())) {
        one.labels = Labels::from_pairs(one.labels.iter().map(|label| (label.name.clone(), label.value.clone())));
    }
}
