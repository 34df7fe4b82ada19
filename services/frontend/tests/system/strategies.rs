//! The table of strategies, row by row, through the frontend: answer, counts, nothing left running.

use serde_json::{Value, json};
use telemetry::recorder::Recorder;

use crate::world::{Answer, World};

/// A batch of six: its answer, and dice-roller's counts of success, error, cancelled.
async fn batch(die: &str, strategy: &str) -> (Answer, [f64; 3]) {
    let _recorder = Recorder::install("frontend");
    let world = World::start().await;
    let answer = world.frontend.get(&format!("/roll-async?die={die}&times=6&strategy={strategy}")).await;
    world.rest().await;
    let numbers = world.dice_roller.numbers().await;
    let rolls = |result| numbers.sum("async_rolls_total", &[("die_type", die), ("result", result)]);
    let counts = ["success", "error", "cancelled"].map(rolls);
    assert_eq!(counts.iter().sum::<f64>(), 6.0);
    assert_eq!(numbers.sum("async_rolls_in_progress", &[]), 0.0);
    assert_eq!(numbers.sum("async_roll_batches_total", &[("strategy", strategy)]), 1.0);
    let outcome = match answer.status {
        200 if answer.json().get("failed").is_some() => "partial",
        200 => "success",
        _ => "error",
    };
    for (name, expected) in [("async_roll_batch_size_sum", 6.0), ("async_roll_duration_seconds_count", 1.0)] {
        assert_eq!(numbers.sum(name, &[("outcome", outcome)]), expected, "{name}");
    }
    assert_eq!(
        numbers.sum("async_roll_success_batches_total", &[("batch_size", "6")]),
        f64::from(outcome == "success")
    );
    (answer, counts)
}

fn sum(rolls: &Value) -> i64 {
    rolls.as_array().expect("rolls").iter().filter_map(Value::as_i64).sum()
}

#[tokio::test]
async fn good_rolls_are_answered_alike_by_every_strategy() {
    for strategy in ["fail-fast", "all", "best-effort"] {
        let (answer, counts) = batch("fair", strategy).await;
        let body = answer.json();
        assert_eq!((answer.status, counts), (200, [6.0, 0.0, 0.0]), "{body}");
        let members: Vec<_> = body.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["total", "rolls", "count", "trace_id"]);
        assert_eq!(body["total"], sum(&body["rolls"]));
        assert_eq!((&body["count"], body["rolls"].as_array().map(Vec::len)), (&json!(6), Some(6)));
    }
}

#[tokio::test]
async fn fail_fast_answers_500_and_cancels_the_siblings() {
    let (answer, counts) = batch("broken", "fail-fast").await;
    let expected = "roll 0 failed: the die \"broken\" triggered its error condition (error rate 1)";
    assert_eq!((answer.detail(500).as_str(), counts), (expected, [0.0, 1.0, 5.0]));
}

#[tokio::test]
async fn all_answers_500_with_every_failed_index() {
    let (answer, counts) = batch("broken", "all").await;
    assert!(answer.detail(500).starts_with("rolls 0, 1, 2, 3, 4, 5 failed: "), "{}", answer.text);
    assert_eq!(counts, [0.0, 6.0, 0.0]);
}

#[tokio::test]
async fn best_effort_answers_200_with_gaps() {
    let (answer, [success, error, cancelled]) = batch("risky", "best-effort").await;
    let body = answer.json();
    assert!(error > 0.0 && success > 0.0 && cancelled == 0.0, "the seed gives both: {body}");
    let rolls = body["rolls"].as_array().expect("rolls");
    let gaps: Vec<_> = (0..rolls.len()).filter(|index| rolls[*index].is_null()).collect();
    assert_eq!((&body["failed"], gaps.len() as f64), (&json!(gaps), error));
    assert_eq!((&body["total"], &body["count"]), (&json!(sum(&body["rolls"])), &json!(6)));
}

#[tokio::test]
async fn best_effort_answers_200_even_if_all_failed() {
    let (answer, counts) = batch("broken", "best-effort").await;
    let mut body = answer.json();
    body.as_object_mut().expect("an object").remove("trace_id");
    let expected = json!({"total": 0, "rolls": vec![Value::Null; 6], "count": 6, "failed": [0, 1, 2, 3, 4, 5]});
    assert_eq!((answer.status, body, counts), (200, expected, [0.0, 6.0, 0.0]));
}

#[tokio::test]
async fn a_seed_repeats_itself() {
    async fn sequence() -> Vec<(u16, Value)> {
        let world = World::start().await;
        let mut answers = Vec::new();
        for path in ["/roll?die=fair", "/roll-async?die=risky&times=20&strategy=best-effort", "/roll?die=risky"] {
            let answer = world.dice_roller.get(path).await;
            let body = answer.json();
            answers.push((answer.status, json!([body["roll"], body["rolls"], body["failed"]])));
        }
        answers
    }
    assert_eq!(sequence().await, sequence().await);
}
