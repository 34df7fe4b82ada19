//! LogQL as a language of rules, over the store of lines.

use std::sync::Arc;

use lab_logs::logql::eval::metric;
use lab_logs::logql::eval::value::Value;
use lab_logs::logql::limits::QueryLimits;
use lab_logs::logql::syntax::ast::{Metric, Query};
use lab_logs::logql::syntax::parser;
use lab_logs::{Grid, LogStore};
use lab_metrics::promql::value::Point;
use lab_metrics::rules::language::{Language, Prepared};
use lab_model::{Grant, Labels, Sample};

/// The queries of rules in LogQL ask this store.
#[derive(Clone, Debug)]
pub struct LogQl {
    store: Arc<LogStore>,
    limits: QueryLimits,
}

impl LogQl {
    /// The language over a store, with the default bounds of queries.
    pub fn new(store: Arc<LogStore>) -> Self {
        Self { store, limits: QueryLimits::default() }
    }
}

impl Language for LogQl {
    /// A query for lines is taken, too, as in Loki; its evaluation fails.
    fn check(&self, query: &str) -> Result<(), String> {
        parser::parse(query).map(|_| ()).map_err(|error| error.to_string())
    }

    fn prepare(&self, query: &str) -> Box<dyn Prepared> {
        let query = match parser::parse(query) {
            Ok(Query::Metric(metric)) => Ok(metric),
            Ok(Query::Logs(_)) => Err("rule result is not a vector or scalar".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        Box::new(LogQuery { store: self.store.clone(), limits: self.limits, query })
    }

    /// The page's Explore.
    fn link(&self, query: &str) -> String {
        let mut parameters = form_urlencoded::Serializer::new(String::new());
        parameters.append_pair("signal", "logs").append_pair("query", query);
        format!("/explore?{}", parameters.finish())
    }
}

/// A query of a rule, or why it cannot be asked.
#[derive(Debug)]
struct LogQuery {
    store: Arc<LogStore>,
    limits: QueryLimits,
    query: Result<Metric, String>,
}

impl Prepared for LogQuery {
    fn ask(&mut self, at: i64, grant: &Grant) -> Result<Vec<Point>, String> {
        let query = self.query.as_ref().map_err(Clone::clone)?;
        let instant = Grid::instant(at.saturating_mul(1_000_000));
        let value = metric::metric(&self.store, query, instant, &self.limits, grant);
        let point = |labels: Labels, value: f64| Point::number(labels, Sample { timestamp: at, value });
        Ok(match value.map_err(|error| error.to_string())? {
            Value::Scalar(number) => vec![point(Labels::empty(), number)],
            Value::Vector(series) => {
                series.into_iter().filter_map(|one| Some((one.at(0)?, one.labels))).map(|(v, l)| point(l, v)).collect()
            }
        })
    }
}
