//! From a tree back to text, in the spelling of Prometheus: on one line, or laid out over several as its `format_query`
//! does.

use std::fmt::Write as _;
use std::time::Duration as Time;

use lab_algebra::notation::{label_name, quote_string};
use lab_algebra::{Matching, Operator};

use crate::promql::functions::signature::Edges;
use crate::promql::syntax::ast::{
    Aggregate, At, Binary, Duration, Expr, ExprKind, LabelMatcher, Number, Selector, Subquery, TimeShift,
};
use crate::promql::syntax::printer::layout::{LONGEST_LINE, Layout};

mod layout;

/// The query on one line.
pub fn print(expr: &Expr) -> String {
    printed(expr, Layout::Line, false)
}

/// The query over lines of at most 100 bytes where that is possible.
pub(super) fn pretty(expr: &Expr) -> String {
    printed(expr, Layout::Lines(0), false)
}

fn printed(expr: &Expr, layout: Layout, calculated: bool) -> String {
    let mut text = String::new();
    write(&mut text, expr, layout, calculated);
    text
}

/// Writes a part of a query; `calculated` if `+`, `-`, `*`, `/`, `%` or `^` follows, which a duration at its end must not
/// take.
///
/// It descends into a query of the greatest depth on a small stack, so what needs room stands in functions of its own.
fn write(text: &mut String, expr: &Expr, layout: Layout, calculated: bool) {
    if layout != Layout::Line && write_on_a_line(text, expr, layout, calculated) {
        return;
    }
    match &expr.kind {
        ExprKind::Number(value) => layout.word(text, &number(*value)),
        ExprKind::Text(bytes) => layout.word(text, &quote_string(bytes)),
        ExprKind::Selector(vector) => layout.word(text, &selector(vector, None, calculated)),
        ExprKind::Range(vector, range) => layout.word(text, &selector(vector, Some(range), calculated)),
        ExprKind::Subquery(subquery) => {
            write(text, &subquery.inner, layout, false);
            text.push_str(&brackets(subquery, calculated));
        }
        ExprKind::Paren(inner) => {
            layout.open(text, "");
            write(text, inner, layout.deeper(), false);
            layout.close(text);
        }
        ExprKind::Unary(sign, inner) => {
            layout.word(text, sign.name());
            text.push_str(printed(inner, layout, calculated).trim_start());
        }
        ExprKind::Binary(binary) => {
            let left = printed(&binary.left, layout.deeper(), calculates(binary));
            text.push_str(&left_operand(binary, left));
            layout.gap(text, " ");
            layout.word(text, &operator(binary));
            layout.gap(text, " ");
            write(text, &binary.right, layout.deeper(), calculated);
        }
        ExprKind::Aggregate(aggregate) => {
            layout.open(text, &aggregation(aggregate));
            if let Some(parameter) = &aggregate.parameter {
                write(text, parameter, layout.deeper(), false);
                text.push(',');
                layout.gap(text, " ");
            }
            write(text, &aggregate.inner, layout.deeper(), false);
            layout.close(text);
        }
        ExprKind::Call(function, arguments) => {
            layout.open(text, function.name);
            for (at, argument) in arguments.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                    layout.gap(text, " ");
                }
                write(text, argument, layout.deeper(), false);
            }
            layout.close(text);
        }
    }
}

/// Writes a part on one line if it fits there. As in Prometheus, a subquery is not indented then.
fn write_on_a_line(text: &mut String, expr: &Expr, layout: Layout, calculated: bool) -> bool {
    let line = printed(expr, Layout::Line, calculated);
    let fits = line.len() <= LONGEST_LINE;
    if fits {
        let layout = if matches!(expr.kind, ExprKind::Subquery(_)) { Layout::Line } else { layout };
        layout.word(text, &line);
    }
    fits
}

/// True for the operators that durations have, too.
fn calculates(binary: &Binary) -> bool {
    binary.operator.binding() >= Operator::Add.binding() && binary.operator != Operator::Atan2
}

/// The left operand of an operator. A plus would apply to the power, not to the number before it.
fn left_operand(binary: &Binary, text: String) -> String {
    let is_number = matches!(binary.left.kind, ExprKind::Number(_)) && binary.operator == Operator::Power;
    if is_number { text.replace('+', "") } else { text }
}

