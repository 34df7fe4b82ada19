//! A query laid out over lines of at most 100 bytes where that is possible, each part indented by its depth, as
//! Prometheus' `format_query` does.

use crate::promql::syntax::ast::{Expr, ExprKind};
use crate::promql::syntax::printer::line;

/// The longest text that stays on one line, in bytes.
const LINE: usize = 100;

/// The query, indented by `level`; `calculated` as for [`line::part`].
pub(crate) fn pretty(expr: &Expr, level: usize, calculated: bool) -> String {
    let (indent, text) = ("  ".repeat(level), line::part(expr, calculated));
    let inner = |inner: &Expr| pretty(inner, level + 1, false);
    match &expr.kind {
        // Prometheus indents no subquery that stays on its line.
        ExprKind::Subquery(_) if text.len() <= LINE => text,
        ExprKind::Subquery(subquery) => pretty(&subquery.inner, level, false) + &line::brackets(subquery, calculated),
        ExprKind::Unary(sign, operand) => {
            format!("{indent}{}{}", sign.name(), pretty(operand, level, calculated).trim())
        }
        _ if text.len() <= LINE => indent + &text,
        ExprKind::Binary(binary) => {
            let left = line::left_operand(binary, pretty(&binary.left, level + 1, line::calculates(binary)));
            format!("{left}\n{indent}{}\n{}", line::operator(binary), pretty(&binary.right, level + 1, calculated))
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
