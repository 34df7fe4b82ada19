//! Prometheus' HTTP API, as far as a judge needs it.

use chrono::DateTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::stack::endpoint::{Answer, AskError, Endpoint};
use crate::stack::sample::{Labels, Sample};

/// A server with Prometheus' API.
#[derive(Debug, Clone)]
pub struct Prometheus(Endpoint);

/// One series with its samples (seconds since the Unix epoch, value).
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub labels: Labels,
    /// In order of time.
    pub samples: Vec<(f64, f64)>,
}

/// A scrape target.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Target {
    /// Labels that its series get, `job` and `instance` among them.
    pub labels: Labels,
    /// What is fetched.
    pub scrape_url: String,
    /// `up`, `down` or `unknown`.
    pub health: String,
    /// Why the last scrape failed; empty if it did not.
    pub last_error: String,
    pub last_scrape: String,
    /// A duration such as `5s`; empty where the server does not say.
    pub scrape_interval: String,
}

/// A rule and how its last evaluation went.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What it records, or the alert's name.
    pub name: String,
    /// The PromQL query that it evaluates.
    pub query: String,
    /// Why its last evaluation failed; empty if it did not.
    pub last_error: String,
    /// Seconds between two evaluations.
    pub interval: f64,
    /// When it was last evaluated, in seconds since the Unix epoch; `None` if it never was.
    pub last_evaluation: Option<f64>,
}

/// An exemplar of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// Labels of the series.
    pub series: Labels,
    /// Its own labels, `trace_id` among them.
    pub labels: Labels,
    /// Seconds since the Unix epoch.
    pub time: f64,
    /// The value that was observed.
    pub value: f64,
}

