//! The end of a trial: whatever still runs is ended, and what it said is waited for.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::ephemeral::Ephemeral;
use crate::app::trial::outcome::{Outcome, Running, until_cancelled};
use crate::app::trial::plan::Plan;
use crate::parts::program::descendants::{self, Ended};
use crate::parts::program::forward::Forwarded;
use crate::parts::program::start::{Program, ended};

/// After a signal that cancels the run, so long for what the program has started.
const CANCELLED_GRACE: Duration = Duration::from_millis(300);
/// How long the last output, and requests in progress, are waited for.
const DRAINED_WITHIN: Duration = Duration::from_secs(5);
/// The same after a signal that cancels the run.
const DRAINED_CANCELLED: Duration = Duration::from_millis(300);

impl Plan<'_> {
    /// Ends whatever still runs, and waits until what it said has arrived.
    pub async fn end(&self, lab: &Ephemeral, outcome: &Outcome, running: &mut Running, signals: &mut Forwarded) {
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
        let late = lab.arrived(within).await;
        if !late.is_empty() {
            running.notes.push(format!(
                "some {} had not been taken in when the run was judged; what they carry may be missing",
                late.join(" and ")
            ));
        }
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
