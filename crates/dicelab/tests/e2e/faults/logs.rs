//! Faults of log lines: lost and repeated.

use super::{MANY, Row, all_are_named};

const LINES: &str = "reconciliation/lines";

#[tokio::test]
async fn lost_lines_are_found() {
    all_are_named(&[
        Row::new("drop-logs=0.01", LINES, &["lost in", "between stdout and store"]).traffic(&MANY),
        Row::new("drop-logs=frontend:0.1", LINES, &["lines of frontend lost", "between stdout and store"]),
        Row::new("drop-logs=dice-roller:0.5", LINES, &["lines of dice-roller lost", "counts none as dropped"]),
        Row::new("drop-logs=die-service:1", LINES, &["lines of die-service lost"])
            .doctor(&["die-service has written no log line"]),
    ])
    .await;
}

#[tokio::test]
async fn repeated_lines_are_found() {
    all_are_named(&[
        Row::new("duplicate-logs=0.01", LINES, &["too many", "twice"]).traffic(&MANY),
        Row::new("duplicate-logs=die-service:0.1", LINES, &["lines of die-service too many", "twice"]),
        Row::new("duplicate-logs=frontend:0.5", LINES, &["lines of frontend too many", "twice"]),
    ])
    .await;
}
