//! The metric store beside Prometheus, both with the same samples: loading them by remote write, asking the
//! dashboards' queries over them, and the memory that they take.
//!
//! Both have nothing else to do: no targets, no rules. They take turns, query by query.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::measure::contender::{Contender, RANGES, ROUNDS, SETTLING, Side, idle_lab};
use crate::programs::lab::METRICS;
use crate::programs::prometheus::Prometheus;
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
    let (lab, files) = idle_lab(dicelab, port_offset).await?;
    let prometheus = Prometheus::start().await?;
    let mut ours = Contender::open(&lab.url(METRICS, ""), lab.pid()?).await?;
    let mut theirs = match &prometheus {
        Some(prometheus) => Some(Contender::open(&prometheus.url(), prometheus.pid()?).await?),
        None => None,
    };

    ours.load(&dataset.requests).await.context("loading the lab")?;
    if let Some(theirs) = &mut theirs {
        theirs.load(&dataset.requests).await.context("loading prometheus")?;
    }
    let queries = Query::all()?;
    for (at, range) in RANGES.into_iter().enumerate() {
        for query in &queries {
            let path = query.path(dataset.end, range, INTERVAL_MS / 1000);
            let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
            for _round in 0..ROUNDS {
                our_times.push(ours.ask(&path).await?);
                if let Some(theirs) = &mut theirs {
                    their_times.push(theirs.ask(&path).await?);
                }
            }
            ours.note(at, &our_times);
            if let Some(theirs) = &mut theirs {
                theirs.note(at, &their_times);
            }
        }
    }
    tokio::time::sleep(SETTLING).await;
    let dicelab = ours.finish()?;
    let theirs = theirs.map(Contender::finish).transpose()?;
    lab.stop().await?;
    std::fs::remove_dir_all(files)?;
    if let Some(prometheus) = prometheus {
        prometheus.stop().await?;
    }
    Ok(Metrics { samples: SERIES * SAMPLES, queries: queries.len(), dicelab, prometheus: theirs })
}
