//! Functions over windows: `rate({…} | json | unwrap size [5m] offset 1m)`.

use lab_algebra::notation::reader::grouping;
use lab_syntax::{Fault, Kind as _};

use crate::logql::functions::range::{Answer, RangeFunction};
use crate::logql::syntax::ast::{Conversion, LogQuery, Metric, RangeAggregation, Unwrap};
use crate::logql::syntax::parser::conditions::condition;
use crate::logql::syntax::parser::cursor::{Cursor, number};
use crate::logql::syntax::parser::{selector, stages};
use crate::logql::syntax::token::Kind;
use crate::logql::units;

/// Longest window or offset, in nanoseconds: a century.
const LONGEST: f64 = 100.0 * 365.0 * 86_400e9;

/// The arguments of a function over windows, once its name has been taken.
pub(super) fn range_aggregation(cursor: &mut Cursor<'_>, function: &'static RangeFunction) -> Result<Metric, Fault> {
    cursor.expect("(")?;
    let parameter = if function.answer == Answer::Quantile {
        let parameter = number(cursor)?;
        cursor.expect(",")?;
        Some(parameter)
    } else {
        None
    };
    let (query, unwrap, window) = cursor.nested(windowed)?;
    let Some((range, offset)) = window else { return Err(cursor.unexpected(&[])) };
    cursor.expect(")")?;
    let grouping = grouping(cursor)?;
    Ok(Metric::Range(Box::new(RangeAggregation { function, parameter, query, unwrap, range, offset, grouping })))
}

/// A window: its range and its offset in nanoseconds.
type Window = (i64, i64);

/// A log query with `[5m]`, which may stand before or after the pipeline.
fn windowed(cursor: &mut Cursor<'_>) -> Result<(LogQuery, Option<Unwrap>, Option<Window>), Fault> {
    if cursor.accept("(") {
        let (query, unwrap, inner) = cursor.nested(windowed)?;
        cursor.expect(")")?;
        let outer = window(cursor)?;
        return Ok((query, unwrap, inner.or(outer)));
    }
    let matchers = selector::selector(cursor)?;
    let before = window(cursor)?;
    let stages = stages::pipeline(cursor)?;
    let unwrap = unwrap(cursor)?;
    let after = if before.is_none() { window(cursor)? } else { None };
    Ok((LogQuery { matchers, stages }, unwrap, before.or(after)))
}

/// `[range] offset d`, if there is one.
fn window(cursor: &mut Cursor<'_>) -> Result<Option<Window>, Fault> {
    if !cursor.accept("[") {
        return Ok(None);
    }
    let range = nanoseconds(cursor)?;
    if range <= 0 {
        return Err(cursor.fault_before("the range must be above zero"));
    }
    cursor.expect("]")?;
    let offset = if cursor.accept("offset") {
        let back = if cursor.accept("-") { -1 } else { 1 };
        back * nanoseconds(cursor)?
    } else {
        0
    };
    Ok(Some((range, offset)))
}

fn nanoseconds(cursor: &mut Cursor<'_>) -> Result<i64, Fault> {
    // A word like `5m` is a duration here, even where it could be a size.
    let read = match cursor.peek() {
        Kind::Duration(text) | Kind::Bytes(text) => units::duration(text),
        _ => None,
    };
    let Some(duration) = read.filter(|duration| *duration <= LONGEST) else {
        return Err(cursor.unexpected(&["DURATION"]));
    };
    cursor.advance();
    Ok(duration as i64)
}

/// `| unwrap label`, `| unwrap duration(label)`, and the label filters after it.
fn unwrap(cursor: &mut Cursor<'_>) -> Result<Option<Unwrap>, Fault> {
    if !(cursor.is("|") && cursor.peek_after(1).is("unwrap")) {
        return Ok(None);
    }
    cursor.advance();
    cursor.advance();
    let word = cursor.expect_name()?;
    let conversion = match &*word {
        "duration" | "duration_seconds" => Conversion::Duration,
        "bytes" => Conversion::Bytes,
        _ => Conversion::None,
    };
    let (label, conversion) = if conversion != Conversion::None && cursor.accept("(") {
        let label = cursor.expect_name()?;
        cursor.expect(")")?;
        (label, conversion)
    } else {
        (word, Conversion::None)
    };
    let mut filters = Vec::new();
    while cursor.accept("|") {
        filters.push(condition(cursor)?);
        cursor.count_operator()?;
    }
    Ok(Some(Unwrap { label, conversion, filters }))
}
