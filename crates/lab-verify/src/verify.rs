//! `dicelab verify`: gather, check, report.

use std::io::{self, Write as _};

use lab_traffic::verdict::Verdict;
use tokio_util::sync::CancellationToken;

use crate::check::{Checks, Status};
use crate::gather::gather;
use crate::ledger::{self, LedgerError};
use crate::options::{StackError, VerifyArgs};
use crate::report::{self, Report};
use crate::run;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Nobody can be asked.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Somebody stopped it.
    #[error("stopped before all checks were made")]
    Interrupted,
    /// The report cannot be written.
    #[error("cannot write the report: {0}")]
    Output(#[source] io::Error),
}

/// Makes every check and writes the report to stdout, progress to stderr. Bad, if a check fails.
pub async fn run(args: &VerifyArgs, port_offset: u16, stop: &CancellationToken) -> Result<Verdict, VerifyError> {
    let stack = args.stack.stack(port_offset)?;
    let ledger = args.ledger.as_deref().map(ledger::read).transpose()?;
    let context = gather(stack, ledger, stop).await.ok_or(VerifyError::Interrupted)?;
    let mut checks = Checks::default();
    run::all(&context, &mut checks).await;
    if stop.is_cancelled() {
        return Err(VerifyError::Interrupted);
    }
    let report = Report::new(&checks);
    let text = report::render(&report, args.format).map_err(|error| VerifyError::Output(error.into()))?;
    writeln!(io::stdout(), "{text}").map_err(VerifyError::Output)?;
    Ok(if checks.count(Status::Fail) == 0 { Verdict::Good } else { Verdict::Bad })
}
