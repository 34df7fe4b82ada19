//! Tags: which attributes there are, and which values they have.

use std::collections::{BTreeMap, BTreeSet};

use lab_algebra::Allowance;
use lab_model::Grant;
use opentelemetry_proto::tonic::common::v1::KeyValue;

use crate::columns::layout::{Content, Shape};
use crate::query::columns::local::{SpanTest, is_of_one_span};
use crate::query::columns::mask::Picked;
use crate::query::columns::values::Extent;
use crate::query::columns::view::View;
use crate::query::columns::visit::{Question, Unanswered, visit};
use crate::query::traces::walk;
use crate::query::walk::{Inspected, Missing, Selection, WalkError};
use crate::span::Trace;
use crate::store::TraceStore;
use crate::store::index::origin::Origin;
use crate::store::select::sources::PartError;
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

/// The keys of attributes by scope, in spans of the range that the query selects.
pub fn names(store: &TraceStore, selection: &Selection, grant: &Grant) -> Result<(NamesByScope, Inspected), WalkError> {
    let allowance = Allowance::new(usize::MAX, grant);
    let mut found = Names { selection, allowance: &allowance, by_scope: BTreeMap::new(), too_many: false };
    let mut inspected = ask(store, selection, &allowance, None, &mut found)?;
    if found.too_many {
        inspected.missing.insert(Missing::Names(MAX_DISTINCT));
    }
    found.by_scope.retain(|_, names| !names.is_empty());
    Ok((found.by_scope, inspected))
}

/// The values of an attribute with their types' names, sorted, in spans of the range that the query selects.
pub fn values(
    store: &TraceStore,
    attribute: &Attribute,
    selection: &Selection,
    grant: &Grant,
) -> Result<(TypedValues, Inspected), WalkError> {
    let allowance = Allowance::new(usize::MAX, grant);
    let mut values = Values { attribute, selection, allowance: &allowance, found: TypedValues::new() };
    let mut inspected = ask(store, selection, &allowance, Some(attribute), &mut values)?;
    if values.found.len() > MAX_DISTINCT {
        inspected.missing.insert(Missing::Values(MAX_DISTINCT));
        while values.found.len() > MAX_DISTINCT {
            values.found.pop_last();
        }
    }
    Ok((values.found, inspected))
}

/// Asks all spans of a selection: from columns, if both the query and the attribute are about each span by itself.
fn ask(
    store: &TraceStore,
    selection: &Selection,
    allowance: &Allowance<'_>,
    attribute: Option<&Attribute>,
    question: &mut impl Question,
) -> Result<Inspected, WalkError> {
    let is_local = attribute.is_none_or(is_of_one_span);
    if let Some(test) = SpanTest::of(&selection.plan, &selection.plan.pipeline).filter(|_| is_local)
        && let Some(sources) = store.sources((selection.start_ns, selection.end_ns))?
    {
        return visit(&sources, (selection, &test), allowance, question);
    }
    walk(store, selection, allowance, |trace, _| question.spans(trace))
}

/// The spans of a trace that a query selects and that lie in its range.
fn selected<'t>(selection: &'t Selection, trace: &'t Trace) -> impl Iterator<Item = usize> + 't {
    let spans = evaluate(&selection.plan, trace).into_iter().flat_map(|spanset| spanset.spans);
    spans.filter(|span| {
        let span = &trace.spans[*span];
        span.start_ns() <= selection.end_ns && span.end_ns() >= selection.start_ns
    })
}

/// True if every span of a part lies in the range of a selection.
fn is_within(selection: &Selection, view: &View<'_>) -> bool {
    let starts = view.part.layout.starts;
    starts.0 >= selection.start_ns && starts.1 <= selection.end_ns
}

/// For each row of a part whether it is picked and lies in the range of a selection.
fn rows_within(selection: &Selection, view: &View<'_>, picked: &Picked) -> Result<Vec<bool>, PartError> {
    if is_within(selection, view) {
        return Ok((0..view.rows()).map(|row| picked.has(row)).collect());
    }
    let rows = view.part.rows()?;
    let (starts, durations) = rows.starts().zip(rows.durations()).ok_or(PartError::Unreadable)?;
    let lies_within = |(start, duration): (&i64, &i64)| {
        *start <= selection.end_ns && start.saturating_add(*duration) >= selection.start_ns
    };
    let times = starts.iter().zip(&durations).enumerate();
    Ok(times.map(|(row, times)| picked.has(row) && lies_within(times)).collect())
}

/// The names so far.
struct Names<'a> {
    selection: &'a Selection,
    allowance: &'a Allowance<'a>,
    by_scope: NamesByScope,
    too_many: bool,
}

