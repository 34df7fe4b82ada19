//! Metric queries: functions over windows, aggregations, and operators between them by precedence.

use crate::logql::ast::{
    AggregateOp, Aggregation, Binary, BinaryOp, Group, Grouping, LabelReplace, LogQuery, Matching, Metric, Query,
    RangeAggregation, RangeOp, Unwrap,
};
use crate::logql::error::QueryError;
use crate::logql::lexer::Kind;
use crate::logql::parser::cursor::Cursor;
use crate::logql::parser::{lines, stages};
use crate::logql::words::{AGGREGATE_OPS, BINARY_OPS, RANGE_OPS, meaning, word_of};
use crate::logql::{regexes, units};

/// Longest window or offset, in nanoseconds: a century.
const LONGEST: f64 = 100.0 * 365.0 * 86_400e9;

/// A whole query: lines if it starts with a selector, else samples.
pub(super) fn query(cursor: &mut Cursor<'_>) -> Result<Query, QueryError> {
    let mut brackets = 0;
    while matches!(cursor.peek_after(brackets), Kind::Symbol("(")) {
        brackets += 1;
    }
    if matches!(cursor.peek_after(brackets), Kind::Symbol("{")) {
        return lines::log_query(cursor).map(Query::Logs);
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
        let bound = if op == BinaryOp::Power { precedence - 1 } else { precedence };
        let right = cursor.nested(|cursor| expression(cursor, bound))?;
        check_binary(op, &left, &right, returns_bool)?;
        left = Metric::Binary(Box::new(Binary { op, left, right, returns_bool, matching }));
    }
    Ok(left)
}

fn operator(cursor: &Cursor<'_>) -> Option<(BinaryOp, u8)> {
    let word = match cursor.peek() {
        Kind::Symbol(symbol) => *symbol,
        Kind::Name(name) => name,
        _ => return None,
    };
    BINARY_OPS.iter().find(|(known, ..)| *known == word).map(|(_, op, precedence)| (*op, *precedence))
}

fn check_binary(op: BinaryOp, left: &Metric, right: &Metric, returns_bool: bool) -> Result<(), QueryError> {
    if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless) {
        for (side, metric) in [("left", left), ("right", right)] {
            if let Metric::Number(number) = metric {
                let word = BINARY_OPS.iter().find(|(_, known, _)| *known == op).map_or("", |(word, ..)| word);
                return Err(QueryError::Invalid(format!(
                    "unexpected literal for {side} leg of logical/set binary operation ({word}): {number}"
                )));
            }
        }
    }
    if returns_bool && !matches!(op, BinaryOp::Compare(_)) {
        return Err(QueryError::Invalid("bool modifier can only be used on comparison operators".into()));
    }
    Ok(())
}

fn matching(cursor: &mut Cursor<'_>) -> Result<Option<Matching>, QueryError> {
    let on = cursor.take_name("on");
    if !on && !cursor.take_name("ignoring") {
        return Ok(None);
    }
    let labels = names(cursor)?;
    let left = cursor.take_name("group_left");
    let group = if left || cursor.take_name("group_right") {
        let include = if cursor.is_symbol("(") { names(cursor)? } else { Vec::new() };
        Some(Group { left, include })
    } else {
        None
    };
    Ok(Some(Matching { on, labels, group }))
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
    match &*word {
        "vector" if is_call => {
            cursor.next();
            cursor.expect_symbol("(")?;
            let number = cursor.expect_number()?;
            cursor.expect_symbol(")")?;
            Ok(Metric::Vector(number))
        }
        "label_replace" if is_call => label_replace(cursor),
        _ => {
            if let Some(op) = meaning(&RANGE_OPS, &word) {
                cursor.next();
                range_aggregation(cursor, op)
            } else if let Some(op) = meaning(&AGGREGATE_OPS, &word) {
                cursor.next();
                aggregation(cursor, op)
            } else {
                Err(cursor.unexpected(&[]))
            }
        }
    }
}

fn range_aggregation(cursor: &mut Cursor<'_>, op: RangeOp) -> Result<Metric, QueryError> {
    cursor.expect_symbol("(")?;
    let parameter = if op == RangeOp::QuantileOverTime {
        let parameter = cursor.expect_number()?;
        cursor.expect_symbol(",")?;
        Some(parameter)
    } else {
        None
    };
    let (query, unwrap, window) = cursor.nested(windowed)?;
    let Some((range, offset)) = window else { return Err(cursor.unexpected(&["["])) };
    cursor.expect_symbol(")")?;
    let grouping = grouping(cursor)?;
    let name = word_of(&RANGE_OPS, &op);
    let needs_unwrap = !matches!(
        op,
        RangeOp::Rate | RangeOp::CountOverTime | RangeOp::BytesRate | RangeOp::BytesOverTime | RangeOp::AbsentOverTime
    );
    if needs_unwrap && unwrap.is_none() {
        return Err(QueryError::Invalid(format!("invalid aggregation {name} without unwrap")));
    }
    if unwrap.is_some() && matches!(op, RangeOp::CountOverTime | RangeOp::BytesRate | RangeOp::BytesOverTime) {
        return Err(QueryError::Invalid(format!("invalid aggregation {name} with unwrap")));
    }
    let groups = needs_unwrap && op != RangeOp::SumOverTime;
    if let Some(grouping) = grouping.as_ref().filter(|_| !groups) {
        let word = if grouping.without { "without" } else { "by" };
        return Err(QueryError::Invalid(format!("grouping not allowed for {name} aggregation: {word}")));
    }
    Ok(Metric::Range(Box::new(RangeAggregation { op, parameter, query, unwrap, range, offset, grouping })))
}

