//! Whether any hop that can be seen has dropped something, and which hops cannot be seen.

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::trace::tree::Tree;
use serde_json::Value;

use crate::judge::logs;
use crate::judge::verdict::{Finding, SHOWN};
use crate::scope::Scope;

/// What the SDKs count about themselves, by OpenTelemetry's names for it: what ended in an error.
const SDK: &str = r#"sum by (__name__, error_type) (last_over_time({__name__=~"otel_sdk_(exporter|processor)_.+", error_type!=""}[$run])) > 0"#;
/// Whether they count at all.
const SDK_AT_ALL: &str = r#"count(last_over_time({__name__=~"otel_sdk_.+"}[$run]))"#;
/// How exporters complain on standard error, in the words of the SDKs of several languages.
const COMPLAINTS: &str = r#"{stream="stderr"} |~ "(?i)(failed to export|export\\w* (failed|error|timed out)|exporting failed|queue is full|dropp(ed|ing).*(span|log|metric|record|batch))""#;
/// So many traces are looked into for spans without their parent.
const MOST_TRACES: usize = 200;

/// Asks every hop.
pub async fn judge(stack: &Stack, scope: Scope) -> Result<Finding, AskError> {
    let (mut lost, mut unseen) = (Vec::new(), Vec::new());
    match stack.collector.status().await {
        Ok(status) => lost.extend(in_the_lab(&status)),
        Err(_) => unseen.push("losses in the lab, because its collector does not answer".to_owned()),
    }
    let end = Some(scope.end_seconds());
    for sample in stack.prometheus.query(&scope.fill_in(SDK), end).await? {
        lost.push(format!("the SDK counted {} in {} ({})", sample.value, sample.name(), sample.label("error_type")));
    }
    if stack.prometheus.query(&scope.fill_in(SDK_AT_ALL), end).await?.is_empty() {
        unseen.push("losses in the SDK, because it sends no metrics about itself (otel_sdk_…)".to_owned());
    }
    let complaints = stack.loki.lines(COMPLAINTS, scope.nanoseconds(), SHOWN).await?;
    lost.extend(complaints.iter().map(|line| format!("an exporter complains: {}", logs::shown(line))));
    let found = stack.tempo.search("{ }", scope.seconds_around(), MOST_TRACES).await?;
    for trace in &found {
        let spans = stack.tempo.trace(&trace.trace_id).await?;
        let orphans = Tree::new(&spans).orphans().count();
        if orphans > 0 {
            lost.push(format!("trace {} has spans whose parent did not come: {orphans}", trace.trace_id));
        }
    }
    if found.is_empty() {
        unseen.push("lost spans, because no span came".to_owned());
    }
    let unseen = (!unseen.is_empty()).then(|| format!("could not be checked: {}", unseen.join("; ")));
    Ok(match lost.len() {
        0 => Finding::passed("no loss was found"),
        count => Finding::failed(format!("losses in {count} places")).with(lost.into_iter().take(2 * SHOWN)),
    }
    .with(unseen))
}

/// What the lab's own account says was not kept.
fn in_the_lab(status: &Value) -> Vec<String> {
    let mut lost = Vec::new();
    for signal in status["signals"].as_array().into_iter().flatten() {
        let (name, unit) = (signal["name"].as_str().unwrap_or("?"), signal["unit"].as_str().unwrap_or("units"));
        for (key, what) in [("dropped", unit), ("refused_requests", "requests")] {
            let reasons = signal[key].as_object().into_iter().flatten();
            let reasons = reasons.filter(|(_, count)| count.as_u64().is_some_and(|count| count > 0));
            lost.extend(reasons.map(|(reason, count)| format!("the lab refused {count} {what} of {name}: {reason}")));
        }
        if signal["evicted"].as_u64().is_some_and(|count| count > 0) {
            lost.push(format!(
                "the lab made room by removing {} {unit} of {name}; give it more with --max-memory",
                signal["evicted"]
            ));
        }
    }
    for (container, counts) in status["containers"].as_object().into_iter().flatten() {
        if counts["rejected"].as_u64().is_some_and(|count| count > 0) {
            lost.push(format!("the lab refused {} lines that {container} wrote", counts["rejected"]));
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::in_the_lab;

    #[test]
    fn every_loss_in_the_account_is_told_and_zeros_are_not() {
        let status = json!({"signals": [
            {"name": "logs", "unit": "lines", "dropped": {"too_old": 3, "full": 0}, "refused_requests": {"bad_request": 1}, "evicted": 0},
            {"name": "traces", "unit": "spans", "dropped": {}, "refused_requests": {}, "evicted": 7},
        ], "containers": {"shop": {"rejected": 2}, "cart": {"rejected": 0}}});
        assert_eq!(
            in_the_lab(&status),
            [
                "the lab refused 3 lines of logs: too_old",
                "the lab refused 1 requests of logs: bad_request",
                "the lab made room by removing 7 spans of traces; give it more with --max-memory",
                "the lab refused 2 lines that shop wrote",
            ]
        );
    }
}
