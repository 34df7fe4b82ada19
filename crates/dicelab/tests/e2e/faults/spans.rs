//! Faults of spans: lost, cut off from their trace, at the wrong time, kept waiting.

use super::with_faults;

#[tokio::test]
async fn dropped_spans_are_found() {
    let report = with_faults(&["drop-spans=dice-roller:0.05"]).await;
    report.blames("reconciliation/spans", &["spans of dice-roller lost", "between export and store"]);
    report.blames("reconciliation/spans", &["dice-roller counts none as dropped"]);
}

#[tokio::test]
async fn a_lost_context_names_the_hop() {
    let (frontend, roller) =
        tokio::join!(with_faults(&["lose-context=frontend"]), with_faults(&["lose-context=dice-roller"]));
    frontend.blames("traces/hops", &["traceparent is lost between frontend and dice-roller"]);
    frontend.blames("reconciliation/spans", &["traceparent lost between frontend and dice-roller"]);
    roller.blames("traces/hops", &["traceparent is lost between dice-roller and die-service"]);
}

#[tokio::test]
async fn a_skewed_clock_names_the_service() {
    let (ahead, behind) =
        tokio::join!(with_faults(&["clock-skew=dice-roller:5s"]), with_faults(&["clock-skew=die-service:-5s"]));
    ahead.blames("traces/clocks", &["the clock of dice-roller is 5.0 s ahead"]);
    behind.blames("traces/clocks", &["the clock of die-service is 5.0 s behind"]);
}

#[tokio::test]
async fn spans_that_a_stalled_backend_does_not_accept_are_missing() {
    let report = with_faults(&["stall-backend=on"]).await;
    report.blames("reconciliation/spans", &["spans"]);
    report.blames("age/traces", &["are its spans exported"]);
}
