//! Functions over windows: `rate({…} | json | unwrap size [5m] offset 1m)`.

use lab_algebra::notation::reader::grouping;
use lab_syntax::{Fault, Kind as _};

use crate::logql::error;
use crate::logql::functions::range::{Answer, RangeFunction};
use crate::logql::syntax::ast::{Conversion, LogQuery, Metric, RangeAggregation, Unwrap};
use crate::logql::syntax::parser::conditions::condition;
use crate::logql::syntax::parser::cursor::Cursor;
use crate::logql::syntax::parser::{selector, stages};
use crate::logql::syntax::token::Kind;

/// Longest offset, in nanoseconds: a century. A longer one leads to no line either.
const LONGEST: i64 = 100 * 365 * 86_400 * 1_000_000_000;

/// The arguments of a function over windows, once its name has been taken.
pub(super) fn range_aggregation(cursor: &mut Cursor<'_>, function: &'static RangeFunction) -> Result<Metric, Fault> {
    cursor.expect("(")?;
    let place = cursor.place();
    let parameter = match *cursor.peek() {
        Kind::Number(number) => {
            cursor.advance();
            cursor.expect(",")?;
            Some((number, cursor.written(place)))
        }
        Kind::Symbol("{" | "(") => None,
        _ => return Err(cursor.unexpected(&["NUMBER", "{", "("])),
    };
    let (query, unwrap, window) = cursor.nested(windowed)?;
    let Some((range, offset)) = window else {
        return Err(cursor.unexpected(if unwrap.is_some() { &["RANGE", "|"] } else { &[] }));
    };
    cursor.expect(")")?;
    let grouping = grouping(cursor)?;
    let parameter = match (function.answer == Answer::Quantile, parameter) {
        (true, Some((number, _))) => Some(number),
        (false, None) => None,
        (true, None) => {
            return Err(error::without_place(format!("parameter required for operation {}", function.name)));
        }
        (false, Some((_, written))) => {
            let name = function.name;
            return Err(error::without_place(format!("parameter {written} not supported for operation {name}")));
        }
    };
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
    let Kind::Range(range) = *cursor.peek() else { return Ok(None) };
    cursor.advance();
    let offset = if cursor.accept("offset") { nanoseconds(cursor)? } else { 0 };
    Ok(Some((range, offset)))
}

fn nanoseconds(cursor: &mut Cursor<'_>) -> Result<i64, Fault> {
    let &Kind::Duration(nanoseconds) = cursor.peek() else { return Err(cursor.unexpected(&["DURATION"])) };
    cursor.advance();
    Ok(nanoseconds.clamp(-LONGEST, LONGEST))
}

/// `| unwrap label`, `| unwrap duration(label)`, and the label filters after it.
fn unwrap(cursor: &mut Cursor<'_>) -> Result<Option<Unwrap>, Fault> {
    if !(cursor.is("|") && cursor.peek_after(1).is("unwrap")) {
        return Ok(None);
    }
    cursor.advance();
    cursor.advance();
    let conversion = match cursor.peek() {
        Kind::Function(name) => match &*name.to_ascii_lowercase() {
            "duration" => Conversion::Duration,
            "duration_seconds" => Conversion::DurationSeconds,
            "bytes" => Conversion::Bytes,
            _ => Conversion::None,
        },
        _ => Conversion::None,
    };
    let label = if conversion == Conversion::None {
        if !matches!(cursor.peek(), Kind::Name(_)) {
            return Err(cursor.unexpected(&["IDENTIFIER", "BYTES_CONV", "DURATION_CONV", "DURATION_SECONDS_CONV"]));
        }
        cursor.expect_name()?
    } else {
        cursor.advance();
        cursor.expect("(")?;
        let label = cursor.expect_name()?;
        cursor.expect(")")?;
        label
    };
    let mut filters = Vec::new();
    while cursor.accept("|") {
        filters.push(condition(cursor)?);
        cursor.count_operator()?;
    }
    Ok(Some(Unwrap { label, conversion, filters }))
}
