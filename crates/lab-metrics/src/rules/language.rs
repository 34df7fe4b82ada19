//! The language of the queries of rules: PromQL over the store of metrics, or another one that whoever starts the
//! ruler hands in.

use std::fmt::Debug;
use std::sync::Arc;

use lab_model::{Grant, Labels};

use crate::promql::engine::{self, Repeated};
use crate::promql::params::EvalParams;
use crate::promql::value::{Point, Value};
use crate::rules::template::links;
use crate::store::MetricStore;

/// A language, and the data that its queries ask.
pub trait Language: Debug + Send + Sync {
    /// Says whether a query can be parsed, and why not.
    fn check(&self, query: &str) -> Result<(), String>;

    /// A query that will be asked again and again.
    fn prepare(&self, query: &str) -> Box<dyn Prepared>;

    /// Where people see what a query gives: a path and its parameters below the address of the lab.
    fn link(&self, query: &str) -> String;
}

/// A query of a rule or of a template.
pub trait Prepared: Debug + Send {
    /// The series that the query gives at a time, in milliseconds since the epoch.
    fn ask(&mut self, at: i64, grant: &Grant) -> Result<Vec<Point>, String>;
}

/// PromQL over the store to which the rules write, too.
#[derive(Clone, Debug)]
pub struct PromQl(pub Arc<MetricStore>);

impl Language for PromQl {
    fn check(&self, query: &str) -> Result<(), String> {
        engine::check(query).map_err(|error| error.to_string())
    }

    fn prepare(&self, query: &str) -> Box<dyn Prepared> {
        Box::new(PromQuery { store: self.0.clone(), query: Repeated::new(query) })
    }

    fn link(&self, query: &str) -> String {
        links::link(query, 1)
    }
}

/// A query in PromQL with what is known of it from the last time.
#[derive(Debug)]
struct PromQuery {
    store: Arc<MetricStore>,
    query: Repeated,
}

impl Prepared for PromQuery {
    fn ask(&mut self, at: i64, grant: &Grant) -> Result<Vec<Point>, String> {
        let params = EvalParams { hints: false, ..EvalParams::instant(at) };
        let evaluation = self.query.evaluate(&*self.store, &params, grant);
        match evaluation.map_err(|error| error.to_string())?.value {
            Value::Vector(points) => Ok(points),
            Value::Scalar(sample) => Ok(vec![Point::number(Labels::empty(), sample)]),
            Value::String(_) | Value::Matrix(_) => Err("rule result is not a vector or scalar".to_owned()),
        }
    }
}
