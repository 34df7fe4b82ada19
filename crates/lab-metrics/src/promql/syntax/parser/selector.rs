//! Selectors of series: `name{label="value", …}`

use lab_algebra::Operator;
use lab_model::MatchOp;
use lab_model::labels::METRIC_NAME;

use crate::promql::syntax::ast::condition::Condition;
use crate::promql::syntax::ast::{Expr, ExprKind, LabelMatcher, Selector, TimeShift};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::span::Fault;
use crate::promql::syntax::token::Kind;

const CONTEXT: &str = "label matching";

/// A selector: a name, matchers in braces, or both.
pub(super) fn selector(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.peek();
    let name = start.kind.can_be_metric().then(|| cursor.text(cursor.peek().span).to_owned());
    if name.is_some() {
        cursor.next();
    } else if !cursor.is("{") {
        return Err(cursor.unexpected("", ""));
    }
    let mut matchers = Vec::new();
    if cursor.take("{").is_some() {
        while cursor.take("}").is_none() {
            matchers.push(matcher(cursor)?);
            if cursor.take(",").is_none() && !cursor.is("}") {
                return Err(cursor.unexpected(CONTEXT, "\",\" or \"}\""));
            }
        }
    }
    let selector = Selector { name, matchers, time: TimeShift::NONE, edges: None };
    Ok(Expr { kind: ExprKind::Selector(Box::new(selector)), span: cursor.span_from(start.span) })
}

/// `label="value"`, or a metric's name in quotes.
fn matcher(cursor: &mut Cursor<'_>) -> Result<LabelMatcher, Fault> {
    let start = cursor.peek();
    let name = match start.kind {
        Kind::Identifier => cursor.text(start.span).as_bytes().to_vec(),
        Kind::Text => cursor.bytes(start.span),
        _ => return Err(cursor.unexpected(CONTEXT, "identifier or \"}\"")),
    };
    cursor.next();
    let op = match cursor.kind() {
        Kind::Symbol("=") => MatchOp::Equal,
        Kind::Operator(Operator::NotEqual) => MatchOp::NotEqual,
        Kind::Symbol("=~") => MatchOp::Regex,
        Kind::Symbol("!~") => MatchOp::NotRegex,
        _ if start.kind == Kind::Text => {
            let condition = Condition::new(METRIC_NAME.as_bytes(), MatchOp::Equal, &name);
            let condition = condition.map_err(|message| Fault::new(start.span, message))?;
            let (name, value) = (METRIC_NAME.into(), name);
            return Ok(LabelMatcher { name, value, op: MatchOp::Equal, condition, span: start.span });
        }
        _ => return Err(cursor.unexpected(CONTEXT, "label matching operator")),
    };
    cursor.next();
    if cursor.kind() != Kind::Text {
        return Err(cursor.unexpected(CONTEXT, "string"));
    }
    let place = cursor.next();
    let value = cursor.bytes(place);
    let condition = Condition::new(&name, op, &value).map_err(|message| Fault::new(place, message))?;
    Ok(LabelMatcher { name, value, op, condition, span: start.span.to(place) })
}