impl Prometheus {
    /// The server behind an endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    pub fn base(&self) -> &str {
        self.0.base()
    }

    /// Whether it says that it is ready.
    pub async fn ready(&self) -> Result<(), AskError> {
        self.0.is_good("/-/ready").await
    }

    pub async fn version(&self) -> Result<String, AskError> {
        #[derive(Deserialize)]
        struct BuildInfo {
            version: String,
        }
        Ok(self.data::<BuildInfo>("/api/v1/status/buildinfo", &[]).await?.version)
    }

    /// An instant query, at a time (seconds since the Unix epoch) or now. A scalar is one sample without labels.
    pub async fn query(&self, query: &str, time: Option<f64>) -> Result<Vec<Sample>, AskError> {
        let time = time.map(seconds);
        let mut parameters = vec![("query", query)];
        parameters.extend(time.as_deref().map(|time| ("time", time)));
        Ok(match self.data::<QueryData>("/api/v1/query", &parameters).await? {
            QueryData::Vector(points) => {
                points.into_iter().map(|one| Sample { labels: one.metric, value: one.value.1.0 }).collect()
            }
            QueryData::Scalar((_, value)) => vec![Sample { labels: Labels::new(), value: value.0 }],
            QueryData::Matrix(series) => {
                let last = |one: RawSeries| Some(Sample { value: one.values.last()?.1.0, labels: one.metric });
                series.into_iter().filter_map(last).collect()
            }
        })
    }

    /// The samples of a range selector as they were stored, `up[1m]` for example.
    pub async fn samples(&self, selector: &str, time: Option<f64>) -> Result<Vec<Series>, AskError> {
        let time = time.map(seconds);
        let mut parameters = vec![("query", selector)];
        parameters.extend(time.as_deref().map(|time| ("time", time)));
        self.matrix("/api/v1/query", &parameters).await
    }

    /// A range query; times in seconds since the Unix epoch, the step in seconds.
    pub async fn query_range(&self, query: &str, (start, end): (f64, f64), step: f64) -> Result<Vec<Series>, AskError> {
        let (start, end, step) = (seconds(start), seconds(end), seconds(step));
        self.matrix("/api/v1/query_range", &[("query", query), ("start", &start), ("end", &end), ("step", &step)]).await
    }

    /// The targets that are scraped.
    pub async fn targets(&self) -> Result<Vec<Target>, AskError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Targets {
            active_targets: Vec<Target>,
        }
        Ok(self.data::<Targets>("/api/v1/targets", &[("state", "active")]).await?.active_targets)
    }

    /// The rules that are evaluated.
    pub async fn rules(&self) -> Result<Vec<Rule>, AskError> {
        #[derive(Deserialize)]
        struct Groups {
            groups: Vec<Group>,
        }
        #[derive(Deserialize)]
        struct Group {
            interval: f64,
            rules: Vec<RawRule>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct RawRule {
            name: String,
            #[serde(default)]
            query: String,
            #[serde(default)]
            last_error: String,
            #[serde(default)]
            last_evaluation: String,
        }
        let of = |group: Group| {
            let interval = group.interval;
            group.rules.into_iter().map(move |rule| Rule {
                name: rule.name,
                query: rule.query,
                last_error: rule.last_error,
                interval,
                last_evaluation: evaluated(&rule.last_evaluation),
            })
        };
        Ok(self.data::<Groups>("/api/v1/rules", &[]).await?.groups.into_iter().flat_map(of).collect())
    }

    /// The tree of a query, as the server parses it.
    pub async fn parse(&self, query: &str) -> Result<Value, AskError> {
        self.data("/api/v1/parse_query", &[("query", query)]).await
    }

    /// Exemplars of the series that a query selects.
    pub async fn exemplars(&self, query: &str, (start, end): (f64, f64)) -> Result<Vec<Exemplar>, AskError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Raw {
            series_labels: Labels,
            exemplars: Vec<RawExemplar>,
        }
        #[derive(Deserialize)]
        struct RawExemplar {
            labels: Labels,
            value: Number,
            timestamp: f64,
        }
        let (start, end) = (seconds(start), seconds(end));
        let all: Vec<Raw> =
            self.data("/api/v1/query_exemplars", &[("query", query), ("start", &start), ("end", &end)]).await?;
        let of = |one: Raw| {
            let series = one.series_labels;
            one.exemplars.into_iter().map(move |exemplar| Exemplar {
                series: series.clone(),
                labels: exemplar.labels,
                time: exemplar.timestamp,
                value: exemplar.value.0,
            })
        };
        Ok(all.into_iter().flat_map(of).collect())
    }

    /// What the server answers, unread.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, AskError> {
        self.0.get(path, query).await
    }

    async fn matrix(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Series>, AskError> {
        let QueryData::Matrix(series) = self.data::<QueryData>(path, query).await? else { return Ok(Vec::new()) };
        let series = series.into_iter().map(|one| Series {
            labels: one.metric,
            samples: one.values.into_iter().map(|(time, value)| (time, value.0)).collect(),
        });
        Ok(series.collect())
    }

    async fn data<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, AskError> {
        #[derive(Deserialize)]
        struct Envelope<T> {
            data: T,
        }
        Ok(self.0.json::<Envelope<T>>(path, query).await?.data)
    }
}

impl Default for Target {
    fn default() -> Self {
        let none = String::new;
        Self {
            labels: Labels::new(),
            scrape_url: none(),
            health: none(),
            last_error: none(),
            last_scrape: none(),
            scrape_interval: none(),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum QueryData {
    Vector(Vec<RawPoint>),
    Matrix(Vec<RawSeries>),
    Scalar((f64, Number)),
}

#[derive(Deserialize)]
struct RawPoint {
    metric: Labels,
    value: (f64, Number),
}

#[derive(Deserialize)]
struct RawSeries {
    metric: Labels,
    values: Vec<(f64, Number)>,
}

/// A sample's value, written as a string: `"1.5"`, `"NaN"`, `"+Inf"`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Number(f64);

/// A sample's value that is no number.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a number")]
struct NotANumber(String);

impl TryFrom<String> for Number {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        text.parse().map(Self).map_err(|_| NotANumber(text))
    }
}

/// The time of an evaluation; Prometheus writes the year 1 for one that never was.
fn evaluated(time: &str) -> Option<f64> {
    let time = DateTime::parse_from_rfc3339(time).ok()?.timestamp_millis() as f64 / 1e3;
    (time > 0.0).then_some(time)
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_was_never_evaluated_has_no_time() {
        assert_eq!(evaluated("2026-01-02T03:04:05.5Z"), Some(1_767_323_045.5));
        assert_eq!(evaluated("0001-01-01T00:00:00Z"), None);
        assert_eq!(evaluated(""), None);
    }
}
