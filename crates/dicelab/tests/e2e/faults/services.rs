//! Faults of the services themselves: serial rolls, slowness, crashes.

use super::{with_faults, with_options};

#[tokio::test]
async fn serial_rolls_are_told_from_concurrent_ones() {
    let report = with_options(&["--max-delay=120ms"], &["blocking"]).await;
    report.blames("concurrency/verdict", &["one after another"]);
}

#[tokio::test]
async fn a_slow_service_is_named() {
    let report = with_faults(&["slow=dice-roller:400ms"]).await;
    report.blames("traces/own-time", &["slow: dice-roller"]);
}

#[tokio::test]
async fn a_service_that_crashes_is_named() {
    let report = with_faults(&["crash=dice-roller:4s"]).await;
    // It may be down or back again when it is looked at.
    report.blames("loss/lab-restarts", &["dice-roller-stage4 ", "killed by signal 6"]);
}
