//! What several rules share: lists of labels, and numbers.

use crate::promql::syntax::ast::Number;
use crate::promql::syntax::literal;
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::span::Fault;
use crate::promql::syntax::token::Kind;

/// `(label, …)`: the names of labels, which must be UTF-8.
pub(super) fn list(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Fault> {
    const CONTEXT: &str = "grouping opts";
    cursor.expect("(", CONTEXT, "\"(\"")?;
    let mut labels = Vec::new();
    while cursor.take(")").is_none() {
        labels.push(label(cursor)?);
        if cursor.take(",").is_none() && !cursor.is(")") {
            return Err(cursor.unexpected(CONTEXT, "\",\" or \")\""));
        }
    }
    Ok(labels)
}

fn label(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    let token = cursor.peek();
    let text = cursor.text(token.span);
    let name = match token.kind {
        Kind::Text => cursor.bytes(token.span),
        kind if kind.can_be_label() => text.as_bytes().to_vec(),
        _ => return Err(cursor.unexpected("grouping opts", "label")),
    };
    cursor.next();
    match String::from_utf8(name) {
        Ok(name) if !name.is_empty() => Ok(name),
        Ok(_) => Err(Fault::new(token.span, "invalid label name for grouping: \"\"")),
        Err(error) => {
            let shown = literal::quote(error.as_bytes());
            Err(Fault::new(token.span, format!("invalid label name for grouping: {shown}")))
        }
    }
}

/// The number or duration that comes next; the caller has made sure that there is one.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<Number, Fault> {
    let token = cursor.peek();
    let text = cursor.text(token.span);
    let is_duration = token.kind == Kind::Duration;
    let value = if is_duration { literal::duration(text) } else { literal::number(text) };
    let value = value.map_err(|message| Fault::new(token.span, message))?;
    cursor.next();
    Ok(Number { value, is_duration })
}

/// A number with a sign or without one; none if there is no number.
pub(super) fn signed_number(cursor: &mut Cursor<'_>) -> Result<Option<Number>, Fault> {
    let sign = cursor.take_sign();
    if !matches!(cursor.kind(), Kind::Number | Kind::Duration) {
        return Ok(None);
    }
    Ok(Some(number(cursor)?.signed(sign)))
}
