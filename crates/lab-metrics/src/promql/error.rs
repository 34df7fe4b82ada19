//! Why a query has no answer, in the words that Prometheus uses for it.

use lab_syntax::{Fault, Lines, Position};

/// Everything that can go wrong between the query text and its value.
#[derive(Debug, thiserror::Error)]
pub enum PromqlError {
    /// The text is no PromQL (API error type `bad_data`).
    #[error("{}parse error: {message}", place(*position))]
    Parse {
        /// Where, if the parser could tell.
        position: Option<Position>,
        /// What is wrong there.
        message: String,
    },
    /// The parameters of the evaluation are unusable (`bad_data`).
    #[error("{0}")]
    BadParameter(String),
    /// The query is well formed, but has no value over these data (`execution`).
    #[error("{0}")]
    Execution(String),
    /// More samples at once than the limit allows (`execution`).
    #[error("query processing would load too many samples into memory in query execution")]
    TooManySamples,
    /// The query needs more memory than it may have (`execution`), or than there is at the moment (`unavailable`).
    #[error(transparent)]
    Memory(#[from] lab_model::MemoryError),
    /// The [`lab_model::Interrupt`] was set: the time-out passed (`timeout`), or the client left, which
    /// only the one who set it can know.
    #[error("query timed out in expression evaluation")]
    Interrupted,
    /// The store could not be read (`internal`).
    #[error("{0}")]
    Storage(String),
}

impl PromqlError {
    /// The error that a fault of a query is; Prometheus counts columns in bytes.
    pub(crate) fn parse(lines: &Lines<'_>, fault: Fault) -> Self {
        Self::Parse { position: Some(lines.position(fault.place.start)), message: fault.message }
    }
}

fn place(position: Option<Position>) -> String {
    position.map_or_else(String::new, |position| format!("{position}: "))
}
