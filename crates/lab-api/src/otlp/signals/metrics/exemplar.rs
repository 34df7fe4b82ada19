//! Exemplars: the measurement that stands for others, with its trace.

use lab_metrics::model::exemplar::Exemplar;
use lab_model::LabelsBuilder;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar as OtlpExemplar, exemplar};

use crate::otlp::signals::attribute::{hex, value_text};

/// Characters that the labels of an exemplar may have by OpenMetrics.
const MOST_CHARACTERS: usize = 128;

/// The exemplars of a point; those without a time have that of the point. One without a value is none.
pub(crate) fn exemplars(exemplars: &[OtlpExemplar], point_ms: i64) -> Vec<Exemplar> {
    exemplars.iter().filter_map(|exemplar| read(exemplar, point_ms)).collect()
}

fn read(exemplar: &OtlpExemplar, point_ms: i64) -> Option<Exemplar> {
    let value = match exemplar.value? {
        exemplar::Value::AsDouble(value) => value,
        exemplar::Value::AsInt(value) => value as f64,
    };
    let trace = [("trace_id", hex(&exemplar.trace_id)), ("span_id", hex(&exemplar.span_id))];
    let attributes = &exemplar.filtered_attributes;
    let attributes: Vec<_> = attributes.iter().map(|one| (&*one.key, value_text(one.value.as_ref()))).collect();
    let characters = |(name, value): &(&str, String)| {
        if value.is_empty() { 0 } else { name.chars().count() + value.chars().count() }
    };
    let fits = trace.iter().chain(&attributes).map(characters).sum::<usize>() <= MOST_CHARACTERS;
    let mut labels = LabelsBuilder::default();
    for (name, value) in attributes.into_iter().filter(|_| fits).chain(trace) {
        labels.set(name, value);
    }
    let timestamp = if exemplar.time_unix_nano == 0 { point_ms } else { (exemplar.time_unix_nano / 1_000_000) as i64 };
    Some(Exemplar { labels: labels.build(), value, timestamp })
}
