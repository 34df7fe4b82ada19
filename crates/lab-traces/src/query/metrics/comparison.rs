//! `compare()`: how often each attribute has each value, in the spans of a selection and in the others.

use std::collections::HashMap;

use lab_algebra::{AlgebraError, Allowance};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Otlp;

use crate::query::metrics::exemplars::Spread;
use crate::query::metrics::series::{Exemplar, Series};
use crate::query::metrics::steps::Steps;
use crate::span::Trace;
use crate::traceql::attribute::{Attribute, Intrinsic, Scope};
use crate::traceql::eval::attribute::attribute_value;
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::eval::{evaluate, together};
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::{Comparison, Pipeline, SpansetExpr, Stage};
use crate::traceql::syntax::node::Node;
use crate::traceql::value::Value;

/// Values of an attribute that are shown unless told otherwise.
const MOST: usize = 10;
/// The label that tells the kinds of series apart.
const META_TYPE: &str = "__meta_type";
/// Bytes of a value besides its text and its counts.
const VALUE: usize = 160;

/// Intrinsics that are compared: those with few values.
const INTRINSICS: [Intrinsic; 9] = [
    Intrinsic::Name,
    Intrinsic::Status,
    Intrinsic::StatusMessage,
    Intrinsic::Kind,
    Intrinsic::ChildCount,
    Intrinsic::RootName,
    Intrinsic::RootService,
    Intrinsic::InstrumentationName,
    Intrinsic::InstrumentationVersion,
];

/// The counts in the making.
pub(crate) struct Counts<'a> {
    call: &'a Comparison,
    steps: Steps,
    /// The condition of the selection, with its regular expressions.
    selection: Plan,
    spread: Spread,
    /// By attribute: the spans of the selection, and the others.
    found: HashMap<String, [OfAttribute; 2]>,
    exemplars: [Vec<Exemplar>; 2],
}

/// How often an attribute was there, and with which values.
#[derive(Default)]
struct OfAttribute {
    total: Vec<u64>,
    values: HashMap<String, (Value<'static>, Vec<u64>)>,
}

/// The two sides of the comparison, as the answer names them: of their values, and of all values together.
const SIDES: [(&str, &str); 2] = [("selection", "selection_total"), ("baseline", "baseline_total")];

impl<'a> Counts<'a> {
    pub(crate) fn new(call: &'a Comparison, steps: Steps, max_exemplars: usize) -> Self {
        let filter = Node::unplaced(SpansetExpr::Filter(call.selection.clone()));
        let stages = vec![Node::unplaced(Stage::Spanset(filter))];
        Self {
            call,
            steps,
            selection: Plan::new(Pipeline { stages }),
            spread: Spread::new(max_exemplars, steps),
            found: HashMap::new(),
            exemplars: [Vec::new(), Vec::new()],
        }
    }

    /// Counts the selected spans of a trace that began within the steps.
    pub(crate) fn add(&mut self, allowance: &Allowance<'_>, plan: &Plan, trace: &Trace) -> Result<(), AlgebraError> {
        for span in evaluate(plan, trace).into_iter().flat_map(|spanset| spanset.spans) {
            let (at, start_ns) = (SpanContext { trace, span }, trace.spans[span].start_ns());
            let Some(step) = self.steps.of(start_ns) else { continue };
            let side = usize::from(!self.is_selected(at, start_ns));
            allowance.work(1)?;
            for (attribute, value) in described(at) {
                self.count(allowance, (side, step), attribute.to_string(), &value)?;
            }
            if self.spread.takes(start_ns) {
                allowance.take_bytes(size_of::<Exemplar>())?;
                self.exemplars[side].push(Exemplar { trace_id: trace.id, time_ns: start_ns, value: None });
            }
        }
        Ok(())
    }

    fn is_selected(&self, at: SpanContext<'_>, start_ns: i64) -> bool {
        let within = match self.call.window {
            Some((start, end)) if (start.content, end.content) != (0, 0) => start_ns > *start && start_ns <= *end,
            _ => true,
        };
        let condition = self.call.selection.as_ref();
        within && condition.is_none_or(|condition| together::passes(&self.selection, condition, at))
    }

