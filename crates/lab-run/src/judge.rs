//! Judging: each kind of question is asked in a file of its own, and what comes back becomes a [`verdict`].
//!
//! An expectation that would also hold of a run in which nothing happened needs a witness, which [`presence`] looks for.

pub mod conventions;
pub mod dropped;
pub mod ledger;
pub mod logs;
pub mod metrics;
pub mod presence;
pub mod traces;
pub mod verdict;

use std::time::Duration;

use lab_verify::stack::Stack;
use lab_verify::time::wait::Bound;
use tokio_util::sync::CancellationToken;

use crate::expect::expectation::{Expectation, Question};
use crate::judge::verdict::{Finding, Verdict};
use crate::scope::Scope;

/// Between two looks at something that may still come true.
const PAUSE: Duration = Duration::from_millis(100);

/// Judges all expectations, in their order. When `stop` fires, none is waited for any longer.
pub async fn all(stack: &Stack, scope: Scope, expectations: &[Expectation], stop: &CancellationToken) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(expectations.len());
    for expectation in expectations {
        verdicts.push(one(stack, scope, expectation, stop).await);
    }
    verdicts
}

async fn one(stack: &Stack, scope: Scope, expectation: &Expectation, stop: &CancellationToken) -> Verdict {
    let mut finding = ask(stack, scope, expectation).await;
    if let Some(within) = expectation.eventually {
        let bound = Bound::new(within, stop);
        while !finding.passed && !bound.is_over() {
            bound.pause(PAUSE).await;
            finding = ask(stack, scope.until(stack.clock.nanoseconds()), expectation).await;
        }
        if !finding.passed {
            finding.evidence.push(format!("this is the answer after waiting {within:?}"));
        }
    }
    Verdict::of(expectation, finding)
}

async fn ask(stack: &Stack, scope: Scope, expectation: &Expectation) -> Finding {
    let found = match &expectation.question {
        Question::Metrics { query, is } if expectation.always => metrics::always(stack, scope, query, is).await,
        Question::Metrics { query, is } => metrics::at_the_end(stack, scope, query, is).await,
        Question::Logs { query, is } => logs::judge(stack, scope, query, is).await,
        Question::Traced { query } => logs::traced(stack, scope, query).await,
        Question::Traces { query, count, shape } => traces::judge(stack, scope, query, count, shape).await,
        Question::Conventions { most_series } => conventions::judge(stack, scope, *most_series).await,
        Question::Ledger { file, text } => ledger::judge(stack, scope, (file, text)).await,
        Question::NothingDropped => dropped::judge(stack, scope).await,
    };
    found.unwrap_or_else(|error| Finding::failed(format!("no answer: {error}")))
}
