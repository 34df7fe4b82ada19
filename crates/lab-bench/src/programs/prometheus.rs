//! The Prometheus that is installed, empty, at a free port, taking remote write.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::http::connection;

/// How long a start may take before it counts as failed.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// A Prometheus that runs, until it is dropped.
#[derive(Debug)]
pub struct Prometheus {
    child: Child,
    port: u16,
    directory: PathBuf,
}

impl Prometheus {
    /// Starts it and waits until it is ready; `None` if there is none to start.
    pub async fn start() -> anyhow::Result<Option<Self>> {
        let mut version = Command::new("prometheus");
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if version.status().await.is_err() {
            return Ok(None);
        }
        let directory = std::env::temp_dir().join(format!("dicelab-bench-prometheus-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let config = directory.join("prometheus.yml");
        std::fs::write(&config, "global: {}\n")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", directory.join("tsdb").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--web.enable-remote-write-receiver", "--log.level=error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting prometheus")?;
        let started = Self { child, port, directory };
        let deadline = Instant::now() + START_PATIENCE;
        while let Err(error) = connection::get(&format!("{}/-/ready", started.url())).await {
            anyhow::ensure!(Instant::now() < deadline, "prometheus is not ready: {error:#}");
            sleep(Duration::from_millis(100)).await;
        }
        Ok(Some(started))
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it keeps its data.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The id of its process.
    pub fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("prometheus has ended")
    }

    /// Ends it and removes what it stored.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(std::fs::remove_dir_all(&self.directory)?)
    }
}
