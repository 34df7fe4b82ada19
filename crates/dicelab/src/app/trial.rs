//! One run from its start to its verdict: a lab, the services, the command; then everything is ended, waited for and judged.

use std::collections::BTreeMap;
use std::future::pending;
use std::hash::BuildHasher;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use lab_run::expect::file::{ExpectationFile, ServiceSpec};
use lab_run::judge;
use lab_run::report::model::RunReport;
use lab_run::scope::Scope;
use lab_run::survey::Survey;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, ServerUrl};
use rustix::process::Signal;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::ephemeral::{Ephemeral, Setup};
use crate::options::run::{Reach, RunOptions};
use crate::parts::clock::now_ns;
use crate::parts::program::counters::Edges;
use crate::parts::program::descendants::{self, Ended};
use crate::parts::program::environment::{self, Identity};
use crate::parts::program::forward::Forwarded;
use crate::parts::program::start::{Program, ProgramSpec, ended, not_started};
use crate::parts::program::streams::resize;
use crate::ports::Port;

/// How long a service may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks whether it is.
const READY_PAUSE: Duration = Duration::from_millis(50);
/// After a signal that cancels the run, so long for the program to end by itself, and for what it has started.
const CANCELLED_WITHIN: Duration = Duration::from_millis(900);
const CANCELLED_GRACE: Duration = Duration::from_millis(300);
/// How long the last output, and requests in progress, are waited for.
const DRAINED_WITHIN: Duration = Duration::from_secs(5);
/// The same after a signal that cancels the run.
const DRAINED_CANCELLED: Duration = Duration::from_millis(300);
/// The exit code of a program that took too long, as that of `timeout`.
const TIMED_OUT: u8 = 124;

/// A command with its options, before it is run.
pub struct Trial<'a> {
    pub options: &'a RunOptions,
    pub file: &'a ExpectationFile,
    /// The variables that programs inherit.
    pub inherited: &'a BTreeMap<String, String>,
    pub began: Instant,
}

/// How the command ended.
struct Outcome {
    code: u8,
    words: String,
    cancelled: bool,
}

/// What runs at present.
#[derive(Default)]
struct Running {
    services: Vec<(String, Program)>,
    /// Those who read the programs' output.
    pumps: JoinSet<()>,
    notes: Vec<String>,
}

