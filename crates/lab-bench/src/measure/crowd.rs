//! Many rolls at once, with their delays, against rolls alone.

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::http::connection::Connection;
use crate::programs::lab::{FRONTEND, Lab};

/// Rolls at once.
const CROWD: usize = 200;
/// Rolls alone, one after another; the longest stands for "one".
const ALONE: usize = 10;

/// What was found.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Crowd {
    /// Rolls at once.
    pub requests: usize,
    /// Seconds until all were answered.
    pub seconds: f64,
    /// Mean seconds of a roll alone.
    pub alone_mean_seconds: f64,
    /// Longest of the rolls alone; the delays end at 1 s.
    pub alone_longest_seconds: f64,
}

/// Connects first, then lets all ask at the same moment.
pub async fn measure(lab: &Lab) -> anyhow::Result<Crowd> {
    let url = lab.url(FRONTEND, "/roll?die=fair");
    let mut connection = Connection::open(&url).await?;
    let mut alone = Vec::new();
    for _ in 0..ALONE {
        alone.push(roll(&mut connection).await?);
    }

    let mut connections = Vec::new();
    for _ in 0..CROWD {
        connections.push(Connection::open(&url).await?);
    }
    let start = Instant::now();
    let mut rolling = JoinSet::new();
    for mut connection in connections {
        rolling.spawn(async move { roll(&mut connection).await });
    }
    while let Some(rolled) = rolling.join_next().await {
        rolled??;
    }
    Ok(Crowd {
        requests: CROWD,
        seconds: start.elapsed().as_secs_f64(),
        alone_mean_seconds: alone.iter().sum::<f64>() / ALONE as f64,
        alone_longest_seconds: alone.iter().copied().fold(0.0, f64::max),
    })
}

async fn roll(connection: &mut Connection) -> anyhow::Result<f64> {
    let start = Instant::now();
    let (status, body) = connection.get().await?;
    anyhow::ensure!(status == 200, "/roll: {status}: {}", String::from_utf8_lossy(&body));
    Ok(start.elapsed().as_secs_f64())
}
