//! A running `dicelab up` or `dicelab lab`, in a temporary directory, at shifted ports.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

use crate::http::connection;
use crate::programs::process;
use crate::samples::exposition;

/// How long a start may take before it counts as failed.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long a stop may take; the contract says 5 s.
const STOP_PATIENCE: Duration = Duration::from_secs(15);
/// The pause between two looks at processes that end.
const LOOK: Duration = Duration::from_millis(10);
/// What `up` writes to stderr once everything runs.
const READY: &str = "ready in ";
/// Ports before the offset: that of the lab's metrics, its own at `/metrics` among them, and those beside it.
pub const METRICS: u16 = 9090;
pub const LOGS: u16 = 3100;
pub const TRACES: u16 = 3200;
/// The port of OTLP over HTTP before the offset.
pub const OTLP_HTTP: u16 = 4318;
/// The port of the lab's status before the offset.
pub const COLLECTOR: u16 = 12345;
pub const FRONTEND: u16 = 8108;
/// Ports of the services before the offset, with their names.
pub const SERVICES: [(u16, &str); 3] = [(8106, "die-service"), (8107, "dice-roller"), (FRONTEND, "frontend")];

/// A lab that runs.
#[derive(Debug)]
pub struct Lab {
    child: Child,
    port_offset: u16,
    directory: PathBuf,
    /// Whether the directory goes with the lab.
    is_temporary: bool,
    /// From `exec` to `ready`.
    pub start_time: Duration,
}

impl Lab {
    /// Starts the lab and the services without traffic, and waits until they are ready.
    pub async fn start(dicelab: &Path, port_offset: u16, options: &[&str]) -> anyhow::Result<Self> {
        Self::run(dicelab, port_offset, &[&["up", "--no-traffic", "--seed=1"], options].concat()).await
    }

    /// Starts the lab alone, and waits until it is ready.
    pub async fn start_alone(dicelab: &Path, port_offset: u16, options: &[&str]) -> anyhow::Result<Self> {
        Self::run(dicelab, port_offset, &[&["lab"], options].concat()).await
    }

    async fn run(dicelab: &Path, port_offset: u16, arguments: &[&str]) -> anyhow::Result<Self> {
        let directory = std::env::temp_dir().join(format!("dicelab-bench-{}", std::process::id()));
        let lab = Self::start_at(dicelab, port_offset, &directory, arguments).await?;
        Ok(Self { is_temporary: true, ..lab })
    }

    /// Starts what the arguments say on a directory that stays, and waits until it is ready.
    pub async fn start_at(
        dicelab: &Path,
        port_offset: u16,
        directory: &Path,
        arguments: &[&str],
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let start = Instant::now();
        let mut child = Command::new(dicelab)
            .args(arguments)
            .arg(format!("--port-offset={port_offset}"))
            .arg("--data-dir")
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", dicelab.display()))?;
        let stderr = child.stderr.take().context("its stderr")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut said = Vec::new();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if line.contains(READY) {
                    return anyhow::Ok(());
                }
                said.push(line);
            }
            anyhow::bail!("it ended")
        };
        let outcome = timeout(START_PATIENCE, ready).await.context("it took too long").and_then(|ready| ready);
        let start_time = start.elapsed();
        outcome.with_context(|| format!("dicelab is not ready; it said:\n{}", said.join("\n")))?;
        // Whatever else it says must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, port_offset, directory: directory.to_owned(), is_temporary: false, start_time })
    }

    /// The URL of a path at a port before the offset.
    pub fn url(&self, port: u16, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", port + self.port_offset)
    }

    /// The id of its process.
    pub fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("dicelab has ended")
    }

    /// What the three services expose, in the order of the call chain's end to its beginning.
    pub async fn expositions(&self) -> anyhow::Result<Vec<String>> {
        let mut all = Vec::new();
        for (port, _) in SERVICES {
            let text = connection::get(&self.url(port, "/metrics")).await?;
            all.push(String::from_utf8_lossy(&text).into_owned());
        }
        Ok(all)
    }

    /// The sum of a metric over the three services.
    pub async fn sum_over_services(&self, metric: &str, labels: &[&str]) -> anyhow::Result<f64> {
        Ok(self.expositions().await?.iter().map(|text| exposition::sum(text, metric, labels)).sum())
    }

    /// The sum of a metric of the lab itself.
    pub async fn own_sum(&self, metric: &str, labels: &[&str]) -> anyhow::Result<f64> {
        let text = connection::get(&self.url(METRICS, "/metrics")).await?;
        Ok(exposition::sum(&String::from_utf8_lossy(&text), metric, labels))
    }

    /// Stops it as Ctrl-C would, and removes what it stored, unless its directory stays.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid()?)?;
        let pid = Pid::from_raw(pid).context("no process id")?;
        kill_process(pid, Signal::INT)?;
        let status = timeout(STOP_PATIENCE, self.child.wait()).await.context("dicelab does not stop")??;
        if self.is_temporary {
            std::fs::remove_dir_all(&self.directory)?;
        }
        anyhow::ensure!(status.success(), "dicelab ended with {status}");
        Ok(())
    }

    /// Kills it at once, and waits until it and its services are gone.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        let tree = process::tree(self.pid()?)?;
        self.child.start_kill()?;
        self.child.wait().await?;
        let gone = async {
            while tree.iter().any(|pid| process::is_there(*pid)) {
                tokio::time::sleep(LOOK).await;
            }
        };
        timeout(STOP_PATIENCE, gone).await.context("the services of a lab that was killed do not end")
    }

    /// Where it keeps its data.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}