impl Trial<'_> {
    /// Runs once. The lab is still there afterwards.
    pub async fn run(&self, signals: &mut Forwarded) -> anyhow::Result<(RunReport, Ephemeral)> {
        descendants::adopt_orphans()?;
        let job = self.service_of_command();
        let lab = Ephemeral::start(Setup {
            offset: self.options.common.port_offset,
            scrape: &self.options.scrape,
            job: &job,
            for_containers: self.options.reach == Reach::Containers,
            shows: None,
            began: self.began,
        })?;
        if let Some(warning) = lab.ports.warning() {
            eprintln!("{warning}");
        }
        let run = RunIds::new();
        let mut running = Running::default();
        let outcome = self.start_services(&lab, &run, &mut running, signals).await.err();
        // What counts already counts from where it is now.
        if !self.options.scrape.is_empty() {
            lab.scrape_now().await;
        }
        let start_ns = now_ns();
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => self.command(&lab, &run, &job, &mut running, signals).await,
        };
        self.end(&lab, &outcome, &mut running, signals).await;
        let report = self.judged(&lab, &run, outcome, start_ns, running.notes).await?;
        Ok((report, lab))
    }

    /// The name under which the lines of the command are kept.
    fn service_of_command(&self) -> String {
        let told = self.inherited.get("OTEL_SERVICE_NAME").filter(|name| !name.is_empty());
        let program = self.options.command.first().map_or("command", String::as_str);
        told.map_or_else(|| program.rsplit('/').next().unwrap_or(program).to_owned(), Clone::clone)
    }

    fn spec(&self, lab: &Ephemeral, run: &RunIds, words: Vec<String>, service: (&str, bool)) -> ProgramSpec {
        let (name, is_command) = service;
        let who = Identity { service: (!is_command).then_some(name), trace_id: &run.trace_id, span_id: &run.span_id };
        let changes = environment::changes(self.inherited, &lab.addresses(), who);
        ProgramSpec { service: name.to_owned(), words, changes, is_command }
    }

    /// Every service of the options and of the file.
    fn services(&self) -> Vec<ServiceSpec> {
        let ready =
            |name: &str| self.options.ready.iter().find(|ready| ready.name == name).map(|ready| ready.value.clone());
        let given = self.options.service.iter().map(|service| ServiceSpec {
            name: service.name.clone(),
            command: service.value.clone(),
            ready: None,
            environment: BTreeMap::new(),
        });
        let all = given.chain(self.file.services.iter().cloned());
        all.map(|service| ServiceSpec { ready: ready(&service.name).or(service.ready), ..service }).collect()
    }

    /// Starts the services one after the other, each when the one before is ready.
    async fn start_services(
        &self,
        lab: &Ephemeral,
        run: &RunIds,
        running: &mut Running,
        signals: &mut Forwarded,
    ) -> Result<(), Outcome> {
        let refused = |code, words| Outcome { code, words, cancelled: false };
        for service in self.services() {
            let words = service.command.split_whitespace().map(str::to_owned).collect();
            let mut spec = self.spec(lab, run, words, (&service.name, false));
            // A service has a name of its own, whatever the command inherits.
            spec.changes.set.insert("OTEL_SERVICE_NAME".to_owned(), service.name.clone());
            spec.changes.set.extend(service.environment.clone());
            let started = spec.start(&lab.stores.logs, &mut running.pumps);
            let mut program = started.map_err(|error| {
                refused(
                    not_started(&error),
                    format!("was not started, because the service {} cannot be started: {error}", service.name),
                )
            })?;
            if let Some(url) = &service.ready {
                let why = tokio::select! {
                    ready = timeout(READY_WITHIN, until_ready(url)) => match ready {
                        Ok(Ok(())) => None,
                        Ok(Err(why)) => Some(why),
                        Err(_) => Some(format!("{url} does not answer after {READY_WITHIN:?}")),
                    },
                    status = program.child.wait() => Some(match status {
                        Ok(status) => format!("it {}", ended(status).1),
                        Err(error) => error.to_string(),
                    }),
                    signal = until_cancelled(signals) => Some(format!("{} came", name_of(signal))),
                };
                if let Some(why) = why {
                    running.services.push((service.name.clone(), program));
                    return Err(refused(
                        125,
                        format!("was not started, because the service {} is not ready: {why}", service.name),
                    ));
                }
            }
            running.services.push((service.name, program));
        }
        Ok(())
    }

    /// Starts the command and waits until it has ended, or has to.
    async fn command(
        &self,
        lab: &Ephemeral,
        run: &RunIds,
        service: &str,
        running: &mut Running,
        signals: &mut Forwarded,
    ) -> Outcome {
        let spec = self.spec(lab, run, self.options.command.clone(), (service, true));
        running.notes.extend(
            spec.changes.removed.iter().map(|(name, why)| format!("{name} was removed from the environment: {why}")),
        );
        let mut program = match spec.start(&lab.stores.logs, &mut running.pumps) {
            Ok(program) => program,
            Err(error) => {
                let words = format!("cannot be started: {}: {error}", self.options.command.join(" "));
                return Outcome { code: not_started(&error), words, cancelled: false };
            }
        };
        let limit = async {
            match self.options.timeout {
                Some(limit) => sleep(limit).await,
                None => pending().await,
            }
        };
        let mut limit = std::pin::pin!(limit);
        let mut cancelled: Option<(Signal, Instant)> = None;
        loop {
            let give_up = async {
                match cancelled {
                    Some((_, at)) => sleep(CANCELLED_WITHIN.saturating_sub(at.elapsed())).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                status = program.child.wait() => return ended_with(status, cancelled.is_some()),
                () = &mut limit => {
                    let words = format!("took longer than {:?} and was ended", self.options.timeout.unwrap_or_default());
                    return Outcome { code: TIMED_OUT, words, cancelled: false };
                }
                () = give_up => return given_up(cancelled),
                signal = signals.next() => {
                    if signal == Signal::WINCH {
                        program.terminals.iter().for_each(resize);
                    }
                    program.reached.hand_on(program.pid, signal);
                    if program.reached.cancels(signal) {
                        if cancelled.is_some() {
                            return given_up(cancelled);
                        }
                        cancelled = Some((signal, Instant::now()));
                    }
                }
            }
        }
    }

    /// Ends whatever still runs, and waits until what it said has arrived.
    async fn end(&self, lab: &Ephemeral, outcome: &Outcome, running: &mut Running, signals: &mut Forwarded) {
        for (name, program) in &mut running.services {
            if let Ok(Some(status)) = program.child.try_wait() {
                running.notes.push(format!("the service {name} {} before the command did", ended(status).1));
            }
        }
        if !outcome.cancelled && !self.options.scrape.is_empty() {
            lab.scrape_now().await;
        }
        let grace = if outcome.cancelled { self.options.grace.min(CANCELLED_GRACE) } else { self.options.grace };
        let ours: Vec<u32> = running.services.iter().filter_map(|(_, program)| program.child.id()).collect();
        let all = tokio::select! {
            all = descendants::end(grace, &ours) => all,
            _ = until_cancelled(signals) => descendants::end(Duration::ZERO, &ours).await,
        };
        running.notes.extend(left_over(&all, &running.services));
        for (_, program) in &mut running.services {
            // It has ended; this takes its status.
            let _ = timeout(DRAINED_CANCELLED, program.child.wait()).await;
        }
        let within = if outcome.cancelled { DRAINED_CANCELLED } else { DRAINED_WITHIN };
        let pumps = &mut running.pumps;
        if timeout(within, async { while pumps.join_next().await.is_some() {} }).await.is_err() {
            running.notes.push(
                "another process still holds the output of the program open; what it writes from now on is not kept"
                    .to_owned(),
            );
            running.pumps.detach_all();
        }
        if !lab.arrived(within).await {
            running.notes.push(
                "some requests with telemetry were still in progress when the run was judged; what they carry may be \
                 missing"
                    .to_owned(),
            );
        }
    }

    /// Judges what came.
    async fn judged(
        &self,
        lab: &Ephemeral,
        run: &RunIds,
        outcome: Outcome,
        start_ns: i64,
        mut notes: Vec<String>,
    ) -> anyhow::Result<RunReport> {
        let scope = Scope::of(start_ns, now_ns());
        let survey = Survey::of(&lab.stack, scope).await?;
        self.add_root_span(lab, run, scope).await?;
        lab.settle(Edges { start: scope.start_ns / 1_000_000, end: scope.end_ms() }).await?;
        let stop = CancellationToken::new();
        if outcome.cancelled {
            stop.cancel();
            notes.push("the run was cancelled: what came until then was judged".to_owned());
        }
        let expectations: Vec<_> = self.file.expect.iter().chain(&self.options.assertions).cloned().collect();
        let verdicts = judge::all(&lab.stack, scope, &expectations, &stop).await;
        let is_silent = survey.is_silent() && !self.options.allow_silent;
        if is_silent {
            notes.push(
                "no telemetry came: no line, no span and no sample; --allow-silent lets such a run pass".to_owned(),
            );
        }
        let telemetry_passed = !is_silent && verdicts.iter().all(|verdict| verdict.passed);
        let code = match (outcome.code, telemetry_passed) {
            (0, true) => 0,
            (0, false) => 1,
            (code, _) => code,
        };
        Ok(RunReport {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: self.options.command.clone(),
            program_passed: outcome.code == 0,
            program: outcome.words,
            telemetry_passed,
            exit_code: code,
            start_ns,
            end_ns: scope.end_ns,
            seconds: (scope.end_ns - scope.start_ns) as f64 / 1e9,
            verdicts,
            survey,
            notes,
        })
    }

    /// Programs that took up `TRACEPARENT` have spans below that of the run; it would be missing from their trace.
    async fn add_root_span(&self, lab: &Ephemeral, run: &RunIds, scope: Scope) -> anyhow::Result<()> {
        if lab.stack.tempo.trace(&run.trace_id).await?.is_empty() {
            return Ok(());
        }
        let attribute = |key: &str, value: String| json!({"key": key, "value": {"stringValue": value}});
        let span = json!({
            "traceId": run.trace_id, "spanId": run.span_id, "name": "dicelab run", "kind": 1,
            "startTimeUnixNano": scope.start_ns.to_string(), "endTimeUnixNano": scope.end_ns.to_string(),
            "attributes": [attribute("process.command_line", self.options.command.join(" "))],
        });
        let resource = json!({"attributes": [attribute("service.name", "dicelab-run".to_owned())]});
        let body = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]});
        let url: ServerUrl = lab.ports.url(Port::OtlpHttp).parse()?;
        let client = Access::default().client(DRAINED_WITHIN)?;
        Endpoint::new(client, &url, &[]).post_json("/v1/traces", body.to_string()).await?.good()?;
        Ok(())
    }
}

