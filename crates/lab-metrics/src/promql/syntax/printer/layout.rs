//! A query laid out over lines of at most 100 bytes where that is possible, each part indented by its depth, as
//! Prometheus' `format_query` does.

use crate::promql::syntax::ast::{Expr, ExprKind, Subquery};
use crate::promql::syntax::printer::line;

/// The longest text that stays on one line, in bytes.
const LINE: usize = 100;

/// The query, indented by `level`; `calculated` as for [`line::part`].
///
/// It descends into a query of the greatest depth on a small stack, so what an arm needs stands in functions of its own.
pub(crate) fn pretty(expr: &Expr, level: usize, calculated: bool) -> String {
    match &expr.kind {
        // Prometheus indents no subquery that stays on its line.
        ExprKind::Subquery(subquery) => match on_a_line(expr, calculated) {
            Some(text) => text,
            None => followed(pretty(&subquery.inner, level, false), subquery, calculated),
        },
        ExprKind::Unary(sign, operand) => signed(level, sign.name(), &pretty(operand, level, calculated)),
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Selector(_) | ExprKind::Range(..) => {
            indent(level) + &line::part(expr, calculated)
        }
        _ => match on_a_line(expr, calculated) {
            Some(text) => indent(level) + &text,
            None => over_lines(expr, level, calculated),
        },
    }
}

/// What is too long for a line.
fn over_lines(expr: &Expr, level: usize, calculated: bool) -> String {
    let mut text = String::new();
    match &expr.kind {
        ExprKind::Binary(binary) => {
            let left = pretty(&binary.left, level + 1, line::calculates(binary));
            text = line::left_operand(binary, left);
            operator(&mut text, level, &line::operator(binary));
            text.push_str(&pretty(&binary.right, level + 1, calculated));
        }
        ExprKind::Aggregate(aggregate) => {
            open(&mut text, level, &line::aggregation(aggregate));
            if let Some(parameter) = &aggregate.parameter {
                text.push_str(&pretty(parameter, level + 1, false));
                text.push_str(",\n");
            }
            text.push_str(&pretty(&aggregate.inner, level + 1, false));
            close(&mut text, level);
        }
        ExprKind::Call(function, arguments) => {
            open(&mut text, level, function.name);
            for (at, argument) in arguments.iter().enumerate() {
                text.push_str(if at > 0 { ",\n" } else { "" });
                text.push_str(&pretty(argument, level + 1, false));
            }
            close(&mut text, level);
        }
        ExprKind::Paren(operand) => {
            open(&mut text, level, "");
            text.push_str(&pretty(operand, level + 1, false));
            close(&mut text, level);
        }
        _ => {}
    }
    text
}

/// The query on one line, if it fits.
fn on_a_line(expr: &Expr, calculated: bool) -> Option<String> {
    Some(line::part(expr, calculated)).filter(|text| text.len() <= LINE)
}

fn followed(text: String, subquery: &Subquery, calculated: bool) -> String {
    text + &line::brackets(subquery, calculated)
}

fn signed(level: usize, sign: &str, operand: &str) -> String {
    format!("{}{sign}{}", indent(level), operand.trim())
}

fn operator(text: &mut String, level: usize, operator: &str) {
    text.push_str(&format!("\n{}{operator}\n", indent(level)));
}

fn open(text: &mut String, level: usize, name: &str) {
    text.push_str(&format!("{}{name}(\n", indent(level)));
}

fn close(text: &mut String, level: usize) {
    text.push_str(&format!("\n{})", indent(level)));
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}
