//! Metric queries: functions over windows, aggregations, and operators between them by precedence.

use lab_algebra::Operator;
use lab_algebra::notation::reader::{grouping, matching};
use lab_syntax::Fault;

use crate::logql::functions::aggregate::AggregateFunction;
use crate::logql::functions::range::RangeFunction;
use crate::logql::functions::regexes;
use crate::logql::syntax::ast::{Aggregation, Binary, LabelReplace, LabelReplaceTexts, Metric, Query};
use crate::logql::syntax::parser::cursor::{Cursor, number};
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
        return log_query(cursor).map(Query::Logs);
    }
    expression(cursor, 0).map(Query::Metric)
}

/// Operands and operators that bind at least as tightly as `least`.
fn expression(cursor: &mut Cursor<'_>, least: u8) -> Result<Metric, Fault> {
    let mut left = cursor.nested(operand)?;
    while let Some(op) = operator(cursor).filter(|op| op.binding() >= least) {
        cursor.operator()?;
        let returns_bool = cursor.accept("bool");
        let matching = matching(cursor)?;
        let right = cursor.nested(|cursor| expression(cursor, op.right_binding()))?;
        left = Metric::Binary(Box::new(Binary { op, left, right, returns_bool, matching }));
    }
    Ok(left)
}

fn operator(cursor: &Cursor<'_>) -> Option<Operator> {
    let word = match cursor.peek() {
        Kind::Symbol(symbol) => *symbol,
        Kind::Name(name) => name,
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
            cursor.expect(")")?;
            return Ok(inner);
        }
        Kind::Number(_) | Kind::Symbol("+" | "-") => return number(cursor).map(Metric::Number),
        Kind::Name(name) => name.clone(),
        _ => return Err(cursor.unexpected(&[])),
    };
    let is_call = matches!(cursor.peek_after(1), Kind::Symbol("(") | Kind::Name(_));
    match &*word.to_ascii_lowercase() {
        "vector" if is_call => {
            cursor.advance();
            cursor.expect("(")?;
            // Loki takes a number without a sign here, other than everywhere else.
            let Kind::Number(number) = *cursor.peek() else { return Err(cursor.unexpected(&["NUMBER"])) };
            cursor.advance();
            cursor.expect(")")?;
            Ok(Metric::Vector(number))
        }
        "label_replace" if is_call => label_replace(cursor),
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
    let parameter = if function.takes_count {
        let parameter = number(cursor)?;
        cursor.expect(",")?;
        Some(parameter)
    } else {
        None
    };
    let inner = cursor.nested(|cursor| expression(cursor, 0))?;
    cursor.expect(")")?;
    let grouping = if before.is_some() { before } else { grouping(cursor)? };
    Ok(Metric::Aggregate(Box::new(Aggregation { function, parameter, inner, grouping })))
}

fn label_replace(cursor: &mut Cursor<'_>) -> Result<Metric, Fault> {
    cursor.advance();
    cursor.expect("(")?;
    let inner = cursor.nested(|cursor| expression(cursor, 0))?;
    let mut texts = [const { String::new() }; 4];
    for text in &mut texts {
        cursor.expect(",")?;
        *text = cursor.expect_text()?;
    }
    let [destination, replacement, source, regex] = texts;
    cursor.checked(regexes::anchored(&regex))?;
    cursor.expect(")")?;
    Ok(Metric::LabelReplace(Box::new(LabelReplace {
        inner,
        texts: LabelReplaceTexts { destination, replacement, source, regex },
    })))
}