/// The ids of a run's own trace.
struct RunIds {
    trace_id: String,
    span_id: String,
}

impl RunIds {
    fn new() -> Self {
        let random = std::hash::RandomState::new();
        // An id of zeros is none.
        let part = |n: u8| random.hash_one(n).max(1);
        Self { trace_id: format!("{:016x}{:016x}", part(0), part(1)), span_id: format!("{:016x}", part(2)) }
    }
}

fn ended_with(status: std::io::Result<ExitStatus>, cancelled: bool) -> Outcome {
    match status {
        Ok(status) => {
            let (code, words) = ended(status);
            Outcome { code, words, cancelled }
        }
        Err(error) => {
            Outcome { code: 1, words: format!("ended, but its exit status cannot be read: {error}"), cancelled }
        }
    }
}

/// The program did not end by itself after a signal.
fn given_up(cancelled: Option<(Signal, Instant)>) -> Outcome {
    let signal = cancelled.map_or(Signal::TERM, |(signal, _)| signal);
    let words = format!("did not end after {} and was killed", name_of(signal));
    Outcome { code: (128 + signal.as_raw()) as u8, words, cancelled: true }
}

/// Waits for a signal that cancels a run of which the command does not run.
async fn until_cancelled(signals: &mut Forwarded) -> Signal {
    loop {
        let signal = signals.next().await;
        if matches!(signal, Signal::INT | Signal::TERM | Signal::HUP) {
            return signal;
        }
    }
}

