//! `make bench`: what the lab costs, as ratios within one run, so that the machine cancels out.
//!
//! 1. frontend `/roll` end to end, all telemetry on and collected by a running lab, against a bare
//!    three-hop chain without telemetry; and whether a span or a line was lost on the way
//! 2. dice-roller `/roll-async?times=10` against a bare hop
//! 3. 200 concurrent `/roll` with their delays, against the longest delay of one
//! 4. resident memory at rest, and time from `exec` to `ready`
//! 5. the metric store against the Prometheus that is installed, over the same six hours of 1,000 series:
//!    loading by remote write, the dashboards' queries, resident memory
//! 6. the same with 1,000 native histograms of 60 filled buckets, and what they take on disk
//! 7. a span taken in with the metrics of spans and the service graph, and without them
//! 8. `dicelab run`: an empty program, the lab's part of a load, opening and comparing files of 100,000 spans and lines
//!
//! Everything listens on loopback, at shifted ports, for a bounded time, in a temporary directory.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use crate::http::connection;
use crate::http::load::Load;
use crate::measure;
use crate::programs::lab::{FRONTEND, Lab};
use crate::report;
use crate::samples::dataset::Dataset;
use crate::samples::histograms::Histograms;
use crate::span_costs::{self, SpanCosts};

/// What is measured, and how.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is given or not")]
pub struct BenchArgs {
    /// Seconds under load, for each side of each comparison
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(2..=120))]
    seconds: u32,
    /// Connections of the load generator
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u32).range(1..=256))]
    connections: u32,
    /// Measure the metric store only
    #[arg(long)]
    metrics_only: bool,
    /// Measure native histograms in the metric store only
    #[arg(long)]
    histograms_only: bool,
    /// Measure what metrics of spans add to taking spans in only
    #[arg(long)]
    spans_only: bool,
    /// Measure `dicelab run` and its files only
    #[arg(long)]
    runs_only: bool,
    /// Form of the report
    #[arg(long, value_name = "NAME", default_value = "text")]
    format: report::Format,
}

/// Measures the binary `dicelab`, whose ports are `port_offset` beyond their usual places, and prints the report.
pub async fn run(args: &BenchArgs, dicelab: &Path, port_offset: u16) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    let only = args.metrics_only || args.histograms_only || args.runs_only || args.spans_only;
    let services = if only { None } else { Some(services(args, dicelab, port_offset).await?) };
    let spans = if args.spans_only || !only { Some(spans()?) } else { None };
    let runs = if args.runs_only || !only { Some(runs(dicelab).await?) } else { None };
    let metrics = if args.metrics_only || !only { Some(metrics(dicelab, port_offset).await?) } else { None };
    let histograms =
        if args.runs_only || args.spans_only { None } else { Some(histograms(dicelab, port_offset).await?) };
    println!("{}", report::Report { cores, services, spans, runs, metrics, histograms }.render(args.format)?);
    Ok(())
}

async fn services(args: &BenchArgs, dicelab: &Path, port_offset: u16) -> anyhow::Result<report::Services> {
    // Each comparison takes turns, so that a slow moment of the machine meets both sides.
    let load = Load { connections: args.connections, duration: Duration::from_secs(u64::from(args.seconds)) };

    eprintln!("starting the lab at rest, with its delays");
    let lab = Lab::start(dicelab, port_offset, &[]).await?;
    let rest = measure::rest::measure(&lab).await?;
    eprintln!("200 rolls at once");
    let crowd = measure::crowd::measure(&lab).await?;
    lab.stop().await?;

    eprintln!("starting the lab without delays, and the bare chain");
    let lab = Lab::start(dicelab, port_offset, &["--max-delay=0"]).await?;
    eprintln!("chain: {} s of load on each side", args.seconds);
    let chain = measure::chain::measure(&lab, load).await?;
    eprintln!("batches: {} s of load on each side", args.seconds);
    let batches = measure::batches::measure(&lab, load).await?;
    lab.stop().await?;
    Ok(report::Services { rest, crowd, chain, batches })
}

fn spans() -> anyhow::Result<SpanCosts> {
    eprintln!("spans taken in, with their metrics and without");
    span_costs::measure()
}

async fn runs(dicelab: &Path) -> anyhow::Result<measure::runs::Runs> {
    eprintln!("dicelab run, and files of 100,000 spans and lines");
    measure::runs::measure(dicelab, &std::env::current_exe()?).await
}

async fn metrics(dicelab: &Path, port_offset: u16) -> anyhow::Result<measure::metrics::Metrics> {
    eprintln!("making six hours of 1,000 series");
    let lab = Lab::start(dicelab, port_offset, &["--max-delay=0"]).await?;
    for path in ["/roll?die=fair", "/roll-async?die=fair&times=10"] {
        connection::get(&lab.url(FRONTEND, path)).await?;
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let dataset = Dataset::new(&lab.expositions().await?, i64::try_from(now)?)?;
    lab.stop().await?;
    eprintln!("the metric store beside Prometheus");
    measure::metrics::measure(dicelab, port_offset, &dataset).await
}

async fn histograms(dicelab: &Path, port_offset: u16) -> anyhow::Result<measure::histograms::NativeHistograms> {
    eprintln!("making six hours of 1,000 native histograms");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let data = Histograms::new(i64::try_from(now)?)?;
    eprintln!("native histograms in the metric store beside Prometheus");
    measure::histograms::measure(dicelab, port_offset, &data).await
}

/// The binary beside this one.
pub fn beside_this_binary() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("dicelab");
    anyhow::ensure!(path.is_file(), "{} is not there: build it first (cargo build --release)", path.display());
    path.canonicalize().context("the path of dicelab")
}
