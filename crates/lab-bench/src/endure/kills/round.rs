//! One kill: items of every signal are on their way, the lab or a service is killed, and then everything is compared.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rustix::process::{Pid, Signal as Kill, kill_process};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::endure::feed::logs;
use crate::endure::feed::signal::Signal;
use crate::endure::kills::check::{Sides, check};
use crate::endure::kills::deliver::{Delivery, Items, SPANS, deliver};
use crate::endure::kills::plan;
use crate::endure::kills::witness::Witness;
use crate::programs::lab::Lab;
use crate::programs::process;
use crate::samples::chance::Chance;

/// The soonest kill.
const SOONEST: Duration = Duration::from_millis(100);
/// Senders of lines and of spans; samples have to come in order, from one sender.
const SENDERS: usize = 3;
/// Different texts of lines, and their lengths.
const TEXTS: usize = 500;
const LENGTH: usize = 120;

/// How much is sent in a round.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub lines: usize,
    /// Traces of five spans.
    pub traces: usize,
    pub series: usize,
    /// Samples of each series.
    pub steps: usize,
}

/// What came of some rounds.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub of_lab: u64,
    pub of_services: u64,
    lines: Sides,
    spans: Sides,
    samples: Sides,
    pub rolls: u64,
    pub scrapes: u64,
    pub faults: Vec<String>,
}

type Shared = Arc<Mutex<Delivery>>;

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.of_lab += other.of_lab;
        self.of_services += other.of_services;
        self.lines.add(&other.lines);
        self.spans.add(&other.spans);
        self.samples.add(&other.samples);
        self.rolls += other.rolls;
        self.scrapes += other.scrapes;
    }

    /// Both sides of each signal, by what its items are called.
    pub fn signals(&self) -> [(&'static str, &Sides); 3] {
        [("samples", &self.samples), ("lines", &self.lines), ("spans", &self.spans)]
    }

    fn take(&mut self, signal: Signal, sides: Sides, when: &str) {
        let unit = signal.unit();
        if !sides.is_good() {
            let Sides { acknowledged, lost, doubled, strange, .. } = sides;
            self.faults.push(format!(
                "{when}: of {acknowledged} acknowledged {unit} {lost} are lost; {doubled} are there twice, {strange} were never sent"
            ));
        }
        match signal {
            Signal::Metrics => self.samples = sides,
            Signal::Logs => self.lines = sides,
            Signal::Traces => self.spans = sides,
        }
    }
}

/// Sends, kills at a random moment, starts again, compares; sends some of it again, and compares once more.
pub async fn round(
    mut lab: Lab,
    chance: &mut Chance,
    plan: &Plan,
    start: &impl AsyncFn() -> anyhow::Result<Lab>,
) -> anyhow::Result<(Lab, Tally)> {
    let mut tally = Tally::default();
    let witness = Witness::call(&lab).await?;
    let deliveries = deliveries(chance, plan)?;
    let (stop, begin) = (Arc::new(AtomicBool::new(false)), Instant::now());
    let mut sending = send(&deliveries, plan.port_offset, &stop);
    let latest = usize::try_from(plan.within.as_millis())?;
    sleep_until(begin + SOONEST + Duration::from_millis(chance.below(latest) as u64)).await;
    let killed = Instant::now();
    if plan.of_a_service {
        kill_a_service(&lab, chance)?;
        tally.of_services += 1;
    } else {
        lab.kill().await?;
        stop.store(true, Ordering::Relaxed);
        tally.of_lab += 1;
        lab = start().await?;
    }
    while let Some(done) = sending.join_next().await {
        done??;
    }
    compare(&lab, &deliveries, &mut tally, "after the kill").await?;
    let testimony = witness.testify(&lab, killed, plan.old).await?;
    tally.rolls += testimony.rolls;
    tally.scrapes += testimony.scrapes;
    tally.faults.extend(testimony.faults);

    for delivery in &deliveries {
        let mut delivery = delivery.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = batches(&delivery.items, chance, true);
        delivery.again(batches);
    }
    let mut sending = send(&deliveries, plan.port_offset, &Arc::new(AtomicBool::new(false)));
    while let Some(done) = sending.join_next().await {
        done??;
    }
    compare(&lab, &deliveries, &mut tally, "after it was sent again").await?;
    Ok((lab, tally))
}

