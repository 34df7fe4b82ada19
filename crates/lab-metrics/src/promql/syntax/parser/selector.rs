//! Selectors of series: `name{label="value", …}`

use lab_algebra::Operator;
use lab_model::MatchOp;
use lab_model::labels::METRIC_NAME;
use lab_syntax::Fault;

use crate::promql::functions::signature::Edges;
use crate::promql::syntax::ast::condition::demanded;
use crate::promql::syntax::ast::{Expr, ExprKind, LabelMatcher, Selector, TimeShift};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::token::Kind;

const CONTEXT: &str = "label matching";

/// A selector: a name, matchers in braces, or both.
pub(super) fn selector(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.place();
    let name = cursor.kind().can_be_metric().then(|| cursor.written(start).to_owned());
    if name.is_some() {
        cursor.advance();
    } else if !cursor.is("{") {
        return Err(cursor.unexpected("", ""));
    }
    let mut matchers = Vec::new();
    if cursor.accept("{") {
        while cursor.take("}").is_none() {
            matchers.push(matcher(cursor)?);
            if cursor.take(",").is_none() && !cursor.is("}") {
                return Err(cursor.unexpected(CONTEXT, "\",\" or \"}\""));
            }
        }
    }
    let selector = Selector { name, matchers, time: TimeShift::NONE, edges: Edges::Open };
    Ok(Expr { kind: ExprKind::Selector(Box::new(selector)), place: cursor.since(start) })
}

/// `label="value"`, or a metric's name in quotes.
fn matcher(cursor: &mut Cursor<'_>) -> Result<LabelMatcher, Fault> {
    let (kind, start) = (cursor.kind(), cursor.place());
    let name = match kind {
        Kind::Identifier => cursor.written(start).as_bytes().to_vec(),
        Kind::Text => cursor.bytes(start),
        _ => return Err(cursor.unexpected(CONTEXT, "identifier or \"}\"")),
    };
    let mut place = cursor.advance();
    let op = match cursor.kind() {
        Kind::Symbol("=") => Some(MatchOp::Equal),
        Kind::Operator(Operator::NotEqual) => Some(MatchOp::NotEqual),
        Kind::Symbol("=~") => Some(MatchOp::Regex),
        Kind::Symbol("!~") => Some(MatchOp::NotRegex),
        _ if kind == Kind::Text => None,
        _ => return Err(cursor.unexpected(CONTEXT, "label matching operator")),
    };
    let (name, op, value) = if let Some(op) = op {
        cursor.advance();
        if cursor.kind() != Kind::Text {
            return Err(cursor.unexpected(CONTEXT, "string"));
        }
        place = cursor.advance();
        (name, op, cursor.bytes(place))
    } else {
        (METRIC_NAME.into(), MatchOp::Equal, name)
    };
    let condition = demanded(&name, op, &value).map_err(|message| Fault::new(place, message))?;
    Ok(LabelMatcher { name, value, op, condition, place: start.to(place) })
}
