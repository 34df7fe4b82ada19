//! What Prometheus' own parser answers: whether it accepts a query, how it formats it, and what it says is wrong.
//!
//! `prometheus-3.14.0.jsonl` was recorded with all its feature flags on, a query a line: with `pretty`, its formatted
//! text; with `error`, what it says and we say too; with `refused`, what it says where we use other words.

use lab_metrics::promql::syntax;
use serde_json::Value;

const RECORDED: &str = include_str!("prometheus-3.14.0.jsonl");

#[test]
fn queries_are_accepted_formatted_and_refused_as_prometheus_does() {
    let (mut failures, mut accepted, mut refused) = (Vec::new(), 0, 0);
    for line in RECORDED.lines() {
        let recorded: Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| recorded[key].as_str();
        let query = text("query").expect("a query");
        let ours = syntax::pretty(query).map_err(|error| error.to_string());
        let agrees = match &ours {
            Ok(ours) => text("pretty") == Some(ours),
            Err(ours) => text("error") == Some(ours) || text("refused").is_some(),
        };
        accepted += usize::from(ours.is_ok());
        refused += usize::from(ours.is_err());
        if !agrees {
            failures.push(format!("{line}\n  ours: {ours:?}"));
        }
    }
    assert!(failures.is_empty(), "{} differ\n{}", failures.len(), failures.join("\n"));
    assert!(accepted > 250 && refused > 150, "only {accepted} were accepted and {refused} refused");
}
