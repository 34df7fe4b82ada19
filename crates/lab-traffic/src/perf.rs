//! `dicelab perf`: the same dice one after another and at once, with the theory beside it.

use std::io::{self, Write as _};
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::client::{Clock, Target};
use crate::output::progress::Progress;
use crate::output::verdict::Verdict;
use crate::perf::measure::{Concurrency, DIE};
use crate::perf::options::{PerfArgs, PerfPlan};
use crate::perf::result::{Conclusion, PerfResult, SizeResult};
use crate::values::PortError;

pub mod measure;
pub mod options;
pub mod plot;
pub mod report;
pub mod result;
pub mod sample;
pub mod theory;

/// Why nothing could be measured, or the result not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum PerfError {
    /// The default address is none.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The service does not say what it is.
    #[error("dice-roller at {url}: {reason}")]
    NoService {
        /// Its base URL.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// A batch would be larger than the service takes.
    #[error("{option}: dice-roller at {url} takes batches of 1 to {max_batch}, not {rolls}")]
    TooLarge {
        /// The option that asks for it.
        option: &'static str,
        /// Base URL of the service.
        url: String,
        max_batch: u32,
        /// The size asked for.
        rolls: u32,
    },
    /// Somebody stopped the measurement.
    #[error("stopped before the measurement was complete")]
    Interrupted,
    /// The plot cannot be written.
    #[error("cannot write the plot {}: {reason}", path.display())]
    Plot { path: PathBuf, reason: io::Error },
    /// The report cannot be written.
    #[error("cannot write the report: {0}")]
    Output(#[source] io::Error),
}

/// What dice-roller says about itself at `GET /`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
struct Service {
    max_delay_seconds: f64,
    max_batch: u32,
}

/// Measures and reports: the report goes to stdout, progress to stderr. Bad, if requests failed or rolls
/// did not overlap although they had delays.
pub async fn run(
    args: &PerfArgs,
    port_offset: u16,
    clock: Clock,
    shutdown: &CancellationToken,
) -> Result<Verdict, PerfError> {
    let plan = args.plan(port_offset)?;
    if let Some(path) = &plan.plot {
        // A plot that cannot be written is better known before the measurement than after it.
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.map_err(|reason| PerfError::Plot { path: path.clone(), reason })?;
    }
    let steps = u64::from(plan.iterations) * plan.sizes.len() as u64;
    let mut progress = Progress::on_stderr(Some(steps));
    let result = measure_all(&plan, clock, &mut progress, shutdown).await?;
    drop(progress);
    if let Some(path) = &plan.plot {
        std::fs::write(path, plot::draw(&result)).map_err(|reason| PerfError::Plot { path: path.clone(), reason })?;
    }
    let text = report::render(&result, plan.format).map_err(|error| PerfError::Output(error.into()))?;
    writeln!(io::stdout(), "{text}").map_err(PerfError::Output)?;
    Ok(match result.conclusion {
        _ if result.stopped => Verdict::Bad,
        Conclusion::Overlap | Conclusion::NothingToOverlap => Verdict::Good,
        Conclusion::Failures | Conclusion::NoOverlap => Verdict::Bad,
    })
}

/// The measurement without its report.
pub async fn measure_all(
    plan: &PerfPlan,
    clock: Clock,
    progress: &mut Progress,
    shutdown: &CancellationToken,
) -> Result<PerfResult, PerfError> {
    let target = Target::new(plan.dice_roller.clone(), plan.timeout, clock);
    let service = tokio::select! {
        () = shutdown.cancelled() => return Err(PerfError::Interrupted),
        service = describe(&target) => service?,
    };
    check_sizes(plan, service)?;
    let max_delay = service.max_delay_seconds;
    let concurrency = Concurrency::for_delay(max_delay);
    tokio::select! {
        () = shutdown.cancelled() => return Err(PerfError::Interrupted),
        () = measure::warm_up(&target, concurrency) => {}
    }
    let (mut sizes, mut stopped) = (Vec::new(), false);
    for &rolls in &plan.sizes {
        let finished = || progress.step(&format!("iterations, {rolls} dice"));
        let measured = measure::measure(&target, rolls, plan.iterations, concurrency, shutdown, finished).await;
        let measured = measured.unwrap_or_else(|measure::Interrupted(finished)| {
            stopped = true;
            finished
        });
        let (sequential, concurrent) = (&measured.sequential, &measured.concurrent);
        // Of a number of dice of which nothing was finished there is nothing to say.
        if !stopped || !sequential.is_empty() || !concurrent.is_empty() {
            sizes.push(SizeResult::new(rolls, max_delay, plan.seed, sequential, concurrent, measured.failures));
        }
        if stopped {
            break;
        }
    }
    if sizes.is_empty() {
        return Err(PerfError::Interrupted);
    }
    Ok(PerfResult {
        dice_roller: plan.dice_roller.to_string(),
        die: DIE,
        max_delay_seconds: max_delay,
        side_by_side: concurrency.side_by_side,
        conclusion: Conclusion::of(&sizes, max_delay),
        sizes,
        stopped,
    })
}

async fn describe(target: &Target) -> Result<Service, PerfError> {
    let fail = |reason: String| PerfError::NoService { url: target.base().to_string(), reason };
    let body = target.get("/").await.map_err(fail)?;
    let service: Service =
        serde_json::from_slice(&body).map_err(|error| fail(format!("GET / is not dice-roller's answer: {error}")))?;
    if !(service.max_delay_seconds.is_finite() && service.max_delay_seconds >= 0.0) {
        return Err(fail(format!("GET / says max_delay_seconds is {}", service.max_delay_seconds)));
    }
    Ok(service)
}

fn check_sizes(plan: &PerfPlan, service: Service) -> Result<(), PerfError> {
    let Some(&rolls) = plan.sizes.iter().find(|rolls| **rolls > service.max_batch) else { return Ok(()) };
    Err(PerfError::TooLarge {
        option: plan.sizes_option,
        url: plan.dice_roller.to_string(),
        max_batch: service.max_batch,
        rolls,
    })
}
