//! `dicelab verify`: gather, check, report; a lab keeps the report for its status page.

mod presence;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use lab_traffic::verdict::Verdict;
use tokio_util::sync::CancellationToken;

use self::presence::{Nobody, somebody_listens};
use crate::areas;
use crate::options::{StackError, VerifyArgs};
use crate::report;
use crate::report::check::Checks;
use crate::report::model::Report;
use crate::report::numbers::plural;
use crate::report::progress::say;
use crate::stack::collector::Collector;
use crate::stack::services::Service;
use crate::time::clock::Clock;
use crate::trace::waterfall::Canvas;
use crate::truth::asked::ledger::{self, LedgerError};
use crate::truth::context::{Context, Origin};
use crate::truth::gather::gather;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The servers' addresses cannot be used.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is nothing that could be judged.
    #[error(transparent)]
    Nobody(#[from] Nobody),
    /// Somebody stopped it.
    #[error("stopped before all checks were made")]
    Interrupted,
    /// The report cannot be written.
    #[error("cannot write the report: {0}")]
    Output(#[source] io::Error),
}

/// What the binary hands in.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// What is added to every usual port of this machine.
    pub port_offset: u16,
    /// Tells the time.
    pub clock: Clock,
    /// The directory for the ledger of traffic of our own; the file is removed at the end.
    pub temporary: PathBuf,
    /// How wide a report for people may be, and whether it has colours.
    pub canvas: Canvas,
}

/// Makes every check and writes the report to stdout, progress to stderr. Bad, if a check fails.
pub async fn run(
    args: &VerifyArgs,
    surroundings: Surroundings,
    stop: &CancellationToken,
) -> Result<Verdict, VerifyError> {
    let Surroundings { port_offset, clock, temporary, canvas } = surroundings;
    let (began, started) = (Instant::now(), clock.date());
    let stack = args.stack.stack(port_offset, clock)?;
    let ledger = args.ledger.as_deref().map(ledger::read).transpose()?;
    somebody_listens(&stack).await?;
    let context = gather(stack, ledger, &temporary, stop).await.ok_or(VerifyError::Interrupted)?;
    let mut checks = Checks::default();
    tokio::select! {
        () = areas::all(&context, &mut checks) => {}
        () = stop.cancelled() => return Err(VerifyError::Interrupted),
    }
    let report = Report::new(&checks, about(&context), started, began.elapsed());
    let text = report::render(&report, args.format, canvas).map_err(|error| VerifyError::Output(error.into()))?;
    writeln!(io::stdout(), "{text}").map_err(VerifyError::Output)?;
    tokio::select! {
        () = hand_over(&context.stack.collector, &report) => {}
        () = stop.cancelled() => {}
    }
    Ok(if report.summary.good { Verdict::Good } else { Verdict::Bad })
}

/// Gives the report to the lab, if there is one. A failure to do so does not change the verdict.
async fn hand_over(collector: &Collector, report: &Report) {
    if collector.status().await.is_err() {
        return;
    }
    match collector.keep_report(report).await {
        Ok(()) => say("the report is on the lab's status page"),
        Err(error) => say(&format!("the report is not on the lab's status page: {error}")),
    }
}

/// What was judged, in a sentence.
fn about(context: &Context) -> String {
    let requests = plural(context.ledger.len() as u64, "request", "requests");
    let frontend = context.stack.services.base(Service::Frontend);
    match &context.origin {
        Origin::Given => format!("{requests} of a ledger, sent to {frontend}"),
        Origin::Own => format!("{requests} of its own, sent to {frontend}"),
        Origin::Failed(_) => format!("no requests: {frontend} could not be asked"),
    }
}
