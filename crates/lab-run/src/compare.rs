//! Comparing two runs: what changed beyond random noise.
//!
//! Many things are compared at once, so each is asked to be the surer: over all comparisons of a pair the chance that equal
//! runs are told apart is [`ERROR`]. Only effects of at least [`Options::least`] are told. A run of few traces is a test, not a
//! sample: it is compared exactly.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`side`] | a run, decoded |
//! | [`change`] | what was found, and whether it fails the comparison |
//! | [`shape`] | operations that are new or gone, and how often one calls another |
//! | [`latency`] | how long operations take, and their share of the critical path |
//! | [`counts`] | counters |
//! | [`series`] | metrics that are new, gone or built otherwise |
//! | [`patterns`] | what error lines say |
//! | [`statistics`] | whether a difference is more than chance |
//! | [`mod@write`] | the result as text, as Markdown and as a page that shows the two runs side by side |

pub mod change;
pub mod counts;
pub mod latency;
pub mod patterns;
pub mod series;
pub mod shape;
pub mod side;
pub mod statistics;
pub mod write;

use crate::compare::change::{Change, Comparison, Kind};
use crate::compare::side::{FEW_TRACES, Side};
use crate::compare::statistics::deviates::Sureness;
use crate::compare::statistics::waiting::Waiting;

/// The chance that something is told of two equal runs, over everything that is compared.
pub const ERROR: f64 = 0.002;

/// What is told, and what fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The smallest effect that is told, as a part of 1.
    pub least: f64,
    /// The smallest difference of a duration that is told, in seconds: below it two runs of one machine differ by chance.
    pub least_seconds: f64,
    /// Kinds of changes that are told and fail nothing.
    pub allowed: Vec<Kind>,
}

impl Default for Options {
    fn default() -> Self {
        Self { least: 0.1, least_seconds: 0.001, allowed: Vec::new() }
    }
}

/// Compares a run with the one before it.
pub fn compare(before: &Side, after: &Side, options: &Options) -> Comparison {
    let (counts, mut latency) = (counts::gather(before, after), latency::gather(before, after));
    let untested = latency.iter().filter(|one| !one.is_enough()).count();
    let waiting = Waiting::of(before, after, options.least_seconds);
    let about_waiting = waiting.note().filter(|_| untested < latency.len());
    if waiting.is_too_much() {
        latency.clear();
    }
    let (one_sided, calls) = (shape::OneSided::of(before, after), shape::gather(before, after));
    let errors = patterns::gather(before, after);
    let asked = counts.len() + calls.len() + errors.len() + latency::STATISTICS.len() * latency.len();
    let sure = Sureness { error: ERROR / asked.max(1) as f64, least: options.least };
    let same_machine = before.machine == after.machine;
    let mut changes: Vec<Change> = Vec::new();
    let exactly = before.is_small() || after.is_small();
    changes.extend(shape::changes(&one_sided, &calls, sure, exactly));
    changes.extend(latency::changes(&latency, sure, &waiting, same_machine));
    changes.extend(counts::changes(&counts, sure));
    changes.extend(series::changes(before, after));
    changes.extend(patterns::changes(before, after, &errors, sure));
    for change in &mut changes {
        change.fails &= !options.allowed.contains(&change.kind);
    }
    let mut notes = Vec::new();
    if !same_machine {
        notes.push(format!(
            "the runs were on different machines ({} and {}), so latency is shown but does not fail the comparison",
            before.place(),
            after.place()
        ));
    }
    if exactly {
        notes.push(format!("with fewer than {FEW_TRACES} traces the spans are compared exactly, as those of a test"));
    }
    notes.extend(about_waiting);
    notes.extend(one_sided.too_seldom());
    notes.extend(patterns::too_seldom(&errors, &changes));
    if untested > 0 {
        notes.push(format!("operations that are too rare for their latency to be compared: {untested}"));
    }
    Comparison { changes, compared: asked, notes }
}

#[cfg(test)]
mod tests;
