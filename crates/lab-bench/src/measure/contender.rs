//! A metric store under measurement, the lab or the Prometheus beside it: what it is loaded with, asked, and takes.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use hyper::{Request, StatusCode};
use serde::Serialize;
use tokio::time::Instant;

use crate::http::connection::Connection;
use crate::programs::lab::Lab;
use crate::programs::process;

/// The ranges that queries are asked over, in seconds.
pub const RANGES: [i64; 3] = [15 * 60, 3600, 6 * 3600];
/// How often each query is asked; the median counts.
pub(crate) const ROUNDS: usize = 5;
/// Between two attempts of a request that a busy store did not take, as Prometheus' shortest.
const PAUSE: Duration = Duration::from_millis(30);
/// How long a store may be busy with one request.
const MOST_WAITING: Duration = Duration::from_secs(60);
/// What is left over from loading and asking may settle before memory is looked at.
pub(crate) const SETTLING: Duration = Duration::from_secs(10);

/// One of the two.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Side {
    /// Seconds that loading took.
    pub load_seconds: f64,
    /// Seconds on a core that loading took.
    pub load_cpu_seconds: f64,
    /// Seconds that all queries took, by range.
    pub query_seconds: [f64; RANGES.len()],
    /// Seconds on a core that all queries took, in all rounds and ranges.
    pub query_cpu_seconds: f64,
    /// Queries and ranges that were answered by data.
    pub with_data: usize,
    /// Resident memory after loading, before the first query.
    pub loaded_bytes: u64,
    /// Resident memory at the end.
    pub resident_bytes: u64,
}

impl Side {
    /// Seconds that all queries took over all ranges.
    pub fn all_query_seconds(&self) -> f64 {
        self.query_seconds.iter().sum()
    }
}

/// A lab without targets other than itself and without rules; and the folder of the files that say so.
pub(crate) async fn idle_lab(dicelab: &Path, port_offset: u16) -> anyhow::Result<(Lab, std::path::PathBuf)> {
    let folder = std::env::temp_dir().join(format!("dicelab-bench-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let rules = folder.join("none.yml");
    std::fs::write(&rules, "groups: []\n")?;
    let rules = format!("--rules={}", rules.display());
    Ok((Lab::start_alone(dicelab, port_offset, &[&rules]).await?, folder))
}

/// A store under measurement.
pub(crate) struct Contender {
    pid: u32,
    connection: Connection,
    side: Side,
    asking_since: f64,
}

/// One answer: how long it took, and whether it held data.
pub(crate) struct Asked {
    time: Duration,
    with_data: bool,
}

impl Contender {
    /// A store that listens there, and its process.
    pub(crate) async fn open(url: &str, pid: u32) -> anyhow::Result<Self> {
        Ok(Self { pid, connection: Connection::open(url).await?, side: Side::default(), asking_since: 0.0 })
    }

    /// Sends requests of remote write.
    pub(crate) async fn load(&mut self, requests: &[Bytes]) -> anyhow::Result<()> {
        let (cpu, start) = (process::cpu_seconds(self.pid)?, Instant::now());
        for body in requests {
            self.write(body).await?;
        }
        self.side.load_seconds = start.elapsed().as_secs_f64();
        self.asking_since = process::cpu_seconds(self.pid)?;
        self.side.load_cpu_seconds = self.asking_since - cpu;
        Ok(())
    }

    /// Sends one request until it is taken: a store that says that it is busy gets it again, as from every sender of remote
    /// write. The waiting counts as time that loading takes.
    async fn write(&mut self, body: &Bytes) -> anyhow::Result<()> {
        let give_up = Instant::now() + MOST_WAITING;
        loop {
            let request = Request::post("/api/v1/write")
                .header("content-type", "application/x-protobuf")
                .header("content-encoding", "snappy")
                .header("x-prometheus-remote-write-version", "0.1.0");
            let (status, said) = self.connection.send(request, body.clone()).await?;
            if status == StatusCode::NO_CONTENT {
                return Ok(());
            }
            let is_busy = status == StatusCode::SERVICE_UNAVAILABLE && Instant::now() < give_up;
            anyhow::ensure!(is_busy, "{status}: {}", String::from_utf8_lossy(&said));
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Notes what is resident after loading.
    pub(crate) fn note_loaded(&mut self) -> anyhow::Result<()> {
        self.side.loaded_bytes = process::resident_bytes(self.pid).context("it has ended")?;
        Ok(())
    }

    /// Asks one query once.
    pub(crate) async fn ask(&mut self, path: &str) -> anyhow::Result<Asked> {
        let start = Instant::now();
        let (status, body) = self.connection.send(Request::get(path), Bytes::new()).await?;
        let time = start.elapsed();
        anyhow::ensure!(status == StatusCode::OK, "{path}: {status}: {}", String::from_utf8_lossy(&body));
        let answer: serde_json::Value = serde_json::from_slice(&body)?;
        let with_data = answer["data"]["result"].as_array().is_some_and(|result| !result.is_empty());
        Ok(Asked { time, with_data })
    }

    /// Adds the rounds of one query to the figures of a range.
    pub(crate) fn note(&mut self, range: usize, rounds: &[Asked]) {
        let mut times: Vec<_> = rounds.iter().map(|asked| asked.time).collect();
        times.sort_unstable();
        self.side.query_seconds[range] += times[times.len() / 2].as_secs_f64();
        self.side.with_data += usize::from(rounds.iter().all(|asked| asked.with_data));
    }

    /// The figures, with what is resident now.
    pub(crate) fn finish(mut self) -> anyhow::Result<Side> {
        self.side.query_cpu_seconds = process::cpu_seconds(self.pid)? - self.asking_since;
        self.side.resident_bytes = process::resident_bytes(self.pid).context("it has ended")?;
        Ok(self.side)
    }
}
