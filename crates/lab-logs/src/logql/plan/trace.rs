//! A query for one trace's lines can leave out the chunks that do not name the trace.

use lab_model::MatchOp;

use crate::logql::syntax::ast::{Condition, Stage};
use crate::store::rows::trace_filter::TRACE_ID;

/// The trace that every line must belong to, if the stages say so before anything can change the labels.
pub(crate) fn wanted_trace(stages: &[Stage]) -> Option<&str> {
    let mut unchanged = stages.iter().take_while(|stage| matches!(stage, Stage::Line(_) | Stage::Label(_)));
    unchanged.find_map(|stage| if let Stage::Label(condition) = stage { of_condition(condition) } else { None })
}

fn of_condition(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Match(m) if m.name == TRACE_ID && m.op == MatchOp::Equal && !m.value.is_empty() => Some(&m.value),
        Condition::And(left, right) => of_condition(left).or_else(|| of_condition(right)),
        _ => None,
    }
}
