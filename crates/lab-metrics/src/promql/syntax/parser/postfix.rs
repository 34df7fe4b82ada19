//! What may stand behind an operand: a range, a subquery, `offset`, `@`, `anchored`, `smoothed`.

use crate::promql::syntax::ast::{At, Duration, Edges, Expr, ExprKind, Subquery, TimeShift};
use crate::promql::syntax::literal;
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::duration::{self, Wanted};
use crate::promql::syntax::parser::labels;
use crate::promql::syntax::span::Fault;
use crate::promql::syntax::token::{Keyword, Kind};

/// What a postfix has done to the expression.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Changed,
    Wrapped,
}

/// Reads one postfix into `expr`; none if no postfix follows.
pub(super) fn postfix(cursor: &mut Cursor<'_>, expr: &mut Expr) -> Result<Option<Effect>, Fault> {
    match cursor.kind() {
        Kind::LeftBracket => {
            brackets(cursor, expr)?;
            return Ok(Some(Effect::Wrapped));
        }
        Kind::Keyword(Keyword::Offset) => offset(cursor, expr)?,
        Kind::At => at(cursor, expr)?,
        Kind::Keyword(Keyword::Anchored) => edges(cursor, expr, Edges::Anchored)?,
        Kind::Keyword(Keyword::Smoothed) => edges(cursor, expr, Edges::Smoothed)?,
        _ => return Ok(None),
    }
    Ok(Some(Effect::Changed))
}

/// `[5m]`, `[5m:]`, `[5m:1m]`
fn brackets(cursor: &mut Cursor<'_>, expr: &mut Expr) -> Result<(), Fault> {
    const DURATIONS: &str = "number, duration, step(), or range()";
    let open = cursor.next();
    let range = duration::positive(cursor, Wanted { context: "subquery or range selector", expected: DURATIONS })?;
    let inner = std::mem::replace(&mut expr.kind, ExprKind::Text(Vec::new()));
    if cursor.take(Kind::RightBracket).is_some() {
        expr.span = cursor.span_from(expr.span);
        expr.kind = ranged(inner, range).map_err(|message| Fault::new(open, message))?;
        return Ok(());
    }
    cursor.expect(Kind::Colon, "subquery or range", "\":\" or \"]\"")?;
    let mut step = None;
    if cursor.kind() != Kind::RightBracket {
        let expected = "number, duration, step(), range(), or \"]\"";
        step = Some(duration::positive(cursor, Wanted { context: "subquery selector", expected })?);
    }
    cursor.expect(Kind::RightBracket, "subquery selector", "\"]\"")?;
    let inner = Expr { kind: inner, span: expr.span };
    expr.span = cursor.span_from(expr.span);
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

fn offset(cursor: &mut Cursor<'_>, expr: &mut Expr) -> Result<(), Fault> {
    cursor.next();
    let offset = duration::offset(cursor)?;
    let start = expr.span;
    let time = time_of(expr).ok_or_else(|| Fault::new(start, must_follow("offset")))?;
    // An offset of nothing is as good as none.
    if time.offset != Duration::Literal(0) {
        return Err(Fault::new(start, "offset may not be set multiple times"));
    }
    time.offset = offset;
    expr.span = cursor.span_from(start);
    Ok(())
}

/// `@ 1234.5`, `@ start()`, `@ end()`
fn at(cursor: &mut Cursor<'_>, expr: &mut Expr) -> Result<(), Fault> {
    cursor.next();
    let start = expr.span;
    let at = if let Kind::Keyword(keyword @ (Keyword::Start | Keyword::End)) = cursor.kind() {
        cursor.next();
        cursor.expect(Kind::LeftParen, "@", "timestamp")?;
        cursor.expect(Kind::RightParen, "@", "timestamp")?;
        if keyword == Keyword::Start { At::Start } else { At::End }
    } else {
        let number = labels::signed_number(cursor)?.ok_or_else(|| cursor.unexpected("@", "timestamp"))?;
        let bound = i64::MAX as f64;
        if !(number.value > -bound && number.value < bound) {
            let value = literal::decimal(number.value);
            return Err(Fault::new(start, format!("timestamp out of bounds for @ modifier: {value}")));
        }
        At::Time((number.value * 1000.0).round() as i64)
    };
    let time = time_of(expr).ok_or_else(|| Fault::new(start, must_follow("@")))?;
    if time.at.is_some() {
        return Err(Fault::new(start, "@ <timestamp> may not be set multiple times"));
    }
    time.at = Some(at);
    expr.span = cursor.span_from(start);
    Ok(())
}

fn edges(cursor: &mut Cursor<'_>, expr: &mut Expr, wanted: Edges) -> Result<(), Fault> {
    cursor.next();
    let start = expr.span;
    let name = if wanted == Edges::Anchored { "anchored" } else { "smoothed" };
    let fault = |message: String| Err(Fault::new(start, message));
    match &mut expr.kind {
        ExprKind::Selector(selector) | ExprKind::Range(selector, _) => {
            if selector.edges.is_some_and(|edges| edges != wanted) {
                return fault("anchored and smoothed modifiers cannot be used together".to_owned());
            }
            selector.edges = Some(wanted);
        }
        ExprKind::Subquery(_) => return fault(format!("{name} modifier is not supported for subqueries")),
        _ => {
            return fault(format!(
                "{name} modifier must be preceded by an instant vector selector or range vector selector"
            ));
        }
    }
    expr.span = cursor.span_from(start);
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
