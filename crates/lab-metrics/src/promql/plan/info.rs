//! The plan of `info`: which info series are looked for, and when.

use lab_model::labels::METRIC_NAME;
use lab_model::{MatchOp, Matcher};
use lab_syntax::Position;

use crate::promql::error::PromqlError;
use crate::promql::plan::node::{Info, Kind, Node};
use crate::promql::plan::time::Shift;

/// The info series if no name is asked for, and the names among which those are that are not excluded.
const DEFAULT_NAME: &str = "target_info";
const ANY_NAME: &str = ".+_info";

/// Lays out a call of `info`. Its second argument has the form of a selector, but holds only conditions.
pub(super) fn call(arguments: Vec<Node>, place: Option<Position>) -> Result<Node, PromqlError> {
    let mut arguments = arguments.into_iter();
    let refuse = |position, message: &str| Err(PromqlError::Parse { position, message: message.to_owned() });
    let (Some(inner), conditions) = (arguments.next(), arguments.next()) else {
        return refuse(place, "info needs a vector");
    };
    let conditions = match conditions {
        None => Vec::new(),
        Some(Node { kind: Kind::Instant(selector), .. }) if selector.shift.is_none() => selector.matchers,
        Some(Node { place, .. }) => return refuse(place, "expected label selectors only"),
    };
    let inner_fixed = inner.fixed;
    let info = plan(inner, conditions);
    let fixed = inner_fixed && info.shift.at.is_some();
    Ok(Node { kind: Kind::Info(Box::new(info)), place, fixed })
}

fn plan(inner: Node, conditions: Vec<Matcher>) -> Info {
    let (mut names, data): (Vec<Matcher>, Vec<Matcher>) =
        conditions.into_iter().partition(|matcher| matcher.name == METRIC_NAME);
    if names.is_empty() {
        names.push(Matcher::equal(METRIC_NAME, DEFAULT_NAME));
    } else if names.iter().all(|matcher| matches!(matcher.op, MatchOp::NotEqual | MatchOp::NotRegex)) {
        names.extend(Matcher::new(METRIC_NAME, MatchOp::Regex, ANY_NAME));
    }
    let shift = first_shift(&inner).unwrap_or_default();
    Info { inner, names, data, shift }
}

/// `offset` and `@` of the first selector, with those of the subqueries around it: info series are looked for
/// where the series are.
fn first_shift(node: &Node) -> Option<Shift> {
    match &node.kind {
        Kind::Number(_) | Kind::Text(_) => None,
        Kind::Instant(selector) | Kind::SampleTime(selector) | Kind::Range(selector, _) => Some(selector.shift),
        Kind::Subquery(inner, outer, _) => first_shift(inner).map(|shift| match shift.at {
            Some(_) => shift,
            None => Shift { offset: shift.offset.saturating_add(outer.shift.offset), at: outer.shift.at },
        }),
        Kind::Negate(inner) | Kind::Absent(inner, _) | Kind::AbsentOverTime(inner, _) => first_shift(inner),
        Kind::Binary(binary) => first_shift(&binary.left).or_else(|| first_shift(&binary.right)),
        Kind::Aggregate(aggregate) => first_shift(&aggregate.inner),
        Kind::Call(_, arguments) => arguments.iter().find_map(first_shift),
        Kind::Info(info) => first_shift(&info.inner),
    }
}
