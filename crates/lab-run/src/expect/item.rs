//! An expectation as it stands in a file: every key of every kind, of which some go together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use lab_model::duration;
use serde::Deserialize;

use crate::expect::comparison::Comparison;
use crate::expect::expectation::{Concurrency, Expectation, LedgerText, Question, Shape};
use crate::expect::place::Place;
use crate::expect::wanted;

/// The series that a metric may have in a run, unless the file says otherwise.
const MOST_SERIES: usize = 1000;

/// The keys; [`Item::understand`] says which go together.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file that is there or not")]
pub(crate) struct Item {
    name: Option<String>,
    promql: Option<String>,
    logql: Option<String>,
    traceql: Option<String>,
    is: Option<String>,
    traced: bool,
    traces: Option<String>,
    calls: Vec<String>,
    attributes: BTreeMap<String, Vec<String>>,
    no_orphans: bool,
    no_errors: bool,
    critical_path: Option<String>,
    concurrency: BTreeMap<String, Concurrency>,
    database_spans: Option<String>,
    spans: Option<String>,
    each: BTreeMap<String, serde_yaml_ng::Value>,
    conventions: bool,
    most_series: Option<usize>,
    dropped: Option<String>,
    ledger: Option<PathBuf>,
    eventually: Option<String>,
    always: bool,
}

impl Item {
    /// The expectation that its keys make together.
    pub(crate) fn understand(self, place: Place) -> Result<Expectation, String> {
        self.check()?;
        let eventually = self.eventually.as_deref().map(patience).transpose()?;
        let (name, always) = (self.name.clone(), self.always);
        let question = self.question()?;
        if always && !matches!(question, Question::Metrics { .. }) {
            return Err(
                "`always` can be used with `promql` only: lines and traces are judged over the whole run anyway"
                    .to_owned(),
            );
        }
        let name = name.unwrap_or_else(|| question.to_string());
        Ok(Expectation { name, place: Some(place), question, eventually, always })
    }

    /// Keys that do not go together.
    fn check(&self) -> Result<(), String> {
        let kinds = [
            ("promql", self.promql.is_some()),
            ("logql", self.logql.is_some()),
            ("traceql", self.traceql.is_some()),
            ("conventions", self.conventions),
            ("dropped", self.dropped.is_some()),
            ("ledger", self.ledger.is_some()),
        ];
        let given: Vec<&str> = kinds.into_iter().filter(|(_, given)| *given).map(|(kind, _)| kind).collect();
        let [kind] = given[..] else {
            return Err(match given[..] {
                [] => {
                    "this asks nothing; give it one of `promql`, `logql`, `traceql`, `conventions`, `dropped`, `ledger`"
                        .to_owned()
                }
                _ => format!("`{}` cannot be used together; write an expectation for each", given.join("` and `")),
            });
        };
        let belongs = [
            ("is", self.is.is_some(), &["promql", "logql"][..]),
            ("traced", self.traced, &["logql"]),
            ("traces", self.traces.is_some(), &["traceql"]),
            ("calls", !self.calls.is_empty(), &["traceql"]),
            ("attributes", !self.attributes.is_empty(), &["traceql"]),
            ("no_orphans", self.no_orphans, &["traceql"]),
            ("no_errors", self.no_errors, &["traceql"]),
            ("critical_path", self.critical_path.is_some(), &["traceql"]),
            ("concurrency", !self.concurrency.is_empty(), &["traceql"]),
            ("database_spans", self.database_spans.is_some(), &["traceql"]),
            ("spans", self.spans.is_some(), &["traceql"]),
            ("each", !self.each.is_empty(), &["traceql"]),
            ("most_series", self.most_series.is_some(), &["conventions"]),
        ];
        match belongs.into_iter().find(|(_, given, with)| *given && !with.contains(&kind)) {
            Some((key, _, with)) => Err(format!("`{key}` belongs to `{}`, not to `{kind}`", with.join("` or `"))),
            None => Ok(()),
        }
    }

    fn question(self) -> Result<Question, String> {
        let is = |is: Option<String>, language: &str| {
            is.ok_or_else(|| {
                format!("`{language}` needs `is`: what its answer is compared with, for example `is: '> 0'`")
            })
            .and_then(|is| comparison("is", &is))
        };
        if let Some(query) = self.promql {
            return Ok(Question::Metrics { query, is: is(self.is, "promql")? });
        }
        if let Some(query) = self.logql {
            return match (self.traced, &self.is) {
                (true, None) => Ok(Question::Traced { query }),
                (true, Some(_)) => {
                    Err("`traced` and `is` cannot be used together; write an expectation for each".to_owned())
                }
                (false, _) => Ok(Question::Logs { query, is: is(self.is, "logql")? }),
            };
        }
        if let Some(query) = self.traceql {
            let shape = Box::new(Shape {
                calls: self.calls.iter().map(|call| arrow(call)).collect::<Result<_, _>>()?,
                attributes: self.attributes,
                no_orphans: self.no_orphans,
                no_errors: self.no_errors,
                critical_path: optional("critical_path", self.critical_path.as_deref())?,
                concurrency: self.concurrency,
                database_spans: optional("database_spans", self.database_spans.as_deref())?,
                spans: optional("spans", self.spans.as_deref())?,
                each: wanted::all("each", self.each)?,
            });
            let traces = match (self.traces, shape.is_stated()) {
                (Some(traces), _) => traces,
                (None, true) => "not empty".to_owned(),
                (None, false) => {
                    return Err("`traceql` needs `traces`, the number of traces that are expected, for example \
                         `traces: '== 1'`, or a key about their spans, such as `calls` or `no_errors`"
                        .to_owned());
                }
            };
            return Ok(Question::Traces { query, count: comparison("traces", &traces)?, shape });
        }
        if let Some(file) = self.ledger {
            return Ok(Question::Ledger { file, text: LedgerText::InFile });
        }
        match self.dropped.as_deref() {
            None => Ok(Question::Conventions { most_series: self.most_series.unwrap_or(MOST_SERIES) }),
            Some("nothing") => Ok(Question::NothingDropped),
            Some(other) => Err(format!("`dropped` can be `nothing` only, not {other:?}")),
        }
    }
}

fn comparison(key: &str, text: &str) -> Result<Comparison, String> {
    text.parse().map_err(|error| format!("`{key}`: {error}"))
}

fn optional(key: &str, text: Option<&str>) -> Result<Option<Comparison>, String> {
    text.map(|text| comparison(key, text)).transpose()
}

fn patience(text: &str) -> Result<Duration, String> {
    duration::parse(text).map_err(|error| format!("`eventually`: {error}"))
}

/// `shop -> cart`
fn arrow(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once("->").map(|(from, to)| (from.trim().to_owned(), to.trim().to_owned()));
    pair.filter(|(from, to)| !from.is_empty() && !to.is_empty()).ok_or_else(|| {
        format!("`calls`: write the caller, an arrow and the called service, for example `shop -> cart`, not {text:?}")
    })
}
