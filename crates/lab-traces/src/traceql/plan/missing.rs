//! What an answer shows where a span lacks an attribute that the query asks for without a condition, as in `select()` or `by()`.
//! As in Tempo, it says `nil` of attributes that Tempo keeps in columns of their own, the empty text or zeros of the events and links
//! that a span does not have, and nothing of all other attributes.

use std::borrow::Cow;

use crate::traceql::attribute::{Attribute, Intrinsic, NO_SPAN_ID, SERVICE_NAME, Scope, UNSCOPED};
use crate::traceql::value::Value;

/// Attributes of spans that Tempo keeps in columns of their own, if it is not told which.
const OF_SPANS: [&str; 10] = [
    "http.method",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "http.status_code",
    "http.url",
    "server.address",
    "server.port",
    "url.path",
    "url.route",
];
/// The same of resources.
const OF_RESOURCES: [&str; 4] = ["k8s.cluster.name", "k8s.container.name", "k8s.namespace.name", "k8s.pod.name"];

/// Where an attribute without a parent is looked for.
pub(crate) fn scopes(scope: &Scope) -> &[Scope] {
    if *scope == Scope::Any { &UNSCOPED } else { std::slice::from_ref(scope) }
}

/// True if Tempo keeps an attribute in a column of its own.
pub(crate) fn has_own_column(scope: Scope, name: &str) -> bool {
    match scope {
        Scope::Span => OF_SPANS.contains(&name),
        Scope::Resource => name == SERVICE_NAME || OF_RESOURCES.contains(&name),
        _ => false,
    }
}

/// What is shown of an attribute that is missing in this scope; [`Value::Nil`] for nothing.
pub(crate) fn stand_in(attribute: &Attribute, scope: Scope) -> Value<'static> {
    let text = |text: &'static str| Value::Text(Cow::Borrowed(text));
    match attribute {
        Attribute::Custom { parent: false, name, .. } if has_own_column(scope, name) => text("nil"),
        Attribute::Intrinsic(Intrinsic::EventName | Intrinsic::LinkTraceId) => text(""),
        Attribute::Intrinsic(Intrinsic::LinkSpanId) => text(NO_SPAN_ID),
        Attribute::Intrinsic(Intrinsic::EventTimeSinceStart) => Value::Duration(0),
        _ => Value::Nil,
    }
}

/// A value of `by()`, or what stands there for one that is missing.
pub(crate) fn or_stand_in<'v>(attribute: &Attribute, value: Value<'v>) -> Value<'v> {
    if value != Value::Nil {
        return value;
    }
    let scope = match attribute {
        Attribute::Custom { scope, .. } => *scope,
        Attribute::Intrinsic(_) => Scope::Any,
    };
    let stand_ins = scopes(&scope).iter().map(|scope| stand_in(attribute, *scope));
    stand_ins.into_iter().find(|value| *value != Value::Nil).unwrap_or(Value::Nil)
}
