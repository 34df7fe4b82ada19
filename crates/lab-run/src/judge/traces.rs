//! TraceQL: how many traces a query selects, and how each of them is built.

pub(crate) mod selected;
pub(crate) mod shape;
pub mod whole;

use futures_util::future::try_join_all;
use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::tempo::found::Found;

use crate::expect::comparison::Comparison;
use crate::expect::expectation::Shape;
use crate::judge::presence::{self, Signal};
use crate::judge::traces::selected::{MOST_READ, Selected};
use crate::judge::verdict::{Finding, SHOWN};
use crate::scope::{MOST_TRACES, Scope};

/// So many of them are asked for at a time.
const AT_ONCE: usize = 8;

/// Counts the traces and looks into each of them.
pub async fn judge(
    stack: &Stack,
    scope: Scope,
    query: &str,
    count: &Comparison,
    shape: &Shape,
) -> Result<Finding, AskError> {
    let query = scope.fill_in(query);
    let range = range(stack, scope).await?;
    let mut found = stack.tempo.search(&query, range, MOST_TRACES).await?;
    let most_read = if shape.is_of_spans() { selected::most_in_one_answer(&found) } else { MOST_READ };
    found.retain(|one| scope.has_trace(&one.trace_id));
    let got = match found.len() {
        1 => "1 trace".to_owned(),
        MOST_TRACES.. => format!("at least {MOST_TRACES} traces"),
        count => format!("{count} traces"),
    };
    let all_counted = found.len() < MOST_TRACES;
    let holds = if all_counted { Some(count.holds(found.len() as f64)) } else { count.holds_from(MOST_TRACES as f64) };
    let Some(holds) = holds else {
        let why = format!("further ones were not counted, so it is not known whether there are {count}; select fewer");
        return Ok(Finding::failed(got).with([why]));
    };
    if !holds {
        let why = if found.is_empty() { presence::missing(stack, scope, Signal::Traces, &query).await? } else { None };
        let near = if found.is_empty() && why.is_none() { others(stack, scope).await? } else { Vec::new() };
        return Ok(Finding::failed(got).with(why).with(near).with(found.iter().take(SHOWN).map(shown)));
    }
    if found.is_empty()
        && let Some(why) = presence::missing(stack, scope, Signal::Traces, &query).await?
    {
        return Ok(Finding::failed(got).with([why]));
    }
    if !shape.is_stated() {
        return Ok(Finding::passed(got));
    }
    let not_read = if shape.is_of_spans() {
        let read = stack.tempo.select(&query, range, most_read).await?;
        selected::take_over(&mut found, read)
    } else {
        found.len().saturating_sub(MOST_READ)
    };
    let mut broken = each_faults(stack, &found, shape).await?;
    if not_read > 0 {
        let fewer = if most_read < MOST_READ { ", or fewer spans in each" } else { "" };
        broken.push(format!("{not_read} of {got} were not looked into; select at most {most_read}{fewer}"));
    }
    Ok(match broken.len() {
        0 => Finding::passed(got),
        1 => Finding::failed(broken.remove(0)),
        faults => Finding::failed(format!("{faults} faults in {got}")).with(broken.into_iter().take(SHOWN)),
    })
}

/// What departs from a shape in each of the traces, in their order.
async fn each_faults(stack: &Stack, found: &[Found], shape: &Shape) -> Result<Vec<String>, AskError> {
    let mut broken = Vec::new();
    for some in found[..found.len().min(MOST_READ)].chunks(AT_ONCE) {
        let traces = some.iter().map(|trace| stack.tempo.trace(&trace.trace_id));
        for (trace, spans) in some.iter().zip(try_join_all(traces).await?) {
            let mut faults = shape::faults(&spans, shape);
            faults.extend(selected::faults(&Selected::of(trace, &spans), shape));
            broken.extend(faults.into_iter().map(|fault| format!("trace {}: {fault}", trace.trace_id)));
        }
    }
    Ok(broken)
}

/// The seconds in which traces are looked for: those of the run, or of its one trace, so that no other crowds it out.
async fn range(stack: &Stack, scope: Scope) -> Result<(i64, i64), AskError> {
    let Some(trace) = scope.trace else { return Ok(scope.seconds_around()) };
    let spans = stack.tempo.trace(&trace.to_string()).await?;
    Ok(Scope::around(&spans).unwrap_or(scope).seconds_around())
}

/// What came instead of the traces that were looked for.
async fn others(stack: &Stack, scope: Scope) -> Result<Vec<String>, AskError> {
    let found = stack.tempo.search("{ }", scope.seconds_around(), MOST_TRACES).await?;
    let mut names: Vec<String> = found.iter().map(|one| format!("{} {}", one.root_service, one.root_name)).collect();
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Ok(vec![format!("the traces that came begin with {}{more}", names.join(", "))])
}

fn shown(found: &Found) -> String {
    format!("trace {}: {} {}", found.trace_id, found.root_service, found.root_name)
}
