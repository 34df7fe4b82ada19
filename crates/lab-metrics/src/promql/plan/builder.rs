//! From the tree of a query to its [plan](crate::promql::plan::node).

use lab_algebra::Operator;
use lab_model::labels::METRIC_NAME;
use lab_model::{Labels, LabelsBuilder, MatchOp};
use lab_syntax::{Fault, Lines, Position};

use crate::promql::error::PromqlError;
use crate::promql::functions::signature::Edges;
use crate::promql::functions::{self, Body, Function};
use crate::promql::params::{EvalParams, EvalTime};
use crate::promql::plan::duration::{self, Times};
use crate::promql::plan::node::{Aggregate, Binary, Kind, Node, Selector, Wanted};
use crate::promql::plan::time::{Shift, Stretch};
use crate::promql::plan::{info, label_name};
use crate::promql::syntax;
use crate::promql::syntax::ast::{self, At, Duration, Expr, ExprKind, TimeShift};
use crate::promql::value::shown;

/// Parses a query and lays out its evaluation.
pub(crate) fn plan(query: &str, params: &EvalParams) -> Result<Plan, PromqlError> {
    let (start, end, step) = match params.time {
        EvalTime::Instant(at) => (at, at, 0),
        EvalTime::Range { start, end, step } => (start, end, if start == end { 0 } else { step }),
    };
    let times = Times { step: seconds(step), range: seconds(end.saturating_sub(start)) };
    let expr = syntax::parse(query)?;
    let mut builder = Builder {
        lines: Lines::new(query),
        start,
        end,
        step,
        times: Some(times),
        asks_for_time: false,
        wanted: Wanted::Any,
    };
    let node = builder.node(&expr)?;
    Ok(Plan { node, holds_at_any_instant: !builder.asks_for_time })
}

/// A query laid out.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) node: Node,
    /// Laid out for an instant, it is the same for any other: there is neither `start()` nor `end()` in it.
    pub(crate) holds_at_any_instant: bool,
}

/// Says whether a query could be evaluated at some time, and why not.
pub(crate) fn check(query: &str) -> Result<(), PromqlError> {
    let expr = syntax::parse(query)?;
    let lines = Lines::new(query);
    Builder { lines, start: 0, end: 0, step: 0, times: None, asks_for_time: false, wanted: Wanted::Any }
        .node(&expr)
        .map(|_| ())
}

/// Walks the tree; its depth is bounded, and with it this recursion's.
struct Builder<'q> {
    lines: Lines<'q>,
    start: i64,
    end: i64,
    step: i64,
    /// None if the query is only checked.
    times: Option<Times>,
    /// `start` or `end` has gone into the plan.
    asks_for_time: bool,
    /// What of native histograms is wanted here.
    wanted: Wanted,
}

