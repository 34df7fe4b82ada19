//! The run: users send what their scripts say until the scripts end, time is up or somebody stops them;
//! whatever was sent is waited for and reported.
//!
//! Without a rate each user is a task: think, send, wait for the answer, again (closed loop). With a rate
//! requests are sent when they are due, in turn from each user's script, however slow the answers are
//! (open loop); their durations then count from when they were due.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::client::{Exchange, Target};
use crate::ledger::{Entry, LedgerError, LedgerWriter};
use crate::output::progress::Progress;
use crate::request::{RollRequest, Shape};
use crate::stats::{Ending, Stats, StatsSummary};
use crate::traffic::gate::{Gate, Pass};
use crate::traffic::options::Plan;
use crate::traffic::pacing::Pacer;
use crate::traffic::pattern::{Requests, Script};

/// After a stop from outside, answers are waited for this long. Longer than a roll takes, shorter than the
/// 5 s in which everything must have ended.
const GRACE: Duration = Duration::from_secs(2);
/// Requests in flight at most in an open loop; each has a connection of its own.
const MOST_IN_FLIGHT: usize = 1000;
/// A request that was sent this much after it was due was late.
const LATE: Duration = Duration::from_millis(10);
/// Finished requests on their way to the statistics.
const QUEUED_EVENTS: usize = 1024;

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    pub stats: StatsSummary,
    /// From the first request's turn to the last answer.
    pub elapsed: Duration,
    /// Lines in the ledger, if there is one.
    pub ledger_lines: Option<u64>,
    /// Whether it was stopped from outside.
    pub stopped: bool,
}

/// Sends what the plan says, as far as the gate lets it; returns when every request is over and in the ledger.
pub async fn run(
    plan: &Plan,
    target: &Target,
    gate: &Gate,
    ledger: Option<LedgerWriter>,
    progress: &mut Progress,
    shutdown: &CancellationToken,
) -> Result<RunSummary, LedgerError> {
    let start = Instant::now();
    let stop = shutdown.child_token();
    let give_up = CancellationToken::new();
    let (events, mut finished) = mpsc::channel(QUEUED_EVENTS);
    let sender = Sender { target: target.clone(), gate: gate.clone(), give_up: give_up.clone(), events };
    let mut tasks = spawn(plan, sender, &stop);

    let mut stats = Stats::new();
    let mut time_is_up = pin!(tokio::time::sleep(plan.duration.unwrap_or(Duration::MAX)));
    let mut grace_is_over = pin!(tokio::time::sleep(Duration::MAX));
    let mut stopping = false;
    loop {
        tokio::select! {
            event = finished.recv() => match event {
                None => break,
                Some(Event::NotSent) => stats.add_not_sent(),
                Some(Event::Finished(record)) => {
                    stats.add(&record.entry, record.ending());
                    progress.update(&stats);
                    // Without its ledger nothing may be sent: the reason comes from `finish` below.
                    if let Some(ledger) = &ledger && ledger.write(record.entry).await.is_err() {
                        stop.cancel();
                        give_up.cancel();
                    }
                }
            },
            () = &mut time_is_up, if !stop.is_cancelled() => stop.cancel(),
            () = shutdown.cancelled(), if !stopping => {
                stopping = true;
                grace_is_over.as_mut().reset(Instant::now() + GRACE);
            }
            () = &mut grace_is_over, if !give_up.is_cancelled() => give_up.cancel(),
        }
    }
    // The tasks are over: they held the sending ends.
    while tasks.join_next().await.is_some() {}
    let elapsed = start.elapsed();
    let ledger_lines = match ledger {
        Some(ledger) => Some(ledger.finish().await?),
        None => None,
    };
    Ok(RunSummary { stats: stats.summary(), elapsed, ledger_lines, stopped: stopping })
}

/// Requests that a plan will send, if it has an end of its own.
pub fn planned_requests(plan: &Plan) -> Option<u64> {
    match plan.pattern.requests {
        Requests::Endless => None,
        Requests::UpTo(_) => scripts(plan).map(|(_, script)| script.left().map(u64::from)).sum(),
    }
}

/// Each user's number and script.
fn scripts(plan: &Plan) -> impl Iterator<Item = (u32, Script)> {
    let pattern = Arc::new(plan.pattern.clone());
    (1..=plan.pattern.users).map(move |user| (user, Script::new(Arc::clone(&pattern), user)))
}

fn spawn(plan: &Plan, sender: Sender, stop: &CancellationToken) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if let Some(rate) = plan.rate {
        tasks.spawn(open_loop(scripts(plan).collect(), rate, sender, stop.clone()));
    } else {
        for (user, script) in scripts(plan) {
            tasks.spawn(closed_loop(user, script, sender.clone(), stop.clone()));
        }
    }
    tasks
}

async fn closed_loop(user: u32, script: Script, sender: Sender, stop: CancellationToken) {
    for (number, step) in (1..).zip(script) {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(step.pause) => {}
        }
        let _under_way = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            pass = sender.gate.pass() => pass,
        };
        sender.send(user, number, step.request, Instant::now()).await;
    }
}

