//! The file of expectations, `dicelab.yaml`: what runs beside the command, and what is expected.
//!
//! ```yaml
//! services:
//!   - { name: shop, command: ./shop --port 8080, ready: http://localhost:8080/health }
//! expect:
//!   - promql: sum(increase(http_requests_total[$run]))
//!     is: "> 0"
//!   - traceql: '{ name = "checkout" }'
//!     traces: "== 1"
//!     calls: [shop -> cart]
//!     no_errors: true
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_model::duration;
use lab_model::text::nearest::did_you_mean;
use serde::Deserialize;

use crate::expect::comparison::Comparison;
use crate::expect::expectation::{Concurrency, Expectation, Question, Shape};
use crate::expect::place::{self, Place};

/// The series that a metric may have in a run, unless the file says otherwise.
const MOST_SERIES: usize = 1000;
/// The longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectationFile {
    pub services: Vec<ServiceSpec>,
    pub expect: Vec<Expectation>,
}

/// A program that runs beside the command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    pub name: String,
    /// Words separated by spaces; no shell reads them.
    pub command: String,
    /// A URL that answers with a status below 400 once the program is ready.
    #[serde(default)]
    pub ready: Option<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{}: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("{}: the file is longer than {LONGEST} bytes", path.display())]
    TooLong { path: PathBuf },
    #[error("{}: {what}", path.display())]
    Invalid { path: PathBuf, what: String },
    #[error("{place}: {what}")]
    Expectation { place: Place, what: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    services: Vec<ServiceSpec>,
    #[serde(default)]
    expect: Vec<Item>,
}

/// An expectation as it is written: every key of every kind, of which some go together.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file that is there or not")]
struct Item {
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
    conventions: bool,
    most_series: Option<usize>,
    dropped: Option<String>,
    eventually: Option<String>,
    always: bool,
}

/// Reads a file from the disk.
pub fn read(path: &Path) -> Result<ExpectationFile, FileError> {
    let unreadable = |error| FileError::Unreadable { path: path.to_owned(), error };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LONGEST {
        return Err(FileError::TooLong { path: path.to_owned() });
    }
    parse(path, &std::fs::read_to_string(path).map_err(unreadable)?)
}

/// Reads the text of a file, whose name stands in errors and verdicts.
pub fn parse(path: &Path, text: &str) -> Result<ExpectationFile, FileError> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(ExpectationFile::default());
    }
    let file: FileText = serde_yaml_ng::from_str(text)
        .map_err(|error| FileError::Invalid { path: path.to_owned(), what: explain(&error.to_string(), text) })?;
    let lines = place::items_of(text, "expect");
    let place = |at: usize| Place { file: path.display().to_string(), line: lines.get(at).copied().unwrap_or(1) };
    let expect = file.expect.into_iter().enumerate().map(|(at, item)| {
        let place = place(at);
        item.understand(place.clone()).map_err(|what| FileError::Expectation { place, what })
    });
    Ok(ExpectationFile { services: file.services, expect: expect.collect::<Result<_, _>>()? })
}

/// The parser's words, and the key that was probably meant in place of an unknown one.
fn explain(error: &str, text: &str) -> String {
    let quoted: Vec<&str> = error.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((unknown, known)) if error.contains("unknown field") => {
            // For a key at the top the parser tells no place.
            let place = error.rfind(" at line ").map(|at| error[at..].to_owned()).unwrap_or_else(|| {
                let line = text.lines().position(|line| line.trim_start().starts_with(&format!("{unknown}:")));
                line.map(|line| format!(" at line {}", line + 1)).unwrap_or_default()
            });
            format!("there is no key `{unknown}`{}{place}", did_you_mean(unknown, known))
        }
        _ => error.to_owned(),
    }
}

