//! The metric store beside Prometheus, both with the same samples: loading them by remote write, asking the
//! dashboards' queries over them, and the memory that they take.
//!
//! Both have nothing else to do: no targets, no rules. They take turns, query by query.

use std::path::Path;

use serde::Serialize;

use crate::measure::contender::Side;
use crate::measure::side_by_side::SideBySide;
use crate::samples::dashboards::Query;
use crate::samples::dataset::{Dataset, INTERVAL_MS, SAMPLES, SERIES};

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Metrics {
    /// Samples in each.
    pub samples: usize,
    /// Queries of the dashboards.
    pub queries: usize,
    /// The figures of the lab.
    pub dicelab: Side,
    /// Prometheus, if it is installed.
    pub prometheus: Option<Side>,
}

/// Fills and asks a lab, and Prometheus beside it if there is one.
pub async fn measure(dicelab: &Path, port_offset: u16, dataset: &Dataset) -> anyhow::Result<Metrics> {
    let pair = SideBySide::start(dicelab, port_offset).await?;
    let queries = Query::all()?;
    let paths = |range| queries.iter().map(|query| query.path(dataset.end, range, INTERVAL_MS / 1000)).collect();
    let (ours, theirs) = pair.measure(&dataset.requests, paths).await?;
    pair.stop().await?;
    Ok(Metrics { samples: SERIES * SAMPLES, queries: queries.len(), dicelab: ours, prometheus: theirs })
}
