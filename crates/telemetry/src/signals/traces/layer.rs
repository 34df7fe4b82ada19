//! `tracing` spans as OpenTelemetry spans, and nothing but spans: events are log lines, which carry the ids of
//! their span.

use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// Opens spans with `tracer`; they carry the attributes that the code gives them and no others.
pub(crate) fn span_layer<S>(tracer: SdkTracer) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        .with_filter(filter_fn(|metadata: &Metadata<'_>| metadata.is_span()))
}
