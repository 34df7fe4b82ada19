//! Bad input and failing dependencies: each gets its clear error, from the service that knows.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::world::{Gate, Options, Service, World, frontend_args, nowhere, roller_args};

#[tokio::test]
async fn wrong_parameters_are_422_and_leave_no_trace_in_the_counts() {
    let world = World::start().await;
    for service in [&world.frontend, &world.dice_roller] {
        for (path, wrong) in [
            ("/roll", "die: is missing"),
            ("/roll?die=fair&die=risky", "die: is given more than once"),
            ("/roll-async?die=fair", "times: is missing"),
            ("/roll-async?die=fair&times=0", "times: \"0\" is not a whole number from 1 to 20"),
            ("/roll-async?die=fair&times=21", "times: \"21\" is not a whole number from 1 to 20"),
            ("/roll-async?die=fair&times=abc", "times: \"abc\" is not a whole number from 1 to 20"),
            ("/roll-async?die=fair&times=1&strategy=x", "strategy: \"x\" is not one of fail-fast, all, best-effort"),
        ] {
            let answer = service.get(path).await;
            assert_eq!(answer.detail(422), wrong, "{path}");
            let (param, message) = wrong.split_once(": ").expect("a parameter");
            assert_eq!(answer.json()["errors"], json!([{"param": param, "message": message}]));
        }
    }
    let frontend = world.frontend.numbers().await;
    assert_eq!(frontend.sum("frontend_requests_total", &[]) + frontend.sum("async_roll_requests_total", &[]), 0.0);
    let roller = world.dice_roller.numbers().await;
    assert_eq!(roller.sum("die_service_requests_total", &[]) + roller.sum("async_roll_batches_total", &[]), 0.0);
    assert_eq!(roller.sum("http_requests_total", &[("status", "4xx")]), 7.0);
}

#[tokio::test]
async fn an_unknown_die_is_404_and_makes_no_series() {
    let world = World::start().await;
    for path in ["/roll?die=%22nope%22", "/roll-async?die=%22nope%22&times=3", "/roll?die="] {
        let detail = world.dice_roller.get(path).await.detail(404);
        assert!(detail.ends_with("known dice: fair, risky, broken"), "{detail}");
        assert_eq!(world.frontend.get(path).await.detail(404), detail, "passed through unchanged");
    }
    let roller = world.dice_roller.numbers().await;
    let lookups = [("identifier", "unknown"), ("status", "error_404")];
    assert_eq!(roller.sum("die_service_requests_total", &lookups), 6.0);
    assert_eq!(roller.sum("async_roll_batches_total", &[("outcome", "not_found")]), 2.0);
    assert_eq!(roller.sum("async_rolls_total", &[]) + roller.sum("dice_rolls_total", &[]), 0.0);
    let frontend = world.frontend.numbers().await;
    assert_eq!(frontend.sum("frontend_requests_total", &[("die_type", "unknown"), ("status", "error")]), 3.0);
    assert_eq!(frontend.sum("backend_requests_total", &[("die_type", "unknown"), ("status_code", "404")]), 3.0);
    for service in [&world.frontend, &world.dice_roller] {
        assert!(!service.get("/metrics").await.text.contains("nope"));
    }
}

#[tokio::test]
async fn paths_and_methods_are_checked() {
    let world = World::start().await;
    for service in [&world.frontend, &world.dice_roller] {
        assert!(service.get("/rolls").await.detail(404).contains("/rolls"));
        let refused = service.call(Method::POST, "/roll?die=fair", "").await;
        refused.detail(405);
        assert_eq!(refused.headers["allow"], "GET,HEAD");
        for path in ["/", "/roll?die=fair", "/roll-async?die=fair&times=2", "/healthz", "/readyz", "/metrics"] {
            let head = service.call(Method::HEAD, path, "").await;
            assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        }
    }
    let about = world.dice_roller.get("/").await.json();
    assert_eq!(about["endpoints"], json!(["/roll", "/roll-async"]));
    assert_eq!(
        (&about["stage"], &about["max_delay_seconds"], &about["max_batch"]),
        (&json!("4"), &json!(0.0), &json!(20))
    );
}

