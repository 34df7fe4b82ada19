//! What can be expected of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::expect::comparison::Comparison;
use crate::expect::place::Place;
use crate::expect::wanted::Wanted;

/// A question, and when it has to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// As its author calls it, or else what it asks.
    pub name: String,
    /// Where it is written, if in a file.
    pub place: Option<Place>,
    pub question: Question,
    /// For how long it may take to come true.
    pub eventually: Option<Duration>,
    /// Whether it has to hold at every second of the run, not only at its end.
    pub always: bool,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Each value that a PromQL query answers meets the comparison.
    Metrics { query: String, is: Comparison },
    /// The number of lines that a LogQL query selects, or each value that it computes, meets the comparison.
    Logs { query: String, is: Comparison },
    /// Each line that a LogQL query selects belongs to a trace that the lab has.
    Traced { query: String },
    /// The number of traces that a TraceQL query selects meets the comparison, and each of them is built as stated.
    Traces { query: String, count: Comparison, shape: Box<Shape> },
    /// Names, units, required attributes and cardinality are as OpenTelemetry's semantic conventions ask.
    Conventions { most_series: usize },
    /// No hop that can be seen has dropped anything.
    NothingDropped,
    /// Each request of a ledger has its whole trace, with the status that the client saw, and lines that name the trace.
    Ledger { file: PathBuf, text: LedgerText },
}

/// Where the text of a ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerText {
    /// On the disk.
    InFile,
    /// In the run file that also holds the expectation.
    Kept(String),
    /// Not in the run file that holds the expectation. Files that somebody else's run file names are not opened.
    NotKept,
}

/// How a trace has to be built. What is not stated is not asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// Pairs of services of which the first calls the second.
    pub calls: Vec<(String, String)>,
    /// By the name of a span the attributes that each such span has.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// No span names a parent that the trace has not.
    pub no_orphans: bool,
    /// No span has failed.
    pub no_errors: bool,
    /// How long the critical path takes, in seconds.
    pub critical_path: Option<Comparison>,
    /// By the name of a span how siblings of this name lie in time.
    pub concurrency: BTreeMap<String, Concurrency>,
    /// How many spans of databases lie below each request.
    pub database_spans: Option<Comparison>,
    /// How many spans the query selects in each trace.
    pub spans: Option<Comparison>,
    /// What each selected span has: an attribute, or one of `name`, `service`, `kind` and `duration`.
    pub each: BTreeMap<String, Wanted>,
}

/// How siblings lie in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Concurrency {
    /// None waits for another.
    Concurrent,
    /// Each waits for the one before.
    Serial,
}

impl Question {
    /// Whether it can be asked of one trace alone: numbers, conventions and losses are those of everything.
    pub fn is_of_traces(&self) -> bool {
        matches!(self, Self::Logs { .. } | Self::Traced { .. } | Self::Traces { .. })
    }

    /// Its query, if it has one.
    pub fn query(&self) -> Option<&str> {
        match self {
            Self::Metrics { query, .. }
            | Self::Logs { query, .. }
            | Self::Traced { query }
            | Self::Traces { query, .. } => Some(query),
            Self::Conventions { .. } | Self::NothingDropped | Self::Ledger { .. } => None,
        }
    }

    /// The same with another text in place of its query.
    #[must_use]
    pub fn with_query(mut self, other: impl FnOnce(&str) -> String) -> Self {
        if let Self::Metrics { query, .. }
        | Self::Logs { query, .. }
        | Self::Traced { query }
        | Self::Traces { query, .. } = &mut self
        {
            *query = other(query);
        }
        self
    }

    /// The same, asking the ledger that a run file keeps rather than one on the disk.
    #[must_use]
    pub fn with_kept_ledger(mut self, kept: Option<&str>) -> Self {
        if let Self::Ledger { text, .. } = &mut self {
            *text = kept.map_or(LedgerText::NotKept, |kept| LedgerText::Kept(kept.to_owned()));
        }
        self
    }
}

impl Shape {
    /// Whether it asks for anything.
    pub fn is_stated(&self) -> bool {
        *self != Self::default()
    }

    /// Whether it asks for anything of the selected spans alone.
    pub fn is_of_spans(&self) -> bool {
        self.spans.is_some() || !self.each.is_empty()
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metrics { query, is } => write!(f, "promql: {query} is {is}"),
            Self::Logs { query, is } => write!(f, "logql: {query} is {is}"),
            Self::Traced { query } => write!(f, "logql: {query} has traces"),
            Self::Traces { query, count, .. } => write!(f, "traceql: {query} is {count}"),
            Self::Conventions { .. } => f.write_str("semantic conventions of OpenTelemetry"),
            Self::NothingDropped => f.write_str("nothing was dropped"),
            Self::Ledger { file, .. } => write!(f, "every request of the ledger {} arrived", file.display()),
        }
    }
}
