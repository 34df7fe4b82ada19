//! One run from its start to its verdict: a lab, the services, the command and the requests; then everything is ended, waited
//! for and judged.

use std::collections::BTreeSet;
use std::future::pending;
use std::pin::pin;

use lab_run::expect::expectation::Expectation;
use lab_run::report::model::RunReport;
use lab_run::requests::judge as of_requests;
use lab_run::requests::made::{Ids, Made};
use lab_run::scope::Scope;
use lab_run::survey::Survey;
use tokio_util::sync::CancellationToken;

use crate::app::ephemeral::{Ephemeral, Setup};
use crate::app::trial::outcome::{Outcome, Running};
use crate::app::trial::plan::{Plan, new_ids};
use crate::app::trial::ready::until_ready;
use crate::options::run::Reach;
use crate::parts::clock::now_ns;
use crate::parts::program::counters::Edges;
use crate::parts::program::descendants;
use crate::parts::program::forward::Forwarded;
use crate::parts::program::waiting::Waiting;

mod command;
mod end;
pub mod outcome;
mod own_spans;
pub mod plan;
mod ready;
mod requests;
mod services;

/// Runs once. The lab is still there afterwards.
pub async fn run(plan: &Plan<'_>, signals: &mut Forwarded) -> anyhow::Result<(RunReport, Ephemeral)> {
    descendants::adopt_orphans()?;
    let job = plan.service_of_command();
    let lab = Ephemeral::start(Setup {
        offset: plan.options.common.port_offset,
        scrape: &plan.options.scrape,
        collect: &plan.options.collect,
        job: &job,
        for_containers: plan.options.reach == Reach::Containers,
        shows: &[],
        is_old: false,
        began: plan.began,
    })?;
    if let Some(warning) = lab.ports.warning() {
        eprintln!("{warning}");
    }
    let (ids, mut running, mut made) = (new_ids(), Running::default(), Vec::new());
    let outcome = plan.start_services(&lab, &ids, &mut running, signals).await.err();
    // What counts already counts from where it is now.
    if !plan.options.scrape.is_empty() {
        lab.scrape_now().await;
    }
    let (start_ns, mut waiting) = (now_ns(), Waiting::begin(plan.options.reach == Reach::Host));
    let from_start_to_end = async {
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => work(plan, &lab, (&ids, &job), &mut running, &mut made, signals).await,
        };
        plan.end(&lab, &outcome, &mut running, signals).await;
        outcome
    };
    let outcome = tokio::select! {
        outcome = from_start_to_end => outcome,
        never = waiting.watch() => match never {},
    };
    let waited = waiting.part();
    let report = judged(plan, &lab, &ids, outcome, start_ns, (running.notes, made)).await?;
    Ok((RunReport { waited, ..report }, lab))
}

/// The command and the requests. A command that says when it is ready gets the requests then, and is ended after them; after
/// any other one they are made when it has succeeded.
async fn work(
    plan: &Plan<'_>,
    lab: &Ephemeral,
    (ids, job): (&Ids, &str),
    running: &mut Running,
    made: &mut Vec<Made>,
    signals: &mut Forwarded,
) -> Outcome {
    if plan.options.command.is_empty() {
        let before = Outcome { code: 0, words: "was not given; all requests were made".to_owned(), cancelled: false };
        return plan.only_requests(lab, before, made, signals).await;
    }
    if let Some(url) = plan.command_ready() {
        let while_it_runs = async {
            until_ready(url).await?;
            plan.make_requests(lab, made).await
        };
        return plan.run_command(lab, ids, job, running, signals, pin!(while_it_runs)).await;
    }
    let outcome = plan.run_command(lab, ids, job, running, signals, pin!(pending())).await;
    if outcome.code != 0 || plan.file.requests.is_empty() {
        return outcome;
    }
    plan.only_requests(lab, outcome, made, signals).await
}

/// Judges what came.
async fn judged(
    plan: &Plan<'_>,
    lab: &Ephemeral,
    ids: &Ids,
    outcome: Outcome,
    start_ns: i64,
    (mut notes, made): (Vec<String>, Vec<Made>),
) -> anyhow::Result<RunReport> {
    let scope = Scope::of(start_ns, now_ns());
    own_spans::add(lab, ids, scope, &plan.options.command, &made).await?;
    let survey = Survey::of(&lab.stack, scope).await?;
    lab.settle(Edges { start: scope.start_ns / 1_000_000, end: scope.end_ms() }, BTreeSet::new()).await?;
    let stop = CancellationToken::new();
    if outcome.cancelled {
        stop.cancel();
        notes.push("the run was cancelled: what came until then was judged".to_owned());
    }
    let mut verdicts = of_requests::all(&lab.stack, scope, &plan.file.requests, &made, &stop).await;
    let values = made.last().map(|last| last.values.clone()).unwrap_or_default();
    let expectations: Vec<Expectation> = plan.file.expect.iter().chain(&plan.options.assertions).cloned().collect();
    let kept = (&*plan.file.requests, &values);
    verdicts.extend(of_requests::with_values(&lab.stack, scope, &expectations, kept, &stop).await);
    let is_silent = survey.is_silent() && !plan.options.allow_silent;
    if is_silent {
        notes.push("no telemetry came: no line, no span and no sample; --allow-silent lets such a run pass".to_owned());
    }
    let telemetry_passed = !is_silent && verdicts.iter().all(|verdict| verdict.passed);
    let code = match (outcome.code, telemetry_passed) {
        (0, true) => 0,
        (0, false) => 1,
        (code, _) => code,
    };
    Ok(RunReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: plan.options.command.clone(),
        program_passed: outcome.code == 0,
        program: outcome.words,
        telemetry_passed,
        exit_code: code,
        start_ns,
        end_ns: scope.end_ns,
        seconds: (scope.end_ns - scope.start_ns) as f64 / 1e9,
        waited: None,
        verdicts,
        requests: made,
        survey,
        notes,
    })
}
