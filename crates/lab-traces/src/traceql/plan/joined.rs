//! Conditions of a filter that are about one and the same event, or one and the same link.

use crate::traceql::attribute::{Attribute, Element};
use crate::traceql::syntax::ast::{FieldExpr, Pipeline, SpansetExpr, Stage};
use crate::traceql::syntax::operator::{BinaryOp, UnaryOp};

/// The conditions that `&&` joins, by what they are about.
#[derive(Debug, Default)]
pub(crate) struct Joined<'q> {
    on_events: Vec<&'q FieldExpr>,
    on_links: Vec<&'q FieldExpr>,
    /// Conditions that each look at the span for themselves.
    pub(crate) others: Vec<&'q FieldExpr>,
}

impl<'q> Joined<'q> {
    /// The conditions on one event, or on one link; none if there are not several of them.
    pub(crate) fn on(&self, element: Element) -> Option<&[&'q FieldExpr]> {
        let conditions = match element {
            Element::Event => &self.on_events,
            Element::Link => &self.on_links,
        };
        (!conditions.is_empty()).then_some(conditions.as_slice())
    }

    /// What there are joined conditions on.
    pub(crate) fn elements(&self) -> Vec<Element> {
        [Element::Event, Element::Link].into_iter().filter(|element| self.on(*element).is_some()).collect()
    }
}

/// The conditions of all filters of a pipeline, wherever they stand.
pub(crate) fn filters(pipeline: &Pipeline) -> Vec<&FieldExpr> {
    let mut found = Vec::new();
    add_filters(pipeline, &mut found);
    found
}

fn add_filters<'q>(pipeline: &'q Pipeline, found: &mut Vec<&'q FieldExpr>) {
    for stage in &pipeline.stages {
        if let Stage::Spanset(expr) = &stage.content {
            add_filters_of(expr, found);
        }
    }
}

fn add_filters_of<'q>(expr: &'q SpansetExpr, found: &mut Vec<&'q FieldExpr>) {
    match expr {
        SpansetExpr::Filter(condition) => found.extend(condition.iter().map(|condition| &condition.content)),
        SpansetExpr::Nested(pipeline) => add_filters(pipeline, found),
        SpansetExpr::Binary { left, right, .. } => {
            add_filters_of(left, found);
            add_filters_of(right, found);
        }
    }
}

/// The conditions of a filter, if `&&` alone joins them and several are about events, or about links.
pub(crate) fn joined(condition: &FieldExpr) -> Option<Joined<'_>> {
    let mut found = Joined::default();
    if !collect(condition, &mut found) {
        return None;
    }
    let Joined { on_events, on_links, others } = &mut found;
    for single in [on_events, on_links] {
        if single.len() == 1 {
            others.append(single);
        }
    }
    (!found.elements().is_empty()).then_some(found)
}

/// Sorts the conditions; false where something else than `&&` joins them.
fn collect<'q>(condition: &'q FieldExpr, found: &mut Joined<'q>) -> bool {
    match condition {
        FieldExpr::Binary { op: BinaryOp::And, left, right } => collect(left, found) && collect(right, found),
        FieldExpr::Binary { op: BinaryOp::Or, .. } | FieldExpr::Unary { op: UnaryOp::Not, .. } => false,
        condition => {
            let is_about = |element| mentions(condition, &|attribute| attribute.element() == Some(element));
            match (is_about(Element::Event), is_about(Element::Link)) {
                (true, false) => found.on_events.push(condition),
                (false, true) => found.on_links.push(condition),
                _ => found.others.push(condition),
            }
            true
        }
    }
}

fn mentions(expr: &FieldExpr, wanted: &impl Fn(&Attribute) -> bool) -> bool {
    match expr {
        FieldExpr::Literal(_) => false,
        FieldExpr::Attribute(attribute) => wanted(attribute),
        FieldExpr::Unary { operand, .. } => mentions(operand, wanted),
        FieldExpr::Binary { left, right, .. } => mentions(left, wanted) || mentions(right, wanted),
    }
}
