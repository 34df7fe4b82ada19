//! What may stand behind a binary operator: `bool`, `on`, `ignoring`, `group_left`, `group_right`, `fill`.

use crate::promql::syntax::ast::{Matching, Number, Side};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::labels;
use crate::promql::syntax::span::Fault;
use crate::promql::syntax::token::{Keyword, Kind};

/// Whether there is a `bool`, and the matching.
pub(super) fn modifiers(cursor: &mut Cursor<'_>) -> Result<(bool, Matching), Fault> {
    let returns_bool = cursor.take_keyword(Keyword::Bool).is_some();
    let mut matching = Matching::default();
    if let Kind::Keyword(keyword @ (Keyword::On | Keyword::Ignoring)) = cursor.kind() {
        cursor.next();
        matching.on = keyword == Keyword::On;
        matching.labels = labels::list(cursor)?;
        matching.group = group(cursor)?;
    }
    fill(cursor, &mut matching)?;
    Ok((returns_bool, matching))
}

fn group(cursor: &mut Cursor<'_>) -> Result<Option<(Side, Vec<String>)>, Fault> {
    let side = match cursor.kind() {
        Kind::Keyword(Keyword::GroupLeft) => Side::Left,
        Kind::Keyword(Keyword::GroupRight) => Side::Right,
        _ => return Ok(None),
    };
    cursor.next();
    let include = if cursor.kind() == Kind::LeftParen { labels::list(cursor)? } else { Vec::new() };
    Ok(Some((side, include)))
}

/// `fill (0)`, or `fill_left (0)` and `fill_right (0)` in either order.
fn fill(cursor: &mut Cursor<'_>, matching: &mut Matching) -> Result<(), Fault> {
    if cursor.take_keyword(Keyword::Fill).is_some() {
        let value = Some(fill_value(cursor)?);
        (matching.fill_left, matching.fill_right) = (value, value);
        return Ok(());
    }
    loop {
        if matching.fill_left.is_none() && cursor.take_keyword(Keyword::FillLeft).is_some() {
            matching.fill_left = Some(fill_value(cursor)?);
        } else if matching.fill_right.is_none() && cursor.take_keyword(Keyword::FillRight).is_some() {
            matching.fill_right = Some(fill_value(cursor)?);
        } else {
            return Ok(());
        }
    }
}

fn fill_value(cursor: &mut Cursor<'_>) -> Result<Number, Fault> {
    cursor.expect(Kind::LeftParen, "", "")?;
    let value = labels::signed_number(cursor)?.ok_or_else(|| cursor.unexpected("", ""))?;
    cursor.expect(Kind::RightParen, "", "")?;
    Ok(value)
}
