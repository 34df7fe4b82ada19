//! `name{label="value", …}`

use lab_model::MatchOp;

use crate::promql::syntax::ast::{Expr, ExprKind, LabelMatcher, Selector, TimeShift};
use crate::promql::syntax::condition::Condition;
use crate::promql::syntax::literal;
use crate::promql::syntax::operator::Operator;
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::span::Fault;
use crate::promql::syntax::token::Kind;

const CONTEXT: &str = "label matching";

/// A selector: a name, matchers in braces, or both.
pub(super) fn selector(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.peek();
    let mut name = None;
    if start.kind.can_be_metric() {
        name = Some(cursor.text(start.span).to_owned());
        cursor.next();
    } else if start.kind != Kind::LeftBrace {
        return Err(cursor.unexpected("", ""));
    }
    let mut matchers = Vec::new();
    if cursor.take(Kind::LeftBrace).is_some() {
        while cursor.take(Kind::RightBrace).is_none() {
            matchers.push(matcher(cursor)?);
            if cursor.take(Kind::Comma).is_none() && cursor.kind() != Kind::RightBrace {
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
    let text = cursor.text(start.span);
    let name = match start.kind {
        Kind::Identifier => text.as_bytes().to_vec(),
        Kind::Text => literal::unquote(text),
        _ => return Err(cursor.unexpected(CONTEXT, "identifier or \"}\"")),
    };
    cursor.next();
    let op = match cursor.kind() {
        Kind::Equal => MatchOp::Equal,
        Kind::Operator(Operator::NotEqual) => MatchOp::NotEqual,
        Kind::RegexMatch => MatchOp::Regex,
        Kind::NotRegexMatch => MatchOp::NotRegex,
        _ if start.kind == Kind::Text => {
            let metric = lab_model::labels::METRIC_NAME.as_bytes().to_vec();
            let condition = Condition::new(&metric, MatchOp::Equal, &name);
            let condition = condition.map_err(|message| Fault::new(start.span, message))?;
            return Ok(LabelMatcher { name: metric, value: name, op: MatchOp::Equal, condition, span: start.span });
        }
        _ => return Err(cursor.unexpected(CONTEXT, "label matching operator")),
    };
    cursor.next();
    let place = cursor.expect(Kind::Text, CONTEXT, "string")?;
    let value = literal::unquote(cursor.text(place));
    let condition = Condition::new(&name, op, &value).map_err(|message| Fault::new(place, message))?;
    Ok(LabelMatcher { name, value, op, condition, span: start.span.to(place) })
}
