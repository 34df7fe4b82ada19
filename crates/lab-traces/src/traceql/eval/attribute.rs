//! What a span has for an attribute or an intrinsic.

use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::KeyValue;

use crate::id::{SpanId, TraceId};
use crate::span::{Span, Trace};
use crate::store::index::origin::Origin;
use crate::traceql::attribute::{Attribute, Intrinsic, NO_SPAN_ID, SERVICE_NAME, Scope, UNSCOPED};
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::value::Value;

/// Where an expression finds the values of attributes.
pub(crate) trait Lookup<'a>: Copy {
    /// What there is under an attribute or intrinsic.
    fn value(self, attribute: &'a Attribute) -> Value<'a>;

    /// True if there is nothing: of events and links, if one of them has nothing. Unless told otherwise there are none of those.
    fn lacks(self, attribute: &'a Attribute) -> bool {
        attribute.element().is_none() && !self.value(attribute).is_some()
    }
}

impl<'a> Lookup<'a> for SpanContext<'a> {
    fn value(self, attribute: &'a Attribute) -> Value<'a> {
        attribute_value(attribute, self)
    }

    fn lacks(self, attribute: &'a Attribute) -> bool {
        let span = &self.trace.spans[self.span];
        match attribute.element() {
            Some(element) => (0..element.count(&span.otlp)).any(|place| !value_at(attribute, span, place).is_some()),
            None => !attribute_value(attribute, self).is_some(),
        }
    }
}

/// What a span has for an attribute or intrinsic.
pub(crate) fn attribute_value<'a>(attribute: &'a Attribute, at: SpanContext<'a>) -> Value<'a> {
    let span = &at.trace.spans[at.span];
    if let Some(element) = attribute.element() {
        return many((0..element.count(&span.otlp)).map(|place| value_at(attribute, span, place)));
    }
    match attribute {
        Attribute::Intrinsic(intrinsic) => intrinsic_value(*intrinsic, span, at.trace),
        Attribute::Custom { scope, parent: false, name } => custom(*scope, name, span),
        Attribute::Custom { scope, parent: true, name } => {
            span.parent.map_or(Value::Nil, |parent| custom(*scope, name, &at.trace.spans[parent]))
        }
    }
}

/// Of what a span has for its events or links the first one, as in Tempo; of anything else all.
pub(crate) fn first<'v>(attribute: &Attribute, value: Value<'v>) -> Value<'v> {
    match value {
        Value::Many(values) if attribute.is_repeated() => values.into_iter().next().unwrap_or(Value::Nil),
        value => value,
    }
}

/// What one event or one link of a span has for an attribute; nothing if the span has no such one.
pub(crate) fn value_at<'a>(attribute: &Attribute, span: &'a Span, place: usize) -> Value<'a> {
    let (event, link) = (span.otlp.events.get(place), span.otlp.links.get(place));
    let id = |id: Option<String>| id.map(|id| Value::Text(Cow::Owned(id)));
    let found = match attribute {
        Attribute::Custom { scope: Scope::Event, name, .. } => event.map(|event| get(&event.attributes, name)),
        Attribute::Custom { scope: Scope::Link, name, .. } => link.map(|link| get(&link.attributes, name)),
        Attribute::Intrinsic(Intrinsic::EventName) => event.map(|event| Value::text(&event.name)),
        Attribute::Intrinsic(Intrinsic::EventTimeSinceStart) => {
            event.map(|event| Value::Duration((event.time_unix_nano as i64).saturating_sub(span.start_ns())))
        }
        Attribute::Intrinsic(Intrinsic::LinkSpanId) => {
            id(link.and_then(|link| SpanId::from_bytes(&link.span_id)).map(|id| id.to_string()))
        }
        Attribute::Intrinsic(Intrinsic::LinkTraceId) => {
            id(link.and_then(|link| TraceId::from_bytes(&link.trace_id)).map(|id| id.short()))
        }
        _ => None,
    };
    found.unwrap_or(Value::Nil)
}

