//! *overload*: more than the machine sustains. What is acknowledged must be there or evicted, to the item, and memory and
//! files stay within their limits.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use crate::endure::count::{self, Account};
use crate::endure::feed::signal::Signal;
use crate::endure::outcome::{Outcome, mebibytes};
use crate::endure::overload::crowd::{Crowd, Manners, Sums};
use crate::endure::overload::watch::Watch;
use crate::endure::session::{Machine, Session};
use crate::programs::lab::Lab;

pub mod crowd;
pub mod watch;

/// Resident memory may exceed `--max-memory` by this much.
const MEMORY_BEYOND: u64 = 40_000_000;
/// Senders that the machine sustains; four times as many overload it.
const SUSTAINED: usize = 2;
/// How long a lab may take until its accounts stand still.
const QUIET_WITHIN: Duration = Duration::from_secs(120);
/// The pause between two looks at the accounts.
const LOOK: Duration = Duration::from_millis(500);
/// Without rules nothing is recorded beside what is sent.
const NO_RULES: &str = "groups: []\n";
/// The lab scrapes itself and looks for its services once in the interval of an hour: not more samples of its own are
/// there than these, and they may be among the evicted ones. Of lines and spans it has none of its own.
const OWN_SAMPLES: u64 = 1_000;

/// How long each case is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Overload {
    /// To find out what the machine sustains.
    pub calm: Duration,
    /// With four times as many senders.
    pub storm: Duration,
}

/// What is loaded, and where it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub signals: &'static [Signal],
    /// On disk, or in memory only.
    pub on_disk: bool,
    /// `--max-memory`, in bytes.
    pub max_memory: u64,
    /// `--max-disk`, in bytes.
    pub max_disk: u64,
}

const SMALL: u64 = 64 << 20;
const LARGE: u64 = 2 << 30;
/// Every signal alone and all together, on disk and in memory, with little memory and with much.
pub const CASES: [Case; 9] = [
    Case { signals: &[Signal::Metrics], on_disk: true, max_memory: SMALL, max_disk: 4 * SMALL },
    Case { signals: &[Signal::Logs], on_disk: true, max_memory: SMALL, max_disk: 4 * SMALL },
    Case { signals: &[Signal::Traces], on_disk: true, max_memory: SMALL, max_disk: 4 * SMALL },
    Case { signals: &[Signal::Metrics], on_disk: false, max_memory: SMALL, max_disk: 4 * SMALL },
    Case { signals: &[Signal::Logs], on_disk: false, max_memory: SMALL, max_disk: 4 * SMALL },
    Case { signals: &[Signal::Traces], on_disk: false, max_memory: SMALL, max_disk: 4 * SMALL },
    Case { signals: &Signal::ALL, on_disk: true, max_memory: SMALL, max_disk: 4 * SMALL },
    Case { signals: &Signal::ALL, on_disk: true, max_memory: LARGE, max_disk: LARGE },
    Case { signals: &Signal::ALL, on_disk: false, max_memory: LARGE, max_disk: LARGE },
];

impl Overload {
    /// Ten minutes a case, or a few seconds.
    pub fn of(short: bool) -> Self {
        let (calm, storm) = if short { (1, 3) } else { (20, 600) };
        Self { calm: Duration::from_secs(calm), storm: Duration::from_secs(storm) }
    }
}

impl Case {
    /// What it is called in the record.
    pub fn name(&self) -> String {
        let signals: Vec<&str> = self.signals.iter().map(|signal| signal.name()).collect();
        let place = if self.on_disk { "on disk" } else { "in memory" };
        format!("{} {place}, --max-memory {}", signals.join(", "), mebibytes(self.max_memory))
    }
}

/// Makes every case.
pub async fn run(session: &mut Session, overload: &Overload) -> anyhow::Result<()> {
    for case in CASES {
        session.stage(&case.name(), async |machine: &Machine| endure(machine, &case, overload).await).await?;
    }
    Ok(())
}

