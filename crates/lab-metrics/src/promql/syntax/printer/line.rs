//! A query on one line.

use std::fmt::Write as _;
use std::time::Duration as Time;

use crate::promql::syntax::ast::{
    Aggregate, At, Binary, Duration, DurationExpr, DurationKind, Edges, Expr, ExprKind, LabelMatcher, Matching, Number,
    Selector, Side, Sign, Subquery, TimeShift,
};
use crate::promql::syntax::literal::{decimal, quote, short};
use crate::promql::syntax::operator::Operator;

/// The query on one line.
pub fn print(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(value) => number(*value),
        ExprKind::Text(bytes) => quote(bytes),
        ExprKind::Selector(vector) => selector(vector, ""),
        ExprKind::Range(vector, range) => selector(vector, &format!("[{}]", duration(range))),
        ExprKind::Subquery(subquery) => print(&subquery.inner) + &brackets(subquery),
        ExprKind::Paren(inner) => format!("({})", print(inner)),
        ExprKind::Unary(by, inner) => format!("{}{}", sign(*by), print(inner)),
        ExprKind::Binary(binary) => {
            format!("{} {} {}", left_operand(binary, print(&binary.left)), operator(binary), print(&binary.right))
        }
        ExprKind::Aggregate(aggregate) => {
            let parameter = aggregate.parameter.as_ref().map(|parameter| print(parameter) + ", ");
            format!("{}({}{})", aggregation(aggregate), parameter.unwrap_or_default(), print(&aggregate.inner))
        }
        ExprKind::Call(function, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(print).collect();
            format!("{}({})", function.name, arguments.join(", "))
        }
    }
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
    decimal(number.value)
}

pub(super) fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Plus => "+",
        Sign::Minus => "-",
    }
}

/// A selector; `range` is its range in brackets, or empty.
fn selector(selector: &Selector, range: &str) -> String {
    let mut matchers: Vec<String> = selector.matchers.iter().map(matcher).collect();
    matchers.sort_unstable();
    let mut text = selector.name.clone().unwrap_or_default();
    // Prometheus prints nothing for the `{}` that only `info` may have, which cannot be read back.
    if !matchers.is_empty() || text.is_empty() {
        let _ = write!(text, "{{{}}}", matchers.join(","));
    }
    text.push_str(range);
    let edges = match selector.edges {
        None => "",
        Some(Edges::Anchored) => " anchored",
        Some(Edges::Smoothed) => " smoothed",
    };
    let TimeShift { offset: back, at: instant } = &selector.time;
    // Behind a range the edges come first.
    if range.is_empty() {
        text + &at(*instant) + edges + &offset(back)
    } else {
        text + edges + &at(*instant) + &offset(back)
    }
}

fn matcher(matcher: &LabelMatcher) -> String {
    format!("{}{}{}", label(&matcher.name), matcher.op.as_str(), quote(&matcher.value))
}

/// The name of a label, in quotes where it is no plain word.
fn label(name: &[u8]) -> String {
    let is_plain =
        |(at, byte): (usize, &u8)| byte.is_ascii_alphabetic() || *byte == b'_' || (at > 0 && byte.is_ascii_digit());
    if !name.is_empty() && name.iter().enumerate().all(is_plain) {
        String::from_utf8_lossy(name).into_owned()
    } else {
        quote(name)
    }
}

fn at(at: Option<At>) -> String {
    match at {
        None => String::new(),
        Some(At::Start) => " @ start()".to_owned(),
        Some(At::End) => " @ end()".to_owned(),
        Some(At::Time(milliseconds)) => format!(" @ {:.3}", milliseconds as f64 / 1000.0),
    }
}

fn offset(offset: &Duration) -> String {
    if *offset == Duration::Literal(0) {
        return String::new();
    }
    let text = duration(offset);
    // Behind a single operand an operator would belong to the query; behind a second sign it does not.
    let signs = match offset {
        Duration::Computed(expr) if ends_in_operation(expr) && !text.starts_with('(') => match text.as_bytes() {
            [b'-', b'-', ..] => "",
            [b'-', ..] => "+",
            _ => "++",
        },
        _ => "",
    };
    format!(" offset {signs}{text}")
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
pub(super) fn brackets(subquery: &Subquery) -> String {
    let step = subquery.step.as_ref().map(duration).unwrap_or_default();
    let TimeShift { offset: back, at: instant } = &subquery.time;
    format!("[{}:{step}]{}{}", duration(&subquery.range), at(*instant), offset(back))
}

/// An aggregation without its arguments.
pub(super) fn aggregation(aggregate: &Aggregate) -> String {
    let name = aggregate.operation.name();
    match aggregate.without {
        true => format!("{name} without ({}) ", labels(&aggregate.labels)),
        false if aggregate.labels.is_empty() => name.to_owned(),
        false => format!("{name} by ({}) ", labels(&aggregate.labels)),
    }
}

fn labels(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| label(name.as_bytes())).collect();
    names.join(", ")
}

/// An operator with what belongs to it.
pub(super) fn operator(binary: &Binary) -> String {
    let returns_bool = if binary.returns_bool { " bool" } else { "" };
    let matching = binary.matching.as_ref().map(matching).unwrap_or_default();
    format!("{}{returns_bool}{matching}", binary.operator.name())
}

fn matching(matching: &Matching) -> String {
    let mut text = String::new();
    if !matching.labels.is_empty() || matching.on || matching.group.is_some() {
        let word = if matching.on { "on" } else { "ignoring" };
        let _ = write!(text, " {word} ({})", labels(&matching.labels));
    }
    if let Some((side, include)) = &matching.group {
        let word = if *side == Side::Left { "group_left" } else { "group_right" };
        let _ = write!(text, " {word} ({})", labels(include));
    }
    match (matching.fill_left, matching.fill_right) {
        (Some(left), Some(right)) if left.value == right.value => {
            let _ = write!(text, " fill ({})", short(left.value));
        }
        (left, right) => {
            for (name, value) in [("fill_left", left), ("fill_right", right)] {
                if let Some(value) = value {
                    let _ = write!(text, " {name} ({})", short(value.value));
                }
            }
        }
    }
    text
}