impl Builder<'_> {
    /// One step of the recursion; what needs much stack stands in functions of its own.
    fn node(&mut self, expr: &Expr) -> Result<Node, PromqlError> {
        let (mut expr, mut start) = (expr, expr.place.start);
        // Nothing is left of brackets in a plan, so no level of the recursion is spent on them.
        while let ExprKind::Paren(inner) | ExprKind::Unary(Operator::Add, inner) = &expr.kind {
            if matches!(expr.kind, ExprKind::Paren(_)) && start == expr.place.start {
                start = inner.place.start;
            }
            expr = inner;
        }
        let place = Some(self.lines.position(start));
        let (kind, fixed) = match &expr.kind {
            ExprKind::Paren(inner) => return self.node(inner),
            ExprKind::Unary(_, inner) => self.negated(inner)?,
            ExprKind::Subquery(subquery) => self.subquery(subquery)?,
            ExprKind::Binary(binary) => self.binary(binary)?,
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate)?,
            ExprKind::Call(signature, arguments) => return self.call(signature.name, arguments, place),
            ExprKind::Selector(selector) => self.instant(selector)?,
            ExprKind::Range(selector, range) => self.range(selector, range)?,
            ExprKind::Number(number) => (Kind::Number(number.value), true),
            ExprKind::Text(bytes) => (Kind::Text(shown(bytes).into()), true),
        };
        Ok(Node { kind, place, fixed })
    }

    fn instant(&mut self, selector: &ast::Selector) -> Result<(Kind, bool), PromqlError> {
        let selector = self.selector(selector)?;
        let fixed = selector.shift.at.is_some();
        Ok((Kind::Instant(selector), fixed))
    }

    fn range(&mut self, selector: &ast::Selector, range: &Duration) -> Result<(Kind, bool), PromqlError> {
        let selector = self.selector(selector)?;
        let stretch = Stretch { length: self.length(range)?, shift: selector.shift };
        Ok((Kind::Range(selector, stretch), stretch.shift.at.is_some()))
    }

    fn negated(&mut self, inner: &Expr) -> Result<(Kind, bool), PromqlError> {
        let inner = self.node(inner)?;
        let fixed = inner.fixed;
        Ok((Kind::Negate(Box::new(inner)), fixed))
    }

    fn subquery(&mut self, subquery: &ast::Subquery) -> Result<(Kind, bool), PromqlError> {
        let inner = self.wanting(Wanted::Buckets, |builder| builder.node(&subquery.inner))?;
        let shift = self.shift(&subquery.time)?;
        let stretch = Stretch { length: self.length(&subquery.range)?, shift };
        let step = subquery.step.as_ref().map(|step| self.length(step)).transpose()?.filter(|step| *step > 0);
        Ok((Kind::Subquery(Box::new(inner), stretch, step), shift.at.is_some()))
    }

    fn call(&mut self, name: &str, written: &[Expr], place: Option<Position>) -> Result<Node, PromqlError> {
        if let Some(value) = self.of_query(name) {
            return Ok(Node { kind: Kind::Number(value), place, fixed: true });
        }
        label_name::check(name, written)?;
        let mut arguments = Vec::with_capacity(written.len());
        let wanted = self.wanted.within(name);
        for argument in written {
            arguments.push(self.wanting(wanted, |builder| builder.node(argument))?);
        }
        applied(name, arguments, place)
    }

    /// The value of a function that the times of the query give.
    fn of_query(&mut self, name: &str) -> Option<f64> {
        let milliseconds = match name {
            "start" => self.start,
            "end" => self.end,
            "range" => self.end.saturating_sub(self.start),
            "step" => self.step,
            _ => return None,
        };
        self.asks_for_time |= matches!(name, "start" | "end");
        Some(seconds(milliseconds))
    }

    fn aggregate(&mut self, aggregate: &ast::Aggregate) -> Result<(Kind, bool), PromqlError> {
        label_name::check(aggregate.operation.name(), aggregate.parameter.as_slice())?;
        let parameter = aggregate.parameter.as_ref().map(|parameter| self.node(parameter)).transpose()?;
        let inner = self.node(&aggregate.inner)?;
        let (operation, grouping) = (aggregate.operation, aggregate.grouping.clone());
        let fixed = inner.fixed && parameter.as_ref().is_none_or(|parameter| parameter.fixed);
        Ok((Kind::Aggregate(Box::new(Aggregate { operation, inner, parameter, grouping })), fixed))
    }

    fn binary(&mut self, binary: &ast::Binary) -> Result<(Kind, bool), PromqlError> {
        let wanted = if binary.operator.is_cut() { Wanted::Buckets } else { self.wanted };
        let left = self.wanting(wanted, |builder| builder.node(&binary.left))?;
        let right = self.wanting(wanted, |builder| builder.node(&binary.right))?;
        let fixed = left.fixed && right.fixed;
        let (operator, returns_bool) = (binary.operator, binary.returns_bool);
        let matching = binary.matching.clone().unwrap_or_default();
        Ok((Kind::Binary(Box::new(Binary { operator, left, right, matching, returns_bool })), fixed))
    }

    fn selector(&mut self, selector: &ast::Selector) -> Result<Selector, PromqlError> {
        let shift = self.shift(&selector.time)?;
        Ok(Selector { matchers: selector.conditions(), shift, edges: selector.edges, wanted: self.wanted })
    }

    /// Builds something in whose place this is wanted of native histograms.
    fn wanting<T>(&mut self, wanted: Wanted, build: impl FnOnce(&mut Self) -> T) -> T {
        let outside = std::mem::replace(&mut self.wanted, wanted);
        let built = build(self);
        self.wanted = outside;
        built
    }

    fn shift(&mut self, time: &TimeShift) -> Result<Shift, PromqlError> {
        let offset = self.computed(duration::offset(&time.offset, self.times))?;
        self.asks_for_time |= matches!(time.at, Some(At::Start | At::End));
        let at = time.at.map(|at| match at {
            At::Start => self.start,
            At::End => self.end,
            At::Time(time) => time,
        });
        Ok(Shift { offset, at })
    }

    fn length(&self, range: &Duration) -> Result<i64, PromqlError> {
        self.computed(duration::length(range, self.times))
    }

    fn computed(&self, milliseconds: Result<i64, Fault>) -> Result<i64, PromqlError> {
        milliseconds.map_err(|fault| PromqlError::parse(&self.lines, fault))
    }
}

