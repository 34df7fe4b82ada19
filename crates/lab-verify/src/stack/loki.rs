//! Loki's HTTP API, as far as a judge needs it.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;

use crate::stack::endpoint::{Answer, AskError, Endpoint};
use crate::stack::sample::{Labels, Sample};

/// Most lines that one answer holds, on a Loki with its usual limits.
pub const MOST_LINES: usize = 5000;

/// A server with Loki's API.
#[derive(Debug, Clone)]
pub struct Loki(Endpoint);

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// The line as it was written.
    pub text: String,
    /// Stream labels, structured metadata among them.
    pub labels: Arc<Labels>,
}

impl Loki {
    /// The server behind an endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    pub fn base(&self) -> &str {
        self.0.base()
    }

    /// Whether it says that it is ready.
    pub async fn ready(&self) -> Result<(), AskError> {
        self.0.is_good("/ready").await
    }

    pub async fn version(&self) -> Result<String, AskError> {
        #[derive(Deserialize)]
        struct BuildInfo {
            version: String,
        }
        Ok(self.0.json::<BuildInfo>("/loki/api/v1/status/buildinfo", &[]).await?.version)
    }

    /// The values of a label within a time range (nanoseconds since the Unix epoch).
    pub async fn label_values(&self, label: &str, (start, end): (i64, i64)) -> Result<Vec<String>, AskError> {
        // Loki leaves `data` out when there are none.
        #[derive(Deserialize)]
        struct Values {
            #[serde(default)]
            data: Vec<String>,
        }
        let (start, end) = (start.to_string(), end.to_string());
        let path = format!("/loki/api/v1/label/{label}/values");
        Ok(self.0.json::<Values>(&path, &[("start", &start), ("end", &end)]).await?.data)
    }

    /// The oldest `limit` lines (at most [`MOST_LINES`]) from `start` on and before `end`, in order of time.
    pub async fn lines(&self, query: &str, (start, end): (i64, i64), limit: usize) -> Result<Vec<Line>, AskError> {
        self.page(query, (start, end), limit, "forward").await
    }

    /// The newest `limit` lines (at most [`MOST_LINES`]) from `start` on and before `end`, in order of time.
    pub async fn newest(&self, query: &str, (start, end): (i64, i64), limit: usize) -> Result<Vec<Line>, AskError> {
        self.page(query, (start, end), limit, "backward").await
    }

    /// The texts of the oldest `limit` lines (at most [`MOST_LINES`]) from `start` on and before `end`, in any order.
    pub async fn texts(&self, query: &str, (start, end): (i64, i64), limit: usize) -> Result<Texts, AskError> {
        self.answer(query, (start, end), limit, "forward").await.map(Texts)
    }

    /// A metric query at a time (nanoseconds since the Unix epoch).
    pub async fn count(&self, query: &str, time_ns: i64) -> Result<Vec<Sample>, AskError> {
        #[derive(Deserialize)]
        struct Point {
            metric: Labels,
            value: (f64, String),
        }
        let time = time_ns.to_string();
        let answer = self.0.get("/loki/api/v1/query", &[("query", query), ("time", &time)]).await?.good()?;
        // A query of numbers alone gives one number without labels.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Counted {
            Points(Vec<Point>),
            Number((f64, String)),
        }
        #[derive(Deserialize)]
        struct Data {
            result: Counted,
        }
        #[derive(Deserialize)]
        struct Body {
            data: Data,
        }
        let body: Body = answer.json()?;
        let points = match body.data.result {
            Counted::Points(points) => points,
            Counted::Number(value) => vec![Point { metric: Labels::default(), value }],
        };
        let count = |point: Point| {
            let value =
                point.value.1.parse().map_err(|_| answer.unexpected(format!("{:?} is not a number", point.value.1)));
            Ok(Sample { labels: point.metric, value: value? })
        };
        points.into_iter().map(count).collect()
    }

    /// What the server answers, unread.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, AskError> {
        self.0.get(path, query).await
    }

    async fn page(
        &self,
        query: &str,
        (start, end): (i64, i64),
        limit: usize,
        direction: &str,
    ) -> Result<Vec<Line>, AskError> {
        #[derive(Deserialize)]
        struct Stream {
            stream: Labels,
            values: Vec<(String, String)>,
        }
        let answer = self.answer(query, (start, end), limit, direction).await?;
        let body: Envelope<Stream> = answer.json()?;
        let mut lines = Vec::new();
        for stream in body.data.result {
            let labels = Arc::new(stream.stream);
            for (time, text) in stream.values {
                let time_ns = time.parse().map_err(|_| answer.unexpected(format!("{time:?} is not a time")))?;
                lines.push(Line { time_ns, text, labels: labels.clone() });
            }
        }
        lines.sort_by_key(|line| line.time_ns);
        Ok(lines)
    }

    async fn answer(
        &self,
        query: &str,
        (start, end): (i64, i64),
        limit: usize,
        direction: &str,
    ) -> Result<Answer, AskError> {
        let (start, end, limit) = (start.to_string(), end.to_string(), limit.min(MOST_LINES).to_string());
        let parameters =
            [("query", query), ("start", &start), ("end", &end), ("limit", &limit), ("direction", direction)];
        self.0.get("/loki/api/v1/query_range", &parameters).await?.good()
    }
}

/// An answer of which only times and texts are read.
#[derive(Debug)]
pub struct Texts(Answer);

impl Texts {
    /// Times (nanoseconds since the Unix epoch) and texts, in any order.
    pub fn read(&self) -> Result<Vec<(i64, Cow<'_, str>)>, AskError> {
        #[derive(Deserialize)]
        struct Stream<'a> {
            #[serde(borrow)]
            values: Vec<Written<'a>>,
        }
        #[derive(Deserialize)]
        struct Written<'a>(#[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>);
        let body: Envelope<Stream<'_>> = self.0.json_borrowed()?;
        let all = body.data.result.into_iter().flat_map(|stream| stream.values);
        let read = |Written(time, text)| {
            let time_ns = time.parse().map_err(|_| self.0.unexpected(format!("{time:?} is not a time")))?;
            Ok((time_ns, text))
        };
        all.map(read).collect()
    }
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: Data<T>,
}

#[derive(Deserialize)]
struct Data<T> {
    result: Vec<T>,
}
