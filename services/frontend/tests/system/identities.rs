//! The identities of the contract, computed from scraped counters and recorded spans after mixed traffic: good and
//! bad rolls, every strategy, wrong parameters, unknown dice, pages, clients that leave, a die-service that is
//! silent, wrong and finally gone.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use telemetry::recorder::Recorder;

use crate::world::{Gate, Options, World};

/// What the test asked for.
#[derive(Debug, Default)]
struct Asked {
    /// Validated batches, and their dice.
    batches: f64,
    batch_dice: f64,
    /// Validated single rolls.
    singles: f64,
    /// Dice of batches whose die was found.
    found_dice: f64,
    /// The total of every batch that was answered 200.
    totals: Vec<i64>,
}

impl Asked {
    fn batch(&mut self, times: usize, found: bool) {
        self.batches += 1.0;
        self.batch_dice += times as f64;
        if found {
            self.found_dice += times as f64;
        }
    }
}

/// Concurrent requests of every kind that is answered.
async fn healthy_traffic(world: &Arc<World>, asked: &mut Asked) {
    let mut calls = tokio::task::JoinSet::new();
    for round in 0..40_usize {
        let (die, found) = [("fair", true), ("risky", true), ("broken", true), ("nope", false)][round % 4];
        let strategy = ["fail-fast", "all", "best-effort"][round % 3];
        let times = 1 + round % 20;
        let batch = format!("/roll-async?die={die}&times={times}&strategy={strategy}");
        let page = format!("/?die={die}&async=on&times={times}&strategy={strategy}");
        for path in [batch, page, format!("/roll?die={die}"), "/roll-async?die=fair&times=21".to_owned()] {
            let world = Arc::clone(world);
            calls.spawn(async move { world.frontend.get(&path).await });
        }
        asked.batch(times, found);
        asked.batch(times, found);
        asked.singles += 1.0;
    }
    while let Some(answer) = calls.join_next().await {
        let answer = answer.expect("no panic");
        if let Ok(body) = serde_json::from_str::<Value>(&answer.text) {
            asked.totals.extend(body["total"].as_i64());
        }
    }
}

/// Clients that leave while die-service is silent, and others that time out.
async fn silent_traffic(world: &Arc<World>, asked: &mut Asked) {
    world.set_gate(Gate::Silent);
    let before = world.die_service.numbers().await.sum("die_specifications_requested_total", &[]);
    tokio::select! {
        _ = world.frontend.get("/roll-async?die=fair&times=9") => panic!("die-service is silent"),
        () = world.die_service.reaches("die_specifications_requested_total", &[], before + 1.0) => {}
    }
    asked.batch(9, false);
    assert_eq!(world.frontend.get("/roll-async?die=fair&times=4").await.status, 504);
    asked.batch(4, false);
    assert_eq!(world.frontend.get("/roll?die=risky").await.status, 504);
    asked.singles += 1.0;
    world.set_gate(Gate::Says(500, "?"));
    assert_eq!(world.frontend.get("/roll-async?die=fair&times=2").await.status, 502);
    asked.batch(2, false);
    world.set_gate(Gate::Open);
}

#[tokio::test]
async fn they_hold_after_mixed_traffic() {
    let recorder = Recorder::install("dice-roller");
    let options =
        Options { max_delay: Duration::from_millis(5), lookup_timeout: Duration::from_secs(2), ..Options::default() };
    let world = Arc::new(World::with(options).await);
    let mut asked = Asked::default();
    healthy_traffic(&world, &mut asked).await;
    silent_traffic(&world, &mut asked).await;
    world.rest().await;
    let mut world = Arc::into_inner(world).expect("all calls are over");
    world.die_service.stop().await;
    assert_eq!(world.frontend.get("/roll?die=fair").await.status, 503);
    asked.singles += 1.0;
    world.rest().await;

    let frontend = world.frontend.numbers().await;
    let roller = world.dice_roller.numbers().await;
    let dice = world.die_service.numbers().await;
    let spans = recorder.spans();
    let rolls: Vec<_> = spans.iter().filter(|span| span.name == "async_roll").collect();

    // 1
    for die in ["fair", "risky", "broken", "unknown"] {
        let with = |status| frontend.sum("frontend_requests_total", &[("die_type", die), ("status", status)]);
        let ended = ["success", "error", "timeout", "connection_error", "cancelled"].map(with);
        assert_eq!(with("received"), ended.iter().sum::<f64>(), "{die}: {ended:?}");
    }
    // 2
    let received = |handler| frontend.sum("frontend_requests_total", &[("handler", handler), ("status", "received")]);
    assert_eq!((received("/roll"), received("/roll-async")), (asked.singles, asked.batches));
    assert_eq!(received("/roll-async"), frontend.sum("async_roll_requests_total", &[]));
    assert_eq!(frontend.weighted_sum("async_roll_requests_total", "batch_size"), asked.batch_dice);
    // 3
    assert_eq!(roller.sum("async_rolls_total", &[]), asked.found_dice);
    assert_eq!(rolls.len() as f64, asked.found_dice);
    // 4
    assert_eq!(roller.sum("async_roll_batch_size_count", &[]), asked.batches);
    assert_eq!(roller.sum("async_roll_batches_total", &[]), asked.batches);
    assert_eq!(roller.sum("async_roll_batch_size_sum", &[]), asked.batch_dice);
    // 5
    let lookups = |status| roller.sum("die_service_requests_total", &[("status", status)]);
    assert_eq!(roller.sum("die_service_requests_total", &[]), asked.singles + asked.batches);
    let hits = dice.sum("die_specifications_requested_total", &[]);
    let (found, lost) = (lookups("success"), lookups("timeout") + lookups("cancelled"));
    assert!(found <= hits && hits <= found + lost, "{found} <= {hits} <= {found} + {lost}");
    // 6
    for die in ["fair", "risky", "broken"] {
        let good = |name| roller.sum(name, &[("die_type", die), ("result", "success")]);
        let shown = roller.sum("dice_roll_value_count", &[("die_type", die)]);
        assert_eq!(shown, good("dice_rolls_total") + good("async_rolls_total"), "{die}");
    }
    // 7
    let mut totals: Vec<i64> = asked.totals.clone();
    for span in spans.iter().filter(|span| span.attributes.contains_key("async.strategy")) {
        let Some(total) = span.attributes.get("async.total_result").and_then(Value::as_i64) else { continue };
        let children = rolls.iter().filter(|roll| roll.parent_span_id == span.span_id);
        assert_eq!(children.filter_map(|roll| roll.attributes.get("die.result")?.as_i64()).sum::<i64>(), total);
        if let Some(at) = totals.iter().position(|answered| *answered == total) {
            totals.swap_remove(at);
        }
    }
    assert!(totals.is_empty() && !asked.totals.is_empty(), "every answered total is one of a span: {totals:?}");
    // 8
    assert_eq!(roller.sum("async_rolls_in_progress", &[]), 0.0);
    for numbers in [&frontend, &roller, &dice] {
        assert_eq!(numbers.sum("http_requests_in_progress", &[]), 0.0);
    }
}