/// A duration as it stands within brackets.
fn duration(duration: &Duration) -> String {
    match duration {
        Duration::Literal(milliseconds) => span_of_time(*milliseconds),
        Duration::Computed(expr) => print(expr),
    }
}

fn span_of_time(milliseconds: i64) -> String {
    let text = lab_model::duration::format(Time::from_millis(milliseconds.unsigned_abs()));
    if milliseconds < 0 { format!("-{text}") } else { text }
}

fn number(number: Number) -> String {
    if number.is_duration {
        return span_of_time((number.value * 1000.0).round() as i64);
    }
    lab_model::format_float(number.value)
}

/// A selector, perhaps with a range.
fn selector(selector: &Selector, range: Option<&Duration>, calculated: bool) -> String {
    let mut matchers: Vec<String> = selector.matchers.iter().map(matcher).collect();
    matchers.sort_unstable();
    let mut text = selector.name.clone().unwrap_or_default();
    // Prometheus prints nothing for the `{}` that only `info` may have, which cannot be read back.
    if !matchers.is_empty() || text.is_empty() {
        let _ = write!(text, "{{{}}}", matchers.join(","));
    }
    let edges = if selector.edges == Edges::Open { String::new() } else { format!(" {}", selector.edges.name()) };
    let range = range.map_or_else(String::new, |range| format!("[{}]", duration(range)));
    // Behind a range the edges come first.
    let (before, behind) = if range.is_empty() { ("", edges.as_str()) } else { (edges.as_str(), "") };
    text + &range + &time(before, &selector.time, behind, calculated)
}

fn matcher(matcher: &LabelMatcher) -> String {
    format!("{}{}{}", label_name(&matcher.name), matcher.op.as_str(), quote_string(&matcher.value))
}

/// `@` and `offset`, with what stands before and behind the former.
fn time(before: &str, time: &TimeShift, behind: &str, calculated: bool) -> String {
    let at = match time.at {
        None => String::new(),
        Some(At::Start) => " @ start()".to_owned(),
        Some(At::End) => " @ end()".to_owned(),
        Some(At::Time(milliseconds)) => format!(" @ {:.3}", milliseconds as f64 / 1000.0),
    };
    let text = duration(&time.offset);
    // Behind a single operand an operator would belong to the query; behind a second sign it does not.
    let signs = match (&time.offset, text.as_bytes()) {
        (Duration::Literal(0), _) => return format!("{before}{at}{behind}"),
        (Duration::Computed(expr), [first, second, ..]) if ends_in_operation(expr) => match (first, second) {
            (b'(', _) | (b'-', b'-') => "",
            (b'-', _) => "+",
            _ => "++",
        },
        _ => "",
    };
    let takes_operators = text.starts_with('(') || text.starts_with("--") || !signs.is_empty();
    if takes_operators && calculated {
        return format!(" offset {signs}{text}{before}{at}{behind}");
    }
    format!("{before}{at}{behind} offset {signs}{text}")
}

/// True for operations that no parentheses hold together.
fn ends_in_operation(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary(_) => true,
        ExprKind::Unary(_, inner) => ends_in_operation(inner),
        _ => false,
    }
}

/// Range, step and time of a subquery.
fn brackets(subquery: &Subquery, calculated: bool) -> String {
    let step = subquery.step.as_ref().map(duration).unwrap_or_default();
    format!("[{}:{step}]{}", duration(&subquery.range), time("", &subquery.time, "", calculated))
}

/// An aggregation without its arguments.
fn aggregation(aggregate: &Aggregate) -> String {
    let (name, grouping) = (aggregate.operation.name(), &aggregate.grouping);
    let is_said = grouping.without || !grouping.labels.is_empty();
    if is_said { format!("{name} {grouping} ") } else { name.to_owned() }
}

/// An operator with what belongs to it.
fn operator(binary: &Binary) -> String {
    let returns_bool = if binary.returns_bool { " bool" } else { "" };
    let matching = binary.matching.as_ref().filter(|matching| **matching != Matching::default());
    let matching = matching.map_or_else(String::new, |matching| format!(" {matching}"));
    format!("{}{returns_bool}{matching}", binary.operator.name())
}
