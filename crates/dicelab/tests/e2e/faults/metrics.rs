//! Faults of metrics: under the wrong job, and counted twice.

use super::with_faults;

#[tokio::test]
async fn a_wrong_job_is_named_with_the_right_one() {
    let report = with_faults(&["wrong-job=frontend"]).await;
    let words = ["frontend is scraped as job \"frontend-stage3\"", "expect \"frontend-stage4\""];
    report.blames("signals/targets", &words);
}

#[tokio::test]
async fn a_counter_that_counts_twice_is_named() {
    let report = with_faults(&["double-count=async_rolls_total"]).await;
    report.blames("reconciliation/counters", &["async_rolls_total", "counted twice"]);
}
