//! Waiting until a trace is whole, before anything is expected of it.

use std::collections::BTreeSet;
use std::time::Duration;

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::span::Span;
use lab_verify::time::wait::Bound;
use tokio_util::sync::CancellationToken;

use crate::scope::TraceId;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// So often in a row nothing new may have come.
const LOOKS: usize = 3;

/// Whether a trace became whole in time: spans came, none of them lacks its parent, and no more came for a while. One parent
/// may be missing, the span of whoever made the request: a test that injects a trace context sends no span.
pub async fn wait(stack: &Stack, trace: TraceId, within: Duration, stop: &CancellationToken) -> Result<bool, AskError> {
    let bound = Bound::new(within, stop);
    let (mut seen, mut in_a_row) = (0, 0);
    loop {
        let spans = stack.tempo.trace(&trace.to_string()).await?;
        in_a_row =
            if !spans.is_empty() && spans.len() == seen && missing_parents(&spans) <= 1 { in_a_row + 1 } else { 0 };
        if in_a_row >= LOOKS {
            return Ok(true);
        }
        if bound.is_over() {
            return Ok(false);
        }
        seen = spans.len();
        bound.pause(PAUSE).await;
    }
}

/// How many spans are named as parents and are not there.
pub(crate) fn missing_parents(spans: &[Span]) -> usize {
    let there: BTreeSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let parents: BTreeSet<&str> = spans.iter().filter_map(|span| span.parent_id.as_deref()).collect();
    parents.difference(&there).count()
}
