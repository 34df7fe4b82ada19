//! Which attributes of a span an answer shows: those that `select()` names, and those that the conditions let pass. Of events and
//! links the last one is shown.

use crate::traceql::attribute::{Attribute, Intrinsic, Scope, UNSCOPED};
use crate::traceql::eval::attribute::{Lookup, custom};
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::eval::together;
use crate::traceql::plan::Plan;
use crate::traceql::plan::missing;
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
        let one = |attribute: &Attribute, value| match value {
            Value::Many(mut values) if attribute.is_repeated() => values.pop().unwrap_or(Value::Nil),
            value => value,
        };
        let asked = plan.conditions.iter().filter(|condition| condition.needs.is_none());
        for attribute in plan.selected.iter().chain(asked.map(|condition| &condition.attribute)) {
            for (scope, value) in located(plan, attribute, at) {
                add(attribute, scope, one(attribute, value));
            }
            for scope in lacking(plan, attribute, at) {
                add(attribute, scope, missing::stand_in(attribute, scope));
            }
        }
        for condition in plan.conditions.iter().filter(|condition| !condition.asks_for_nil()) {
            let attribute = &condition.attribute;
            for (scope, value) in located(plan, attribute, at) {
                if let Some(value) = plan.passing(attribute, scope, value) {
                    add(attribute, scope, one(attribute, value));
                }
            }
        }
        for condition in plan.conditions.iter().filter(|condition| condition.asks_for_nil()) {
            let lacking = if condition.attribute.is_repeated() {
                usize::from(at.lacks(&condition.attribute))
            } else {
                lacking(plan, &condition.attribute, at).len()
            };
            shown.attributes.extend(vec![(condition.attribute.name().to_owned(), Value::Nil); lacking]);
        }
        shown
    }
}

/// All that a span has under an attribute's name, each with its scope: without a scope in the query the same name may
/// stand in several. An intrinsic has the scope [`Scope::Any`].
fn located<'a>(plan: &'a Plan, attribute: &'a Attribute, at: SpanContext<'a>) -> Vec<(Scope, Value<'a>)> {
    match attribute {
        Attribute::Custom { scope: Scope::Any, parent, name } => {
            let span = &at.trace.spans[at.span];
            let span = if *parent { span.parent.map(|parent| &at.trace.spans[parent]) } else { Some(span) };
            let values = span.into_iter().flat_map(|span| UNSCOPED.map(|scope| (scope, custom(scope, name, span))));
            values.filter(|(_, value)| value.is_some()).collect()
        }
        Attribute::Custom { scope, .. } => vec![(*scope, together::value(plan, attribute, at))],
        Attribute::Intrinsic(_) => vec![(Scope::Any, together::value(plan, attribute, at))],
    }
}

/// The scopes in which a span lacks an attribute.
fn lacking(plan: &Plan, attribute: &Attribute, at: SpanContext<'_>) -> Vec<Scope> {
    let found = located(plan, attribute, at);
    let asked = match attribute {
        Attribute::Custom { scope, .. } => missing::scopes(scope),
        Attribute::Intrinsic(_) => &[Scope::Any],
    };
    let is_found = |scope: &Scope| found.iter().any(|(place, value)| place == scope && value.is_some());
    asked.iter().copied().filter(|scope| !is_found(scope)).collect()
}

/// True for attributes that the answer has fields of its own for.
fn has_its_own_field(attribute: &Attribute) -> bool {
    use Intrinsic::{Duration, Name, RootName, RootService, SpanId, TraceDuration, TraceId};
    let Attribute::Intrinsic(intrinsic) = attribute else { return false };
    matches!(intrinsic, Name | Duration | SpanId | TraceId | TraceDuration | RootName | RootService)
}