fn name_of(signal: Signal) -> &'static str {
    match signal {
        Signal::INT => "SIGINT",
        Signal::HUP => "SIGHUP",
        _ => "SIGTERM",
    }
}

/// Waits until a URL answers with a status below 400.
async fn until_ready(url: &str) -> Result<(), String> {
    let (base, path) = match url.match_indices('/').nth(2) {
        Some((at, _)) => url.split_at(at),
        None => (url, "/"),
    };
    let base: ServerUrl = base.parse().map_err(|error| format!("{error}"))?;
    let client = Access::default().client(Duration::from_secs(2)).map_err(|error| error.to_string())?;
    loop {
        // A new endpoint each time: one that is silent for long is given up.
        let answer = Endpoint::new(client.clone(), &base, &[]).get(path, &[]).await;
        if answer.is_ok_and(|answer| answer.status < 400) {
            return Ok(());
        }
        sleep(READY_PAUSE).await;
    }
}

/// What ran longer than it should, in sentences. Services are meant to run until they are told to end.
fn left_over(all: &Ended, services: &[(String, Program)]) -> Vec<String> {
    let is_service =
        |process: &String| services.iter().any(|(_, program)| process.ends_with(&format!("({})", program.pid)));
    let told: Vec<String> = all.told.iter().filter(|process| !is_service(process)).cloned().collect();
    let mut notes = Vec::new();
    if !told.is_empty() {
        notes.push(format!("still running after the command, and ended by SIGTERM: {}", told.join(", ")));
    }
    if !all.killed.is_empty() {
        notes.push(format!("did not end after SIGTERM, and got SIGKILL: {}", all.killed.join(", ")));
    }
    notes
}
