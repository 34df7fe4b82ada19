//! Metric queries: functions over windows, aggregations, and operators between them by precedence.

use lab_algebra::notation::reader::{grouping, matching};
use lab_algebra::{Dialect, Matching, Operator};
use lab_syntax::Fault;

use crate::logql::error;
use crate::logql::functions::aggregate::AggregateFunction;
use crate::logql::functions::range::RangeFunction;
use crate::logql::functions::regexes;
use crate::logql::syntax::ast::{Aggregation, Binary, LabelReplace, LabelReplaceTexts, LogQuery, Metric, Query};
use crate::logql::syntax::parser::cursor::{Cursor, close, number};
use crate::logql::syntax::parser::log::log_query;
use crate::logql::syntax::parser::range::range_aggregation;
use crate::logql::syntax::token::Kind;

/// A whole query: lines if it starts with a selector, else samples.
pub(super) fn query(cursor: &mut Cursor<'_>) -> Result<Query, Fault> {
    let mut brackets = 0;
    while matches!(cursor.peek_after(brackets), Kind::Symbol("(")) {
        brackets += 1;
    }
    if matches!(cursor.peek_after(brackets), Kind::Symbol("{")) {
        let query = log_query(cursor)?;
        let Some(op) = operator(cursor) else { return Ok(Query::Logs(query)) };
        cursor.operator()?;
        // What follows is read first, because a mistake in it is said before the one here.
        expression(cursor, op.right_binding())?;
        return Err(no_samples("left", op, &query));
    }
    expression(cursor, 0).map(Query::Metric)
}

/// The mistake that a side of an operator is a log query.
fn no_samples(side: &str, op: Operator, query: &LogQuery) -> Fault {
    let kind = if query.stages.is_empty() { "MatchersExpr" } else { "PipelineExpr" };
    let op = op.name();
    error::without_place(format!("unexpected type for {side} leg of binary operation ({op}): *syntax.{kind}"))
}

/// Operands and operators that bind at least as tightly as `least`.
fn expression(cursor: &mut Cursor<'_>, least: u8) -> Result<Metric, Fault> {
    let mut left = cursor.nested(operand)?;
    while let Some(op) = operator(cursor).filter(|op| op.binding() >= least) {
        cursor.operator()?;
        let returns_bool = cursor.accept("bool");
        // All labels must be equal where nothing else is said.
        let says = |matching: &Matching| *matching != Matching::default();
        let matching = matching(cursor)?.filter(says);
        if matches!(cursor.peek(), Kind::Symbol("{")) {
            let query = log_query(cursor)?;
            return Err(no_samples("right", op, &query));
        }
        let right = cursor.nested(|cursor| expression(cursor, op.right_binding()))?;
        left = match (&left, &right) {
            // Loki computes what is known already, whatever stands beside the operator.
            (Metric::Number(left), Metric::Number(right)) if !op.is_set() => {
                Metric::Number(op.compute(Dialect::logql(), *left, *right))
            }
            _ => Metric::Binary(Box::new(Binary { op, left, right, returns_bool, matching })),
        };
    }
    Ok(left)
}

fn operator(cursor: &Cursor<'_>) -> Option<Operator> {
    let word = match cursor.peek() {
        Kind::Symbol(symbol) => *symbol,
        Kind::Keyword(name) => name,
        _ => return None,
    };
    // Of the operators of PromQL this is the only one that Loki has not.
    Operator::named(word).filter(|operator| *operator != Operator::Atan2)
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Metric, Fault> {
    let word = match cursor.peek() {
        Kind::Symbol("(") => {
            cursor.advance();
            let inner = expression(cursor, 0)?;
            close(cursor, ")")?;
            return Ok(inner);
        }
        Kind::Number(_) | Kind::Symbol("+" | "-") => return number(cursor).map(Metric::Number),
        Kind::Function(name) => name.clone(),
        Kind::Symbol("{") => {
            // Lines are no operand, which Loki notices behind them.
            log_query(cursor)?;
            return Err(cursor.unexpected(&[]));
        }
        _ => return Err(cursor.unexpected(&[])),
    };
    match &*word.to_ascii_lowercase() {
        "vector" => {
            cursor.advance();
            cursor.expect("(")?;
            // Loki takes a number without a sign here, other than everywhere else.
            let Kind::Number(number) = *cursor.peek() else { return Err(cursor.unexpected(&["NUMBER"])) };
            cursor.advance();
            cursor.expect(")")?;
            Ok(Metric::Vector(number))
        }
        "label_replace" => label_replace(cursor),
        _ => {
            if let Some(function) = RangeFunction::named(&word) {
                cursor.advance();
                range_aggregation(cursor, function)
            } else if let Some(function) = AggregateFunction::named(&word) {
                cursor.advance();
                aggregation(cursor, function)
            } else {
                Err(cursor.unexpected(&[]))
            }
        }
    }
}

fn aggregation(cursor: &mut Cursor<'_>, function: &'static AggregateFunction) -> Result<Metric, Fault> {
    let before = grouping(cursor)?;
    cursor.expect("(")?;
    let parameter = count(cursor, function)?;
    let inner = cursor.nested(|cursor| expression(cursor, 0))?;
    close(cursor, ")")?;
    let grouping = if before.is_some() { before } else { grouping(cursor)? };
    // `by ()` is what an aggregation does anyway.
    let grouping = grouping.filter(|grouping| grouping.without || !grouping.labels.is_empty());
    Ok(Metric::Aggregate(Box::new(Aggregation { function, parameter, inner, grouping })))
}

/// The number of series that are picked, if the function picks some. What stands in its place is read to its end, so that a
/// mistake in it is said first.
fn count(cursor: &mut Cursor<'_>, function: &AggregateFunction) -> Result<Option<f64>, Fault> {
    let (place, name) = (cursor.place(), function.name);
    if let Kind::Number(number) = *cursor.peek()
        && matches!(cursor.peek_after(1), Kind::Symbol(","))
    {
        let written = cursor.written(place).to_owned();
        cursor.advance();
        cursor.advance();
        let wrong = |what: &str| Err(error::without_place(format!("{what} {name}({written},")));
        return match (function.takes_count, written.parse::<i64>()) {
            (true, Ok(_)) => Ok(Some(number)),
            (true, Err(_)) => wrong("invalid parameter"),
            (false, _) => wrong("unsupported parameter for operation"),
        };
    }
    if !function.takes_count {
        return Ok(None);
    }
    cursor.nested(|cursor| expression(cursor, 0))?;
    close(cursor, ")")?;
    Err(error::without_place(format!("parameter required for operation {name}")))
}

fn label_replace(cursor: &mut Cursor<'_>) -> Result<Metric, Fault> {
    cursor.advance();
    cursor.expect("(")?;
    let inner = cursor.nested(|cursor| expression(cursor, 0))?;
    let mut texts = [const { String::new() }; 4];
    for (at, text) in texts.iter_mut().enumerate() {
        if at == 0 {
            close(cursor, ",")?;
        } else {
            cursor.expect(",")?;
        }
        *text = cursor.expect_text()?;
    }
    let [destination, replacement, source, regex] = texts;
    cursor.expect(")")?;
    if let Err(problem) = regexes::anchored(&regex) {
        // Loki quotes the expression as it has completed it.
        let problem = problem.replace(&format!("`{regex}`"), &format!("`^(?:{regex})$`"));
        return Err(error::without_place(format!("invalid regex in label_replace: {problem}")));
    }
    Ok(Metric::LabelReplace(Box::new(LabelReplace {
        inner,
        texts: LabelReplaceTexts { destination, replacement, source, regex },
    })))
}
