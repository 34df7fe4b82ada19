//! Conditions that `&&` joins are about one and the same event, and about one and the same link:
//! `{ event:name = "exception" && event.attempt = 2 }` looks for the exception of the second attempt, not for an exception
//! beside an event of the second attempt. Where `||` or `!` comes in, each condition looks at all events, as in Tempo.

use crate::traceql::attribute::{Attribute, Element};
use crate::traceql::eval::attribute::{Lookup, attribute_value, value_at};
use crate::traceql::eval::field;
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::plan::Plan;
use crate::traceql::plan::joined::{Joined, filters, joined};
use crate::traceql::syntax::ast::FieldExpr;
use crate::traceql::value::Value;

/// A span of which one event or one link is looked at.
#[derive(Clone, Copy, Debug)]
struct OneElement<'a> {
    at: SpanContext<'a>,
    element: Element,
    place: usize,
}

impl<'a> Lookup<'a> for OneElement<'a> {
    fn value(self, attribute: &'a Attribute) -> Value<'a> {
        if attribute.element() == Some(self.element) {
            value_at(attribute, &self.at.trace.spans[self.at.span], self.place)
        } else {
            attribute_value(attribute, self.at)
        }
    }

    fn lacks(self, attribute: &'a Attribute) -> bool {
        if attribute.element() == Some(self.element) {
            !self.value(attribute).is_some()
        } else {
            self.at.lacks(attribute)
        }
    }
}

/// Whether a filter keeps a span.
pub(crate) fn passes(plan: &Plan, condition: &FieldExpr, at: SpanContext<'_>) -> bool {
    let Some(joined) = joined(condition).filter(|_| plan.joins_elements) else {
        return field::holds(plan, condition, at);
    };
    joined.others.iter().all(|part| field::holds(plan, part, at))
        && joined.elements().into_iter().all(|element| place(plan, &joined, element, at).is_some())
}

/// What a span has for an attribute: of events and links what the one has that fulfils the conditions which the query
/// joins.
pub(crate) fn value<'a>(plan: &'a Plan, attribute: &'a Attribute, at: SpanContext<'a>) -> Value<'a> {
    let chosen = attribute.element().filter(|_| plan.joins_elements).and_then(|element| {
        let conditions = filters(&plan.pipeline).into_iter().filter_map(joined);
        let place = conditions.filter_map(|joined| place(plan, &joined, element, at)).next_back()?;
        Some(value_at(attribute, &at.trace.spans[at.span], place))
    });
    chosen.unwrap_or_else(|| attribute_value(attribute, at))
}

/// The place of the last event or link that fulfils all joined conditions.
fn place(plan: &Plan, joined: &Joined<'_>, element: Element, at: SpanContext<'_>) -> Option<usize> {
    let conditions = joined.on(element)?;
    let count = element.count(&at.trace.spans[at.span].otlp);
    let fulfils = |place: &usize| {
        let one = OneElement { at, element, place: *place };
        conditions.iter().all(|condition| field::holds(plan, condition, one))
    };
    (0..count).rev().find(fulfils)
}
