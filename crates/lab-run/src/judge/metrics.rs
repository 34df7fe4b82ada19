//! PromQL: each value that a query answers meets the comparison, at the end of the run or at every second of it.

use lab_model::text::nearest::nearest;
use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::sample::{Labels, Sample};

use crate::expect::comparison::Comparison;
use crate::judge::presence::{self, Signal};
use crate::judge::verdict::{Finding, SHOWN};
use crate::scope::Scope;

/// How far apart the moments are at which `always` looks, in seconds; a longer run gets longer steps.
const STEP: f64 = 1.0;
const MOST_STEPS: f64 = 5000.0;

/// At the end of the run.
pub async fn at_the_end(stack: &Stack, scope: Scope, query: &str, is: &Comparison) -> Result<Finding, AskError> {
    let samples = stack.prometheus.query(&scope.fill_in(query), Some(scope.end_seconds())).await?;
    if is.is_about_presence() || samples.is_empty() {
        return presence(stack, scope, query, is, &samples).await;
    }
    let bad: Vec<&Sample> = samples.iter().filter(|sample| !is.holds(sample.value)).collect();
    let all_zero = samples.iter().all(|sample| sample.value == 0.0);
    if bad.is_empty()
        && all_zero
        && let Some(why) = presence::missing(stack, scope, Signal::Metrics, query).await?
    {
        return Ok(Finding::failed("0").with([why]));
    }
    let told = if bad.is_empty() { samples.iter().collect() } else { bad.clone() };
    let got = told.iter().take(SHOWN).map(|sample| shown(sample)).collect::<Vec<_>>().join(", ");
    let more = told.len().saturating_sub(SHOWN);
    let got = if more > 0 { format!("{got} and {more} more") } else { got };
    let finding = Finding::of(bad.is_empty(), got);
    if finding.passed || !all_zero {
        return Ok(finding);
    }
    Ok(finding.with(nearest_names(stack, scope, query).await?))
}

/// How much there is.
async fn presence(
    stack: &Stack,
    scope: Scope,
    query: &str,
    is: &Comparison,
    samples: &[Sample],
) -> Result<Finding, AskError> {
    let passed = is.holds(samples.len() as f64);
    if !samples.is_empty() {
        let got = format!("{} series", samples.len());
        return Ok(Finding::of(passed, got).with(samples.iter().take(SHOWN).map(shown)));
    }
    if passed {
        let missing = presence::missing(stack, scope, Signal::Metrics, query).await?;
        return Ok(match missing {
            Some(why) => Finding::failed("nothing").with([why]),
            None => Finding::passed("nothing"),
        });
    }
    let why = presence::missing(stack, scope, Signal::Metrics, query).await?;
    Ok(Finding::failed("nothing").with(why).with(nearest_names(stack, scope, query).await?))
}

/// At every second of the run.
pub async fn always(stack: &Stack, scope: Scope, query: &str, is: &Comparison) -> Result<Finding, AskError> {
    let range = (scope.start_seconds(), scope.end_seconds());
    let step = STEP.max((range.1 - range.0) / MOST_STEPS);
    let series = stack.prometheus.query_range(&scope.fill_in(query), range, step).await?;
    if is.is_about_presence() || series.is_empty() {
        let last = |one: &lab_verify::stack::prometheus::Series| {
            Some(Sample { labels: one.labels.clone(), value: one.samples.last()?.1 })
        };
        let samples: Vec<Sample> = series.iter().filter_map(last).collect();
        return presence(stack, scope, query, is, &samples).await;
    }
    let moments = series.iter().flat_map(|one| one.samples.iter().map(move |sample| (one, sample)));
    let bad: Vec<String> = moments
        .filter(|(_, (_, value))| !is.holds(*value))
        .map(|(one, (time, value))| {
            let name = labels(&one.labels);
            format!(
                "{:.0} s after the start{}{name} it was {value}",
                time - range.0,
                if name.is_empty() { "" } else { " of " }
            )
        })
        .collect();
    let looks: usize = series.iter().map(|one| one.samples.len()).sum();
    Ok(match bad.len() {
        0 => Finding::passed(format!("it held at each of {looks} moments")),
        failed => {
            Finding::failed(format!("it did not hold at {failed} of {looks} moments")).with(bad.into_iter().take(SHOWN))
        }
    })
}

/// The nearest miss: for a name that no metric of the run has, those that were probably meant; for one that came after all,
/// the labels that it came with.
async fn nearest_names(stack: &Stack, scope: Scope, query: &str) -> Result<Vec<String>, AskError> {
    let end = Some(scope.end_seconds());
    let all = scope.fill_in(r#"group by (__name__) (last_over_time({__name__=~".+"}[$run]))"#);
    let samples = stack.prometheus.query(&all, end).await?;
    let names: Vec<&str> = samples.iter().map(Sample::name).collect();
    let mut said = Vec::new();
    for name in names_in(query) {
        if names.contains(&name) {
            let came = stack.prometheus.query(&scope.fill_in(&format!("last_over_time({name}[$run])")), end).await?;
            said.extend(came.iter().take(SHOWN).map(|one| format!("{name} came as {}", shown(one))));
            continue;
        }
        let near = nearest(name, &names);
        if !near.is_empty() {
            said.push(format!("no metric {name} came; did you mean {}?", near.join(" or ")));
        }
    }
    Ok(said)
}

/// The words of a query that may be names of metrics: not called, not a label, not in quotes.
fn names_in(query: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut quote, mut braces, mut start) = (None, 0_u32, None);
    for (at, c) in query.char_indices().chain([(query.len(), ' ')]) {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => continue,
            (None, '"' | '\'' | '`') => quote = Some(c),
            _ => {}
        }
        if c.is_ascii_alphanumeric() || c == '_' || c == ':' {
            start.get_or_insert(at);
            continue;
        }
        if let Some(from) = start.take() {
            let word = &query[from..at];
            let is_called = query[at..].trim_start().starts_with('(');
            let is_name = word.len() > 2 && word.contains('_') && !word.starts_with(|c: char| c.is_ascii_digit());
            if is_name && !is_called && braces == 0 && !names.contains(&word) {
                names.push(word);
            }
        }
        match c {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            _ => {}
        }
    }
    names
}

/// `3` or `3 {job="shop"}`
fn shown(sample: &Sample) -> String {
    let labels = labels(&sample.labels);
    if labels.is_empty() { sample.value.to_string() } else { format!("{} {labels}", sample.value) }
}

fn labels(labels: &Labels) -> String {
    let name = labels.get("__name__").map_or("", String::as_str);
    let rest: Vec<String> =
        labels.iter().filter(|(key, _)| *key != "__name__").map(|(key, value)| format!("{key}={value:?}")).collect();
    if rest.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", rest.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::names_in;

    #[test]
    fn names_of_metrics_are_told_from_functions_labels_and_texts() {
        let query = r#"sum by (job) (increase(http_requests_total{status_code="a_b"}[5s])) / label_replace(other_total, "x_y", "$1", "z", "(.*)")"#;
        assert_eq!(names_in(query), ["http_requests_total", "other_total"]);
    }
}
