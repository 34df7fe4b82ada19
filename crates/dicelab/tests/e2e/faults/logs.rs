//! Faults of log lines: lost and repeated.

use super::with_faults;

#[tokio::test]
async fn lost_lines_are_found() {
    let report = with_faults(&["drop-logs=frontend:0.1"]).await;
    report.blames("reconciliation/lines", &["lines of frontend lost", "between stdout and store"]);
}

#[tokio::test]
async fn repeated_lines_are_found() {
    let report = with_faults(&["duplicate-logs=die-service:0.1"]).await;
    report.blames("reconciliation/lines", &["lines of die-service too many", "twice"]);
}
