//! The time of a run: every question is asked about it, and `$run` stands for its length. It may be narrowed to one trace.

use std::fmt;
use std::str::FromStr;

use lab_verify::stack::span::Span;

/// So many traces of a run are counted: what an answer of the judge's client holds, and far below what Tempo refuses.
pub const MOST_TRACES: usize = 50_000;

/// From the start of the program to the moment at which everything had arrived, in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    pub start_ns: i64,
    pub end_ns: i64,
    /// Traces and lines are those of this trace alone.
    pub trace: Option<TraceId>,
}

/// The id of a trace: 16 bytes, not all of them zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(u128);

/// Why a text is no id of a trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no trace id; write 32 hexadecimal digits that are not all zero")]
pub struct TraceIdError(String);

impl FromStr for TraceId {
    type Err = TraceIdError;

    fn from_str(text: &str) -> Result<Self, TraceIdError> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = if is_hex { u128::from_str_radix(text, 16).ok() } else { None };
        id.filter(|id| *id != 0).map(Self).ok_or_else(|| TraceIdError(text.chars().take(40).collect()))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Scope {
    /// From one moment to another.
    pub fn of(start_ns: i64, end_ns: i64) -> Self {
        Self { start_ns, end_ns, trace: None }
    }

    /// The time that spans take together; `None` if there are none.
    pub(crate) fn around(spans: &[Span]) -> Option<Self> {
        let start_ns = spans.iter().map(|span| span.start_ns).min()?;
        let end_ns = spans.iter().map(|span| span.end_ns).max()?;
        Some(Self::of(start_ns, end_ns.max(start_ns)))
    }

    /// The same time, narrowed to a trace.
    #[must_use]
    pub fn of_trace(self, trace: TraceId) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// Whether something of a trace belongs to it.
    pub(crate) fn has_trace(&self, id: &str) -> bool {
        self.trace.is_none_or(|trace| id.parse() == Ok(trace))
    }

    /// The same run, seen until a later moment.
    #[must_use]
    pub fn until(self, end_ns: i64) -> Self {
        Self { end_ns: end_ns.max(self.start_ns), ..self }
    }

    /// How long it is, in whole milliseconds and at least one: a range of no length selects nothing.
    pub fn millis(&self) -> i64 {
        (self.end_ms() - self.start_ns / 1_000_000).max(1)
    }

    /// A query with the length of the run in place of `$run`, as the three languages write durations.
    pub fn fill_in(&self, query: &str) -> String {
        query.replace("$run", &format!("{}ms", self.millis()))
    }

    /// The moment at which instant queries are evaluated. It is a whole millisecond, the last one that has begun.
    pub fn end_ms(&self) -> i64 {
        self.end_ns.div_euclid(1_000_000)
    }

    /// The same in seconds, as Prometheus' API takes it.
    pub fn end_seconds(&self) -> f64 {
        self.end_ms() as f64 / 1000.0
    }

    /// The start in seconds.
    pub fn start_seconds(&self) -> f64 {
        self.start_ns.div_euclid(1_000_000) as f64 / 1000.0
    }

    /// The whole seconds around the run, as Tempo's search takes them.
    pub fn seconds_around(&self) -> (i64, i64) {
        (self.start_ns.div_euclid(1_000_000_000), self.end_ns.div_euclid(1_000_000_000) + 1)
    }

    /// The range for Loki, whose end is exclusive.
    pub fn nanoseconds(&self) -> (i64, i64) {
        (self.start_ns, self.end_ns.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, TraceId};

    #[test]
    fn ids_of_traces_are_read_whole_or_refused() {
        let id = "0AF7651916cd43dd8448eb211c80319c";
        let trace: TraceId = id.parse().expect("good");
        assert_eq!(trace.to_string(), id.to_lowercase());
        for wrong in ["", "0af7", "00000000000000000000000000000000", "+af7651916cd43dd8448eb211c80319c"] {
            assert!(wrong.parse::<TraceId>().is_err(), "{wrong}");
        }
        let scope = Scope::of(0, 1).of_trace(trace);
        assert!(scope.has_trace(id) && !scope.has_trace("x") && Scope::of(0, 1).has_trace("x"));
    }

    #[test]
    fn the_length_of_the_run_stands_in_queries() {
        let scope = Scope::of(5_000_000_000, 7_250_900_000);
        assert_eq!(scope.fill_in("increase(x[$run]) + rate(y[$run])"), "increase(x[2250ms]) + rate(y[2250ms])");
        assert_eq!(scope.seconds_around(), (5, 8));
        assert_eq!(scope.until(5_000_000_000).millis(), 1, "a range selects something");
    }
}
