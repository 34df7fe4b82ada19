//! The figures as a table or as JSON.

use lab_traffic::table::{Table, seconds};
use serde::Serialize;

use crate::measure::batches::Batches;
use crate::measure::chain::{Arrival, Chain};
use crate::measure::contender::{RANGES, Side};
use crate::measure::crowd::Crowd;
use crate::measure::histograms::{NativeHistograms, OnDisk};
use crate::measure::metrics::Metrics;
use crate::measure::rest::Rest;
use crate::measure::runs::Runs;
use crate::span_costs::SpanCosts;

/// What the Python system of the mission was seen to serve, and what a bare server of ours does on that machine: two
/// cores and 16 connections in both cases.
struct Reference {
    python_per_second: f64,
    bare_per_second: f64,
}

/// `/roll` through all three services, beside the bare chain.
const ROLLS: Reference = Reference { python_per_second: 160.0, bare_per_second: 15_000.0 };
/// Batches of ten, beside the bare hop.
const BATCHES: Reference = Reference { python_per_second: 200.0, bare_per_second: 83_000.0 };

impl Reference {
    /// What the Python system would serve on a machine whose bare server does this.
    fn python_beside(&self, bare_per_second: f64) -> f64 {
        self.python_per_second * bare_per_second / self.bare_per_second
    }
}

/// Form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// All figures of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Cores that everything shared.
    pub cores: usize,
    /// The services and what observes them, if they were measured.
    pub services: Option<Services>,
    /// Spans taken in with their metrics and without, if that was measured.
    pub spans: Option<SpanCosts>,
    /// `dicelab run`, if it was measured.
    pub runs: Option<Runs>,
    /// The metric store, if it was measured with numbers.
    pub metrics: Option<Metrics>,
    /// The metric store with native histograms, if it was measured with them.
    pub histograms: Option<NativeHistograms>,
}

/// The services and what observes them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Services {
    /// Memory and start-up of the lab at rest.
    pub rest: Rest,
    /// 200 rolls at once, against ten alone.
    pub crowd: Crowd,
    /// One roll end to end against a bare chain.
    pub chain: Chain,
    /// Batches of ten against a bare hop.
    pub batches: Batches,
}