impl Names<'_> {
    fn add<'n>(&mut self, scope: Scope, names: impl Iterator<Item = &'n String>) -> Result<(), WalkError> {
        let known = self.by_scope.entry(scope).or_default();
        for name in names {
            if known.contains(name) {
                continue;
            }
            if known.len() >= MAX_DISTINCT {
                self.too_many = true;
                break;
            }
            self.allowance.take_bytes(name.len() + ITEM)?;
            known.insert(name.clone());
        }
        Ok(())
    }

    fn add_keys(&mut self, scope: Scope, attributes: &[KeyValue]) -> Result<(), WalkError> {
        self.add(scope, attributes.iter().map(|attribute| &attribute.key))
    }

    /// The names of those rows of a part for which there is true; false if only the spans tell them.
    fn some_rows(&mut self, view: &View<'_>, rows: &[bool]) -> Result<bool, Unanswered> {
        let has = |shape: Shape| shape.has(Shape::EVENTS) || shape.has(Shape::LINKS);
        let keys = &view.part.layout.keys;
        let is_told = keys.iter().all(|key| key.content != Content::KeptOut);
        if !is_told || view.shapes()?.into_iter().zip(rows).any(|(shape, wanted)| *wanted && has(shape)) {
            return Ok(false);
        }
        let mut names = Vec::new();
        for key in keys {
            let attribute = Attribute::Custom { scope: Scope::Span, parent: false, name: key.name.clone() };
            let Some(column) = view.column(&attribute)? else { return Ok(false) };
            if (0..rows.len()).any(|row| rows[row] && column.is_there(row)) {
                names.push(&key.name);
            }
        }
        let origins = view.part.rows()?.origins().ok_or(PartError::Unreadable)?;
        let origins: BTreeSet<u32> =
            origins.into_iter().zip(rows).filter_map(|(one, wanted)| wanted.then_some(one)).collect();
        self.add(Scope::Span, names.into_iter())?;
        for origin in origins {
            self.add_origin(&view.part.origins[origin as usize])?;
        }
        Ok(true)
    }

    fn add_origin(&mut self, origin: &Origin) -> Result<(), WalkError> {
        self.add_keys(Scope::Resource, &origin.resource().attributes)?;
        self.add_keys(Scope::Instrumentation, &origin.scope().attributes)
    }
}

impl Question for Names<'_> {
    fn rows(&mut self, view: &View<'_>, picked: &Picked) -> Result<bool, Unanswered> {
        let layout = &view.part.layout;
        if layout.other_keys || layout.event_keys.others || layout.link_keys.others {
            return Ok(false);
        }
        if *picked != Picked::All || !is_within(self.selection, view) {
            return self.some_rows(view, &rows_within(self.selection, view, picked)?);
        }
        // The front has the names of all spans.
        self.add(Scope::Span, layout.keys.iter().map(|key| &key.name))?;
        self.add(Scope::Event, layout.event_keys.known.iter())?;
        self.add(Scope::Link, layout.link_keys.known.iter())?;
        for origin in &view.part.origins {
            self.add_origin(origin)?;
        }
        Ok(true)
    }

    fn spans(&mut self, trace: &Trace) -> Result<bool, WalkError> {
        for at in selected(self.selection, trace) {
            let span = &trace.spans[at];
            self.add_origin(&span.origin)?;
            self.add_keys(Scope::Span, &span.otlp.attributes)?;
            for event in &span.otlp.events {
                self.add_keys(Scope::Event, &event.attributes)?;
            }
            for link in &span.otlp.links {
                self.add_keys(Scope::Link, &link.attributes)?;
            }
        }
        Ok(true)
    }
}

/// The values so far.
struct Values<'a> {
    attribute: &'a Attribute,
    selection: &'a Selection,
    allowance: &'a Allowance<'a>,
    found: TypedValues,
}

impl Values<'_> {
    fn add(&mut self, value: &Value<'_>) -> Result<(), WalkError> {
        let bytes = add(value, &mut self.found);
        if bytes > 0 {
            self.allowance.take_bytes(bytes)?;
        }
        Ok(())
    }
}

impl Question for Values<'_> {
    fn rows(&mut self, view: &View<'_>, picked: &Picked) -> Result<bool, Unanswered> {
        let is_within = is_within(self.selection, view);
        if is_within
            && *picked == Picked::All
            && let Extent::Values { values, .. } = view.extent(self.attribute)?
        {
            values.iter().try_for_each(|value| self.add(value))?;
            return Ok(true);
        }
        let Some(column) = view.column(self.attribute)? else { return Ok(false) };
        let (codes, values) = column.coded();
        let mut occurs = vec![false; values.len()];
        for (code, wanted) in codes.into_iter().zip(rows_within(self.selection, view, picked)?) {
            occurs[code as usize] |= wanted;
        }
        for (value, _) in values.iter().zip(occurs).filter(|(_, occurs)| *occurs) {
            self.add(value)?;
            if self.found.len() > MAX_DISTINCT {
                break;
            }
        }
        Ok(true)
    }

    fn spans(&mut self, trace: &Trace) -> Result<bool, WalkError> {
        for span in selected(self.selection, trace) {
            self.add(&attribute_value(self.attribute, SpanContext { trace, span }))?;
            if self.found.len() > MAX_DISTINCT {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Adds a value, and says how many bytes that takes.
fn add(value: &Value<'_>, values: &mut TypedValues) -> usize {
    match value {
        Value::Nil => 0,
        Value::Many(several) => several.iter().map(|value| add(value, values)).sum(),
        value => {
            let (text, kind) = listed(value);
            let bytes = text.len() + ITEM;
            if values.insert((text, kind)) { bytes } else { 0 }
        }
    }
}

/// A value as lists of values show it, with its type: a number with a fraction never looks like a whole one, and times of events are
/// whole nanoseconds, as in Tempo.
fn listed(value: &Value<'_>) -> (String, &'static str) {
    match value {
        Value::Duration(nanoseconds) => (nanoseconds.to_string(), Value::Int(0).type_name()),
        Value::Float(number) if number.is_finite() => (fraction(*number), value.type_name()),
        value => (value.to_string(), value.type_name()),
    }
}

/// The fewest digits that read back as the same number, in Go's general form: with an exponent from a million on and below a
/// ten-thousandth, and never like a whole number.
fn fraction(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ if number.fract() == 0.0 => format!("{number:.1}"),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_a_fraction_is_listed_in_the_general_form_of_go() {
        for (number, text) in [
            (500.0, "500.0"),
            (-0.25, "-0.25"),
            (999_999.5, "999999.5"),
            (1_000_000.0, "1e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(fraction(number), text);
        }
    }
}
