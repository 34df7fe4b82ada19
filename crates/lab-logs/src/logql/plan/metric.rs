//! A metric query with everything compiled, and with sums taken where the lines are read.

use lab_algebra::{Aggregation, Grouping, Matching, Operator};
use lab_model::Expression;

use crate::logql::error::QueryError;
use crate::logql::functions::aggregate::{Action, AggregateFunction};
use crate::logql::functions::labels::Source;
use crate::logql::functions::range::{Answer, Parts, RangeFunction};
use crate::logql::functions::regexes;
use crate::logql::plan::asked;
use crate::logql::plan::condition::Condition;
use crate::logql::plan::log::LogPlan;
use crate::logql::plan::stage::Stage;
use crate::logql::syntax::ast::{self, Conversion, Metric, RangeAggregation};

/// An expression that answers samples.
#[derive(Debug)]
pub(crate) enum Node {
    /// A number alone.
    Number(f64),
    /// One series without labels.
    Vector(f64),
    /// A function over windows.
    Range(Box<RangePlan>),
    /// A function over series.
    Aggregate { function: &'static AggregateFunction, count: Option<f64>, grouping: Grouping, inner: Box<Node> },
    /// Two expressions and an operator.
    Binary { operator: Operator, as_bool: bool, matching: Matching, left: Box<Node>, right: Box<Node> },
    /// A label that is set from another one.
    LabelReplace { inner: Box<Node>, regex: Expression, replace: ast::LabelReplaceTexts },
}

/// A function over windows and the lines that it reads.
#[derive(Debug)]
pub(crate) struct RangePlan {
    pub(crate) function: &'static RangeFunction,
    pub(crate) quantile: f64,
    pub(crate) lines: LogPlan,
    pub(crate) unwrap: Option<UnwrapPlan>,
    /// The window in nanoseconds.
    pub(crate) range: i64,
    /// How far back the window is moved, in nanoseconds.
    pub(crate) offset: i64,
    /// The labels that tell series apart: those of the function itself, or of the sum around it.
    pub(crate) grouping: Option<Grouping>,
    /// Whether a label with an empty value stays. Loki computes some functions in parts, which it puts together by an
    /// aggregation; that drops them.
    keeps_empty: bool,
}

/// Where the values of a window come from.
#[derive(Debug)]
pub(crate) struct UnwrapPlan {
    pub(crate) label: String,
    pub(crate) conversion: Conversion,
    pub(crate) filters: Vec<Condition>,
}

impl Node {
    /// Compiles an expression.
    pub(crate) fn compile(metric: &Metric) -> Result<Self, QueryError> {
        Ok(match metric {
            Metric::Number(number) => Self::Number(*number),
            Metric::Vector(number) => Self::Vector(*number),
            Metric::Range(range) => Self::Range(Box::new(RangePlan::compile(range)?)),
            Metric::Aggregate(aggregation) => Self::aggregation(aggregation)?,
            Metric::Binary(operation) => Self::Binary {
                operator: operation.op,
                as_bool: operation.returns_bool,
                matching: operation.matching.clone().unwrap_or_default(),
                left: Box::new(Self::compile(&operation.left)?),
                right: Box::new(Self::compile(&operation.right)?),
            },
            Metric::LabelReplace(replace) => Self::LabelReplace {
                inner: Box::new(Self::compile(&replace.inner)?),
                regex: regexes::anchored(&replace.texts.regex).map_err(QueryError::Invalid)?,
                replace: replace.texts.clone(),
            },
        })
    }

    fn aggregation(aggregation: &ast::Aggregation) -> Result<Self, QueryError> {
        let grouping = aggregation.grouping.clone().unwrap_or_default();
        let mut inner = Self::compile(&aggregation.inner)?;
        // The sum of what the series come to is what their values together come to: fewer series are made.
        if let Self::Range(range) = &mut inner
            && aggregation.function.action == Action::Aggregate(Aggregation::Sum)
            && range.function.additive
        {
            range.grouping = Some(grouping.clone());
            range.keeps_empty = true;
            range.ask();
        }
        let (function, count) = (aggregation.function, aggregation.parameter);
        Ok(Self::Aggregate { function, count, grouping, inner: Box::new(inner) })
    }

    /// True if a part of the expression gives the series an order of its own.
    pub(crate) fn sorts(&self) -> bool {
        match self {
            Self::Number(_) | Self::Vector(_) | Self::Range(_) => false,
            Self::Aggregate { function, inner, .. } => function.sorts() || inner.sorts(),
            Self::LabelReplace { inner, .. } => inner.sorts(),
            Self::Binary { left, right, .. } => left.sorts() || right.sorts(),
        }
    }
}

impl RangePlan {
    /// Tells the parsers which labels are asked for.
    fn ask(&mut self) {
        let unwrap = self.unwrap.as_ref().map(|unwrap| (unwrap.label.as_str(), unwrap.filters.as_slice()));
        let one_series = self.function.answer == Answer::Absent;
        self.lines.hints = asked::by_range(&self.lines.stages, unwrap, self.grouping.as_ref(), one_series);
    }

    /// True if a label with this value tells series apart.
    pub(crate) fn keeps(&self, name: &str, value: &str) -> bool {
        (self.keeps_empty || !value.is_empty()) && self.keeps_name(name)
    }

    /// True if a label tells series apart, whatever its values are.
    pub(crate) fn keeps_name(&self, name: &str) -> bool {
        // An unwrapped label has another value in each line: it tells series apart only where `by` names it.
        let is_unwrapped = self.unwrap.as_ref().is_some_and(|unwrap| unwrap.label == name);
        match &self.grouping {
            _ if self.function.answer == Answer::Absent => false,
            Some(grouping) => grouping.keeps(name) && !(grouping.without && is_unwrapped),
            None => !is_unwrapped,
        }
    }

    /// True if Loki puts the result together from parts, because lines of several streams may become one series.
    fn is_put_together(&self) -> bool {
        let renames = |source: &Source| matches!(source, Source::Rename(_));
        let reduces = self.lines.stages.iter().any(|stage| match stage {
            Stage::Drop(_) | Stage::Keep(_) => true,
            Stage::LabelFormat(formats) => formats.iter().any(|(_, source)| renames(source)),
            _ => false,
        });
        let by = self.grouping.as_ref();
        match self.function.parts {
            Parts::None => false,
            Parts::Merged => by.map_or(reduces, |by| by.without),
            Parts::Divided => reduces || by.is_some(),
        }
    }

    fn compile(range: &RangeAggregation) -> Result<Self, QueryError> {
        let unwrap = range.unwrap.as_ref().map(|unwrap| {
            let filters = unwrap.filters.iter().map(Condition::compile).collect::<Result<_, _>>();
            let filters = filters.map_err(QueryError::Invalid)?;
            Ok::<_, QueryError>(UnwrapPlan { label: unwrap.label.clone(), conversion: unwrap.conversion, filters })
        });
        let mut plan = Self {
            function: range.function,
            quantile: range.parameter.unwrap_or(f64::NAN),
            lines: LogPlan::compile(&range.query)?,
            unwrap: unwrap.transpose()?,
            range: range.range,
            offset: range.offset,
            grouping: range.grouping.clone(),
            keeps_empty: true,
        };
        plan.keeps_empty = !plan.is_put_together();
        plan.ask();
        Ok(plan)
    }
}