#[tokio::test]
async fn a_failing_die_is_500() {
    let world = World::start().await;
    let detail = world.frontend.get("/roll?die=broken").await.detail(500);
    assert_eq!(detail, "the die \"broken\" triggered its error condition (error rate 1)");
    let roller = world.dice_roller.numbers().await;
    assert_eq!(roller.sum("dice_rolls_total", &[("die_type", "broken"), ("result", "error")]), 1.0);
    assert_eq!(roller.sum("roll_duration_seconds_count", &[("outcome", "error")]), 1.0);
}

#[tokio::test]
async fn a_die_service_that_is_down_is_503() {
    let mut world = World::start().await;
    world.die_service.stop().await;
    for path in ["/roll?die=fair", "/roll-async?die=fair&times=4"] {
        let detail = world.frontend.get(path).await.detail(503);
        assert!(detail.starts_with("die-service cannot be reached"), "{detail}");
    }
    let roller = world.dice_roller.numbers().await;
    assert_eq!(
        roller.sum("die_service_requests_total", &[("identifier", "fair"), ("status", "connection_error")]),
        2.0
    );
    assert_eq!(roller.sum("async_roll_batches_total", &[("outcome", "error")]), 1.0);
    assert_eq!(roller.sum("async_rolls_total", &[]), 0.0);
}

#[tokio::test]
async fn a_die_service_that_is_slow_is_504() {
    let world = World::with(Options { lookup_timeout: Duration::from_millis(300), ..Options::default() }).await;
    world.set_gate(Gate::Silent);
    let detail = world.frontend.get("/roll?die=fair").await.detail(504);
    assert_eq!(detail, "die-service did not answer within 300ms");
    let roller = world.dice_roller.numbers().await;
    assert_eq!(roller.sum("die_service_requests_total", &[("identifier", "fair"), ("status", "timeout")]), 1.0);
}

#[tokio::test]
async fn other_answers_of_die_service_are_502() {
    let world = World::start().await;
    let empty = r#"{"identifier":"fair","specification":{"faces":[],"error_rate":0}}"#;
    for (gate, status, reason) in [
        (Gate::Says(500, r#"{"detail":"out of dice"}"#), "error_500", "die-service answered 500: out of dice"),
        (Gate::Says(503, "?"), "error_503", "die-service answered 503: without a reason"),
        (Gate::Says(200, empty), "error_200", "a die needs at least one face"),
        (Gate::Says(200, "dice"), "error_200", "no die specification"),
    ] {
        world.set_gate(gate);
        let detail = world.frontend.get("/roll?die=fair").await.detail(502);
        assert!(detail.contains(reason), "{detail}");
        let labels = [("identifier", "fair"), ("status", status)];
        assert!(world.dice_roller.numbers().await.sum("die_service_requests_total", &labels) > 0.0, "{status}");
    }
}

#[tokio::test]
async fn a_dice_roller_that_is_down_is_503_and_a_slow_one_504() {
    let options = Options { backend_timeout: Some(Duration::from_millis(300)), ..Options::default() };
    let mut world = World::with(options).await;
    world.set_gate(Gate::Silent);
    assert_eq!(world.frontend.get("/roll?die=fair").await.detail(504), "dice-roller did not answer within 300ms");
    world.dice_roller.stop().await;
    let detail = world.frontend.get("/roll-async?die=fair&times=2").await.detail(503);
    assert!(detail.starts_with("dice-roller cannot be reached"), "{detail}");
    let frontend = world.frontend.numbers().await;
    for (handler, status) in [("/roll", "timeout"), ("/roll-async", "connection_error")] {
        let labels = [("handler", handler), ("die_type", "fair"), ("status", status)];
        assert_eq!(frontend.sum("frontend_requests_total", &labels), 1.0, "{status}");
    }
    assert_eq!(frontend.sum("backend_requests_total", &[("status_code", "none")]), 2.0);
}

#[tokio::test]
async fn services_are_not_ready_without_what_they_need() {
    let options = Options::default();
    let roller = Service::start(|setup| dice_roller::app(&roller_args(&options, nowhere_now()), setup)).await;
    assert!(roller.get("/readyz").await.detail(503).contains("die-service"));
    assert_eq!(roller.get("/healthz").await.status, 200);
    let frontend = frontend_args(&options, nowhere().await, roller.address);
    let frontend = Service::start(|setup| frontend::app(&frontend, setup)).await;
    let detail = frontend.get("/readyz").await.detail(503);
    assert!(detail.contains("die-service") && detail.contains("dice-roller"), "{detail}");
}

fn nowhere_now() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("bound")
}