impl Report {
    /// Writes the figures, without a newline at their end.
    pub fn render(&self, format: Format) -> serde_json::Result<String> {
        match format {
            Format::Json => serde_json::to_string_pretty(self),
            Format::Text => Ok(self.table().to_text()),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(["", "dicelab", "beside it", "ratio"]);
        if let Some(services) = &self.services {
            services.rows(&mut table);
        }
        if let Some(SpanCosts { without_metrics, with_metrics }) = self.spans {
            let microseconds = |cost: f64| format!("{cost:.2} µs of a core");
            let without = format!("without {}", microseconds(without_metrics));
            table.row([
                "a span taken in, with metrics and edges",
                &microseconds(with_metrics),
                &without,
                &ratio(with_metrics, without_metrics),
            ]);
        }
        if let Some(runs) = &self.runs {
            rows_of_runs(runs, &mut table);
        }
        if let Some(metrics) = &self.metrics {
            rows_of_metrics(metrics, &mut table);
        }
        if let Some(histograms) = &self.histograms {
            rows_of_histograms(histograms, &mut table);
        }
        table.row([format!("cores shared by all: {}", self.cores), String::new(), String::new(), String::new()]);
        table
    }
}

impl Services {
    fn rows(&self, table: &mut Table) {
        let Self { rest, crowd, chain, batches } = self;
        let rate = |rate: f64| format!("{rate:.0} /s");
        let mut rates = |name: &str, ours: f64, bare: f64, bare_name: &str, reference: &Reference| {
            let python = reference.python_beside(bare);
            table.row([name, &rate(ours), &format!("{bare_name} {}", rate(bare)), &ratio(ours, bare)]);
            table.row(["", "", &format!("Python, scaled by it {}", rate(python)), &ratio(ours, python)]);
        };
        let (roll, batch) = ("/roll end to end, all observed", "/roll-async, batches of 10");
        rates(roll, chain.dicelab_per_second, chain.bare_per_second, "bare chain", &ROLLS);
        rates(batch, batches.dicelab_per_second, batches.bare_per_second, "bare hop", &BATCHES);
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
    }
}

fn rows_of_runs(runs: &Runs, table: &mut Table) {
    let mut row = |name: &str, value: f64, goal: f64, text: &dyn Fn(f64) -> String| {
        table.row([name.to_owned(), text(value), format!("goal {}", text(goal)), ratio(value, goal)]);
    };
    row("dicelab run of an empty program", runs.empty_seconds, 0.3, &seconds);
    row("… its lab's memory at most", runs.empty_bytes as f64, 40e6, &|bytes| format!("{:.1} MB", bytes / 1e6));
    row("… its lab under 1,000 requests/s", runs.cores_under_load, 0.5, &|cores| format!("{cores:.2} cores"));
    row("a file of 100,000 spans and lines opened", runs.open_seconds, 1.0, &seconds);
    row("the same judged by three expectations", runs.check_seconds, 5.0, &seconds);
    row("two of them compared", runs.diff_seconds, 5.0, &seconds);
}

/// Without a Prometheus beside it, goals stand in its place where there are any.
fn rows_of_metrics(metrics: &Metrics, table: &mut Table) {
    let Metrics { samples, queries, dicelab, prometheus } = metrics;
    let samples = *samples as f64;
    let mut row = |name: &str, figure: &dyn Fn(&Side) -> f64, text: &dyn Fn(f64) -> String, absent: &str| {
        let ours = figure(dicelab);
        let (beside, ratio) = match prometheus {
            Some(theirs) => (format!("Prometheus {}", text(figure(theirs))), ratio(ours, figure(theirs))),
            None => (absent.to_owned(), String::new()),
        };
        table.row([name.to_owned(), text(ours), beside, ratio]);
    };
    let rate = |rate: f64| format!("{:.2} M/s", rate / 1e6);
    let absent = "no prometheus here: skipped";
    row("samples by remote write", &|side| samples / side.load_seconds, &rate, absent);
    row("… per second of one core", &|side| samples / side.load_cpu_seconds, &rate, absent);
    for (at, range) in RANGES.iter().enumerate() {
        let name = format!("{queries} dashboard queries over {} min", range / 60);
        row(&name, &|side| side.query_seconds[at], &seconds, absent);
    }
    row("… over all ranges", &Side::all_query_seconds, &seconds, absent);
    row("… seconds of a core for them", &|side| side.query_cpu_seconds, &seconds, absent);
    let megabytes = |bytes: f64| format!("{:.1} MB", bytes / 1e6);
    row("resident after loading them", &|side| side.loaded_bytes as f64, &megabytes, absent);
    row("resident after the queries", &|side| side.resident_bytes as f64, &megabytes, absent);
}

fn rows_of_histograms(found: &NativeHistograms, table: &mut Table) {
    let NativeHistograms { histograms, queries, dicelab, prometheus } = found;
    let histograms = *histograms as f64;
    let mut row = |name: &str, figure: &dyn Fn(&OnDisk) -> f64, text: &dyn Fn(f64) -> String| {
        let ours = figure(dicelab);
        let (beside, ratio) = match prometheus {
            Some(theirs) => (format!("Prometheus {}", text(figure(theirs))), ratio(ours, figure(theirs))),
            None => ("no prometheus here: skipped".to_owned(), String::new()),
        };
        table.row([name.to_owned(), text(ours), beside, ratio]);
    };
    let rate = |rate: f64| format!("{:.1} k/s", rate / 1e3);
    row("native histograms by remote write", &|one| histograms / one.side.load_seconds, &rate);
    for (at, range) in RANGES.iter().enumerate() {
        let name = format!("{queries} queries of them over {} min", range / 60);
        row(&name, &|one| one.side.query_seconds[at], &seconds);
    }
    row("… over all ranges", &|one| one.side.all_query_seconds(), &seconds);
    let megabytes = |bytes: f64| format!("{:.1} MB", bytes / 1e6);
    row("resident after loading them", &|one| one.side.loaded_bytes as f64, &megabytes);
    row("resident after the queries", &|one| one.side.resident_bytes as f64, &megabytes);
    let bytes = |bytes: f64| format!("{bytes:.1} B");
    row("on disk, a histogram", &|one| one.disk_bytes as f64 / histograms, &bytes);
}

fn ratio(ours: f64, theirs: f64) -> String {
    format!("{:.2}", ours / theirs)
}