/// What a round does.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Tells the items of a round from those of others.
    pub number: usize,
    pub size: Size,
    /// The kill comes within this time.
    pub within: Duration,
    /// What is older than this when the kill comes has to outlive it, if the lab took it in by itself.
    pub old: Duration,
    /// Whether a service is killed, not the lab.
    pub of_a_service: bool,
    pub port_offset: u16,
}

fn deliveries(chance: &mut Chance, plan: &Plan) -> anyhow::Result<[Shared; 3]> {
    let now = i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos())?;
    let Size { lines, traces, series, steps } = plan.size;
    let texts = Arc::new(logs::texts(chance.number(), TEXTS, LENGTH));
    // Everything of a round has its own time, and none is ahead: a line every microsecond up to now.
    let begin_ns = now - 1_000 * lines as i64;
    let round = plan.number as u128;
    let metric = if series > 1_000 { "killed_heavy" } else { "killed_light" };
    let items = [
        Items::Samples { metric, begin_ms: now / 1_000_000 - steps as i64, steps, series },
        Items::Lines { round: round.to_string(), begin_ns, texts, count: lines },
        Items::Spans { round, begin_ns, count: traces * SPANS },
    ];
    Ok(items.map(|items| {
        let batches = batches(&items, chance, false);
        Arc::new(Mutex::new(Delivery::new(items, batches)))
    }))
}

/// Batches of all items; of samples that are sent again only those of the last step, before which nothing may come.
fn batches(items: &Items, chance: &mut Chance, again: bool) -> Vec<Range<usize>> {
    let Items::Samples { steps, series, .. } = items else { return plan::shuffled(items.count(), chance) };
    let first = if again { steps - 1 } else { 0 };
    let of_step = |(step, range): (usize, Range<usize>)| {
        let offset = (first + step) * series;
        offset + range.start..offset + range.end
    };
    plan::in_steps(steps - first, *series, chance).into_iter().map(of_step).collect()
}

fn send(deliveries: &[Shared; 3], port_offset: u16, stop: &Arc<AtomicBool>) -> JoinSet<anyhow::Result<()>> {
    let mut sending = JoinSet::new();
    for delivery in deliveries {
        let signal = delivery.lock().unwrap_or_else(PoisonError::into_inner).items.signal();
        let senders = if signal == Signal::Metrics { 1 } else { SENDERS };
        sending.spawn(deliver(delivery.clone(), senders, port_offset, stop.clone()));
    }
    sending
}

async fn compare(lab: &Lab, deliveries: &[Shared; 3], tally: &mut Tally, when: &str) -> anyhow::Result<()> {
    for delivery in deliveries {
        // Nobody else has it by now; the lock is not held while the lab is asked.
        let mut taken = {
            let mut delivery = delivery.lock().unwrap_or_else(PoisonError::into_inner);
            let empty = Delivery::new(delivery.items.clone(), Vec::new());
            std::mem::replace(&mut *delivery, empty)
        };
        let signal = taken.items.signal();
        let sides = check(lab, &taken).await.with_context(|| format!("counting {} {when}", signal.unit()))?;
        tally.take(signal, sides, when);
        for refused in taken.refused.drain(..) {
            tally.faults.push(format!("{when}: {} were answered by {refused}", signal.unit()));
        }
        *delivery.lock().unwrap_or_else(PoisonError::into_inner) = taken;
    }
    Ok(())
}

fn kill_a_service(lab: &Lab, chance: &mut Chance) -> anyhow::Result<()> {
    let own = lab.pid()?;
    let services: Vec<u32> = process::tree(own)?.into_iter().filter(|pid| *pid != own).collect();
    anyhow::ensure!(!services.is_empty(), "the lab has no services to kill");
    let pid = i32::try_from(services[chance.below(services.len())])?;
    kill_process(Pid::from_raw(pid).context("no process id")?, Kill::KILL)?;
    Ok(())
}
