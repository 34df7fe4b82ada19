//! Faults of metrics: under the wrong job, and counted twice.

use super::{Row, all_are_named};

#[tokio::test]
async fn a_wrong_job_is_named_with_the_right_one() {
    const TARGETS: &str = "signals/targets";
    all_are_named(&[
        Row::new(
            "wrong-job=frontend",
            TARGETS,
            &["frontend is scraped as job \"frontend-stage3\"", "expect \"frontend-stage4\""],
        )
        .doctor(&["there is no target of job frontend-stage4", "frontend-stage3"]),
        Row::new("wrong-job=die-service", TARGETS, &["die-service is scraped as job \"die-service-stage3\""])
            .doctor(&["there is no target of job die-service-stage4"]),
    ])
    .await;
}

#[tokio::test]
async fn a_counter_that_counts_twice_is_named() {
    const COUNTERS: &str = "reconciliation/counters";
    // A failed batch leaves open how many of its rolls succeeded, and a doubled counter could pass for that.
    all_are_named(&[
        Row::new("double-count=async_rolls_total", COUNTERS, &["async_rolls_total", "counted twice"])
            .traffic(&["--dice=fair"]),
        Row::new("double-count=dice_rolls_total", COUNTERS, &["dice_rolls_total", "counted twice"])
            .traffic(&["--dice=fair"]),
    ])
    .await;
}
