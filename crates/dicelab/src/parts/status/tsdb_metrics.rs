//! The metric store's own metrics, under the names that Prometheus gives to those of its store, so that
//! dashboards and alerts about Prometheus itself find them.
//!
//! | Name | Type | Meaning here |
//! |---|---|---|
//! | `prometheus_build_info` | gauge | always 1; its labels say which Prometheus this stands for |
//! | `prometheus_tsdb_head_series` | gauge | series that exist |
//! | `prometheus_tsdb_head_series_created_total`, `…_removed_total` | counter | since the start |
//! | `prometheus_tsdb_head_samples_appended_total{type="float"}` | counter | samples taken |
//! | `prometheus_tsdb_head_out_of_order_samples_appended_total{type="float"}` | counter | of these, late ones |
//! | `prometheus_tsdb_out_of_order_samples_total`, `prometheus_tsdb_too_old_samples_total` | counter | refused as such |
//! | `prometheus_tsdb_head_min_time_seconds`, `…_max_time_seconds` | gauge | oldest and newest sample |
//! | `prometheus_tsdb_head_chunks_created_total` | counter | chunks sealed |
//! | `prometheus_tsdb_exemplar_exemplars_appended_total` | counter | exemplars taken |
//! | `prometheus_tsdb_storage_blocks_bytes` | gauge | bytes of the database |
//! | `prometheus_tsdb_wal_writes_failed_total` | counter | commits that failed |

use std::fmt;
use std::sync::Arc;

use lab_api::prometheus::state::PROMETHEUS_VERSION;
use lab_metrics::MetricStore;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Encodes the store's statistics.
#[derive(Debug)]
pub struct TsdbMetrics(pub Arc<MetricStore>);

const FLOAT: [(&str, &str); 1] = [("type", "float")];
/// The labels of `prometheus_build_info`, without those of Go, which this is not written in.
const BUILD: [(&str, &str); 3] =
    [("goarch", std::env::consts::ARCH), ("goos", std::env::consts::OS), ("version", PROMETHEUS_VERSION)];

impl Collector for TsdbMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let stats = self.0.stats();
        let refused = |reason: &str| stats.samples_refused.get(reason).copied().unwrap_or_default();
        let seconds = |ms: Option<i64>| ms.unwrap_or_default() as f64 / 1000.0;
        for (name, help, labels, value) in [
            ("head_series_created", "Series created", &[][..], stats.series_created),
            ("head_series_removed", "Series removed", &[], stats.series_removed),
            ("head_samples_appended", "Samples stored", &FLOAT, stats.samples_appended),
            ("head_out_of_order_samples_appended", "Out-of-order samples stored", &FLOAT, stats.samples_late),
            ("out_of_order_samples", "Samples refused as out of order", &[], refused("out_of_order")),
            ("too_old_samples", "Samples refused as older than the out-of-order window", &[], refused("too_old")),
            ("head_chunks_created", "Chunks sealed", &[], stats.chunks_sealed),
            ("exemplar_exemplars_appended", "Exemplars stored", &[], stats.exemplars_appended),
            ("wal_writes_failed", "Commits that failed", &[], stats.flushes_failed),
        ] {
            metric(&mut encoder, &format!("tsdb_{name}"), help, labels, &ConstCounter::new(value))?;
        }
        for (name, help, value) in [
            ("head_series", "Series that exist", stats.series as f64),
            ("head_min_time_seconds", "Time of the oldest sample", seconds(stats.oldest)),
            ("head_max_time_seconds", "Time of the newest sample", seconds(stats.newest)),
            ("storage_blocks_bytes", "Bytes of the database", stats.disk_bytes as f64),
        ] {
            metric(&mut encoder, &format!("tsdb_{name}"), help, &[], &ConstGauge::new(value))?;
        }
        let about = "The Prometheus whose API is served here, always 1";
        metric(&mut encoder, "build_info", about, &BUILD, &ConstGauge::new(1_i64))
    }
}

fn metric(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    labels: &[(&str, &str)],
    value: &impl EncodeMetric,
) -> fmt::Result {
    let name = format!("prometheus_{name}");
    let mut family = encoder.encode_descriptor(&name, help, None, value.metric_type())?;
    if labels.is_empty() { value.encode(family) } else { value.encode(family.encode_family(&labels)?) }
}