/// Loads a lab of its own and judges what it has afterwards.
pub async fn endure(machine: &Machine, case: &Case, overload: &Overload) -> anyhow::Result<Outcome> {
    let lab = start(machine, case).await?;
    let begin = now_s()?;
    let watch = Watch::start(&lab)?;
    let mut crowd = Crowd::new(case.signals, SUSTAINED, machine.port_offset);
    let calm = crowd.send(overload.calm, Manners::Wait).await?;
    crowd.grow(4 * SUSTAINED);
    let storm = crowd.send(overload.storm, Manners::Ignore).await?;
    let seen = watch.end().await?;

    let mut outcome = Outcome::default();
    let time = begin - 60..now_s()? + 60;
    for signal in case.signals {
        let (calm, storm) = (&calm[signal], &storm[signal]);
        let per_second = |sums: &Sums, time: Duration| (sums.kept as f64 / time.as_secs_f64()) as u64;
        outcome.figure(&format!("{} a second sustained", signal.unit()), per_second(calm, overload.calm));
        outcome.figure("taken a second under overload", per_second(storm, overload.storm));
        let sent = calm.and(storm);
        let account = quiet(&lab, *signal).await?;
        let found = count::found(&lab, *signal, time.clone()).await?;
        judge(&mut outcome, *signal, &sent, &account, found);
    }
    let most = case.max_memory + MEMORY_BEYOND;
    outcome.figure("most resident memory", mebibytes(seen.memory));
    outcome.expect(seen.memory <= most, || {
        format!(
            "resident memory reached {}, more than --max-memory + 40 MB ({})",
            mebibytes(seen.memory),
            mebibytes(most)
        )
    });
    if case.on_disk {
        let most = case.max_disk + case.max_disk / 10;
        outcome.figure("most in files", mebibytes(seen.files));
        outcome.expect(seen.files <= most, || {
            format!("all files reached {}, more than 1.1 times --max-disk ({})", mebibytes(seen.files), mebibytes(most))
        });
    }
    lab.stop().await?;
    Ok(outcome)
}

/// Acknowledged = there + evicted, to the item; what got no answer may be there or not.
fn judge(outcome: &mut Outcome, signal: Signal, sent: &Sums, account: &Account, found: u64) {
    let unit = signal.unit();
    let Sums { kept: acknowledged, unknown, .. } = *sent;
    outcome.figure(&format!("{unit} acknowledged"), acknowledged);
    outcome.figure("there", found);
    outcome.figure("evicted", account.evicted);
    outcome.figure("refused bodies", sent.busy);
    for (answer, bodies) in &sent.refused {
        outcome.faults.push(format!("{bodies} bodies of {unit} were answered by {answer}"));
    }
    let accounted = found + account.evicted;
    let own = if signal == Signal::Metrics { OWN_SAMPLES } else { 0 };
    outcome.expect((acknowledged..=acknowledged + unknown + own).contains(&accounted), || {
        format!(
            "of {acknowledged} acknowledged {unit} (and {unknown} without an answer) {found} are there and {} were evicted: {}",
            account.evicted,
            if accounted < acknowledged { format!("{} lost", acknowledged - accounted) } else { "too many".to_owned() }
        )
    });
    outcome.expect((found..=found + own).contains(&account.kept), || {
        format!("the account says that {} {unit} are kept, queries find {found}", account.kept)
    });
    outcome.expect(account.difference == 0, || {
        format!("the account of {unit} does not balance: {} cannot be accounted for", account.difference)
    });
    outcome.expect(acknowledged > 0, || format!("not one body of {unit} was acknowledged"));
}

async fn start(machine: &Machine, case: &Case) -> anyhow::Result<Lab> {
    let rules = machine.scratch.join("no-rules.yml");
    std::fs::write(&rules, NO_RULES)?;
    let rules = format!("--rules={}", rules.display());
    let (memory, disk) =
        (format!("--max-memory={}MiB", case.max_memory >> 20), format!("--max-disk={}MiB", case.max_disk >> 20));
    let mut arguments = vec!["lab", "--scrape-interval=1h", &rules, &memory, &disk];
    if !case.on_disk {
        arguments.push("--in-memory");
    }
    Lab::start_at(&machine.dicelab, machine.port_offset, &machine.scratch.join("lab"), &arguments).await
}

/// The account of a signal once nothing changes any more.
async fn quiet(lab: &Lab, signal: Signal) -> anyhow::Result<Account> {
    let quiet = async {
        let mut before = count::account(lab, signal).await?;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = count::account(lab, signal).await?;
            if now == before {
                return anyhow::Ok(now);
            }
            before = now;
        }
    };
    let waited = tokio::time::timeout(QUIET_WITHIN, quiet).await;
    waited.with_context(|| format!("the account of {} never stands still", signal.name()))?
}

fn now_s() -> anyhow::Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs())?)
}
