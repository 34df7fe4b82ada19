//! Metric queries: functions over windows, aggregations, and operators between them by precedence.

use lab_algebra::Operator;

use crate::logql::error::QueryError;
use crate::logql::functions::aggregate::AggregateFunction;
use crate::logql::functions::range::RangeFunction;
use crate::logql::functions::regexes;
use crate::logql::syntax::ast::{Aggregation, Binary, LabelReplace, LabelReplaceTexts, Metric, Query};
use crate::logql::syntax::parser::cursor::Cursor;
use crate::logql::syntax::parser::grouping::{grouping, matching};
use crate::logql::syntax::parser::log::log_query;
use crate::logql::syntax::parser::range::range_aggregation;
use crate::logql::syntax::token::Kind;
use crate::logql::syntax::words::BINARY_OPS;

/// A whole query: lines if it starts with a selector, else samples.
pub(super) fn query(cursor: &mut Cursor<'_>) -> Result<Query, QueryError> {
    let mut brackets = 0;
    while matches!(cursor.peek_after(brackets), Kind::Symbol("(")) {
        brackets += 1;
    }
    if matches!(cursor.peek_after(brackets), Kind::Symbol("{")) {
        return log_query(cursor).map(Query::Logs);
    }
    expression(cursor, 0).map(Query::Metric)
}

/// Operands and operators that bind tighter than `above`.
fn expression(cursor: &mut Cursor<'_>, above: u8) -> Result<Metric, QueryError> {
    let mut left = cursor.nested(operand)?;
    while let Some((op, precedence)) = operator(cursor).filter(|(_, precedence)| *precedence > above) {
        cursor.count_operator()?;
        cursor.next();
        let returns_bool = cursor.take_name("bool");
        let matching = matching(cursor)?;
        // `^` groups to the right, all others to the left.
        let bound = if op == Operator::Power { precedence - 1 } else { precedence };
        let right = cursor.nested(|cursor| expression(cursor, bound))?;
        left = Metric::Binary(Box::new(Binary { op, left, right, returns_bool, matching }));
    }
    Ok(left)
}

fn operator(cursor: &Cursor<'_>) -> Option<(Operator, u8)> {
    let word = match cursor.peek() {
        Kind::Symbol(symbol) => *symbol,
        Kind::Name(name) => name,
        _ => return None,
    };
    BINARY_OPS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(word)).map(|(_, op, precedence)| (*op, *precedence))
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Metric, QueryError> {
    let word = match cursor.peek() {
        Kind::Symbol("(") => {
            cursor.next();
            let inner = expression(cursor, 0)?;
            cursor.expect_symbol(")")?;
            return Ok(inner);
        }
        Kind::Number(_) | Kind::Symbol("+" | "-") => return cursor.expect_number().map(Metric::Number),
        Kind::Name(name) => name.clone(),
        _ => return Err(cursor.unexpected(&[])),
    };
    let is_call = matches!(cursor.peek_after(1), Kind::Symbol("(") | Kind::Name(_));
    match &*word.to_ascii_lowercase() {
        "vector" if is_call => {
            cursor.next();
            cursor.expect_symbol("(")?;
            // Loki takes a number without a sign here, other than everywhere else.
            let Kind::Number(number) = *cursor.peek() else { return Err(cursor.unexpected(&["NUMBER"])) };
            cursor.next();
            cursor.expect_symbol(")")?;
            Ok(Metric::Vector(number))
        }
        "label_replace" if is_call => label_replace(cursor),
        _ => {
            if let Some(function) = RangeFunction::named(&word) {
                cursor.next();
                range_aggregation(cursor, function)
            } else if let Some(function) = AggregateFunction::named(&word) {
                cursor.next();
                aggregation(cursor, function)
            } else {
                Err(cursor.unexpected(&[]))
            }
        }
    }
}

fn aggregation(cursor: &mut Cursor<'_>, function: &'static AggregateFunction) -> Result<Metric, QueryError> {
    let before = grouping(cursor)?;
    cursor.expect_symbol("(")?;
    let parameter = if function.takes_count {
        let parameter = cursor.expect_number()?;
        cursor.expect_symbol(",")?;
        Some(parameter)
    } else {
        None
    };
    let inner = cursor.nested(|cursor| expression(cursor, 0))?;
    cursor.expect_symbol(")")?;
    let grouping = if before.is_some() { before } else { grouping(cursor)? };
    Ok(Metric::Aggregate(Box::new(Aggregation { function, parameter, inner, grouping })))
}

fn label_replace(cursor: &mut Cursor<'_>) -> Result<Metric, QueryError> {
    cursor.next();
    cursor.expect_symbol("(")?;
    let inner = cursor.nested(|cursor| expression(cursor, 0))?;
    let mut texts = [const { String::new() }; 4];
    for text in &mut texts {
        cursor.expect_symbol(",")?;
        *text = cursor.expect_text()?;
    }
    let [destination, replacement, source, regex] = texts;
    cursor.checked(regexes::anchored(&regex))?;
    cursor.expect_symbol(")")?;
    Ok(Metric::LabelReplace(Box::new(LabelReplace {
        inner,
        texts: LabelReplaceTexts { destination, replacement, source, regex },
    })))
}
