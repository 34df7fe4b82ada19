//! Metrics of what leaves the lab by itself, under the names that Prometheus gives to its own.
//!
//! `prometheus_remote_storage_*` have the labels `remote_name` and `url`, `prometheus_notifications_*` about one
//! Alertmanager the label `alertmanager`.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::parts::targets::sending::Sending;

/// Encodes how senders are.
#[derive(Debug)]
pub struct OutgoingMetrics(pub Arc<Sending>);

type Labels = Vec<(&'static str, String)>;

impl Collector for OutgoingMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let reports: Vec<_> = self.0.writers().iter().map(|writer| writer.report()).collect();
        let counts = |value: fn(&lab_metrics::outgoing::remote_write::RemoteWriteReport) -> u64| -> Vec<(Labels, u64)> {
            let labels = |name: &str, url: &str| vec![("remote_name", name.to_owned()), ("url", url.to_owned())];
            reports.iter().map(|report| (labels(&report.name, &report.url), value(report))).collect()
        };
        for (name, help, values) in [
            ("samples", "Samples sent", counts(|report| report.samples)),
            ("histograms", "Native histograms sent", counts(|report| report.histograms)),
            ("exemplars", "Exemplars sent", counts(|report| report.exemplars)),
            ("metadata", "Descriptions of metrics sent", counts(|report| report.metadata)),
            ("samples_retried", "Samples sent again", counts(|report| report.retried)),
            ("samples_failed", "Samples refused by the receiver", counts(|report| report.failed)),
            ("samples_dropped", "Samples dropped before they were sent", counts(|report| report.dropped)),
        ] {
            let values = values.into_iter().map(|(labels, value)| (labels, ConstCounter::new(value))).collect();
            family(&mut encoder, &format!("prometheus_remote_storage_{name}"), help, values)?;
        }
        let pending = counts(|report| report.pending).into_iter();
        let pending = pending.map(|(labels, value)| (labels, ConstGauge::new(value as f64))).collect();
        family(&mut encoder, "prometheus_remote_storage_samples_pending", "Samples that wait", pending)?;

        let notifier = self.0.notifier();
        let served = notifier.counts();
        let of = |value: fn(&lab_metrics::outgoing::alertmanager::NotifierCounts) -> u64| {
            let one =
                |(url, counts): (&String, &_)| (vec![("alertmanager", url.clone())], ConstCounter::new(value(counts)));
            served.iter().map(one).collect()
        };
        let sent = of(|counts| counts.sent);
        family(&mut encoder, "prometheus_notifications_sent", "Alerts sent", sent)?;
        let errors = of(|counts| counts.errors);
        family(&mut encoder, "prometheus_notifications_errors", "Alerts that an Alertmanager did not take", errors)?;
        let dropped = vec![(Vec::new(), ConstCounter::new(notifier.dropped()))];
        family(&mut encoder, "prometheus_notifications_dropped", "Alerts that no Alertmanager took", dropped)?;
        let waiting = vec![(Vec::new(), ConstGauge::new(notifier.pending() as f64))];
        family(&mut encoder, "prometheus_notifications_queue_length", "Alerts that wait", waiting)
    }
}

fn family<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metrics: Vec<(Labels, M)>,
) -> fmt::Result {
    let Some((_, first)) = metrics.first() else { return Ok(()) };
    let mut family = encoder.encode_descriptor(name, help, None, first.metric_type())?;
    for (labels, metric) in &metrics {
        if labels.is_empty() {
            return metric.encode(family);
        }
        metric.encode(family.encode_family(labels)?)?;
    }
    Ok(())
}
