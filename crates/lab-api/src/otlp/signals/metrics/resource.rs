//! The labels that a resource and a scope give: `job`, `instance`, `otel_scope_*`, and `target_info`.

use lab_model::{Labels, LabelsBuilder, labels::METRIC_NAME};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::otlp::signals::attribute::{self, label_name, value_text};
use crate::otlp::signals::metrics::point::BaseLabels;

/// Attributes of the resource that become `job` and `instance`.
const IDENTIFYING: [&str; 3] = ["service.namespace", "service.name", "service.instance.id"];

/// What is measured.
#[derive(Debug)]
pub(crate) struct Target {
    identity: LabelsBuilder,
    info: Option<Labels>,
}

impl Target {
    pub(crate) fn new(resource: Option<&Resource>) -> Self {
        let attributes = resource.map(|resource| resource.attributes.as_slice()).unwrap_or_default();
        let get = |key| attribute::text(attributes, key).unwrap_or_default();
        let [namespace, name, instance] = IDENTIFYING.map(get);
        let job = if namespace.is_empty() || name.is_empty() { name } else { format!("{namespace}/{name}") };
        let mut identity = LabelsBuilder::default();
        identity.set("job", job).set("instance", instance);
        let mut info = identity.clone();
        let mut others = 0;
        for attribute in attributes.iter().filter(|attribute| !IDENTIFYING.contains(&attribute.key.as_str())) {
            info.set(label_name(&attribute.key), value_text(attribute.value.as_ref()));
            others += 1;
        }
        info.set(METRIC_NAME, "target_info");
        // Without an identity nothing could be joined with it.
        let identified = identity.get("job").is_some() || identity.get("instance").is_some();
        Self { identity, info: (others > 0 && identified).then(|| info.build()) }
    }

    /// The labels of every series of a scope.
    pub(crate) fn with_scope(&self, scope: Option<&InstrumentationScope>) -> BaseLabels {
        let mut labels = self.identity.clone();
        if let Some(scope) = scope {
            labels.set("otel_scope_name", scope.name.as_str()).set("otel_scope_version", scope.version.as_str());
        }
        BaseLabels(labels)
    }

    /// The series `target_info`, if the resource says more than its identity.
    pub(crate) fn info(&self) -> Option<Labels> {
        self.info.clone()
    }
}