async fn open_loop(scripts: Vec<(u32, Script)>, rate: f64, sender: Sender, stop: CancellationToken) {
    let mut users: Vec<_> = scripts.into_iter().map(|(user, script)| (user, (1..).zip(script))).collect();
    let slots = Arc::new(Semaphore::new(MOST_IN_FLIGHT));
    let mut in_flight = JoinSet::new();
    let mut pacer = Pacer::new(rate);
    let mut turn = 0;
    while !users.is_empty() {
        turn %= users.len();
        let (user, steps) = &mut users[turn];
        let Some((number, next)) = steps.next() else {
            drop(users.remove(turn));
            continue;
        };
        let user = *user;
        turn += 1;
        let passed = async {
            let due = pacer.due().await;
            let (pass, held) = sender.pass().await;
            pacer.postpone(held);
            (due + held, pass)
        };
        let (due, under_way) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            passed = passed => passed,
        };
        if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
            let sender = sender.clone();
            in_flight.spawn(async move {
                sender.send(user, number, next.request, due).await;
                drop((slot, under_way));
            });
        } else {
            sender.report(Event::NotSent).await;
        }
        while in_flight.try_join_next().is_some() {}
    }
    while in_flight.join_next().await.is_some() {}
}

/// What the run hears from its tasks.
#[derive(Debug)]
enum Event {
    Finished(Box<Record>),
    NotSent,
}

/// A finished request.
#[derive(Debug)]
struct Record {
    entry: Entry,
    ending: String,
    waited: Duration,
    late: bool,
}

impl Record {
    fn ending(&self) -> Ending<'_> {
        let answered = self.entry.status.is_some();
        Ending { name: &self.ending, answered, duration: self.waited, late: self.late }
    }
}

/// Sends requests on behalf of users.
#[derive(Debug, Clone)]
struct Sender {
    target: Target,
    gate: Gate,
    give_up: CancellationToken,
    events: mpsc::Sender<Event>,
}

impl Sender {
    /// Waits at the gate if it is closed; for how long.
    async fn pass(&self) -> (Pass, Duration) {
        if let Some(pass) = self.gate.try_pass() {
            return (pass, Duration::ZERO);
        }
        let held = Instant::now();
        (self.gate.pass().await, held.elapsed())
    }

    /// Sends one request inside the span of its user; whatever happens to it is reported.
    async fn send(&self, user: u32, number: u64, request: RollRequest, due: Instant) {
        let late = due.elapsed();
        let span = user_span(user, number, &request);
        let exchange = async {
            let exchange = self.target.send_until(&request, &self.give_up).await;
            note(&exchange, &request);
            exchange
        };
        let exchange = exchange.instrument(span).await;
        let record = Record {
            ending: exchange.outcome.name(),
            waited: exchange.duration + late,
            late: late > LATE,
            entry: entry(user, number, request, exchange),
        };
        self.report(Event::Finished(Box::new(record))).await;
    }

    async fn report(&self, event: Event) {
        // The run listens until the last sender is gone.
        let _ = self.events.send(event).await;
    }
}

fn user_span(user: u32, number: u64, request: &RollRequest) -> tracing::Span {
    let die = request.die.as_str();
    match request.shape {
        Shape::Single => tracing::info_span!(
            "simulated_user_sync_request",
            "user.id" = i64::from(user),
            "user.request" = number as i64,
            "die.type" = die,
            otel.status_code = tracing::field::Empty,
        ),
        Shape::Batch { times, strategy } => tracing::info_span!(
            "simulated_user_async_request",
            "user.id" = i64::from(user),
            "user.request" = number as i64,
            "die.type" = die,
            "async.batch_size" = i64::from(times),
            "async.strategy" = strategy.name(),
            otel.status_code = tracing::field::Empty,
        ),
    }
}

/// Good requests are worth a DEBUG line only, so that the INFO lines of a trace stay those of the services.
fn note(exchange: &Exchange, request: &RollRequest) {
    let duration = exchange.duration.as_secs_f64();
    let (endpoint, die_type) = (request.endpoint().path(), request.die.as_str());
    if exchange.outcome.is_success() {
        tracing::debug!(endpoint, die_type, duration, "Simulated user request completed");
    } else {
        tracing::Span::current().record("otel.status_code", "ERROR");
        let error = exchange.outcome.to_string();
        tracing::warn!(endpoint, die_type, duration, error, "Simulated user request failed");
    }
}

fn entry(user: u32, number: u64, request: RollRequest, exchange: Exchange) -> Entry {
    let answer = exchange.outcome.answer();
    Entry {
        trace_id: exchange.trace_id,
        user,
        request: number,
        endpoint: request.endpoint(),
        times: request.times(),
        strategy: request.strategy(),
        die: request.die,
        status: answer.map(|answer| answer.status),
        rolls: answer.and_then(|answer| answer.rolls.clone()),
        total: answer.and_then(|answer| answer.total),
        started: exchange.started,
        duration_ms: exchange.duration.as_micros() as f64 / 1e3,
    }
}
