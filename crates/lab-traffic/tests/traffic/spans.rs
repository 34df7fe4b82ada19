//! Each request is a span of its user around a CLIENT span, and the service hears of the latter.

use lab_traffic::request::Endpoint;
use telemetry::recorder::Recorder;
use tokio_util::sync::CancellationToken;

use crate::ledger::{plan, run};
use crate::stub::{Manners, Stub};

const INTERNAL: i32 = 1;
const CLIENT: i32 = 3;

#[tokio::test]
async fn the_ledger_names_the_trace_of_two_spans_per_request() {
    let recorder = Recorder::install("lab-traffic");
    let stub = Stub::start(Manners { fail_from: 10, ..Manners::default() }).await;
    let (_, entries) = run(&plan(&stub.url()), "spans", &CancellationToken::new()).await;
    let (spans, parents) = (recorder.spans(), stub.traceparents());
    assert_eq!((spans.len(), parents.len()), (2 * entries.len(), entries.len()));
    for entry in &entries {
        let trace = entry.trace_id.as_deref().expect("a trace");
        let of_kind = |kind| {
            let mut found = spans.iter().filter(|span| span.trace_id == trace && span.kind == kind);
            let span = found.next().expect("a span");
            assert!(found.next().is_none(), "one of its kind");
            span
        };
        let (user, call) = (of_kind(INTERNAL), of_kind(CLIENT));
        let expected = match entry.endpoint {
            Endpoint::Roll => "simulated_user_sync_request",
            Endpoint::RollAsync => "simulated_user_async_request",
        };
        assert_eq!((user.name.as_str(), user.parent_span_id.as_str()), (expected, ""));
        assert_eq!((call.name.as_str(), &call.parent_span_id), ("GET", &user.span_id));
        assert_eq!(user.attributes["die.type"], entry.die.as_str());
        assert_eq!(user.attributes["user.id"], entry.user);
        assert_eq!(user.error, entry.status != Some(200));
        assert!(parents.contains(&format!("00-{trace}-{}-01", call.span_id)));
    }
    let failures = recorder.lines().into_iter().filter(|line| line["level"] == "WARNING");
    assert_eq!(failures.count(), entries.len() - 10);
}
