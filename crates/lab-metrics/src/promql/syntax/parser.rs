//! From the tokens of a query to its tree, by recursive descent.
//!
//! ```text
//! expression = unary { operator [bool] [on|ignoring labels] [group_left|group_right [labels]] [fill…] unary }
//! unary      = { "+"|"-" } postfixed
//! postfixed  = primary { "[" range [":" [step]] "]" | "offset" duration | "@" time | anchored | smoothed }
//! primary    = number | string | "(" expression ")" | aggregation | call | selector
//! ```
//!
//! It stops at the first fault, which it words as Prometheus does. What depends on the types of expressions is
//! [checked](crate::promql::syntax::check) afterwards.

use lab_syntax::{Fault, Place};

use crate::promql::syntax::ast::Expr;
use crate::promql::syntax::token::Kind;

mod cursor;
mod duration;
mod expression;
mod postfix;
mod selector;

use self::cursor::Cursor;

/// The tree of a query.
pub(super) fn query(text: &str) -> Result<Expr, Fault> {
    let mut cursor = Cursor::new(text);
    if cursor.kind() == Kind::End {
        return Err(Fault::new(Place::default(), "no expression found in input"));
    }
    let expr = expression::expression(&mut cursor, 0)?;
    if cursor.kind() == Kind::End { Ok(expr) } else { Err(cursor.unexpected("", "")) }
}