impl Item {
    /// The expectation that its keys make together.
    fn understand(self, place: Place) -> Result<Expectation, String> {
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
        ];
        let given: Vec<&str> = kinds.into_iter().filter(|(_, given)| *given).map(|(kind, _)| kind).collect();
        let [kind] = given[..] else {
            return Err(match given[..] {
                [] => "this asks nothing; give it one of `promql`, `logql`, `traceql`, `conventions`, `dropped`"
                    .to_owned(),
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
            let shape = Shape {
                calls: self.calls.iter().map(|call| arrow(call)).collect::<Result<_, _>>()?,
                attributes: self.attributes,
                no_orphans: self.no_orphans,
                no_errors: self.no_errors,
                critical_path: optional("critical_path", self.critical_path.as_deref())?,
                concurrency: self.concurrency,
                database_spans: optional("database_spans", self.database_spans.as_deref())?,
            };
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

impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Metrics { query, is } => write!(f, "promql: {query} is {is}"),
            Self::Logs { query, is } => write!(f, "logql: {query} is {is}"),
            Self::Traced { query } => write!(f, "logql: {query} has traces"),
            Self::Traces { query, count, .. } => write!(f, "traceql: {query} is {count}"),
            Self::Conventions { .. } => f.write_str("semantic conventions of OpenTelemetry"),
            Self::NothingDropped => f.write_str("nothing was dropped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<ExpectationFile, String> {
        parse(Path::new("dicelab.yaml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_states_services_and_expectations_with_their_places() {
        let text = "services:\n- {name: shop, command: ./shop --port 8080}\n\nexpect:\n- name: counted\n  promql: sum(x)\n  is: '> 0'\n  eventually: 5s\n- traceql: '{ }'\n  calls: [shop -> cart]\n  concurrency: {roll: concurrent}\n- dropped: nothing\n";
        let file = parsed(text).expect("good");
        assert_eq!(file.services[0].name, "shop");
        let lines: Vec<usize> = file.expect.iter().filter_map(|one| Some(one.place.as_ref()?.line)).collect();
        assert_eq!(lines, [5, 9, 12]);
        assert_eq!((&*file.expect[0].name, file.expect[0].eventually), ("counted", Some(Duration::from_secs(5))));
        let Question::Traces { shape, count, .. } = &file.expect[1].question else { panic!("{:?}", file.expect[1]) };
        assert_eq!(shape.calls, [("shop".to_owned(), "cart".to_owned())]);
        assert_eq!(count.to_string(), "not empty", "an expectation about how traces are built needs one");
        assert_eq!(parsed("# nothing yet\n"), Ok(ExpectationFile::default()));
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_what_to_write() {
        let table = [
            ("expect:\n- promqll: up\n", "there is no key `promqll`; did you mean \"promql\"? at line 2"),
            ("expekt: []\n", "there is no key `expekt`; did you mean \"expect\"? at line 1"),
            ("expect:\n- promql: up\n", "dicelab.yaml:2: `promql` needs `is`"),
            ("expect:\n- {name: x}\n", "dicelab.yaml:2: this asks nothing"),
            ("expect:\n- {promql: up, logql: x, is: '> 0'}\n", "`promql` and `logql` cannot be used together"),
            ("expect:\n\n- {promql: up, is: '> 0', calls: [a -> b]}\n", "dicelab.yaml:3: `calls` belongs to `traceql`"),
            ("expect:\n- {promql: up, is: many}\n", "`is`: \"many\" is no comparison"),
            ("expect:\n- {traceql: '{}'}\n", "`traceql` needs `traces`"),
            ("expect:\n- {traceql: '{}', calls: [shop cart]}\n", "not \"shop cart\""),
            ("expect:\n- {logql: x, is: empty, always: true}\n", "`always` can be used with `promql` only"),
            ("expect:\n- {dropped: much}\n", "`dropped` can be `nothing` only, not \"much\""),
            ("expect: [\n", "line "),
        ];
        for (text, expected) in table {
            let error = parsed(text).expect_err(text);
            assert!(error.contains(expected), "{text}\n{error}");
        }
    }
}
