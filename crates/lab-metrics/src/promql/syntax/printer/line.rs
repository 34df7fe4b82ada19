//! A query on one line.

use std::fmt::Write as _;
use std::time::Duration as Time;

use lab_algebra::notation::{label_name, quote_string};
use lab_algebra::{Cardinality, Matching, Operator};
use lab_model::format_short_float;

use crate::promql::syntax::ast::{
    Aggregate, At, Binary, Duration, DurationExpr, DurationKind, Expr, ExprKind, LabelMatcher, Number, Selector,
    Subquery, TimeShift,
};

/// The query on one line.
pub fn print(expr: &Expr) -> String {
    part(expr, false)
}

/// A part of a query; `calculated` if `+`, `-`, `*`, `/`, `%` or `^` follows, which a duration at its end must not take.
pub(super) fn part(expr: &Expr, calculated: bool) -> String {
    let mut text = String::new();
    write(&mut text, expr, calculated);
    text
}

/// Writes a part. It descends into a query of the greatest depth on a small stack, so what needs room stands in functions of
/// its own.
fn write(text: &mut String, expr: &Expr, calculated: bool) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Selector(_) | ExprKind::Range(..) => {
            text.push_str(&leaf(expr, calculated));
        }
        ExprKind::Subquery(subquery) => {
            write(text, &subquery.inner, false);
            text.push_str(&brackets(subquery, calculated));
        }
        ExprKind::Paren(inner) => {
            text.push('(');
            write(text, inner, false);
            text.push(')');
        }
        ExprKind::Unary(by, inner) => {
            text.push_str(by.name());
            write(text, inner, calculated);
        }
        ExprKind::Binary(binary) => {
            let mut left = String::new();
            write(&mut left, &binary.left, calculates(binary));
            text.push_str(&left_operand(binary, left));
            text.extend([" ", &operator(binary), " "]);
            write(text, &binary.right, calculated);
        }
        ExprKind::Aggregate(aggregate) => {
            text.extend([&aggregation(aggregate), "("]);
            if let Some(parameter) = &aggregate.parameter {
                write(text, parameter, false);
                text.push_str(", ");
            }
            write(text, &aggregate.inner, false);
            text.push(')');
        }
        ExprKind::Call(function, arguments) => {
            text.extend([function.name, "("]);
            for (at, argument) in arguments.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                write(text, argument, false);
            }
            text.push(')');
        }
    }
}

/// A part that has no parts.
fn leaf(expr: &Expr, calculated: bool) -> String {
    match &expr.kind {
        ExprKind::Number(value) => number(*value),
        ExprKind::Text(bytes) => quote_string(bytes),
        ExprKind::Selector(vector) => selector(vector, "", calculated),
        ExprKind::Range(vector, range) => selector(vector, &format!("[{}]", duration(range)), calculated),
        _ => String::new(),
    }
}

/// True for the operators that durations have, too.
pub(super) fn calculates(binary: &Binary) -> bool {
    binary.operator.binding() >= Operator::Add.binding() && binary.operator != Operator::Atan2
}

/// The left operand of an operator. A plus would apply to the power, not to the number before it.
pub(super) fn left_operand(binary: &Binary, text: String) -> String {
    let is_number = matches!(binary.left.kind, ExprKind::Number(_)) && binary.operator == Operator::Power;
    if is_number { text.replace('+', "") } else { text }
}

/// A duration as it stands within brackets.
fn duration(duration: &Duration) -> String {
    match duration {
        Duration::Literal(milliseconds) => span_of_time(*milliseconds),
        Duration::Computed(expr) => computed(expr),
    }
}

fn span_of_time(milliseconds: i64) -> String {
    let text = lab_model::duration::format(Time::from_millis(milliseconds.unsigned_abs()));
    if milliseconds < 0 { format!("-{text}") } else { text }
}

fn computed(expr: &DurationExpr) -> String {
    let call = |name: &str, both: &[DurationExpr; 2]| format!("{name}({}, {})", computed(&both[0]), computed(&both[1]));
    let text = match &expr.kind {
        DurationKind::Number(value) => number(*value),
        DurationKind::Step => "step()".to_owned(),
        DurationKind::Range => "range()".to_owned(),
        DurationKind::Negate(inner) => format!("-{}", computed(inner)),
        DurationKind::Binary { operator, operands: both, .. } => {
            format!("{} {} {}", computed(&both[0]), operator.name(), computed(&both[1]))
        }
        DurationKind::MinOf(both) => call("min_of", both),
        DurationKind::MaxOf(both) => call("max_of", both),
    };
    if expr.in_parentheses { format!("({text})") } else { text }
}

fn number(number: Number) -> String {
    if number.is_duration {
        return span_of_time((number.value * 1000.0).round() as i64);
    }
    lab_model::format_float(number.value)
}

/// A selector; `range` is its range in brackets, or empty.
fn selector(selector: &Selector, range: &str, calculated: bool) -> String {
    let mut matchers: Vec<String> = selector.matchers.iter().map(matcher).collect();
    matchers.sort_unstable();
    let mut text = selector.name.clone().unwrap_or_default();
    // Prometheus prints nothing for the `{}` that only `info` may have, which cannot be read back.
    if !matchers.is_empty() || text.is_empty() {
        let _ = write!(text, "{{{}}}", matchers.join(","));
    }
    let edges = selector.edges.map_or_else(String::new, |edges| format!(" {}", edges.name()));
    // Behind a range the edges come first.
    let (before, behind) = if range.is_empty() { ("", edges.as_str()) } else { (edges.as_str(), "") };
    text + range + &time(before, &selector.time, behind, calculated)
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
fn ends_in_operation(expr: &DurationExpr) -> bool {
    match &expr.kind {
        _ if expr.in_parentheses => false,
        DurationKind::Binary { .. } => true,
        DurationKind::Negate(inner) => ends_in_operation(inner),
        _ => false,
    }
}

/// Range, step and time of a subquery.
pub(super) fn brackets(subquery: &Subquery, calculated: bool) -> String {
    let step = subquery.step.as_ref().map(duration).unwrap_or_default();
    format!("[{}:{step}]{}", duration(&subquery.range), time("", &subquery.time, "", calculated))
}

/// An aggregation without its arguments.
pub(super) fn aggregation(aggregate: &Aggregate) -> String {
    let (name, grouping) = (aggregate.operation.name(), &aggregate.grouping);
    let is_said = grouping.without || !grouping.labels.is_empty();
    if is_said { format!("{name} {grouping} ") } else { name.to_owned() }
}

/// An operator with what belongs to it.
pub(super) fn operator(binary: &Binary) -> String {
    let returns_bool = if binary.returns_bool { " bool" } else { "" };
    let matching = binary.matching.as_ref().map(matching).unwrap_or_default();
    format!("{}{returns_bool}{matching}", binary.operator.name())
}

fn matching(matching: &Matching) -> String {
    let is_said = matching.on || !matching.labels.is_empty() || matching.cardinality != Cardinality::OneToOne;
    let mut text = if is_said { format!(" {matching}") } else { String::new() };
    let fills = match (matching.fill_left, matching.fill_right) {
        (Some(left), Some(right)) if left == right => vec![("fill", left)],
        (left, right) => {
            left.map(|left| ("fill_left", left)).into_iter().chain(right.map(|right| ("fill_right", right))).collect()
        }
    };
    for (name, value) in fills {
        let _ = write!(text, " {name} ({})", format_short_float(value));
    }
    text
}
