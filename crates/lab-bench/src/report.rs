//! The figures as a table or as JSON.

use lab_traffic::table::{Table, seconds};
use serde::Serialize;

use crate::measure::batches::Batches;
use crate::measure::chain::{Arrival, Chain};
use crate::measure::crowd::Crowd;
use crate::measure::rest::Rest;

/// What the Python system of the mission serves on a two-core machine with 16 connections.
const PYTHON_ROLLS_PER_SECOND: f64 = 160.0;
/// The same for batches of ten.
const PYTHON_BATCHES_PER_SECOND: f64 = 200.0;

/// Form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table.
    Text,
    /// JSON.
    Json,
}

/// All figures of a run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Report {
    /// Cores that everything shared.
    pub(crate) cores: usize,
    /// At rest.
    pub(crate) rest: Rest,
    /// Many at once.
    pub(crate) crowd: Crowd,
    /// End to end.
    pub(crate) chain: Chain,
    /// Batches.
    pub(crate) batches: Batches,
}

impl Report {
    /// Writes the figures, without a newline at their end.
    pub(crate) fn render(&self, format: Format) -> serde_json::Result<String> {
        match format {
            Format::Json => serde_json::to_string_pretty(self),
            Format::Text => Ok(self.table().to_text()),
        }
    }

    fn table(&self) -> Table {
        let Self { cores, rest, crowd, chain, batches } = self;
        let mut table = Table::new(["", "dicelab", "beside it", "ratio"]);
        let rate = |rate: f64| format!("{rate:.0} /s");
        let ratio = |ours: f64, theirs: f64| format!("{:.2}", ours / theirs);
        let mut rates = |name: &str, ours: f64, bare: f64, bare_name: &str, python: f64| {
            table.row([name, &rate(ours), &format!("{bare_name} {}", rate(bare)), &ratio(ours, bare)]);
            table.row(["", "", &format!("Python {}", rate(python)), &ratio(ours, python)]);
        };
        let (roll, batch) = ("/roll end to end, all observed", "/roll-async, batches of 10");
        rates(roll, chain.dicelab_per_second, chain.bare_per_second, "bare chain", PYTHON_ROLLS_PER_SECOND);
        rates(batch, batches.dicelab_per_second, batches.bare_per_second, "bare hop", PYTHON_BATCHES_PER_SECOND);
        for (name, arrival) in [("spans stored", chain.spans), ("log lines stored", chain.lines)] {
            let Arrival { expected, stored, .. } = arrival;
            let lost = format!("{} lost", arrival.lost());
            table.row([name, &stored.to_string(), &format!("expected {expected}"), &lost]);
        }
        table.row([
            format!("{} rolls at once", crowd.requests),
            seconds(crowd.seconds),
            format!("longest of ten alone {}", seconds(crowd.alone_longest_seconds)),
            ratio(crowd.seconds, crowd.alone_longest_seconds),
        ]);
        let resident = rest.resident_bytes as f64 / 1e6;
        table.row([
            "resident at rest, all processes",
            &format!("{resident:.1} MB"),
            "goal 80 MB",
            &ratio(resident, 80.0),
        ]);
        let start = rest.start_seconds;
        table.row(["exec to ready", &seconds(start), "goal 1 s", &ratio(start, 1.0)]);
        table.row([format!("cores shared by all: {cores}"), String::new(), String::new(), String::new()]);
        table
    }
}
