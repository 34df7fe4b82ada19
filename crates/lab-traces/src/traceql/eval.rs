//! A query over one trace.
//!
//! [`pipeline`] runs the stages, [`structure`] combines spansets by the tree of the trace, [`field`]
//! computes expressions on one span, [`together`] those on one event of it, [`attribute`] looks up what a span has.

pub(crate) mod attribute;
pub(crate) mod field;
pub(crate) mod pipeline;
pub mod spanset;
pub(crate) mod structure;
pub(crate) mod together;

use crate::span::Trace;
use crate::traceql::eval::spanset::Spanset;
use crate::traceql::plan::Plan;

/// The spansets that a query selects of a trace; none if the trace does not match.
pub fn evaluate(plan: &Plan, trace: &Trace) -> Vec<Spanset> {
    pipeline::run(plan, &plan.pipeline, trace, vec![Spanset::whole(trace)])
}
