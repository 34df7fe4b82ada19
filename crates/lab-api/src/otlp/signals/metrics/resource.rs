//! The labels that a resource and a scope give, as Prometheus' configuration says: `job`, `instance`, what is promoted, and
//! `target_info`.

use lab_metrics::ingest::otlp::OtlpConfig;
use lab_model::{Labels, LabelsBuilder, labels::METRIC_NAME};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::ScopeMetrics;
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::otlp::signals::attribute::{self, value_text};
use crate::otlp::signals::metrics::labels::{self, BaseLabels};
use crate::otlp::signals::metrics::naming::label::label_name;
use crate::otlp::signals::metrics::naming::no_name::NoName;

/// Attributes of the resource that become `job` and `instance`.
const IDENTIFYING: [&str; 3] = ["service.namespace", "service.name", "service.instance.id"];

/// What is measured.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    config: &'a OtlpConfig,
    attributes: &'a [KeyValue],
    job: String,
    instance: String,
    promoted: Labels,
}

impl<'a> Target<'a> {
    pub(crate) fn new(config: &'a OtlpConfig, resource: Option<&'a Resource>) -> Result<Self, NoName> {
        let attributes = resource.map(|resource| resource.attributes.as_slice()).unwrap_or_default();
        let get = |key| attribute::text(attributes, key);
        let [namespace, name, instance] = IDENTIFYING.map(get);
        let job = match (namespace, name) {
            (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
            (_, name) => name.unwrap_or_default(),
        };
        let mut promoted = LabelsBuilder::default();
        for attribute in attributes.iter().filter(|attribute| config.promotes(&attribute.key)) {
            promoted.set(label_name(config, &attribute.key)?, value_text(attribute.value.as_ref()));
        }
        Ok(Self { config, attributes, job, instance: instance.unwrap_or_default(), promoted: promoted.build() })
    }

    /// The labels of every series of a scope.
    pub(crate) fn with_scope(&self, metrics: &ScopeMetrics) -> Result<BaseLabels, NoName> {
        let promotes = self.config.promote_scope_metadata;
        let scope = metrics.scope.as_ref().filter(|scope| promotes && !scope.name.is_empty());
        let mut above = self.identity();
        if let Some(scope) = scope {
            for attribute in &scope.attributes {
                let name = label_name(self.config, &format!("otel_scope_{}", attribute.key))?;
                above.set(name, value_text(attribute.value.as_ref()));
            }
            above.set("otel_scope_name", scope.name.as_str());
            above.set("otel_scope_version", scope.version.as_str());
            above.set("otel_scope_schema_url", metrics.schema_url.as_str());
        }
        Ok(BaseLabels { below: self.promoted.clone(), above: above.build() })
    }

    /// The series `target_info`, if the resource says more than its identity, and has one.
    pub(crate) fn info(&self) -> Result<Option<Labels>, NoName> {
        let is_identifying = |attribute: &&KeyValue| IDENTIFYING.contains(&attribute.key.as_str());
        if self.attributes.iter().all(|attribute| is_identifying(&attribute)) {
            return Ok(None);
        }
        let shown =
            |attribute: &&KeyValue| self.config.keep_identifying_resource_attributes || !is_identifying(attribute);
        let mut info = labels::of_attributes(self.config, self.attributes.iter().filter(shown))?;
        for label in &self.identity().build() {
            info.set(label.name.clone(), label.value.clone());
        }
        info.set(METRIC_NAME, "target_info");
        // Without an identity nothing could be joined with it.
        let identified = info.get("job").is_some() || info.get("instance").is_some();
        Ok(identified.then(|| info.build()))
    }

    fn identity(&self) -> LabelsBuilder {
        let mut identity = LabelsBuilder::default();
        identity.set("job", self.job.as_str()).set("instance", self.instance.as_str());
        identity
    }
}
