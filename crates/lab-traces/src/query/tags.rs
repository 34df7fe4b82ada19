//! Tags: which attributes there are, and which values they have.

use std::collections::{BTreeMap, BTreeSet};

use lab_algebra::Allowance;
use lab_model::Grant;
use opentelemetry_proto::tonic::common::v1::KeyValue;

use crate::query::walk::{Inspected, Missing, Selection, WalkError, walk};
use crate::store::TraceStore;
use crate::traceql::attribute::{Attribute, Scope};
use crate::traceql::eval::attribute::attribute_value;
use crate::traceql::eval::evaluate;
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::value::Value;

/// Distinct names of a scope, or distinct values, that an answer has at most.
const MAX_DISTINCT: usize = 10_000;

/// Bytes that a name or a value takes besides its text.
const ITEM: usize = 64;

/// The keys of attributes in each scope.
pub type NamesByScope = BTreeMap<Scope, BTreeSet<String>>;
/// Values as text with the name of their type, sorted.
pub type TypedValues = BTreeSet<(String, &'static str)>;

/// The keys of attributes by scope, in spans that the query selects.
pub fn names(store: &TraceStore, selection: &Selection, grant: &Grant) -> Result<(NamesByScope, Inspected), WalkError> {
    let allowance = Allowance::new(usize::MAX, grant);
    let mut names: NamesByScope = BTreeMap::new();
    let mut too_many = false;
    let mut inspected = walk(store, selection, &allowance, |trace, _| {
        let mut found = 0;
        let mut add = |scope, attributes: &[KeyValue]| {
            let known = names.entry(scope).or_default();
            for attribute in attributes {
                if known.contains(&attribute.key) {
                    continue;
                }
                if known.len() >= MAX_DISTINCT {
                    too_many = true;
                    return;
                }
                found += attribute.key.len() + ITEM;
                known.insert(attribute.key.clone());
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
        allowance.take_bytes(found)?;
        Ok(true)
    })?;
    if too_many {
        inspected.missing.insert(Missing::Names(MAX_DISTINCT));
    }
    names.retain(|_, names| !names.is_empty());
    Ok((names, inspected))
}

/// The values of an attribute with their types' names, sorted, in spans that the query selects.
pub fn values(
    store: &TraceStore,
    attribute: &Attribute,
    selection: &Selection,
    grant: &Grant,
) -> Result<(TypedValues, Inspected), WalkError> {
    let allowance = Allowance::new(usize::MAX, grant);
    let mut values = TypedValues::new();
    let mut too_many = false;
    let mut inspected = walk(store, selection, &allowance, |trace, _| {
        for span in evaluate(&selection.plan, trace).into_iter().flat_map(|spanset| spanset.spans) {
            allowance.take_bytes(add(&attribute_value(attribute, SpanContext { trace, span }), &mut values))?;
            too_many = values.len() > MAX_DISTINCT;
            if too_many {
                break;
            }
        }
        Ok(!too_many)
    })?;
    if too_many {
        inspected.missing.insert(Missing::Values(MAX_DISTINCT));
        while values.len() > MAX_DISTINCT {
            values.pop_last();
        }
    }
    Ok((values, inspected))
}

/// Adds a value, and says how many bytes that takes.
fn add(value: &Value<'_>, values: &mut TypedValues) -> usize {
    match value {
        Value::Nil => 0,
        Value::Many(several) => several.iter().map(|value| add(value, values)).sum(),
        value => {
            let text = value.to_string();
            let bytes = text.len() + ITEM;
            if values.insert((text, value.type_name())) { bytes } else { 0 }
        }
    }
}
