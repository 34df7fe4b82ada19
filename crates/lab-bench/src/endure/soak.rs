//! *soak*: hours of traffic, in which the memory of each process must stay flat.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::endure::outcome::{Outcome, mebibytes};
use crate::endure::overload::watch::size_of;
use crate::endure::session::{Machine, Session};
use crate::endure::soak::line::Line;
use crate::programs::lab::{Lab, SERVICES};
use crate::programs::process;

pub mod line;

/// `--max-disk` of the lab.
const MAX_DISK: u64 = 256 << 20;
/// Growth up to this share of the mean, over the judged time, is flat.
const FLAT: f64 = 0.05;
/// Times its standard error by which a slope has to differ from flat.
const ERRORS: f64 = 2.0;
/// The share of the requests that are due which has to be answered well.
const LEAST_SHARE: f64 = 0.9;

/// How long, and how much.
#[derive(Debug, Clone, Copy)]
pub struct Soak {
    /// How long requests are sent.
    pub time: Duration,
    /// From when on memory must be flat.
    pub judged_from: Duration,
    /// Requests a second.
    pub rate: u32,
    /// The pause between two looks at memory.
    pub look: Duration,
}

impl Soak {
    /// Two hours, or half a minute.
    pub fn of(short: bool) -> Self {
        let (time, judged_from, look, rate) = if short { (20, 10, 1, 50) } else { (7200, 1200, 10, 250) };
        let seconds = Duration::from_secs;
        Self { time: seconds(time), judged_from: seconds(judged_from), rate, look: seconds(look) }
    }

    /// The time in which memory must be flat.
    fn judged(&self) -> Duration {
        self.time.saturating_sub(self.judged_from)
    }

    /// Whether it is long enough for a slope to say something.
    fn is_long(&self) -> bool {
        self.judged() >= Duration::from_secs(1800)
    }
}

/// The one stage.
pub async fn run(session: &mut Session, soak: &Soak) -> anyhow::Result<()> {
    let name = format!("{} requests/s for {} s", soak.rate, soak.time.as_secs());
    session.stage(&name, async |machine: &Machine| endure(machine, soak).await).await
}

/// Sends traffic to a lab with its services and looks at their memory.
pub async fn endure(machine: &Machine, soak: &Soak) -> anyhow::Result<Outcome> {
    let disk = format!("--max-disk={}MiB", MAX_DISK >> 20);
    let arguments = ["up", "--no-traffic", "--max-delay=0", &disk];
    let directory = machine.scratch.join("lab");
    let lab = Lab::start_at(&machine.dicelab, machine.port_offset, &directory, &arguments).await?;
    let mut traffic = traffic(machine, soak)?;
    let (began, mut files) = (Instant::now(), 0);
    let mut memory: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    while traffic.try_wait()?.is_none() {
        tokio::time::sleep(soak.look).await;
        files = files.max(size_of(&directory));
        for (name, pid) in processes(&lab)? {
            let bytes = process::resident_bytes(pid).with_context(|| format!("{name} has ended"))?;
            memory.entry(name).or_default().push((began.elapsed().as_secs_f64(), bytes as f64));
        }
    }
    let output = traffic.wait_with_output().await?;
    let mut outcome = Outcome::default();
    outcome.expect(output.status.success(), || {
        format!("the traffic failed: {}", String::from_utf8_lossy(&output.stdout).trim())
    });
    for (name, points) in &memory {
        judge(&mut outcome, name, points, soak);
    }
    outcome.figure("most in files", mebibytes(files));
    outcome.expect(files <= MAX_DISK + MAX_DISK / 10, || format!("all files reached {}", mebibytes(files)));
    let answered: f64 = lab.sum_over_services("frontend_requests_total", &["status=\"success\""]).await?;
    outcome.figure("requests answered", answered);
    // A machine that runs other tests beside the short form answers as many as it can.
    let share = if soak.is_long() { LEAST_SHARE } else { 0.0 };
    let least = (f64::from(soak.rate) * soak.time.as_secs_f64() * share).max(1.0);
    outcome.expect(answered >= least, || format!("only {answered} requests were answered well, {least} were due"));
    lab.stop().await?;
    Ok(outcome)
}

/// Slope and its error from the moment on from which memory must be flat.
fn judge(outcome: &mut Outcome, name: &str, points: &[(f64, f64)], soak: &Soak) {
    let from = soak.judged_from.as_secs_f64();
    let judged: Vec<(f64, f64)> = points.iter().copied().filter(|(second, _)| *second >= from).collect();
    let Some(line) = Line::through(&judged) else {
        return outcome.faults.push(format!("{name} was not seen often enough to judge its memory"));
    };
    let hour = 3600.0 / f64::from(1 << 20);
    outcome.figure(
        name,
        format!(
            "{:.1} MiB, {:+.2} ± {:.2} MiB/h",
            line.mean / f64::from(1 << 20),
            line.slope * hour,
            line.error * hour
        ),
    );
    if !soak.is_long() {
        return;
    }
    let time = soak.judged().as_secs_f64();
    let certain = (line.slope - ERRORS * line.error) * time;
    outcome.expect(certain <= FLAT * line.mean, || {
        format!("the memory of {name} grows by {:.2} MiB an hour", line.slope * hour)
    });
}

/// The lab and its services, by name.
fn processes(lab: &Lab) -> anyhow::Result<Vec<(String, u32)>> {
    let own = lab.pid()?;
    let name = |pid: u32| {
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let service = SERVICES.iter().find(|(_, name)| command.split('\0').any(|argument| argument == *name));
        service.map(|(_, name)| (*name).to_owned())
    };
    let tree = process::tree(own)?;
    let services = tree.into_iter().filter(|pid| *pid != own).filter_map(|pid| Some((name(pid)?, pid)));
    Ok(std::iter::once(("lab".to_owned(), own)).chain(services).collect())
}

fn traffic(machine: &Machine, soak: &Soak) -> anyhow::Result<Child> {
    let mut command = Command::new(&machine.dicelab);
    command.args([
        "traffic",
        "--users=64",
        "--max-rolls=0",
        "--seed=7",
        "--async-probability=0.3",
        "--max-async-rolls=5",
    ]);
    command.arg(format!("--rate={}", soak.rate)).arg(format!("--duration={}s", soak.time.as_secs()));
    command.arg(format!("--port-offset={}", machine.port_offset));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().context("starting the traffic")
}
