//! A lab and, if it is installed, a Prometheus beside it: both are loaded with the same and asked the same in turns.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;

use crate::measure::contender::{Contender, RANGES, ROUNDS, SETTLING, Side, idle_lab};
use crate::programs::lab::{Lab, METRICS};
use crate::programs::prometheus::Prometheus;

/// The two, with nothing else to do: no targets, no rules.
pub(crate) struct SideBySide {
    pub(crate) lab: Lab,
    pub(crate) prometheus: Option<Prometheus>,
    files: PathBuf,
}

impl SideBySide {
    pub(crate) async fn start(dicelab: &Path, port_offset: u16) -> anyhow::Result<Self> {
        let (lab, files) = idle_lab(dicelab, port_offset).await?;
        Ok(Self { lab, prometheus: Prometheus::start().await?, files })
    }

    /// Loads both by remote write, then asks each of them the queries of each range (in seconds, by the paths that `paths`
    /// gives). Answers the figures of the lab, and those of Prometheus.
    pub(crate) async fn measure(
        &self,
        requests: &[Bytes],
        paths: impl Fn(i64) -> Vec<String>,
    ) -> anyhow::Result<(Side, Option<Side>)> {
        let mut ours = Contender::open(&self.lab.url(METRICS, ""), self.lab.pid()?).await?;
        let mut theirs = match &self.prometheus {
            Some(prometheus) => Some(Contender::open(&prometheus.url(), prometheus.pid()?).await?),
            None => None,
        };
        ours.load(requests).await.context("loading the lab")?;
        if let Some(theirs) = &mut theirs {
            theirs.load(requests).await.context("loading prometheus")?;
        }
        tokio::time::sleep(SETTLING).await;
        ours.note_loaded()?;
        if let Some(theirs) = &mut theirs {
            theirs.note_loaded()?;
        }
        for (at, range) in RANGES.into_iter().enumerate() {
            for path in paths(range) {
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
        Ok((ours.finish()?, theirs.map(Contender::finish).transpose()?))
    }

    /// Stops the lab and Prometheus, and deletes the files that they wrote.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.lab.stop().await?;
        std::fs::remove_dir_all(self.files)?;
        match self.prometheus {
            Some(prometheus) => prometheus.stop().await,
            None => Ok(()),
        }
    }
}
