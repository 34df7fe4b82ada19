//! What may stand behind an operand: a range, a subquery, `offset`, `@`, `anchored`, `smoothed`.

use lab_syntax::{Fault, Place};

use crate::promql::functions::signature::Edges;
use crate::promql::syntax::ast::{At, Duration, Expr, ExprKind, Subquery, TimeShift};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::duration;

/// Reads one postfix into `expr`; false if no postfix follows.
pub(super) fn postfix(cursor: &mut Cursor<'_>, expr: &mut Expr) -> Result<bool, Fault> {
    let start = expr.place;
    if let Some(open) = cursor.take("[") {
        brackets(cursor, expr, open)?;
    } else if cursor.accept("offset") {
        let offset = duration::offset(cursor)?;
        let time = time_of(expr).ok_or_else(|| Fault::new(start, must_follow("offset")))?;
        // An offset of nothing is as good as none.
        if time.offset != Duration::Literal(0) {
            return Err(Fault::new(start, "offset may not be set multiple times"));
        }
        time.offset = offset;
    } else if cursor.accept("@") {
        let at = instant(cursor, start)?;
        let time = time_of(expr).ok_or_else(|| Fault::new(start, must_follow("@")))?;
        if time.at.replace(at).is_some() {
            return Err(Fault::new(start, "@ <timestamp> may not be set multiple times"));
        }
    } else if cursor.accept("anchored") {
        edges(expr, Edges::Anchored).map_err(|message| Fault::new(start, message))?;
    } else if cursor.accept("smoothed") {
        edges(expr, Edges::Smoothed).map_err(|message| Fault::new(start, message))?;
    } else {
        return Ok(false);
    }
    expr.place = cursor.since(start);
    Ok(true)
}

/// `[5m]`, `[5m:]`, `[5m:1m]`
fn brackets(cursor: &mut Cursor<'_>, expr: &mut Expr, open: Place) -> Result<(), Fault> {
    const DURATIONS: &str = "number, duration, step(), or range()";
    let range = duration::positive(cursor, ("subquery or range selector", DURATIONS))?;
    let inner = std::mem::replace(&mut expr.kind, ExprKind::Text(Vec::new()));
    if cursor.accept("]") {
        expr.kind = ranged(inner, range).map_err(|message| Fault::new(open, message))?;
        return Ok(());
    }
    cursor.expect(":", "subquery or range", "\":\" or \"]\"")?;
    let mut step = None;
    if !cursor.is("]") {
        let expected = "number, duration, step(), range(), or \"]\"";
        step = Some(duration::positive(cursor, ("subquery selector", expected))?);
    }
    cursor.expect("]", "subquery selector", "\"]\"")?;
    let inner = Expr { kind: inner, place: expr.place };
    expr.kind = ExprKind::Subquery(Box::new(Subquery { inner, range, step, time: TimeShift::NONE }));
    Ok(())
}

fn ranged(inner: ExprKind, range: Duration) -> Result<ExprKind, &'static str> {
    match inner {
        ExprKind::Selector(selector) if selector.time.offset != Duration::Literal(0) => {
            Err("no offset modifiers allowed before range")
        }
        ExprKind::Selector(selector) if selector.time.at.is_some() => Err("no @ modifiers allowed before range"),
        ExprKind::Selector(selector) => Ok(ExprKind::Range(selector, range)),
        _ => Err("ranges only allowed for vector selectors"),
    }
}

/// `1234.5`, `start()`, `end()`
fn instant(cursor: &mut Cursor<'_>, start: Place) -> Result<At, Fault> {
    for (word, at) in [("start", At::Start), ("end", At::End)] {
        if cursor.accept(word) {
            cursor.expect("(", "@", "timestamp")?;
            cursor.expect(")", "@", "timestamp")?;
            return Ok(at);
        }
    }
    let number = cursor.take_number().ok_or_else(|| cursor.unexpected("@", "timestamp"))?;
    if number.value.abs() < i64::MAX as f64 {
        return Ok(At::Time((number.value * 1000.0).round() as i64));
    }
    let value = lab_model::format_float(number.value);
    Err(Fault::new(start, format!("timestamp out of bounds for @ modifier: {value}")))
}

fn edges(expr: &mut Expr, wanted: Edges) -> Result<(), String> {
    let (ExprKind::Selector(selector) | ExprKind::Range(selector, _)) = &mut expr.kind else {
        let name = wanted.name();
        if matches!(expr.kind, ExprKind::Subquery(_)) {
            return Err(format!("{name} modifier is not supported for subqueries"));
        }
        let places = "an instant vector selector or range vector selector";
        return Err(format!("{name} modifier must be preceded by {places}"));
    };
    if selector.edges != Edges::Open && selector.edges != wanted {
        return Err("anchored and smoothed modifiers cannot be used together".to_owned());
    }
    selector.edges = wanted;
    Ok(())
}

fn time_of(expr: &mut Expr) -> Option<&mut TimeShift> {
    match &mut expr.kind {
        ExprKind::Selector(selector) | ExprKind::Range(selector, _) => Some(&mut selector.time),
        ExprKind::Subquery(subquery) => Some(&mut subquery.time),
        _ => None,
    }
}

fn must_follow(modifier: &str) -> String {
    let places = "an instant vector selector or range vector selector or a subquery";
    format!("{modifier} modifier must be preceded by {places}")
}
