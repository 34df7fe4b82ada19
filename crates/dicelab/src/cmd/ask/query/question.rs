//! A question to one of the three stores: where it is asked, and with which parameters.

use std::time::Duration;

use clap::ValueEnum;
use lab_model::duration;
use lab_traces::traceql::syntax::ast;
use lab_traces::traceql::syntax::parse;

/// The query languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// Prometheus, for metrics
    Promql,
    /// Loki, for logs
    Logql,
    /// Tempo, for traces
    Traceql,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) language: Language,
    pub(super) expression: String,
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    /// The end is the present.
    pub(super) is_now: bool,
    /// Time between two points; without it a query is evaluated once.
    pub(super) step: Option<Duration>,
    pub(super) limit: u32,
}

/// A path, and the parameters of the request.
type Request = (&'static str, Vec<(&'static str, String)>);

impl Question {
    /// The path and the parameters to ask with.
    pub(super) fn ask(&self) -> Request {
        let step = self.step.map(|step| ("step", duration::format(step)));
        match self.language {
            Language::Promql => self.promql(step),
            Language::Logql => self.logql(step),
            Language::Traceql => self.traceql(step),
        }
    }

    fn promql(&self, step: Option<(&'static str, String)>) -> Request {
        let seconds = |ns: i64| format!("{}.{:03}", ns / 1_000_000_000, ns / 1_000_000 % 1000);
        let query = ("query", self.expression.clone());
        match step {
            None => ("/api/v1/query", vec![query, ("time", seconds(self.end_ns))]),
            Some(step) => {
                let range = [("start", seconds(self.start_ns)), ("end", seconds(self.end_ns))];
                ("/api/v1/query_range", range.into_iter().chain([query, step]).collect())
            }
        }
    }

    fn logql(&self, step: Option<(&'static str, String)>) -> Request {
        let query = ("query", self.expression.clone());
        let is_lines = self.expression.trim_start().starts_with('{');
        if step.is_none() && !is_lines {
            return ("/loki/api/v1/query", vec![query, ("time", self.end_ns.to_string())]);
        }
        let range = [("start", self.start_ns.to_string()), ("end", self.end_ns.to_string())];
        let rest = [query, ("limit", self.limit.to_string())];
        ("/loki/api/v1/query_range", range.into_iter().chain(rest).chain(step).collect())
    }

    fn traceql(&self, step: Option<(&'static str, String)>) -> Request {
        // Whole seconds; the present is rounded up so that the newest spans are in.
        let end = self.end_ns / 1_000_000_000 + i64::from(self.is_now);
        let range = [("start", (self.start_ns / 1_000_000_000).to_string()), ("end", end.to_string())];
        let query = ("q", self.expression.clone());
        // A query that cannot be read is refused by the search with its place.
        let asks_for_series =
            parse(&self.expression).is_ok_and(|query| matches!(query.question, ast::Question::Series(_)));
        match (asks_for_series, step) {
            (false, _) => {
                let rest = [query, ("limit", self.limit.to_string())];
                ("/api/search", range.into_iter().chain(rest).collect())
            }
            (true, None) => ("/api/metrics/query", range.into_iter().chain([query]).collect()),
            (true, Some(step)) => ("/api/metrics/query_range", range.into_iter().chain([query, step]).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(language: Language, expression: &str, step: Option<u64>) -> String {
        let question = Question {
            language,
            expression: expression.to_owned(),
            start_ns: 1_000_000_000_000,
            end_ns: 2_000_500_000_000,
            is_now: true,
            step: step.map(Duration::from_secs),
            limit: 5,
        };
        let (path, parameters) = question.ask();
        let shown = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        format!("{path} {}", shown.join(" "))
    }

    #[test]
    fn each_kind_of_query_has_its_path() {
        use Language::{Logql, Promql, Traceql};
        for (language, expression, step, expected) in [
            (Promql, "up", None, "/api/v1/query query=up time=2000.500"),
            (Promql, "up", Some(15), "/api/v1/query_range start=1000.000 end=2000.500 query=up step=15s"),
            (
                Logql,
                "{a=\"b\"}",
                None,
                "/loki/api/v1/query_range start=1000000000000 end=2000500000000 query={a=\"b\"} limit=5",
            ),
            (Logql, "rate({a=\"b\"}[1m])", None, "/loki/api/v1/query query=rate({a=\"b\"}[1m]) time=2000500000000"),
            (Traceql, "{}", None, "/api/search start=1000 end=2001 q={} limit=5"),
            (Traceql, "{ | ", None, "/api/search start=1000 end=2001 q={ |  limit=5"),
            (Traceql, "{} | rate()", None, "/api/metrics/query start=1000 end=2001 q={} | rate()"),
            (
                Traceql,
                "{} | quantile_over_time(duration, .9) by (name)",
                Some(60),
                "/api/metrics/query_range start=1000 end=2001 q={} | quantile_over_time(duration, .9) by (name) step=1m",
            ),
        ] {
            assert_eq!(asked(language, expression, step), expected);
        }
    }
}
