//! The page, as a browser without scripts uses it.

use telemetry::recorder::Recorder;

use crate::world::World;

#[tokio::test]
async fn the_page_offers_the_dice_and_rolls_them() {
    let _recorder = Recorder::install("frontend");
    let world = World::start().await;
    let first = world.frontend.get("/").await;
    assert_eq!(
        (first.status, &first.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().expect("a value"))
    );
    for die in ["fair", "risky", "broken"] {
        assert!(first.text.contains(&format!("name=\"die\" value=\"{die}\"")), "{die}");
    }
    let rolled = world.frontend.get("/?die=fair&async=on&times=4&strategy=all").await;
    assert!(rolled.text.contains("4 dice show <strong>") && rolled.text.contains("One after another"));
    let trace = rolled.headers["traceresponse"].to_str().expect("text").to_owned();
    let trace = trace.split('-').nth(1).expect("a trace id");
    assert!(rolled.text.contains(&format!("href=\"http://lab/trace/{trace}\"")));
    assert!(world.frontend.get("/?die=fair&times=4").await.text.contains("You rolled"), "one die without the checkbox");
}

#[tokio::test]
async fn a_roll_on_the_page_counts_as_one_of_the_api() {
    let world = World::start().await;
    for path in ["/?die=fair", "/?die=broken", "/?die=fair&async=on&times=3", "/?die=fair&async=on&times=99", "/"] {
        world.frontend.get(path).await;
    }
    let numbers = world.frontend.numbers().await;
    let received = |handler| numbers.sum("frontend_requests_total", &[("handler", handler), ("status", "received")]);
    assert_eq!((received("/roll"), received("/roll-async"), received("/")), (2.0, 1.0, 0.0));
    assert_eq!(numbers.sum("async_roll_requests_total", &[("batch_size", "3")]), 1.0);
    assert_eq!(numbers.sum("http_requests_total", &[("handler", "/")]), 5.0);
}

#[tokio::test]
async fn errors_are_shown_with_the_status_of_the_api() {
    let mut world = World::start().await;
    for (path, status, words) in [
        ("/?die=broken", 500, "triggered its error condition"),
        ("/?die=%3Cscript%3E", 404, "&lt;script&gt;"),
        ("/?die=fair&async=on&times=21", 422, "is not a whole number from 1 to 20</p>"),
    ] {
        let page = world.frontend.get(path).await;
        assert_eq!(page.status, status);
        assert!(page.text.contains(words) && !page.text.contains("<script"), "{}", page.text);
    }
    world.die_service.stop().await;
    let page = world.frontend.get("/?die=fair").await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("The list of dice may be out of date") && page.text.contains("value=\"risky\""));
}

#[tokio::test]
async fn the_policy_lets_nothing_but_the_own_style_load() {
    let world = World::start().await;
    let (one, other) = (world.frontend.get("/").await, world.frontend.get("/").await);
    let policy = one.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-") && policy.contains("frame-ancestors 'none'"));
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(one.text.contains(&format!("<style nonce=\"{nonce}\">")) && !other.text.contains(nonce));
}
