//! Two traces side by side, and what many traces prove, for a terminal.

use crate::trace::analysis::compare::{Comparison, Row, Side};
use crate::trace::analysis::many::{Many, OfGroup};
use crate::trace::analysis::one::{Concurrency, PathSpan};
use crate::trace::analysis::siblings::{Group, Operation};
use crate::trace::batch::Verdict;
use crate::trace::waterfall::label::{counted, cut, duration, printable};

/// Operations of a critical path, and groups, that are listed at most.
const MOST: usize = 12;
/// Deeper spans stand no further to the right.
const DEEPEST: usize = 16;
/// Cells of a duration and of a difference.
const CELLS: usize = 10;

/// The two traces, row by row; with `is_detailed` also the attributes that differ.
pub fn comparison(found: &Comparison, width: usize, is_detailed: bool) -> String {
    let mut text = String::new();
    for (name, whole) in [("A", &found.base), ("B", &found.compare)] {
        let (spans, took) = (counted(whole.spans, "span"), duration(whole.duration_ns));
        let failed = if whole.failed == 0 { String::new() } else { format!(" · {} failed", whole.failed) };
        text += &format!("{name}  trace {} · {spans} · {took}{failed}\n", whole.trace_id);
    }
    let service = found.rows.iter().map(|row| row.operation.service.chars().count()).max().unwrap_or(0).clamp(7, 24);
    let name = width.saturating_sub(service + 3 * CELLS + 8).max(20);
    text +=
        &format!("\n{:<name$}  {:<service$}  {:>CELLS$}{:>CELLS$}{:>CELLS$}\n", "SPAN", "SERVICE", "A", "B", "B - A");
    for row in &found.rows {
        let label = format!("{}{}", "  ".repeat(row.depth.min(DEEPEST)), printable(&row.operation.name));
        let (label, from) = (cut(&label, name), cut(&printable(&row.operation.service), service));
        let (one, other) = (side(row.base.as_ref()), side(row.compare.as_ref()));
        let line = format!("{label:<name$}  {from:<service$}  {one:>CELLS$}{other:>CELLS$}{:>CELLS$}", change(row));
        text += line.trim_end();
        text.push('\n');
        for it in row.attributes.iter().filter(|_| is_detailed) {
            let value =
                |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
            let values = format!("{}: {} → {}", it.name, value(&it.base), value(&it.compare));
            text += &format!("{}  {}\n", "  ".repeat(row.depth.min(DEEPEST) + 1), printable(&values));
        }
    }
    text += "\n* on the critical path   ✗ failed   + only in B   - only in A\n\nWhat was waited for (critical path)\n";
    for it in found.critical_path.iter().take(MOST) {
        let delta = signed(i128::from(it.compare_ns) - i128::from(it.base_ns));
        let (one, other) = (duration(it.base_ns), duration(it.compare_ns));
        text += &format!("{one:>CELLS$}{other:>CELLS$}{delta:>CELLS$}  {}\n", operation(&it.operation));
    }
    text
}

/// `*385 ms`, `✗ 2.00 ms`
fn side(side: Option<&Side>) -> String {
    let Some(side) = side else { return "-".to_owned() };
    let (failed, path) = (if side.failed { "✗ " } else { "" }, if side.critical { "*" } else { "" });
    format!("{failed}{path}{}", duration(side.duration_ns))
}

fn change(row: &Row) -> String {
    match (&row.base, &row.compare) {
        (Some(base), Some(compare)) => signed(i128::from(compare.duration_ns) - i128::from(base.duration_ns)),
        (None, _) => "+".to_owned(),
        (_, None) => "-".to_owned(),
    }
}

fn signed(ns: i128) -> String {
    let amount = duration(u64::try_from(ns.unsigned_abs()).unwrap_or(u64::MAX));
    match ns {
        0 => "=".to_owned(),
        1.. => format!("+{amount}"),
        _ => format!("-{amount}"),
    }
}

fn operation(operation: &Operation) -> String {
    format!("{} {}", printable(&operation.service), printable(&operation.name))
}