/// A window: its range and its offset in nanoseconds.
type Window = (i64, i64);

/// A log query with `[5m]`, which may stand before or after the pipeline.
fn windowed(cursor: &mut Cursor<'_>) -> Result<(LogQuery, Option<Unwrap>, Option<Window>), QueryError> {
    if cursor.take_symbol("(") {
        let (query, unwrap, inner) = cursor.nested(windowed)?;
        cursor.expect_symbol(")")?;
        let outer = window(cursor)?;
        return Ok((query, unwrap, inner.or(outer)));
    }
    let matchers = lines::selector(cursor)?;
    let before = window(cursor)?;
    let stages = lines::pipeline(cursor)?;
    let unwrap = stages::unwrap(cursor)?;
    let after = if before.is_none() { window(cursor)? } else { None };
    Ok((LogQuery { matchers, stages }, unwrap, before.or(after)))
}

/// `[range] offset d`, if there is one.
fn window(cursor: &mut Cursor<'_>) -> Result<Option<Window>, QueryError> {
    if !cursor.take_symbol("[") {
        return Ok(None);
    }
    let range = nanoseconds(cursor)?;
    if range <= 0 {
        return Err(cursor.error_before("the range must be above zero"));
    }
    cursor.expect_symbol("]")?;
    let offset = if cursor.take_name("offset") {
        let back = if cursor.take_symbol("-") { -1 } else { 1 };
        back * nanoseconds(cursor)?
    } else {
        0
    };
    Ok(Some((range, offset)))
}

fn nanoseconds(cursor: &mut Cursor<'_>) -> Result<i64, QueryError> {
    // A word like `5m` is a duration here, even where it could be a size.
    let read = match cursor.peek() {
        Kind::Duration(text) | Kind::Bytes(text) => units::duration(text),
        _ => None,
    };
    let Some(duration) = read.filter(|duration| *duration <= LONGEST) else {
        return Err(cursor.unexpected(&["DURATION"]));
    };
    cursor.next();
    Ok(duration as i64)
}

fn aggregation(cursor: &mut Cursor<'_>, op: AggregateOp) -> Result<Metric, QueryError> {
    let before = grouping(cursor)?;
    cursor.expect_symbol("(")?;
    let takes_parameter = matches!(op, AggregateOp::Topk | AggregateOp::Bottomk);
    let parameter = if takes_parameter {
        let parameter = cursor.expect_number()?;
        if parameter < 1.0 || parameter.fract() != 0.0 {
            let name = word_of(&AGGREGATE_OPS, &op);
            return Err(QueryError::Invalid(format!("invalid parameter (must be greater than 0) {name}({parameter}")));
        }
        cursor.expect_symbol(",")?;
        Some(parameter)
    } else {
        None
    };
    let inner = cursor.nested(|cursor| expression(cursor, 0))?;
    cursor.expect_symbol(")")?;
    let grouping = if before.is_some() { before } else { grouping(cursor)? };
    if grouping.is_some() && matches!(op, AggregateOp::Sort | AggregateOp::SortDesc) {
        let name = word_of(&AGGREGATE_OPS, &op);
        return Err(QueryError::Invalid(format!("grouping not allowed for {name} aggregation")));
    }
    Ok(Metric::Aggregate(Box::new(Aggregation { op, parameter, inner, grouping })))
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
    Ok(Metric::LabelReplace(Box::new(LabelReplace { inner, destination, replacement, source, regex })))
}

fn grouping(cursor: &mut Cursor<'_>) -> Result<Option<Grouping>, QueryError> {
    let without = cursor.is_name("without");
    if !without && !cursor.is_name("by") {
        return Ok(None);
    }
    cursor.next();
    Ok(Some(Grouping { without, labels: names(cursor)? }))
}

/// `(a, b)`, perhaps empty.
fn names(cursor: &mut Cursor<'_>) -> Result<Vec<String>, QueryError> {
    cursor.expect_symbol("(")?;
    let mut names = Vec::new();
    while !cursor.is_symbol(")") {
        names.push(cursor.expect_name()?);
        if !cursor.take_symbol(",") {
            break;
        }
    }
    if cursor.take_symbol(")") { Ok(names) } else { Err(cursor.unexpected(&[",", ")"])) }
}
