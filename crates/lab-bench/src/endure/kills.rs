//! *kills*: the lab and its services are killed under load. Nothing that was acknowledged may be lost, nothing may be there
//! twice however often it was sent, and nothing else older than a second may be lost.

use std::time::Duration;

use crate::endure::kills::round::{Plan, Size, Tally, round};
use crate::endure::outcome::Outcome;
use crate::endure::session::{Machine, Session};
use crate::programs::lab::Lab;
use crate::samples::chance::Chance;

pub mod check;
pub mod deliver;
pub mod plan;
pub mod round;
pub mod witness;

/// What the lab is started with, each time.
const ARGUMENTS: [&str; 4] = ["up", "--no-traffic", "--max-delay=0", "--scrape-interval=500ms"];
/// One kill in so many is under heavy load.
const HEAVY_EVERY: usize = 3;
/// One kill in so many is of a service, the others are of the lab.
const SERVICE_EVERY: usize = 4;
/// So many kills are a stage, on one data directory.
const OF_A_STAGE: usize = 50;

/// How many kills, and how soon.
#[derive(Debug, Clone, Copy)]
pub struct Kills {
    pub kills: usize,
    /// A kill comes at a random moment of this time.
    pub within: Duration,
    /// What is older than this when a kill comes has to outlive it, if the lab took it in by itself.
    pub old: Duration,
    /// What a heavy round sends.
    pub heavy: Size,
    /// What all other rounds send.
    pub light: Size,
}

impl Kills {
    /// A thousand, or a handful.
    pub fn of(short: bool) -> Self {
        let light = Size { lines: 3_000, traces: 100, series: 200, steps: 10 };
        if short {
            let heavy = Size { lines: 20_000, traces: 200, series: 5_000, steps: 3 };
            // Beside other tests, in a binary that is not optimised, a commit may take some seconds.
            let (within, old) = (Duration::from_secs(8), Duration::from_secs(5));
            return Self { kills: 5, within, old, heavy, light };
        }
        let heavy = Size { lines: 100_000, traces: 400, series: 100_000, steps: 2 };
        // Reading a pipe and looking at the clock take a moment of the second.
        let (within, old) = (Duration::from_millis(2_500), Duration::from_millis(1_300));
        Self { kills: 1000, within, old, heavy, light }
    }
}

/// Makes all kills, some of them a stage.
pub async fn run(session: &mut Session, kills: &Kills) -> anyhow::Result<()> {
    let mut begin = 0;
    while begin < kills.kills {
        let end = kills.kills.min(begin + OF_A_STAGE);
        let name = format!("kills {} to {end}", begin + 1);
        session.stage(&name, async |machine: &Machine| endure(machine, kills, begin..end).await).await?;
        begin = end;
    }
    Ok(())
}

/// Makes these kills on one data directory.
pub async fn endure(machine: &Machine, kills: &Kills, rounds: std::ops::Range<usize>) -> anyhow::Result<Outcome> {
    let directory = machine.scratch.join("lab");
    let start = async || Lab::start_at(&machine.dicelab, machine.port_offset, &directory, &ARGUMENTS).await;
    let (mut lab, mut sums, mut outcome) = (start().await?, Tally::default(), Outcome::default());
    for number in rounds {
        let mut chance = Chance::of(number as u64 + 1);
        let size = if number % HEAVY_EVERY == 2 { kills.heavy } else { kills.light };
        let of_a_service = number % SERVICE_EVERY == 3;
        let plan =
            Plan { number, size, within: kills.within, old: kills.old, of_a_service, port_offset: machine.port_offset };
        let (after, tally) = round(lab, &mut chance, &plan, &start).await?;
        lab = after;
        for fault in &tally.faults {
            outcome.faults.push(format!("kill {}: {fault}", number + 1));
        }
        sums.add(&tally);
    }
    lab.stop().await?;
    outcome.figure("kills of the lab", sums.of_lab);
    outcome.figure("kills of services", sums.of_services);
    for (what, sides) in sums.signals() {
        outcome.figure(&format!("{what} acknowledged"), sides.acknowledged);
        outcome.figure("deliveries", sides.delivered);
        outcome.figure("lost", sides.lost);
        outcome.figure("there twice", sides.doubled);
    }
    outcome.figure("rolls whose lines had to be there", sums.rolls);
    outcome.figure("scrapes that had to be there", sums.scrapes);
    outcome.expect(sums.signals().iter().all(|(_, sides)| sides.acknowledged > 0), || {
        "of a signal nothing was acknowledged, so that nothing was judged".to_owned()
    });
    Ok(outcome)
}
