//! Attributes and intrinsics, alone and in lists.

use lab_syntax::Fault;

use crate::traceql::attribute::{Attribute, Intrinsic, Scope};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::parser::cursor::Cursor;
use crate::traceql::syntax::token::TokenKind;

/// An attribute or an intrinsic.
pub(super) fn attribute(cursor: &mut Cursor<'_>) -> Result<Node<Attribute>, Fault> {
    let attribute = match cursor.peek() {
        TokenKind::Attribute { scope, name } => custom(scope, name),
        TokenKind::Identifier(name) => match Intrinsic::from_name(name) {
            Some(intrinsic) => Attribute::Intrinsic(intrinsic),
            None => return Err(cursor.unexpected(&[])),
        },
        _ => return Err(cursor.unexpected(&[])),
    };
    let attribute = Node::new(cursor.place(), attribute);
    cursor.advance();
    Ok(attribute)
}

/// `"(" attribute { "," attribute } ")"`
pub(super) fn list(cursor: &mut Cursor<'_>) -> Result<Vec<Node<Attribute>>, Fault> {
    cursor.expect("(")?;
    let mut attributes = vec![attribute(cursor)?];
    while cursor.accept(",") {
        attributes.push(attribute(cursor)?);
    }
    cursor.expect(")")?;
    Ok(attributes)
}

/// The attribute that a token names.
fn custom(scope: &str, name: &str) -> Attribute {
    let (parent, scope) = match scope.strip_prefix("parent") {
        Some(inner) => (true, inner.trim_start_matches('.')),
        None => (false, scope),
    };
    let scope = Scope::ALL.into_iter().find(|known| known.as_str() == scope).unwrap_or(Scope::Any);
    Attribute::Custom { scope, parent, name: name.to_owned() }
}
