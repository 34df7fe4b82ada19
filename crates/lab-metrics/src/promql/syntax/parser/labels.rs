//! What several rules share: lists of labels, and numbers.

use lab_algebra::notation::quote_string;
use lab_syntax::Fault;

use crate::promql::syntax::ast::Number;
use crate::promql::syntax::literal;
use crate::promql::syntax::parser::cursor::Cursor;
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
    let (kind, place) = (cursor.kind(), cursor.place());
    let text = cursor.written(place);
    let name = match kind {
        Kind::Text => cursor.bytes(place),
        kind if kind.can_be_label() => text.as_bytes().to_vec(),
        _ => return Err(cursor.unexpected("grouping opts", "label")),
    };
    cursor.advance();
    match String::from_utf8(name) {
        Ok(name) if !name.is_empty() => Ok(name),
        Ok(_) => Err(Fault::new(place, "invalid label name for grouping: \"\"")),
        Err(error) => {
            let shown = quote_string(error.as_bytes());
            Err(Fault::new(place, format!("invalid label name for grouping: {shown}")))
        }
    }
}

/// The number or duration that comes next; the caller has made sure that there is one.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<Number, Fault> {
    let (kind, place) = (cursor.kind(), cursor.place());
    let text = cursor.written(place);
    let is_duration = kind == Kind::Duration;
    let value = if is_duration { literal::duration(text) } else { literal::number(text) };
    let value = value.map_err(|message| Fault::new(place, message))?;
    cursor.advance();
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
