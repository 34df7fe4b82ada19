//! A run, decoded for being compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use lab_recording::manifest::Machine;
use lab_recording::messages::logs::{Entry, LogPortion};
use lab_recording::messages::metrics::{Family, MetricPortion, Series};
use lab_recording::messages::{Undecodable, decoded};
use lab_recording::recording::Recording;
use lab_verify::stack::span::Span;
use lab_verify::stack::tempo;

use crate::compare::statistics::moments::Moments;
use crate::correlation::{TRACE_KEYS, line_trace_id};

/// One of the two runs.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// The program and its arguments; empty for what a lab held.
    pub command: String,
    /// When it began, in nanoseconds since the Unix epoch.
    pub start_ns: i64,
    pub machine: Machine,
    /// The part of it in which threads of the run itself waited for a processor, where that is known.
    pub waited: Option<f64>,
    pub seconds: f64,
    /// The spans of each trace, in the order of the traces' beginnings.
    pub traces: Vec<Vec<Span>>,
    pub series: Vec<Series>,
    /// What is known about families, by name.
    pub families: BTreeMap<String, Family>,
    /// Lines of errors.
    pub errors: Vec<ErrorLine>,
}

/// A line of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorLine {
    /// Nanoseconds since the Unix epoch.
    pub time_ns: i64,
    pub text: String,
    /// The trace that it names.
    pub trace_id: Option<String>,
}

/// With fewer traces than this on a side, runs are compared exactly.
pub(crate) const FEW_TRACES: usize = 20;
/// What the lab computes of spans or says about itself: whether it came before the end of a run is chance.
const OF_THE_LAB: [&str; 3] = ["traces_spanmetrics_", "traces_service_graph_", "dicelab_"];

/// The words by which levels of errors begin.
const ERRORS: [&str; 4] = ["err", "crit", "fatal", "panic"];

impl Side {
    /// Decodes a run.
    pub fn of(recording: &Recording) -> Result<Self, Undecodable> {
        let mut by_trace: BTreeMap<Arc<str>, Vec<Span>> = BTreeMap::new();
        for (at, portion) in recording.traces.iter().enumerate() {
            let spans = tempo::spans_of(portion);
            let spans = spans.map_err(|why| Undecodable { part: format!("traces/{:04}.pb", at + 1), why })?;
            for span in spans {
                by_trace.entry(span.trace_id.clone()).or_default().push(span);
            }
        }
        let mut traces: Vec<Vec<Span>> = by_trace.into_values().collect();
        traces.sort_by_key(|spans| spans.iter().map(|span| span.start_ns).min());
        let (mut series, mut families) = (Vec::new(), BTreeMap::new());
        for portion in decoded::<MetricPortion>("metrics", &recording.metrics)? {
            series.extend(portion.series.into_iter().filter(|series| !is_of_the_lab(series)));
            families.extend(portion.families.into_iter().map(|family| (family.name.clone(), family)));
        }
        let mut errors = Vec::new();
        for stream in decoded::<LogPortion>("logs", &recording.logs)?.into_iter().flat_map(|portion| portion.streams) {
            let of_stream = level(stream.labels.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())));
            let is_error = |entry: &Entry| {
                let own = entry.metadata.iter().map(|pair| (pair.name.as_str(), pair.value.as_str()));
                level(own).or(of_stream).is_some_and(is_level_of_errors)
            };
            errors.extend(stream.entries.into_iter().filter(is_error).map(ErrorLine::of));
        }
        let manifest = &recording.manifest;
        let seconds = (manifest.end_ns - manifest.start_ns) as f64 / 1e9;
        Ok(Self {
            command: manifest.command.join(" "),
            start_ns: manifest.start_ns,
            machine: manifest.machine.clone(),
            waited: manifest.waited,
            seconds,
            traces,
            series,
            families,
            errors,
        })
    }

    /// Its time, cut into parts.
    pub(crate) fn moments(&self) -> Moments {
        let begins: Vec<i64> =
            self.traces.iter().filter_map(|spans| spans.iter().map(|span| span.start_ns).min()).collect();
        let times = begins.iter().copied().chain(self.errors.iter().map(|line| line.time_ns));
        let (first, last) = times.fold((i64::MAX, i64::MIN), |(first, last), time| (first.min(time), last.max(time)));
        Moments::of(if first > last { (0, 0) } else { (first, last) }, &begins)
    }

    /// Whether it is compared exactly.
    pub fn is_small(&self) -> bool {
        self.traces.len() < FEW_TRACES
    }

    /// Where it was, in a few words.
    pub(crate) fn place(&self) -> String {
        let Machine { os, architecture, processors, model } = &self.machine;
        if os.is_empty() { "unknown".to_owned() } else { format!("{os} {architecture}, {processors} × {model}") }
    }
}

impl ErrorLine {
    fn of(entry: Entry) -> Self {
        let labelled = entry.metadata.into_iter().find(|pair| TRACE_KEYS.contains(&&*pair.name)).map(|pair| pair.value);
        Self { time_ns: entry.time_ns, trace_id: line_trace_id(labelled, &entry.line), text: entry.line }
    }
}

fn is_of_the_lab(series: &Series) -> bool {
    let is_own = |name: &str, value: &str| match name {
        "job" => value == "dicelab",
        "__name__" => OF_THE_LAB.iter().any(|begin| value.starts_with(begin)),
        _ => false,
    };
    series.labels.iter().any(|pair| is_own(&pair.name, &pair.value))
}

/// The level that labels name.
fn level<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> Option<&'a str> {
    labels
        .into_iter()
        .find(|(name, _)| matches!(*name, "detected_level" | "level" | "severity_text"))
        .map(|(_, level)| level)
}

fn is_level_of_errors(level: &str) -> bool {
    let level = level.to_ascii_lowercase();
    ERRORS.iter().any(|begin| level.starts_with(begin))
}