/// A call of a function with its arguments laid out.
fn applied(name: &str, mut arguments: Vec<Node>, place: Option<Position>) -> Result<Node, PromqlError> {
    let unknown = || PromqlError::Parse { position: place, message: format!("{name:?} cannot be evaluated") };
    let function = functions::find(name).ok_or_else(unknown)?;
    arguments.iter().try_for_each(|argument| check_edges(function, argument.edges()))?;
    let fixed = !function.depends_on_time(arguments.len()) && arguments.iter().all(|argument| argument.fixed);
    let kind = match function.body {
        Body::Timestamp if matches!(arguments.first(), Some(Node { kind: Kind::Instant(_), .. })) => {
            let Some(Node { kind: Kind::Instant(selector), fixed, .. }) = arguments.pop() else {
                return Err(unknown());
            };
            return Ok(Node { kind: Kind::SampleTime(selector), place, fixed });
        }
        Body::Absent | Body::AbsentOverTime => {
            let inner = arguments.pop().ok_or_else(unknown)?;
            let labels = absent_labels(&inner);
            let absent = if matches!(function.body, Body::Absent) { Kind::Absent } else { Kind::AbsentOverTime };
            absent(Box::new(inner), labels)
        }
        Body::Info => return info::call(arguments, place),
        _ => Kind::Call(function, arguments),
    };
    Ok(Node { kind, place, fixed })
}

/// Only some functions can read across the edges of a stretch.
fn check_edges(function: &Function, edges: Edges) -> Result<(), PromqlError> {
    if edges == Edges::Open || function.over(edges).is_some() {
        return Ok(());
    }
    let able = functions::able_of(edges).join(", ");
    let (modifier, name) = (edges.name(), function.signature.name);
    Err(PromqlError::Execution(format!("{modifier} modifier can only be used with: {able} - not with {name}")))
}

/// The labels that `absent` can know: those that the selector demands once, by equality.
fn absent_labels(node: &Node) -> Labels {
    let (Kind::Instant(selector) | Kind::Range(selector, _)) = &node.kind else { return Labels::empty() };
    let mut labels = LabelsBuilder::default();
    let mut seen: Vec<&str> = Vec::new();
    for matcher in selector.matchers.iter().filter(|matcher| matcher.name != METRIC_NAME) {
        if matcher.op == MatchOp::Equal && !seen.contains(&matcher.name.as_str()) {
            labels.set(matcher.name.as_str(), matcher.value.as_str());
            seen.push(&matcher.name);
        } else {
            labels.remove(&matcher.name);
        }
    }
    labels.build()
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
