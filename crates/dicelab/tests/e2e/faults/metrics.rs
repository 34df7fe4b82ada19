//! Faults of metrics: under the wrong job, and counted twice.

use super::{QUICK, verified_after, with_faults};
use crate::harness::{Lab, Scratch};

#[tokio::test]
async fn a_wrong_job_is_named_with_the_right_one() {
    let report = with_faults(&["wrong-job=frontend"]).await;
    let words = ["frontend is scraped as job \"frontend-stage3\"", "expect \"frontend-stage4\""];
    report.blames("signals/targets", &words);
}

#[tokio::test]
async fn a_counter_that_counts_twice_is_named() {
    // A failed batch leaves open how many of its rolls succeeded, and a doubled counter could pass for that.
    let options = [&QUICK[..], &["--max-delay=0", "--fault=double-count=async_rolls_total"]].concat();
    let lab = Lab::start(Scratch::new(), &options).await;
    let report = verified_after(&lab, &["--dice=fair"]).await;
    report.blames("reconciliation/counters", &["async_rolls_total", "counted twice"]);
}