    fn count(
        &mut self,
        allowance: &Allowance<'_>,
        (side, step): (usize, usize),
        attribute: String,
        value: &Value<'_>,
    ) -> Result<(), AlgebraError> {
        let (steps, text) = (self.steps.count(), format!("{value:?}"));
        let counts = &mut self.found.entry(attribute).or_default()[side];
        if counts.total.is_empty() {
            allowance.take_bytes(VALUE + steps * size_of::<u64>())?;
            counts.total = vec![0; steps];
        }
        counts.total[step] += 1;
        if !counts.values.contains_key(&text) {
            allowance.take_bytes(VALUE + 2 * text.len() + steps * size_of::<u64>())?;
        }
        let (_, of_value) = counts.values.entry(text).or_insert_with(|| (value.clone().into_owned(), vec![0; steps]));
        of_value[step] += 1;
        Ok(())
    }

    /// The series: for each attribute its most frequent values, and all values together.
    pub(crate) fn finish(self, allowance: &Allowance<'_>) -> Result<Vec<Series>, AlgebraError> {
        let most = self.call.most.as_ref().and_then(|most| usize::try_from(most.content).ok()).unwrap_or(MOST);
        let (steps, mut exemplars) = (self.steps, self.exemplars);
        let mut series = Vec::new();
        for (attribute, sides) in self.found {
            for ((counts, (of_value, of_all)), exemplars) in sides.into_iter().zip(SIDES).zip(&mut exemplars) {
                if counts.total.is_empty() {
                    continue;
                }
                let mut add = |kind: &str, value: Value<'static>, counts: Vec<u64>, exemplars| {
                    let kind = (META_TYPE.to_owned(), Value::Text(kind.to_owned().into()));
                    let samples = counts.into_iter().enumerate();
                    let samples = samples.map(|(step, count)| (steps.time_ns(step), count as f64)).collect();
                    series.push(Series { labels: vec![kind, (attribute.clone(), value)], samples, exemplars });
                };
                let mut values: Vec<(String, (Value<'static>, Vec<u64>))> = counts.values.into_iter().collect();
                let frequency = |counts: &[u64]| counts.iter().sum::<u64>();
                values.sort_by(|(a, (_, left)), (b, (_, right))| {
                    frequency(right).cmp(&frequency(left)).then_with(|| a.cmp(b))
                });
                let shown = values.into_iter().take(most);
                allowance.take_bytes((shown.len() + 1) * steps.count() * size_of::<(i64, f64)>())?;
                for (_, (value, counts)) in shown {
                    add(of_value, value, counts, Vec::new());
                }
                add(of_all, Value::Nil, counts.total, std::mem::take(exemplars));
            }
        }
        Ok(series)
    }
}

/// What describes a span: its attributes in every scope, and the intrinsics that tell something. Lists, maps and bytes do not,
/// as in Tempo.
fn described(at: SpanContext<'_>) -> Vec<(Attribute, Value<'static>)> {
    let span = &at.trace.spans[at.span];
    let mut all: Vec<(Attribute, Value<'static>)> = Vec::new();
    let mut add = |scope, attributes: &[KeyValue]| {
        for attribute in attributes {
            let otlp = attribute.value.as_ref();
            if matches!(otlp.and_then(|value| value.value.as_ref()), Some(Otlp::BytesValue(_) | Otlp::KvlistValue(_))) {
                continue;
            }
            let value = Value::from_otlp(otlp).into_owned();
            all.push((Attribute::Custom { scope, parent: false, name: attribute.key.clone() }, value));
        }
    };
    add(Scope::Resource, &span.origin.resource().attributes);
    add(Scope::Instrumentation, &span.origin.scope().attributes);
    add(Scope::Span, &span.otlp.attributes);
    for intrinsic in INTRINSICS.map(Attribute::Intrinsic) {
        let value = attribute_value(&intrinsic, at).into_owned();
        all.push((intrinsic, value));
    }
    all.retain(|(_, value)| value.is_some() && !matches!(value, Value::Many(_)));
    all
}
