//! What is said below the bars: what the batches achieved, and what is wrong with the trace.

use crate::stack::span::Span;
use crate::trace::batch::{Batch, ROLL, Verdict, batches};
use crate::trace::clock;
use crate::trace::tree::Tree;
use crate::trace::waterfall::label::{counted, duration, printable};
use crate::trace::waterfall::style::Style;

/// How many orphans are named at most.
const MOST_NAMED: usize = 3;

/// The lines, each ended; none if there is nothing to say.
pub(super) fn notes(spans: &[Span], tree: &Tree<'_>, style: Style<'_>) -> String {
    let mut text = String::new();
    for batch in batches(spans) {
        text += &batch_line(&batch, style);
    }
    for warning in warnings(spans, tree) {
        text += &format!("{} {warning}\n", style.error("!"));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// What is wrong with a trace, in words.
pub(super) fn warnings(spans: &[Span], tree: &Tree<'_>) -> Vec<String> {
    let mut warnings: Vec<String> = clock::skews([spans]).iter().map(clock::Skew::describe).collect();
    let orphans: Vec<_> = tree.orphans().collect();
    if !orphans.is_empty() {
        let named = orphans.iter().take(MOST_NAMED);
        let named: Vec<_> = named.map(|span| format!("{} of {}", printable(&span.name), span.service)).collect();
        let more = if orphans.len() > MOST_NAMED { ", …" } else { "" };
        warnings.push(format!(
            "{} without the parent that they name ({}{more}): the parent is lost, not stored yet, or was never sent here",
            counted(orphans.len(), "span"),
            named.join(", "),
        ));
    }
    for batch in batches(spans) {
        if let Some(asked) = batch.asked.filter(|asked| *asked > batch.rolls.count as u64) {
            warnings.push(format!("{} of {asked} {ROLL} spans are there", batch.rolls.count));
        }
        if batch.is_covered == Some(false) {
            warnings.push(format!("a {ROLL} span reaches beyond its parent"));
        }
    }
    warnings
}

/// `10 async_roll, parallelism 5.4 (theory 5.5), start spread 3 ms, 10 of 10 at once: concurrent`
fn batch_line(batch: &Batch, style: Style<'_>) -> String {
    let rolls = &batch.rolls;
    let count = style.bold(&format!("{} {ROLL}", rolls.count));
    let theory = match (batch.verdict, batch.cancelled) {
        // A single roll has nothing to share, so there is no theoretical value.
        (None, _) => String::new(),
        (_, 0) => format!(" (theory {:.1})", rolls.theory()),
        (_, cancelled) => format!(" ({cancelled} cut short)"),
    };
    let (parallelism, spread) = (rolls.parallelism(), duration(rolls.start_spread_ns));
    let mut line = format!("{count}, parallelism {parallelism:.1}{theory}, start spread {spread}");
    if let Some(verdict) = batch.verdict {
        let said = match verdict {
            Verdict::Concurrent => style.bold("concurrent"),
            Verdict::Mixed => style.error("mixed, some rolls waited for others"),
            Verdict::Serial => style.error("serial, rolls ran one after another"),
        };
        line += &format!(", {} of {} at once: {said}", rolls.greatest, rolls.count);
    }
    line + "\n"
}
