//! A query over one trace.

pub(crate) mod field;
pub(crate) mod scalar;
pub(crate) mod spanset;

use crate::span::Trace;
use crate::traceql::ast::{BinaryOp, FieldExpr, Pipeline, ScalarExpr, Stage};
use crate::traceql::eval::field::SpanContext;
use crate::traceql::plan::Plan;
use crate::traceql::value::{self, Value};

/// Spans of a trace that a query selected together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spanset {
    /// Indices into the trace's spans, ascending; never empty in a result.
    pub spans: Vec<usize>,
    /// What `by()` and aggregates found, as it is written in the query.
    pub attributes: Vec<(String, Value<'static>)>,
}

/// The spansets that a query selects of a trace; none if it does not match.
pub fn evaluate(plan: &Plan, trace: &Trace) -> Vec<Spanset> {
    let all = Spanset { spans: (0..trace.spans.len()).collect(), attributes: Vec::new() };
    pipeline(plan, &plan.query.pipeline, trace, vec![all])
}

pub(crate) fn pipeline(plan: &Plan, pipeline: &Pipeline, trace: &Trace, input: Vec<Spanset>) -> Vec<Spanset> {
    let mut spansets = input;
    for stage in &pipeline.stages {
        if spansets.is_empty() {
            break;
        }
        spansets = match stage {
            Stage::Spanset(expr) => {
                spansets.into_iter().flat_map(|input| spanset::evaluate(plan, expr, trace, input)).collect()
            }
            Stage::Scalar { left, op, right } => {
                spansets.into_iter().filter_map(|input| filter(plan, (left, *op, right), trace, input)).collect()
            }
            Stage::By(expr) => spansets.into_iter().flat_map(|input| group(plan, expr, trace, &input)).collect(),
            Stage::Coalesce => vec![coalesce(spansets)],
            Stage::Select(_) => spansets,
        };
    }
    spansets
}

/// Keeps a spanset if the comparison holds, with what its aggregates yielded.
fn filter(
    plan: &Plan,
    (left, op, right): (&ScalarExpr, BinaryOp, &ScalarExpr),
    trace: &Trace,
    mut input: Spanset,
) -> Option<Spanset> {
    let mut found = Vec::new();
    let left = scalar::evaluate(plan, left, trace, &input, &mut found);
    let right = scalar::evaluate(plan, right, trace, &input, &mut found);
    if !value::compare(op, &left, &right) {
        return None;
    }
    input.attributes.extend(found);
    Some(input)
}

/// Splits a spanset by value, in the order in which values appear; spans without one are left out.
fn group(plan: &Plan, expr: &FieldExpr, trace: &Trace, input: &Spanset) -> Vec<Spanset> {
    let name = format!("by({expr})");
    let mut groups: Vec<(Value<'_>, Spanset)> = Vec::new();
    for span in &input.spans {
        let value = field::evaluate(plan, expr, SpanContext { trace, span: *span });
        if !value.is_some() {
            continue;
        }
        if let Some((_, group)) = groups.iter_mut().find(|(known, _)| *known == value) {
            group.spans.push(*span);
        } else {
            let mut attributes = input.attributes.clone();
            attributes.push((name.clone(), value.clone().into_owned()));
            groups.push((value, Spanset { spans: vec![*span], attributes }));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn coalesce(spansets: Vec<Spanset>) -> Spanset {
    let mut spans: Vec<usize> = spansets.into_iter().flat_map(|spanset| spanset.spans).collect();
    spans.sort_unstable();
    spans.dedup();
    Spanset { spans, attributes: Vec::new() }
}
