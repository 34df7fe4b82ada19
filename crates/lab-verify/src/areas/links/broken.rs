//! Why a link leads nowhere.

use crate::report::numbers::plural;
use crate::stack::endpoint::AskError;
use crate::stack::services::Service;
use crate::time::wait::Absent;

/// Why one thing that a link was followed from leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    /// An exemplar names no trace.
    #[error("an exemplar of {service} has no trace_id")]
    NoTraceId { service: Service },
    /// What it leads to was waited for and did not come.
    #[error("{0}")]
    Absent(Absent<Missing>),
}

/// Why there is nothing to follow a link from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoStart {
    #[error(
        "{0}: does the scraper negotiate OpenMetrics, and does the metrics server store exemplars (Prometheus: \
         --enable-feature=exemplar-storage)?"
    )]
    Exemplars(Absent<Missing>),
    /// Nothing of another kind.
    #[error("{0}")]
    Absent(Absent<Missing>),
    #[error("the trace store has no trace of the ledger with spans of all three services")]
    Traces,
    /// No line with the label.
    #[error("no line of the ledger's time has a container_name")]
    ContainerNames,
    /// No span with the attribute.
    #[error("no SERVER span of the sampled traces has an http.route")]
    Routes,
}

/// What a look did not find, and what it saw instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Missing {
    /// A span in a trace.
    #[error("trace {trace} {}: {named_by} names it, but it has no {wanted}", spans(*found))]
    Span {
        /// The trace's id.
        trace: String,
        /// How many spans it has.
        found: usize,
        /// What led to it.
        named_by: String,
        /// Which span it should have.
        wanted: String,
    },
    /// Lines of services in a trace.
    #[error("trace {trace} has no line of {}", services.join(", "))]
    Lines {
        /// The trace's id.
        trace: String,
        services: Vec<&'static str>,
    },
    #[error("{query} selects nothing; the jobs there are: {}", jobs.join(", "))]
    Series {
        /// What was asked.
        query: String,
        /// What there is.
        jobs: Vec<String>,
    },
    /// The request counter.
    #[error("http_requests_total has no series")]
    Jobs,
    /// Lines of a job.
    #[error(
        "job {job} has series and no lines: {query} selects nothing; does the job or the stream have a wrong name?"
    )]
    LinesOfJob {
        job: String,
        /// What was asked.
        query: String,
    },
    /// Things to begin from.
    #[error("there are no {what} of {}", services.join(", "))]
    Starts {
        what: &'static str,
        /// The services that have none.
        services: Vec<&'static str>,
    },
    /// A server gave no usable answer.
    #[error(transparent)]
    Unanswered(#[from] AskError),
}

impl From<Absent<Missing>> for Broken {
    fn from(absent: Absent<Missing>) -> Self {
        Self::Absent(absent)
    }
}

impl From<Absent<Missing>> for NoStart {
    fn from(absent: Absent<Missing>) -> Self {
        Self::Absent(absent)
    }
}

fn spans(found: usize) -> String {
    if found == 0 { "is not in the store".to_owned() } else { format!("has {}", plural(found as u64, "span", "spans")) }
}
