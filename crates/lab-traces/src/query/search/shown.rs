//! Which attributes of a span an answer shows: those that `select()` names, and those whose own condition it fulfils. Of
//! events and links the last one is shown.

use crate::traceql::attribute::{Attribute, Intrinsic, Scope};
use crate::traceql::eval::attribute::{UNSCOPED, located};
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::plan::Plan;
use crate::traceql::value::Value;

/// The attributes of a span that an answer shows, with their values.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// True if the answer shows the name of the span.
    pub(crate) name: bool,
    /// Names and values. A name may be there for several scopes.
    pub(crate) attributes: Vec<(String, Value<'static>)>,
}

impl Shown {
    /// What an answer shows of a span.
    pub(crate) fn of(plan: &Plan, at: SpanContext<'_>) -> Self {
        let mut shown = Self::default();
        let mut places: Vec<(Scope, String)> = Vec::new();
        let mut add = |attribute: &Attribute, scope, value: Value<'_>| {
            if *attribute == Attribute::Intrinsic(Intrinsic::Name) {
                shown.name = true;
            }
            let place = (scope, attribute.name().to_owned());
            if value.is_some() && !has_its_own_field(attribute) && !places.contains(&place) {
                shown.attributes.push((place.1.clone(), value.into_owned()));
                places.push(place);
            }
        };
        for attribute in &plan.selected {
            for (scope, value) in located(attribute, at) {
                match value {
                    Value::Many(mut values) if attribute.is_repeated() => {
                        add(attribute, scope, values.pop().unwrap_or(Value::Nil));
                    }
                    value => add(attribute, scope, value),
                }
            }
        }
        for condition in plan.conditions.iter().filter(|condition| !condition.asks_for_nil()) {
            for (scope, value) in located(&condition.attribute, at) {
                if let Some(value) = condition.shown(value, &plan.regexes) {
                    add(&condition.attribute, scope, value);
                }
            }
        }
        for condition in plan.conditions.iter().filter(|condition| condition.asks_for_nil()) {
            let missing = missing_in(&condition.attribute, at);
            shown.attributes.extend(vec![(condition.attribute.name().to_owned(), Value::Nil); missing]);
        }
        shown
    }
}

/// In how many scopes a span lacks an attribute.
fn missing_in(attribute: &Attribute, at: SpanContext<'_>) -> usize {
    let found = located(attribute, at).iter().filter(|(_, value)| value.is_some()).count();
    let asked = if matches!(attribute, Attribute::Custom { scope: Scope::Any, .. }) { UNSCOPED.len() } else { 1 };
    asked - found
}

/// True for attributes that the answer has fields of its own for.
fn has_its_own_field(attribute: &Attribute) -> bool {
    use Intrinsic::{Duration, Name, RootName, RootService, SpanId, TraceDuration, TraceId};
    let Attribute::Intrinsic(intrinsic) = attribute else { return false };
    matches!(intrinsic, Name | Duration | SpanId | TraceId | TraceDuration | RootName | RootService)
}
