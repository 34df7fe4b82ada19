//! Which tags of a Zipkin span say something about its resource, by OpenTelemetry's semantic conventions.

/// Beginnings of names of which all say something about the resource.
const BEGINNINGS: [&str; 9] =
    ["cloud.", "container.", "device.", "host.", "k8s.", "os.", "process.", "telemetry.", "webengine."];

/// Other names that do.
const NAMES: [&str; 13] = [
    "deployment.environment",
    "deployment.environment.name",
    "faas.id",
    "faas.instance",
    "faas.max_memory",
    "faas.name",
    "faas.version",
    "opencensus.exporterversion",
    "opencensus.resourcetype",
    "opencensus.starttime",
    "service.instance.id",
    "service.namespace",
    "service.version",
];

/// Whether a tag says something about what sends, not about the span.
pub(super) fn is_of_resource(key: &str) -> bool {
    NAMES.contains(&key) || BEGINNINGS.iter().any(|beginning| key.starts_with(beginning))
}
