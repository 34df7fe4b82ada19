//! Spans of Zipkin, version 2 (<https://zipkin.io/zipkin-api/zipkin2-api.yaml>), as the Collector translates them.

mod model;
mod tags;
pub(super) mod translate;
