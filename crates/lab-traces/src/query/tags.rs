//! Tags: which attributes there are, and which values they have.

use std::collections::{BTreeMap, BTreeSet};

use lab_model::Interrupt;
use opentelemetry_proto::tonic::common::v1::KeyValue;

use crate::query::walk::{Inspected, Selection, WalkError, walk};
use crate::store::TraceStore;
use crate::traceql::attribute::{Attribute, Scope};
use crate::traceql::eval::attribute::attribute_value;
use crate::traceql::eval::evaluate;
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::value::Value;

/// Distinct names of a scope, or distinct values, that an answer has at most.
const MAX_DISTINCT: usize = 10_000;

/// The keys of attributes in each scope.
pub type NamesByScope = BTreeMap<Scope, BTreeSet<String>>;
/// Values as text with the name of their type, sorted.
pub type TypedValues = BTreeSet<(String, &'static str)>;

/// The keys of attributes by scope, in spans that the query selects.
pub fn names(
    store: &TraceStore,
    selection: &Selection,
    interrupt: &Interrupt,
) -> Result<(NamesByScope, Inspected), WalkError> {
    let mut names: NamesByScope = BTreeMap::new();
    let inspected = walk(store, selection, interrupt, |trace, _| {
        let mut add = |scope, attributes: &[KeyValue]| {
            let known = names.entry(scope).or_default();
            for attribute in attributes {
                if !known.contains(&attribute.key) && known.len() < MAX_DISTINCT {
                    known.insert(attribute.key.clone());
                }
            }
        };
        for at in evaluate(&selection.plan, trace).into_iter().flat_map(|spanset| spanset.spans) {
            let span = &trace.spans[at];
            add(Scope::Resource, &span.origin.resource().attributes);
            add(Scope::Span, &span.otlp.attributes);
            add(Scope::Instrumentation, &span.origin.scope().attributes);
            span.otlp.events.iter().for_each(|event| add(Scope::Event, &event.attributes));
            span.otlp.links.iter().for_each(|link| add(Scope::Link, &link.attributes));
        }
        true
    })?;
    names.retain(|_, names| !names.is_empty());
    Ok((names, inspected))
}

/// The values of an attribute with their types' names, sorted, in spans that the query selects.
pub fn values(
    store: &TraceStore,
    attribute: &Attribute,
    selection: &Selection,
    interrupt: &Interrupt,
) -> Result<(TypedValues, Inspected), WalkError> {
    let mut values = TypedValues::new();
    let inspected = walk(store, selection, interrupt, |trace, _| {
        for span in evaluate(&selection.plan, trace).into_iter().flat_map(|spanset| spanset.spans) {
            add(&attribute_value(attribute, SpanContext { trace, span }), &mut values);
        }
        values.len() < MAX_DISTINCT
    })?;
    Ok((values, inspected))
}

fn add(value: &Value<'_>, values: &mut TypedValues) {
    match value {
        Value::Nil => {}
        Value::Many(several) => several.iter().for_each(|value| add(value, values)),
        value => {
            values.insert((value.to_string(), value.type_name()));
        }
    }
}
