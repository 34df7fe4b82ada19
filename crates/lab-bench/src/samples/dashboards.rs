//! The PromQL queries of the shipped dashboards.

use anyhow::Context as _;
use form_urlencoded::Serializer;
use serde_json::Value;

const DASHBOARDS: [&str; 2] = [
    include_str!("../../../../dashboards/stage4-dashboard.json"),
    include_str!("../../../../dashboards/concurrency-lab.json"),
];
/// Four times the interval of the samples, as Grafana makes it.
const RATE_INTERVAL: &str = "1m";
/// What the second dashboard is set to at first.
const WINDOW: &str = "15m";
/// The most points that a panel of a usual width draws.
const POINTS: i64 = 720;

/// A query of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    expression: String,
    /// True if only the newest value is shown.
    instant: bool,
}

impl Query {
    /// All queries of both dashboards, in order.
    pub fn all() -> anyhow::Result<Vec<Self>> {
        let mut all = Vec::new();
        for text in DASHBOARDS {
            let dashboard: Value = serde_json::from_str(text)?;
            let panels = dashboard["panels"].as_array().context("a dashboard without panels")?;
            for target in panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten()) {
                let expression = target["expr"].as_str().filter(|_| target["datasource"]["type"] == "prometheus");
                all.extend(expression.map(|expression| Self {
                    expression: expression.replace("$__rate_interval", RATE_INTERVAL).replace("$window", WINDOW),
                    instant: target["instant"] == true,
                }));
            }
        }
        Ok(all)
    }

    /// The path that asks for the `seconds` before `end` (seconds since the epoch), a sample each `interval`
    /// seconds or, if that is too many to draw, fewer.
    pub fn path(&self, end: i64, seconds: i64, interval: i64) -> String {
        let expression = self.expression.replace("$__range", &format!("{seconds}s"));
        let mut form = Serializer::new(String::new());
        form.append_pair("query", &expression);
        if self.instant {
            form.append_pair("time", &end.to_string());
            return format!("/api/v1/query?{}", form.finish());
        }
        form.append_pair("start", &(end - seconds).to_string()).append_pair("end", &end.to_string());
        form.append_pair("step", &(seconds / POINTS).max(interval).to_string());
        format!("/api/v1/query_range?{}", form.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_points_are_bounded() {
        let all = Query::all().expect("dashboards");
        assert!(all.len() > 40, "{} queries", all.len());
        let paths: Vec<_> = all.iter().map(|query| query.path(21_600, 21_600, 15)).collect();
        assert!(paths.iter().all(|path| !path.contains("%24")), "{paths:?}");
        assert!(paths.iter().any(|path| path.ends_with("&start=0&end=21600&step=30")), "{paths:?}");
        assert!(paths.iter().any(|path| path.ends_with("&time=21600")), "{paths:?}");
    }
}
