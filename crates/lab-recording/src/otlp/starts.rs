//! Since when the processes of a file count: a counter of one that ran long before is not an increase of the file's time.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// So long after its start a process may send its first telemetry, in nanoseconds: SDKs export metrics each minute.
const GRACE_NS: i64 = 60_000_000_000;
/// Sums of this kind begin anew with every point.
const DELTA: [&str; 2] = ["1", "AGGREGATION_TEMPORALITY_DELTA"];

/// `job` and `instance`.
pub type Owner = (String, String);

/// The earliest start of the sums of each process, in nanoseconds since the Unix epoch.
#[derive(Debug, Default)]
pub struct Starts(BTreeMap<Owner, i64>);

impl Starts {
    /// Takes note of a request with metrics, as JSON. What cannot be read is left to whoever takes it in.
    pub fn note(&mut self, json: &str) {
        let Ok(request) = serde_json::from_str::<Request>(json) else { return };
        for of_resource in request.resources.into_iter().flatten() {
            let metrics = of_resource.scopes.into_iter().flatten().filter_map(|scope| scope.metrics).flatten();
            let Some(start) = metrics.filter_map(Metric::start).min() else { continue };
            let owner = of_resource.resource.map(|resource| resource.owner()).unwrap_or_default();
            let earliest = self.0.entry(owner).or_insert(start);
            *earliest = start.min(*earliest);
        }
    }

    /// The processes that ran before what was recorded from this time on.
    pub fn before(&self, time_ns: i64) -> BTreeSet<Owner> {
        let ran_before = self.0.iter().filter(|(_, start)| time_ns.saturating_sub(**start) > GRACE_NS);
        ran_before.map(|(owner, _)| owner.clone()).collect()
    }
}

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "resourceMetrics", alias = "resource_metrics")]
    resources: Option<Vec<OfResource>>,
}

#[derive(Deserialize)]
struct OfResource {
    resource: Option<Resource>,
    #[serde(rename = "scopeMetrics", alias = "scope_metrics")]
    scopes: Option<Vec<OfScope>>,
}

#[derive(Deserialize)]
struct Resource {
    attributes: Option<Vec<Attribute>>,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    value: Option<Value>,
}

#[derive(Deserialize)]
struct OfScope {
    metrics: Option<Vec<Metric>>,
}

#[derive(Deserialize)]
struct Metric {
    sum: Option<Points>,
    histogram: Option<Points>,
    #[serde(rename = "exponentialHistogram", alias = "exponential_histogram")]
    exponential: Option<Points>,
    summary: Option<Points>,
}

#[derive(Deserialize)]
struct Points {
    #[serde(rename = "aggregationTemporality", alias = "aggregation_temporality")]
    temporality: Option<Value>,
    #[serde(rename = "dataPoints", alias = "data_points")]
    points: Option<Vec<Point>>,
}

#[derive(Deserialize)]
struct Point {
    #[serde(rename = "startTimeUnixNano", alias = "start_time_unix_nano")]
    start: Option<Value>,
}

impl Resource {
    /// As the lab names it in labels.
    fn owner(&self) -> Owner {
        let get = |key: &str| {
            let attribute = self.attributes.iter().flatten().find(|attribute| attribute.key == key)?;
            let value = attribute.value.as_ref()?;
            value.get("stringValue").or_else(|| value.get("string_value"))?.as_str()
        };
        let name = get("service.name").unwrap_or_default();
        let job = get("service.namespace").map_or(name.to_owned(), |namespace| format!("{namespace}/{name}"));
        (job, get("service.instance.id").unwrap_or_default().to_owned())
    }
}

impl Metric {
    /// The earliest start of what counts from then on; nothing if none is told.
    fn start(self) -> Option<i64> {
        let kinds = [self.sum, self.histogram, self.exponential, self.summary];
        let cumulative = kinds
            .into_iter()
            .flatten()
            .filter(|points| points.temporality.as_ref().is_none_or(|kind| !DELTA.contains(&&*plain(kind))));
        let starts = cumulative.filter_map(|points| points.points).flatten().filter_map(|point| point.start);
        starts.filter_map(|start| plain(&start).parse().ok()).filter(|start| *start > 0).min()
    }
}

/// A number, which JSON may have as a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(instance: &str, kind: &str, start: &str) -> String {
        format!(
            r#"{{"resourceMetrics": [{{"resource": {{"attributes": [
                {{"key": "service.name", "value": {{"stringValue": "shop"}}}},
                {{"key": "service.namespace", "value": {{"stringValue": "eu"}}}},
                {{"key": "service.instance.id", "value": {{"stringValue": "{instance}"}}}}]}},
              "scopeMetrics": [{{"metrics": [{{"name": "calls", "sum": {{"aggregationTemporality": {kind},
                "dataPoints": [{{"startTimeUnixNano": {start}, "asInt": "7"}}]}}}}]}}]}}]}}"#
        )
    }

    #[test]
    fn processes_that_ran_long_before_are_known_by_their_sums() {
        let mut starts = Starts::default();
        starts.note(&request("old", "2", "\"1000000000\""));
        starts.note(&request("old", "2", "\"90000000000\""));
        starts.note(&request("new", "2", "90000000000"));
        starts.note(&request("delta", "1", "\"1000000000\""));
        starts.note(&request("unknown", "2", "\"0\""));
        starts.note("nonsense");
        let old = ("eu/shop".to_owned(), "old".to_owned());
        assert_eq!(starts.before(100_000_000_000), BTreeSet::from([old]));
        assert_eq!(starts.before(30_000_000_000), BTreeSet::new(), "it had only just begun");
    }
}
