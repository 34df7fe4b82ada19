//! A query laid out over lines of at most 100 bytes where that is possible, each part indented by its depth, as
//! Prometheus' `format_query` does.

use crate::promql::syntax::ast::{Expr, ExprKind};
use crate::promql::syntax::printer::line;

/// The longest text that stays on one line, in bytes.
const LINE: usize = 100;

/// The query, indented by `level`.
pub(crate) fn pretty(expr: &Expr, level: usize) -> String {
    let (indent, text) = ("  ".repeat(level), line::print(expr));
    let inner = |inner: &Expr| pretty(inner, level + 1);
    match &expr.kind {
        // Prometheus indents no subquery that stays on its line.
        ExprKind::Subquery(_) if text.len() <= LINE => text,
        ExprKind::Subquery(subquery) => pretty(&subquery.inner, level) + &line::brackets(subquery),
        ExprKind::Unary(sign, operand) => format!("{indent}{}{}", line::sign(*sign), pretty(operand, level).trim()),
        _ if text.len() <= LINE => indent + &text,
        ExprKind::Binary(binary) => {
            format!(
                "{}\n{indent}{}\n{}",
                line::left_operand(binary, inner(&binary.left)),
                line::operator(binary),
                inner(&binary.right)
            )
        }
        ExprKind::Aggregate(aggregate) => {
            let parameter = aggregate.parameter.as_ref().map(|parameter| inner(parameter) + ",\n");
            let (parameter, operand) = (parameter.unwrap_or_default(), inner(&aggregate.inner));
            format!("{indent}{}(\n{parameter}{operand}\n{indent})", line::aggregation(aggregate))
        }
        ExprKind::Call(function, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(inner).collect();
            format!("{indent}{}(\n{}\n{indent})", function.name, arguments.join(",\n"))
        }
        ExprKind::Paren(operand) => format!("{indent}(\n{}\n{indent})", inner(operand)),
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Selector(_) | ExprKind::Range(..) => indent + &text,
    }
}