pub(crate) fn custom<'a>(scope: Scope, name: &str, span: &'a Span) -> Value<'a> {
    match scope {
        Scope::Span => get(&span.otlp.attributes, name),
        Scope::Resource | Scope::Instrumentation => of_origin(scope, name, &span.origin),
        Scope::Event => many(span.otlp.events.iter().map(|event| get(&event.attributes, name))),
        Scope::Link => many(span.otlp.links.iter().map(|link| get(&link.attributes, name))),
        Scope::Any => {
            let found = UNSCOPED.into_iter().map(|scope| custom(scope, name, span)).find(Value::is_some);
            found.unwrap_or(Value::Nil)
        }
    }
}

/// What the resource or the instrumentation scope of spans has; nothing in the other scopes. A resource without a name of
/// its service, or with one that is no text, has the empty one, as in Tempo.
pub(crate) fn of_origin<'a>(scope: Scope, name: &str, origin: &'a Origin) -> Value<'a> {
    match scope {
        Scope::Resource => match get(&origin.resource().attributes, name) {
            value @ Value::Text(_) => value,
            _ if name == SERVICE_NAME => Value::text(""),
            value => value,
        },
        Scope::Instrumentation => get(&origin.scope().attributes, name),
        _ => Value::Nil,
    }
}

fn intrinsic_value<'a>(intrinsic: Intrinsic, span: &'a Span, trace: &'a Trace) -> Value<'a> {
    let status = span.otlp.status.as_ref();
    match intrinsic {
        Intrinsic::Duration => Value::Duration(span.duration_ns()),
        Intrinsic::Name => Value::text(&span.otlp.name),
        Intrinsic::Status => Value::Status(span.status()),
        Intrinsic::StatusMessage => Value::text(status.map_or("", |status| status.message.as_str())),
        Intrinsic::Kind => Value::Kind(span.kind()),
        Intrinsic::ChildCount => Value::Int(span.children as i64),
        Intrinsic::SpanId => Value::Text(Cow::Owned(span.id.to_string())),
        Intrinsic::ParentId => {
            Value::Text(Cow::Owned(span.parent_id.map_or_else(|| NO_SPAN_ID.to_owned(), |id| id.to_string())))
        }
        Intrinsic::TraceId => Value::Text(Cow::Owned(trace.id.short())),
        Intrinsic::TraceDuration => Value::Duration(trace.duration_ns()),
        Intrinsic::RootName => Value::text(trace.root_name()),
        Intrinsic::RootService => Value::text(trace.root_service()),
        // Each event and link has its own.
        Intrinsic::EventName | Intrinsic::EventTimeSinceStart | Intrinsic::LinkSpanId | Intrinsic::LinkTraceId => {
            Value::Nil
        }
        Intrinsic::InstrumentationName => Value::text(&span.origin.scope().name),
        Intrinsic::InstrumentationVersion => Value::text(&span.origin.scope().version),
        // Below a missing span there are no numbers yet.
        Intrinsic::NestedSetLeft | Intrinsic::NestedSetRight | Intrinsic::NestedSetParent if !span.is_rooted => {
            Value::Int(0)
        }
        Intrinsic::NestedSetLeft => Value::Int(span.left),
        Intrinsic::NestedSetRight => Value::Int(span.right),
        Intrinsic::NestedSetParent => Value::Int(span.parent.map_or(-1, |parent| trace.spans[parent].left)),
    }
}

fn get<'a>(attributes: &'a [KeyValue], name: &str) -> Value<'a> {
    let attribute = attributes.iter().find(|attribute| attribute.key == name);
    Value::from_otlp(attribute.and_then(|attribute| attribute.value.as_ref()))
}

/// The values that are there, as one.
fn many<'a>(values: impl Iterator<Item = Value<'a>>) -> Value<'a> {
    Value::several(values.filter(Value::is_some)).unwrap_or(Value::Nil)
}
