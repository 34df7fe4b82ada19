//! LogQL: how many lines a query selects, or what it computes; and whether lines belong to traces that arrived.

use std::collections::BTreeMap;

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::loki::{Line, MOST_LINES};

use crate::correlation::{TRACE_KEYS, line_trace_id};
use crate::expect::comparison::Comparison;
use crate::judge::presence::{self, Signal};
use crate::judge::verdict::{Finding, SHOWN};
use crate::scope::Scope;

/// So many characters of a line are shown.
const LONGEST: usize = 300;
/// So many traces are looked for.
const MOST_TRACES: usize = 1000;

/// Compares the number of lines, or each value if the query computes some.
pub async fn judge(stack: &Stack, scope: Scope, query: &str, is: &Comparison) -> Result<Finding, AskError> {
    let query = scope.fill_in(query);
    if !selects_lines(&query) {
        if scope.trace.is_some() {
            return Ok(Finding::failed("a metric query cannot be limited to one trace; write a log query"));
        }
        return values(stack, scope, &query, is).await;
    }
    let (lines, are_all) = of_scope(stack, scope, &query).await?;
    if scope.trace.is_some() && !are_all {
        return Ok(Finding::failed(format!("the query selects more than {MOST_LINES} lines of all traces; narrow it")));
    }
    let count = if are_all { lines.len() as f64 } else { count(stack, scope, &query).await? };
    let passed = is.holds(count);
    if passed
        && lines.is_empty()
        && let Some(why) = presence::missing(stack, scope, Signal::Logs, &query).await?
    {
        return Ok(Finding::failed("no line").with([why]));
    }
    let got = match lines.len() {
        0 => "no line".to_owned(),
        1 => "1 line".to_owned(),
        _ => format!("{count} lines"),
    };
    let finding = Finding::of(passed, got);
    if passed {
        return Ok(finding);
    }
    let why = if lines.is_empty() { presence::missing(stack, scope, Signal::Logs, &query).await? } else { None };
    Ok(finding.with(why).with(lines.iter().take(SHOWN).map(shown)))
}

/// Whether each line has a trace id, and the lab has the trace.
pub async fn traced(stack: &Stack, scope: Scope, query: &str) -> Result<Finding, AskError> {
    let query = scope.fill_in(query);
    let (lines, _) = of_scope(stack, scope, &query).await?;
    if lines.is_empty() {
        let missing = presence::missing(stack, scope, Signal::Logs, &query).await?;
        return Ok(match missing {
            Some(why) => Finding::failed("no line").with([why]),
            None => Finding::passed("no line, so none without a trace"),
        });
    }
    let (mut wrong, mut known) = (Vec::new(), BTreeMap::new());
    for line in &lines {
        let Some(id) = trace_id(line) else {
            wrong.push(format!("has no trace id: {}", shown(line)));
            continue;
        };
        if known.len() < MOST_TRACES && !known.contains_key(&id) {
            known.insert(id.clone(), !stack.tempo.trace(&id).await?.is_empty());
        }
        if known.get(&id) == Some(&false) {
            wrong.push(format!("names trace {id}, of which no span came: {}", shown(line)));
        }
    }
    let got = format!("{} of {} lines belong to no trace that arrived", wrong.len(), lines.len());
    Ok(Finding::of(wrong.is_empty(), got).with(wrong.into_iter().take(SHOWN)))
}

/// The lines that a query selects, of the trace if there is one; and whether these are all.
async fn of_scope(stack: &Stack, scope: Scope, query: &str) -> Result<(Vec<Line>, bool), AskError> {
    let mut lines = stack.loki.lines(query, scope.nanoseconds(), MOST_LINES).await?;
    let are_all = lines.len() < MOST_LINES;
    if scope.trace.is_some() {
        lines.retain(|line| trace_id(line).is_some_and(|id| scope.has_trace(&id)));
    }
    Ok((lines, are_all))
}

/// Compares what a metric query computes at the end of the run.
async fn values(stack: &Stack, scope: Scope, query: &str, is: &Comparison) -> Result<Finding, AskError> {
    let samples = stack.loki.count(query, scope.end_ns).await?;
    if samples.is_empty() {
        let why = presence::missing(stack, scope, Signal::Logs, query).await?;
        let passed = is.holds_of_nothing() && why.is_none();
        return Ok(Finding::of(passed, "nothing").with(why));
    }
    let holds = |value: f64| if is.is_about_presence() { is.holds(samples.len() as f64) } else { is.holds(value) };
    let bad: Vec<f64> = samples.iter().map(|sample| sample.value).filter(|value| !holds(*value)).collect();
    let told: Vec<f64> = if bad.is_empty() { samples.iter().map(|sample| sample.value).collect() } else { bad.clone() };
    let got: Vec<String> = told.iter().take(SHOWN).map(ToString::to_string).collect();
    Ok(Finding::of(bad.is_empty(), got.join(", ")))
}

/// How many lines there are, where they are too many to be fetched.
async fn count(stack: &Stack, scope: Scope, query: &str) -> Result<f64, AskError> {
    let counted = format!("sum(count_over_time({query} [{}ms]))", scope.millis() + 1);
    let samples = stack.loki.count(&counted, scope.end_ns).await?;
    Ok(samples.first().map_or(0.0, |sample| sample.value))
}

/// Whether a query selects lines: those that compute begin with the name of a function or a number.
fn selects_lines(query: &str) -> bool {
    let code = query.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with('#'));
    code.is_some_and(|code| code.starts_with('{'))
}

/// The trace that a line belongs to.
fn trace_id(line: &Line) -> Option<String> {
    line_trace_id(TRACE_KEYS.iter().find_map(|key| line.labels.get(*key).cloned()), &line.text)
}

/// The beginning of a line.
pub(crate) fn shown(line: &Line) -> String {
    let text: String = line.text.chars().take(LONGEST).collect();
    if text.len() < line.text.len() { format!("{text}…") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_that_select_are_told_from_those_that_compute() {
        assert!(selects_lines("# a comment\n {a=\"b\"} |= \"x\""));
        assert!(!selects_lines("sum(count_over_time({a=\"b\"}[1m]))"));
        assert!(!selects_lines(""));
    }
}
