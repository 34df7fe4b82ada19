//! The evaluation of a plan: each part over all steps of its frame, leaves first.

mod slices;

use lab_algebra::{
    Aggregation, Grid, Operation, Operator, Parameter, SetOperation, Warning, absent, drop_names, is_absent,
};
use lab_model::Labels;
use lab_syntax::Position;

use crate::promql::error::PromqlError;
use crate::promql::eval::call;
use crate::promql::eval::context::Context;
use crate::promql::eval::evaluate::slices::in_slices;
use crate::promql::eval::info;
use crate::promql::eval::operand::Operand;
use crate::promql::eval::samples::select::{self, RawSeries, Read};
use crate::promql::eval::samples::subquery;
use crate::promql::functions::signature::Edges;
use crate::promql::functions::{Body, Function, WindowFunction};
use crate::promql::plan::node::{Aggregate, Binary, Kind, Node};
use crate::promql::plan::time::Stretch;

/// The value of `node` at the steps of `frame`. Range selectors and subqueries have no value of this
/// kind; [`each_raw_series`] shows them.
pub(crate) fn evaluate(context: &Context<'_>, node: &Node, frame: Grid) -> Result<Operand, PromqlError> {
    context.check_interrupt()?;
    let before = context.allowance.held();
    let leaf = matches!(node.kind, Kind::Number(_) | Kind::Text(_));
    let operand = if node.fixed && !leaf && frame.count > 1 {
        let once = context.counter.once(frame, || part(context, node, Grid { count: 1, ..frame }))?;
        let cells = once.held().cells.saturating_mul(frame.count);
        context.allowance.take(cells)?;
        once.repeated(frame.count)
    } else {
        part(context, node, frame)?
    };
    context.allowance.settle(before, operand.held())?;
    Ok(operand)
}

