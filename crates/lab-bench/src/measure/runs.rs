//! What `dicelab run` costs, and how long run files take to be looked at.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

/// How often the empty program is run; the middle one counts.
const TIMES: usize = 5;
/// Of the load: requests per second, and for how many.
const RATE: &str = "--rate=1000";
const REQUESTS: &str = "--requests=10000";
const NOMINAL_SECONDS: f64 = 10.0;
/// What makes a file of 100,000 spans, 100,000 lines and 1,000 series.
const FILE: [&str; 4] = ["--rate=4000", "--requests=20000", "--lines=5", "--series=1000"];

/// What was found.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Runs {
    /// From start to end of a run whose program does nothing.
    pub empty_seconds: f64,
    /// The most memory of a lab whose program does nothing.
    pub empty_bytes: u64,
    /// Cores that the lab needs for 1,000 requests per second with 5 spans and 8 lines each.
    pub cores_under_load: f64,
    /// Until `dicelab open` shows a run file of 100,000 spans, 100,000 lines and 1,000 series.
    pub open_seconds: f64,
    /// Until `dicelab check` has judged one expectation of each signal by it, and surveyed it.
    pub check_seconds: f64,
    /// Comparing two such files.
    pub diff_seconds: f64,
}

/// Runs the binary; `emit` is this program, which is run under it.
pub async fn measure(dicelab: &Path, emit: &Path) -> anyhow::Result<Runs> {
    let bench =
        Bench { dicelab, emit, folder: std::env::temp_dir().join(format!("dicelab-runs-{}", std::process::id())) };
    std::fs::create_dir_all(&bench.folder)?;
    let found = bench.all().await;
    std::fs::remove_dir_all(&bench.folder)?;
    found
}

/// Where runs take place.
struct Bench<'a> {
    dicelab: &'a Path,
    emit: &'a Path,
    folder: PathBuf,
}

impl Bench<'_> {
    async fn all(&self) -> anyhow::Result<Runs> {
        let mut seconds = Vec::new();
        for _ in 0..TIMES {
            seconds.push(self.dicelab(&["run", "--allow-silent", "--", "true"]).await?.seconds);
        }
        seconds.sort_by(f64::total_cmp);
        // The program looks at the lab, which is its parent.
        let peak = self.dicelab(&["run", "--", "sh", "-c", "grep VmHWM /proc/$PPID/status"]).await?;
        let kibibytes = peak.stdout.split_whitespace().nth(1).context("the lab's memory")?.parse::<u64>()?;
        let emit = self.emit.display().to_string();
        let load = self.dicelab(&["run", "--", &emit, "emit", RATE, REQUESTS]).await?;
        for file in ["before.dicelab", "after.dicelab"] {
            self.dicelab(&[&["run", "--out", file, "--", &emit, "emit"], &FILE[..]].concat()).await?;
        }
        let questions = [
            "traceql: { } is not empty",
            "promql: count(emitted) is == 1000",
            "logql: {service_name=\"lab-bench\"} |= \"request=7 \" is == 5",
        ];
        let asked: Vec<&str> = questions.iter().flat_map(|question| ["--assert", question]).collect();
        let check = self.dicelab(&[&["check", "before.dicelab"], &asked[..]].concat()).await?;
        let open_seconds = self.opened("before.dicelab").await?;
        let diff = self.dicelab(&["diff", "before.dicelab", "after.dicelab", "--allow", "latency"]).await?;
        Ok(Runs {
            empty_seconds: seconds[TIMES / 2],
            empty_bytes: kibibytes * 1024,
            cores_under_load: cores(&load.stderr)?,
            open_seconds,
            check_seconds: check.seconds,
            diff_seconds: diff.seconds,
        })
    }

    /// Seconds until the file is shown.
    async fn opened(&self, file: &str) -> anyhow::Result<f64> {
        let began = Instant::now();
        let mut child = Command::new(self.dicelab)
            .args(["open", file])
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", self.dicelab.display()))?;
        let mut lines = BufReader::new(child.stdout.take().context("the output of dicelab open")?).lines();
        while let Some(line) = lines.next_line().await? {
            if line.contains("is shown until Ctrl-C") {
                let seconds = began.elapsed().as_secs_f64();
                child.kill().await?;
                return Ok(seconds);
            }
        }
        anyhow::bail!("dicelab open {file} ended before it showed the file")
    }

    async fn dicelab(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let began = Instant::now();
        let output = Command::new(self.dicelab)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("starting {}", self.dicelab.display()))?;
        let seconds = began.elapsed().as_secs_f64();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        anyhow::ensure!(
            output.status.success(),
            "dicelab {} ended with {}: {stderr}",
            arguments.join(" "),
            output.status
        );
        // Of a load, what was printed is a million lines.
        let stdout = String::from_utf8_lossy(&output.stdout[..output.stdout.len().min(4096)]).into_owned();
        Ok(Ended { seconds, stdout, stderr })
    }
}

/// A command that has succeeded.
struct Ended {
    seconds: f64,
    stdout: String,
    stderr: String,
}

/// Cores at the nominal rate, from `lab: 1.2 seconds of a core in 10.0 seconds`, among other lines. How long the load took does
/// not count: on a busy machine it is slower than it should be, and the lab would look the cheaper for it.
fn cores(stderr: &str) -> anyhow::Result<f64> {
    let line = stderr.lines().find_map(|line| line.strip_prefix("lab: ")).context("what the lab has cost")?;
    let cpu: Option<f64> = line.split_whitespace().next().and_then(|word| word.parse().ok());
    Ok(cpu.with_context(|| format!("{line:?} says nothing about the lab"))? / NOMINAL_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::cores;

    #[test]
    fn what_the_lab_has_cost_is_read() {
        let said = "x\nlab: 2.500 seconds of a core in 10.000 seconds\nprogram exited";
        assert!((cores(said).expect("read") - 0.25).abs() < 1e-9);
        assert!(cores("nothing").is_err());
    }
}
