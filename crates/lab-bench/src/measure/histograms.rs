//! The metric store beside Prometheus, both with the same native histograms: loading them by remote write, asking for
//! percentiles, rates and sums of them, and what they take in memory and on disk.

use std::path::Path;

use form_urlencoded::Serializer;
use serde::Serialize;

use crate::measure::contender::Side;
use crate::measure::side_by_side::SideBySide;
use crate::samples::histograms::{HISTOGRAMS, Histograms, INTERVAL_S, SAMPLES};

/// The most points that a panel of a usual width draws.
const POINTS: i64 = 720;
/// What is asked over each range.
const QUERIES: [&str; 6] = [
    "histogram_quantile(0.99, sum(rate(bench_seconds[1m])))",
    "histogram_quantile(0.5, sum by (job) (rate(bench_seconds[5m])))",
    "sum(histogram_count(rate(bench_seconds[1m])))",
    "sum by (job) (histogram_sum(rate(bench_seconds[1m])))",
    "histogram_fraction(0, 1, sum(bench_seconds{job=\"0\"}))",
    "histogram_avg(rate(bench_seconds{instance=\"7\"}[2m]))",
];

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct NativeHistograms {
    /// Histograms in each.
    pub histograms: usize,
    /// Queries that were asked over each range.
    pub queries: usize,
    /// The figures of the lab.
    pub dicelab: OnDisk,
    /// Prometheus, if it is installed.
    pub prometheus: Option<OnDisk>,
}

/// One of the two.
#[derive(Debug, Clone, Serialize)]
pub struct OnDisk {
    #[serde(flatten)]
    pub side: Side,
    /// Bytes of its data on disk: chunks and what leads to them, journals aside.
    pub disk_bytes: u64,
}

/// Fills and asks a lab, and Prometheus beside it if there is one.
pub async fn measure(dicelab: &Path, port_offset: u16, data: &Histograms) -> anyhow::Result<NativeHistograms> {
    let pair = SideBySide::start(dicelab, port_offset).await?;
    let paths = |range| QUERIES.iter().map(|query| path(query, data.end, range)).collect();
    let (ours, theirs) = pair.measure(&data.requests, paths).await?;
    let dicelab = OnDisk { disk_bytes: bytes_below(pair.lab.directory(), &["metrics.db"])?, side: ours };
    let theirs = match (theirs, &pair.prometheus) {
        (Some(side), Some(prometheus)) => {
            let disk_bytes = bytes_below(prometheus.directory(), &["chunks", "chunks_head", "index"])?;
            Some(OnDisk { side, disk_bytes })
        }
        _ => None,
    };
    pair.stop().await?;
    Ok(NativeHistograms { histograms: HISTOGRAMS * SAMPLES, queries: QUERIES.len(), dicelab, prometheus: theirs })
}

fn path(query: &str, end: i64, range: i64) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("query", query);
    form.append_pair("start", &(end - range).to_string()).append_pair("end", &end.to_string());
    form.append_pair("step", &(range / POINTS).max(INTERVAL_S).to_string());
    format!("/api/v1/query_range?{}", form.finish())
}

/// Bytes of all files in a folder that have one of these names, or lie in a folder of such a name.
fn bytes_below(folder: &Path, names: &[&str]) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_named = names.iter().any(|name| entry.file_name() == **name);
        bytes += match (entry.file_type()?.is_dir(), is_named) {
            (true, true) => all_bytes(&entry.path())?,
            (true, false) => bytes_below(&entry.path(), names)?,
            // The blocks that a file has on disk: some are made longer than what is in them.
            (false, true) => on_disk(&entry.metadata()?),
            (false, false) => 0,
        };
    }
    Ok(bytes)
}

fn all_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { all_bytes(&entry.path())? } else { on_disk(&entry.metadata()?) };
    }
    Ok(bytes)
}

fn on_disk(file: &std::fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    file.blocks() * 512
}
