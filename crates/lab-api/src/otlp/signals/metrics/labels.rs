//! The labels of a series: those of its point between what the resource promotes and what identifies it.

use lab_metrics::ingest::otlp::OtlpConfig;
use lab_model::{Labels, LabelsBuilder, labels::METRIC_NAME};
use opentelemetry_proto::tonic::common::v1::KeyValue;

use crate::otlp::signals::attribute::value_text;
use crate::otlp::signals::metrics::naming::label::label_name;
use crate::otlp::signals::metrics::naming::no_name::NoName;

/// Labels of the resource and scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct BaseLabels {
    /// Those that give way to a label of the point.
    pub(crate) below: Labels,
    /// Those that take the place of a label of the point.
    pub(crate) above: Labels,
}

impl BaseLabels {
    /// The labels of a point, without a metric name.
    pub(crate) fn with_point(&self, config: &OtlpConfig, attributes: &[KeyValue]) -> Result<PointLabels, NoName> {
        let mut labels = of_attributes(config, attributes.iter())?;
        for label in &self.below {
            if labels.get(&label.name).is_none() {
                labels.set(label.name.clone(), label.value.clone());
            }
        }
        for label in &self.above {
            labels.set(label.name.clone(), label.value.clone());
        }
        Ok(PointLabels(labels))
    }
}

/// The labels of a point, which all of its series share.
#[derive(Clone, Debug)]
pub(crate) struct PointLabels(LabelsBuilder);

impl PointLabels {
    /// The labels of one series.
    pub(crate) fn series(&self, name: String, extra: Option<(&'static str, String)>) -> Labels {
        let mut labels = self.0.clone();
        if let Some((name, value)) = extra {
            labels.set(name, value);
        }
        labels.set(METRIC_NAME, name);
        labels.build()
    }
}

/// The labels that attributes become. Where names are escaped, values whose names become the same are joined by `;`, in the
/// order of the keys.
pub(crate) fn of_attributes<'a>(
    config: &OtlpConfig,
    attributes: impl Iterator<Item = &'a KeyValue>,
) -> Result<LabelsBuilder, NoName> {
    let mut sorted: Vec<_> = attributes.filter(|attribute| attribute.key != METRIC_NAME).collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let mut labels = LabelsBuilder::default();
    for attribute in sorted {
        let (name, value) = (label_name(config, &attribute.key)?, value_text(attribute.value.as_ref()));
        let earlier = labels.get(&name).filter(|_| config.translation_strategy.escapes());
        let value = earlier.map_or(value.clone(), |earlier| format!("{earlier};{value}"));
        labels.set(name, value);
    }
    Ok(labels)
}
