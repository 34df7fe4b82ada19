//! A part of one trace: the spans that a filter selects, and as many generations above and below them as wanted.

use std::collections::HashSet;

use crate::protobuf::span_key::{SpanKey, span_key};
use crate::span::Trace;
use crate::store::select::trace::StoredTrace;
use crate::traceql::eval::evaluate;
use crate::traceql::plan::Plan;

/// Which spans of a trace are wanted.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// What selects spans.
    pub plan: Plan,
    /// How many generations above a selected span stay; `None` for all.
    pub ancestors: Option<usize>,
    /// How many generations below a selected span stay; `None` for all.
    pub descendants: Option<usize>,
}

impl Excerpt {
    /// Leaves out the spans that are not wanted.
    pub fn apply(&self, stored: &mut StoredTrace) {
        let Some(trace) = Trace::decode(stored.id, &stored.spans) else { return };
        let selected: Vec<usize> = evaluate(&self.plan, &trace).into_iter().flat_map(|spanset| spanset.spans).collect();
        let mut kept: HashSet<usize> = selected.iter().copied().collect();
        kept.extend(above(&trace, &selected, self.ancestors));
        kept.extend(below(&trace, &selected, self.descendants));
        let keys: HashSet<SpanKey> = kept.into_iter().map(|span| key(&trace, span)).collect();
        stored.spans.retain(|span| span_key(&span.otlp).is_some_and(|key| keys.contains(&key)));
    }
}

/// What tells a decoded span from the others of its trace.
fn key(trace: &Trace, span: usize) -> SpanKey {
    let span = &trace.spans[span];
    SpanKey { id: span.id.0, kind: span.otlp.kind as u64 }
}

/// The spans that are at most so many generations above one of these.
fn above(trace: &Trace, from: &[usize], generations: Option<usize>) -> HashSet<usize> {
    generation_by_generation(from, generations, |span| trace.spans[span].parent.into_iter().collect())
}

/// The spans that are at most so many generations below one of these.
fn below(trace: &Trace, from: &[usize], generations: Option<usize>) -> HashSet<usize> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); trace.spans.len()];
    for (span, parent) in trace.spans.iter().enumerate().filter_map(|(at, span)| Some((at, span.parent?))) {
        children[parent].push(span);
    }
    generation_by_generation(from, generations, |span| children[span].clone())
}

/// Breadth first, so that each span is met at its smallest distance.
fn generation_by_generation(
    from: &[usize],
    generations: Option<usize>,
    next: impl Fn(usize) -> Vec<usize>,
) -> HashSet<usize> {
    let (mut found, mut generation) = (HashSet::new(), from.to_vec());
    let mut left = generations.unwrap_or(usize::MAX);
    while left > 0 && !generation.is_empty() {
        generation = generation.into_iter().flat_map(&next).filter(|span| found.insert(*span)).collect();
        left -= 1;
    }
    found
}