/// Shows the raw series of a range selector or a subquery.
pub(crate) fn each_raw_series(
    context: &Context<'_>,
    node: &Node,
    frame: Grid,
    visit: &mut dyn FnMut(RawSeries<'_>, Stretch) -> Result<(), PromqlError>,
) -> Result<(), PromqlError> {
    match &node.kind {
        Kind::Range(selector, stretch) => {
            select::raw(context, selector, *stretch, frame, &mut |series| visit(series, *stretch))
        }
        Kind::Subquery(inner, stretch, step) => {
            let step = step.unwrap_or(context.params.default_step);
            let inner_frame = subquery::frame(*stretch, step, frame);
            if inner_frame.count == 0 {
                return Ok(());
            }
            // Even a single number per step must fit.
            context.allowance.take(inner_frame.count)?;
            context.allowance.take_bytes(context.counter.bytes_apart(inner_frame))?;
            let evaluated = || evaluate(context, inner, inner_frame);
            let series = context.counter.subquery(inner_frame, (frame, *stretch), evaluated)?.into_series();
            let show = || subquery::each_series(&series, inner_frame, &mut |series| visit(series, *stretch));
            context.counter.over_subquery(show)
        }
        _ => Err(PromqlError::Execution("a range vector was expected here".to_owned())),
    }
}

/// One step of the recursion; what needs much stack stands in functions of its own.
fn part(context: &Context<'_>, node: &Node, frame: Grid) -> Result<Operand, PromqlError> {
    match &node.kind {
        Kind::Number(value) => {
            context.allowance.take(frame.count)?;
            Ok(Operand::Scalar(vec![*value; frame.count]))
        }
        Kind::Text(text) => Ok(Operand::Text(text.clone())),
        Kind::Instant(selector) if selector.edges == Edges::Smoothed => {
            let found = select::smoothed(context, selector, node.place, frame)?;
            context.counter.found(frame, &found);
            Ok(Operand::Vector(found))
        }
        Kind::Instant(selector) => {
            let found = select::instant(context, selector, Read::Value, frame)?;
            context.counter.found(frame, &found);
            Ok(Operand::Vector(found))
        }
        Kind::SampleTime(selector) => {
            let times = select::instant(context, selector, Read::Time, frame)?;
            context.counter.found(frame, &times);
            Ok(Operand::Vector(drop_names(&context.allowance, times, context.delays_names())?))
        }
        Kind::Range(..) | Kind::Subquery(..) => {
            Err(PromqlError::Execution("a range vector has no value at a step".to_owned()))
        }
        Kind::Negate(inner) => negated(context, evaluate(context, inner, frame)?),
        Kind::Binary(binary) => operation(context, binary, node.place, frame),
        Kind::Aggregate(aggregate) => aggregation(context, aggregate, node.place, frame),
        Kind::Call(function, arguments) => match function.body {
            Body::Window(window) => over_windows(context, window, arguments, frame),
            _ => over_values(context, function, arguments, node.place, frame),
        },
        Kind::Absent(inner, labels) => {
            let series = evaluate(context, inner, frame)?.into_series();
            let present = |step: usize| series.iter().any(|series| series.is_present(step));
            Ok(Operand::Vector(absent(labels, frame.count, present)))
        }
        Kind::Info(info) => {
            let series = evaluate(context, &info.inner, frame)?.into_series();
            info::enrich(context, info, series, frame).map(Operand::Vector)
        }
        Kind::AbsentOverTime(inner, labels) => absent_over_time(context, inner, labels, frame),
    }
}

fn negated(context: &Context<'_>, operand: Operand) -> Result<Operand, PromqlError> {
    match operand {
        Operand::Scalar(points) => Ok(Operand::Scalar(points.into_iter().map(|value| -value).collect())),
        Operand::Vector(mut series) => {
            for value in series.iter_mut().flat_map(|series| &mut series.points) {
                if !is_absent(*value) {
                    *value = -*value;
                }
            }
            for one in &mut series {
                one.histograms.change(|_, histogram| {
                    let mut negated = histogram.clone();
                    negated.scale(-1.0);
                    Some(negated)
                });
            }
            Ok(Operand::Vector(drop_names(&context.allowance, series, context.delays_names())?))
        }
        text @ Operand::Text(_) => Ok(text),
    }
}

fn operation(
    context: &Context<'_>,
    expression: &Binary,
    place: Option<Position>,
    frame: Grid,
) -> Result<Operand, PromqlError> {
    let left = evaluate(context, &expression.left, frame)?;
    let right = evaluate(context, &expression.right, frame)?;
    let found = operate(context, expression, left, right, frame.count);
    context.annotate(|_| place);
    found
}

fn operate(
    context: &Context<'_>,
    expression: &Binary,
    left: Operand,
    right: Operand,
    count: usize,
) -> Result<Operand, PromqlError> {
    let Binary { operator, matching, returns_bool: as_bool, .. } = expression;
    let (operator, as_bool) = (*operator, *as_bool);
    let dialect = context.dialect();
    let series = match (left, right) {
        (Operand::Scalar(left), Operand::Scalar(right)) => {
            return Ok(Operand::Scalar(lab_algebra::scalars(dialect, operator, left, &right)));
        }
        (Operand::Vector(left), Operand::Scalar(right)) => {
            lab_algebra::vector_scalar(&context.allowance, dialect, operator, as_bool, left, &right)?
        }
        (Operand::Scalar(left), Operand::Vector(right)) => {
            lab_algebra::scalar_vector(&context.allowance, dialect, operator, as_bool, &left, right)?
        }
        (Operand::Vector(left), Operand::Vector(right)) => {
            let set = SetOperation { allowance: &context.allowance, dialect, matching };
            match operator {
                Operator::And => set.and(left, &right)?,
                Operator::Unless => set.unless(left, &right)?,
                Operator::Or => set.or(left, right)?,
                _ => {
                    let operation = Operation { dialect, operator, as_bool, matching };
                    lab_algebra::join(&context.allowance, operation, left, right, count)?
                }
            }
        }
        _ => return Err(PromqlError::Execution("binary operators need scalars or vectors".to_owned())),
    };
    Ok(Operand::Vector(series))
}

fn aggregation(
    context: &Context<'_>,
    aggregate: &Aggregate,
    whole: Option<Position>,
    frame: Grid,
) -> Result<Operand, PromqlError> {
    let of_parameter = aggregate.parameter.as_ref().and_then(|node| node.place);
    let parameter = match &aggregate.parameter {
        Some(node) => Some(evaluate(context, node, frame)?),
        None => None,
    };
    let parameter = match &parameter {
        Some(Operand::Scalar(numbers)) => Parameter::Numbers(numbers),
        Some(Operand::Text(text)) => Parameter::Label(text),
        _ => Parameter::None,
    };
    let found = in_slices(context, frame, &|slice, from| {
        let parameter = match parameter {
            Parameter::Numbers(numbers) => Parameter::Numbers(&numbers[from..from + slice.count]),
            other => other,
        };
        let series = evaluate(context, &aggregate.inner, slice)?.into_series();
        let (operation, grouping) = (aggregate.operation, &aggregate.grouping);
        Ok(lab_algebra::aggregate(&context.allowance, operation, grouping, parameter, series, slice.count)?)
    });
    context.annotate(|warning| match warning {
        Warning::QuantileOutOfRange(_) | Warning::RatioOutOfRange(_) => of_parameter,
        Warning::HistogramsIgnored(Aggregation::Topk | Aggregation::Bottomk) => whole,
        _ => aggregate.inner.place,
    });
    found.map(Operand::Vector)
}

fn over_values(
    context: &Context<'_>,
    function: &Function,
    arguments: &[Node],
    place: Option<Position>,
    frame: Grid,
) -> Result<Operand, PromqlError> {
    let mut operands = Vec::with_capacity(arguments.len());
    for argument in arguments {
        operands.push(evaluate(context, argument, frame)?);
    }
    let places = arguments.iter().map(|argument| argument.place).collect();
    call::apply(context, function, operands, places, place, frame)
}

fn over_windows(
    context: &Context<'_>,
    function: WindowFunction,
    arguments: &[Node],
    frame: Grid,
) -> Result<Operand, PromqlError> {
    let mut scalars = Vec::new();
    for (_, argument) in arguments.iter().enumerate().filter(|(at, _)| *at != function.range_at) {
        scalars.push(evaluate(context, argument, frame)?.into_points());
    }
    let range = &arguments[function.range_at];
    let edges = range.edges();
    let mut function = function;
    function.run = function.over(edges).unwrap_or(function.run);
    let mut windows = call::Windows::new(context, function, &scalars, frame);
    each_raw_series(context, range, frame, &mut |series, stretch| windows.series(&series, stretch, edges))?;
    windows.finish(arguments.first().and_then(|argument| argument.place)).map(Operand::Vector)
}

fn absent_over_time(context: &Context<'_>, range: &Node, labels: &Labels, frame: Grid) -> Result<Operand, PromqlError> {
    context.allowance.take(frame.count)?;
    let mut seen = vec![false; frame.count];
    each_raw_series(context, range, frame, &mut |series, stretch| {
        call::mark_present(context, &series, stretch, frame, &mut seen);
        context.work(frame.count)
    })?;
    Ok(Operand::Vector(absent(labels, frame.count, |step| seen[step])))
}
