//! Series as points of OTLP.

mod family;
mod point;

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, Metric, ResourceMetrics, ScopeMetrics, Sum, Summary,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use self::family::{Families, Kind};
use self::point::Parts;
use super::logs::text;
use crate::messages::metrics::{Family, Pair, Series};

/// `job` and `instance`.
type Owner = (String, String);
/// The labels of a point.
type Attributes = Vec<(String, String)>;

/// The metrics of one resource.
#[derive(Default)]
struct Gathered {
    /// Series that are points in themselves, by their name.
    single: BTreeMap<String, (Kind, Vec<(Attributes, Series)>)>,
    /// Histograms and summaries, by the name of their family.
    composed: BTreeMap<String, (Kind, BTreeMap<Attributes, Parts>)>,
}

/// The requests with these series, one for each resource.
pub(super) fn requests(series: Vec<Series>, families: Vec<Family>) -> Vec<ExportMetricsServiceRequest> {
    let families = Families::new(families);
    let mut owners: BTreeMap<Owner, Gathered> = BTreeMap::new();
    for mut one in series.into_iter().filter(|one| !one.samples.is_empty()) {
        let (mut name, mut owner) = (String::new(), Owner::default());
        let mut attributes = Attributes::new();
        for Pair { name: label, value } in std::mem::take(&mut one.labels) {
            match label.as_str() {
                "__name__" => name = value,
                "job" => owner.0 = value,
                "instance" => owner.1 = value,
                _ => attributes.push((label, value)),
            }
        }
        let gathered = owners.entry(owner).or_default();
        let part = families.part(&name);
        match part.kind {
            Kind::Histogram | Kind::Summary => {
                let bound = part.bound(&mut attributes);
                let of_family =
                    &mut gathered.composed.entry(part.family.to_owned()).or_insert((part.kind, BTreeMap::new())).1;
                of_family.entry(attributes).or_default().add(part.role, bound, one);
            }
            kind => gathered.single.entry(name).or_insert((kind, Vec::new())).1.push((attributes, one)),
        }
    }
    owners.into_iter().map(|(owner, gathered)| request(owner, gathered, &families)).collect()
}

fn request((job, instance): Owner, gathered: Gathered, families: &Families) -> ExportMetricsServiceRequest {
    let cumulative = AggregationTemporality::Cumulative as i32;
    let single = gathered.single.into_iter().map(|(name, (kind, series))| {
        let data_points =
            series.into_iter().flat_map(|(attributes, series)| point::numbers(&attributes, series)).collect();
        let data = match kind {
            Kind::Counter => Data::Sum(Sum { data_points, aggregation_temporality: cumulative, is_monotonic: true }),
            _ => Data::Gauge(Gauge { data_points }),
        };
        (name, data)
    });
    let composed = gathered.composed.into_iter().map(|(name, (kind, points))| {
        let data = if kind == Kind::Histogram {
            let data_points =
                points.into_iter().flat_map(|(attributes, parts)| parts.histograms(&attributes)).collect();
            Data::Histogram(Histogram { data_points, aggregation_temporality: cumulative })
        } else {
            let data_points = points.into_iter().flat_map(|(attributes, parts)| parts.summaries(&attributes)).collect();
            Data::Summary(Summary { data_points })
        };
        (name, data)
    });
    let metrics = single.chain(composed).map(|(name, data)| {
        let description = families.help(&name);
        Metric { name, description, data: Some(data), ..Metric::default() }
    });
    let metrics = metrics.collect();
    let attributes = [("service.name", job), ("service.instance.id", instance)];
    let attributes = attributes.into_iter().filter(|(_, value)| !value.is_empty());
    let attributes = attributes.map(|(key, value)| text(key.to_owned(), value)).collect();
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_metrics: vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }],
            ..ResourceMetrics::default()
        }],
    }
}

#[cfg(test)]
mod tests;