/// What many traces prove together.
pub fn many(found: &Many) -> String {
    let (traces, mean) = (counted(found.traces, "trace"), duration(found.mean_duration_ns));
    let mut text = format!("{traces} · {mean} on average · {} at most\n", duration(found.longest_duration_ns));
    text += "\nWhat was waited for (critical path)\n   SHARE  PER TRACE  TRACES  OPERATION\n";
    for it in found.critical_path.iter().take(MOST) {
        let each = duration(it.own_ns / (found.traces.max(1) as u64));
        text += &format!("{:>6.1} %{each:>11}{:>8}  {}\n", it.share * 100.0, it.traces, operation(&it.operation));
    }
    if found.groups.is_empty() {
        return text + "\nNo span has several children of one operation, so nothing could run at the same time.\n";
    }
    text += "\nDone several times by one span\n  GROUPS  SPANS  PARALLEL (LEAST-MOST)  AT ONCE  OPERATION\n";
    for it in found.groups.iter().take(MOST) {
        let range = format!("{:.1} ({:.1}-{:.1})", it.parallelism, it.least_parallelism, it.greatest_parallelism);
        text += &format!("{:>8}{:>7}{range:>23}{:>9}  {}", it.groups, it.spans, it.greatest, operation(&it.operation));
        text += &format!(", by {}: {}\n", operation(&it.below), verdicts(it));
    }
    text
}

fn verdicts(of: &OfGroup) -> String {
    let counts = [(of.concurrent, "concurrent"), (of.mixed, "mixed"), (of.serial, "serial")];
    let said: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    let waited = duration(of.waited_ns);
    if said.is_empty() { "too short to tell".to_owned() } else { format!("{}, waited {waited}", said.join(", ")) }
}

/// What ran at the same time, below the waterfall; groups of rolls are described there already.
pub fn one(found: &Concurrency, is_left_out: impl Fn(&Group) -> bool) -> String {
    let mut text = String::new();
    for group in found.groups.iter().filter(|group| !is_left_out(group)).take(MOST) {
        let said = match group.verdict {
            Some(Verdict::Concurrent) => "concurrent",
            Some(Verdict::Mixed) => "mixed, some waited for others",
            Some(Verdict::Serial) => "serial, one after another",
            None => "too short to tell",
        };
        text += &format!(
            "{} {} by {}: parallelism {:.1}, {} of {} at once: {said}\n",
            group.overlap.count,
            operation(&group.operation),
            operation(&group.below),
            group.parallelism,
            group.overlap.greatest,
            group.overlap.count,
        );
    }
    text
}

/// What the trace waited for, the longest first: `waited for: dice-roller async_roll 385 ms (96 %)`.
pub fn waited(found: &Concurrency) -> String {
    let mut path: Vec<_> = found.critical_path.iter().filter(|span| span.share >= 0.01).collect();
    path.sort_by_key(|span| std::cmp::Reverse(span.own_ns));
    let of = |span: &&PathSpan| {
        format!("{} {} ({:.0} %)", operation(&span.operation), duration(span.own_ns), span.share * 100.0)
    };
    let most: Vec<String> = path.iter().take(MOST).map(of).collect();
    if most.is_empty() { String::new() } else { format!("waited for: {}\n", most.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::{MS, batch, span};

    #[test]
    fn two_traces_stand_side_by_side() {
        let mut slower = batch();
        slower[5].end_ns += 500 * MS;
        slower.push(span("8", "3", "dice-roller", "retry", 12, 13));
        let text = comparison(&Comparison::of(("a1", &batch()), ("b2", &slower)), 100, true);
        assert!(text.starts_with("A  trace a1 · 7 spans · 1.00 s\nB  trace b2 · 8 spans"), "{text}");
        assert!(
            text.contains("+500 ms") && text.lines().any(|line| line.contains("retry") && line.ends_with('+')),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }

    #[test]
    fn many_traces_are_a_table_of_what_was_waited_for_and_of_groups() {
        let traces = [Concurrency::of("1", &batch()), Concurrency::of("2", &batch())];
        let text = many(&Many::of(&traces));
        assert!(text.starts_with("2 traces · 1.00 s on average"), "{text}");
        assert!(text.contains("98.7 %"), "{text}");
        assert!(text.contains("dice-roller async_roll, by dice-roller GET /roll-async: 2 concurrent"), "{text}");
        assert!(many(&Many::of(&[])).contains("nothing could run at the same time"));
        assert!(waited(&traces[0]).contains("waited for: dice-roller async_roll 987 ms (99 %)"));
    }
}
