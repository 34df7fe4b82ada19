//! The stages of a pipeline, one after the other. Pipelines may stand inside spansets and scalars, so all
//! three are evaluated here.

use crate::span::Trace;
use crate::traceql::eval::field;
use crate::traceql::eval::spanset::{SpanContext, Spanset};
use crate::traceql::eval::{structure, together};
use crate::traceql::functions::aggregate::Aggregate;
use crate::traceql::plan::Plan;
use crate::traceql::plan::missing;
use crate::traceql::syntax::ast::{FieldExpr, Pipeline, ScalarExpr, SpansetExpr, Stage};
use crate::traceql::syntax::operator::BinaryOp;
use crate::traceql::value::{self, Value, compute};

/// The values of aggregates, under the names that the query gives them.
type Found = Vec<(String, Value<'static>)>;

/// The spansets that the stages make of those that are given to the first one.
pub(crate) fn run(plan: &Plan, pipeline: &Pipeline, trace: &Trace, input: Vec<Spanset>) -> Vec<Spanset> {
    let mut spansets = input;
    for stage in &pipeline.stages {
        if spansets.is_empty() {
            break;
        }
        spansets = match &stage.content {
            Stage::Spanset(expr) => spansets.into_iter().flat_map(|input| select(plan, expr, trace, input)).collect(),
            Stage::Scalar { left, op, right } => {
                spansets.into_iter().filter_map(|input| filter(plan, (left, *op, right), trace, input)).collect()
            }
            Stage::By(expr) => spansets.into_iter().flat_map(|input| group(plan, expr, trace, &input)).collect(),
            Stage::Coalesce => vec![Spanset::merged(spansets)],
            Stage::Select(_) => spansets,
        };
    }
    spansets
}

/// The spansets that a spanset expression makes of one.
fn select(plan: &Plan, expr: &SpansetExpr, trace: &Trace, input: Spanset) -> Vec<Spanset> {
    match expr {
        SpansetExpr::Filter(None) => vec![input],
        SpansetExpr::Filter(Some(condition)) => {
            let mut kept = input;
            kept.spans.retain(|span| together::passes(plan, condition, SpanContext { trace, span: *span }));
            if kept.spans.is_empty() { Vec::new() } else { vec![kept] }
        }
        SpansetExpr::Nested(inner) => run(plan, inner, trace, vec![input]),
        SpansetExpr::Binary { op, left, right } => {
            let mut attributes = input.attributes.clone();
            let left = select(plan, left, trace, input.clone());
            let right = select(plan, right, trace, input);
            for (name, value) in left.iter().chain(&right).flat_map(|spanset| &spanset.attributes) {
                if !attributes.iter().any(|(known, _)| known == name) {
                    attributes.push((name.clone(), value.clone()));
                }
            }
            let spans = structure::combine(*op, &Spanset::merged(left).spans, &Spanset::merged(right).spans, trace);
            if spans.is_empty() { Vec::new() } else { vec![Spanset { spans, attributes }] }
        }
    }
}

/// Keeps a spanset if the comparison holds, with what its aggregates yielded.
fn filter(
    plan: &Plan,
    (left, op, right): (&ScalarExpr, BinaryOp, &ScalarExpr),
    trace: &Trace,
    mut input: Spanset,
) -> Option<Spanset> {
    let mut found = Vec::new();
    let left = scalar(plan, left, trace, &input, &mut found);
    let right = scalar(plan, right, trace, &input, &mut found);
    if !value::compare(op, &left, &right) {
        return None;
    }
    input.attributes.extend(found);
    Some(input)
}

/// The value of a scalar expression; what its aggregates yield is added to `found`.
fn scalar<'a>(
    plan: &'a Plan,
    expr: &'a ScalarExpr,
    trace: &'a Trace,
    spanset: &Spanset,
    found: &mut Found,
) -> Value<'a> {
    match expr {
        ScalarExpr::Literal(literal) => literal.value(),
        ScalarExpr::Aggregate { function, field } => {
            let value = aggregate(plan, function, field.as_ref().map(|field| &field.content), trace, spanset);
            found.push((expr.to_string(), value.clone()));
            value
        }
        ScalarExpr::Binary { op, left, right } => {
            let left = scalar(plan, left, trace, spanset, found);
            compute(*op, &left, &scalar(plan, right, trace, spanset, found))
        }
        ScalarExpr::Nested { pipeline, scalar: of } => {
            let selected = run(plan, pipeline, trace, vec![Spanset::whole(trace)]);
            let spans = selected.into_iter().flat_map(|spanset| spanset.spans).collect();
            scalar(plan, of, trace, &Spanset { spans, attributes: Vec::new() }, found)
        }
    }
}

fn aggregate(
    plan: &Plan,
    function: &Aggregate,
    field: Option<&FieldExpr>,
    trace: &Trace,
    spanset: &Spanset,
) -> Value<'static> {
    let contexts = spanset.spans.iter().map(|span| SpanContext { trace, span: *span });
    let values = contexts.filter_map(|at| Some(field::evaluate(plan, field?, at)));
    let numbers: Vec<Value<'_>> = values.filter(|value| value.number().is_some()).collect();
    (function.compute)(spanset.spans.len(), &numbers)
}

/// Splits a spanset by value, in the order in which values appear; spans without one are a group of their own.
fn group(plan: &Plan, expr: &FieldExpr, trace: &Trace, input: &Spanset) -> Vec<Spanset> {
    let name = format!("by({expr})");
    let mut groups: Vec<(Value<'_>, Spanset)> = Vec::new();
    for span in &input.spans {
        let value = field::evaluate(plan, expr, SpanContext { trace, span: *span });
        let value = match expr {
            FieldExpr::Attribute(attribute) => missing::or_stand_in(attribute, value),
            _ => value,
        };
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
