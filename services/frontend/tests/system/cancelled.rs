//! Clients that leave: everything behind them winds down and is counted.

use crate::world::{FOR_EVER, Gate, Options, Service, World};

const ENDLESS: Options = Options { seed: 1, max_delay: FOR_EVER, lookup_timeout: FOR_EVER, backend_timeout: None };

/// Calls and leaves as soon as `service` shows this value of a metric.
async fn leave_when(caller: &Service, path: &str, service: &Service, name: &str, value: f64) {
    tokio::select! {
        answer = caller.get(path) => panic!("not to be answered: {answer:?}"),
        () = service.reaches(name, &[], value) => {}
    }
}

#[tokio::test]
async fn leaving_the_frontend_cancels_a_batch_down_to_its_rolls() {
    let world = World::with(ENDLESS).await;
    for strategy in ["fail-fast", "all", "best-effort"] {
        let path = format!("/roll-async?die=fair&times=7&strategy={strategy}");
        leave_when(&world.frontend, &path, &world.dice_roller, "async_rolls_in_progress", 7.0).await;
        world.rest().await;
        let numbers = world.dice_roller.numbers().await;
        assert_eq!(numbers.sum("async_rolls_in_progress", &[]), 0.0);
        let ended = [("strategy", strategy), ("outcome", "cancelled")];
        assert_eq!(numbers.sum("async_roll_batches_total", &ended), 1.0, "{strategy}");
    }
    let numbers = world.dice_roller.numbers().await;
    assert_eq!(numbers.sum("async_rolls_total", &[("result", "cancelled")]), 21.0);
    assert_eq!(numbers.sum("http_requests_total", &[("handler", "/roll-async"), ("status", "cancelled")]), 3.0);
    let frontend = world.frontend.numbers().await;
    let cancelled = [("handler", "/roll-async"), ("die_type", "fair"), ("status", "cancelled")];
    assert_eq!(frontend.sum("frontend_requests_total", &cancelled), 3.0);
    assert_eq!(frontend.sum("backend_requests_total", &[("status_code", "none")]), 3.0);
}

#[tokio::test]
async fn leaving_cancels_a_single_roll() {
    let world = World::with(ENDLESS).await;
    leave_when(&world.frontend, "/roll?die=fair", &world.dice_roller, "die_service_requests_total", 1.0).await;
    world.rest().await;
    let numbers = world.dice_roller.numbers().await;
    assert_eq!(numbers.sum("dice_rolls_total", &[("die_type", "fair"), ("result", "cancelled")]), 1.0);
    assert_eq!(numbers.sum("roll_duration_seconds_count", &[("outcome", "cancelled")]), 1.0);
}

#[tokio::test]
async fn leaving_during_the_lookup_leaves_no_rolls() {
    let world = World::with(ENDLESS).await;
    world.set_gate(Gate::Silent);
    let path = "/roll-async?die=fair&times=5";
    leave_when(&world.dice_roller, path, &world.die_service, "die_specifications_requested_total", 1.0).await;
    world.rest().await;
    let numbers = world.dice_roller.numbers().await;
    assert_eq!(numbers.sum("die_service_requests_total", &[("identifier", "fair"), ("status", "cancelled")]), 1.0);
    assert_eq!(numbers.sum("async_roll_batches_total", &[("outcome", "cancelled")]), 1.0);
    assert_eq!(numbers.sum("async_rolls_total", &[]), 0.0);
}

#[tokio::test]
async fn what_the_shutdown_cuts_off_counts_as_cancelled() {
    let mut world = World::with(ENDLESS).await;
    let url = format!("http://{}/roll-async?die=fair&times=3", world.dice_roller.address);
    let call =
        tokio::spawn(async move { telemetry::client::Client::new().get(url.parse().expect("a URL"), FOR_EVER).await });
    world.dice_roller.reaches("async_rolls_in_progress", &[], 3.0).await;
    world.dice_roller.stop().await;
    let reply = call.await.expect("no panic").expect("an answer");
    assert_eq!(reply.status, 503);
    let numbers = world.dice_roller.numbers().await;
    assert_eq!(numbers.sum("async_rolls_total", &[("result", "cancelled")]), 3.0);
    assert_eq!(numbers.sum("async_rolls_in_progress", &[]), 0.0);
}
