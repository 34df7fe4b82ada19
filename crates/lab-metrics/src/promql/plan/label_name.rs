//! The rule for strings of a query that name labels and are not UTF-8.
//!
//! As the name of a label such a string is refused, as Prometheus refuses it when it evaluates the call. Everywhere else
//! it is [kept and shown](crate::promql::value::shown).

use lab_algebra::notation::quote_string;

use crate::promql::error::PromqlError;
use crate::promql::syntax::ast::{Expr, ExprKind};

/// Checks the strings that name labels among the arguments of a function or aggregation.
pub(super) fn check(function: &str, arguments: &[Expr]) -> Result<(), PromqlError> {
    for (at, argument) in arguments.iter().enumerate() {
        let message = match (function, at) {
            ("label_replace" | "label_join", 1) => format!("invalid destination label name in {function}()"),
            ("label_join", 3..) => format!("invalid source label name in {function}()"),
            ("count_values", 0) => "invalid label name".to_owned(),
            _ => continue,
        };
        if let Some(name) = text(argument).filter(|name| name.is_empty() || std::str::from_utf8(name).is_err()) {
            let separator = if function == "count_values" { " " } else { ": " };
            return Err(PromqlError::Execution(format!("{message}{separator}{}", quote_string(name))));
        }
    }
    Ok(())
}

fn text(argument: &Expr) -> Option<&[u8]> {
    match &argument.kind {
        ExprKind::Text(bytes) => Some(bytes),
        ExprKind::Paren(inner) => text(inner),
        _ => None,
    }
}
