//! Faults of spans: lost, cut off from their trace, at the wrong time, kept waiting.

use super::{MANY, Row, all_are_named};

const SPANS: &str = "reconciliation/spans";

#[tokio::test]
async fn dropped_spans_are_found() {
    all_are_named(&[
        Row::new("drop-spans=0.01", SPANS, &["lost in", "between export and store"]).traffic(&MANY),
        Row::new(
            "drop-spans=dice-roller:0.05",
            SPANS,
            &["spans of dice-roller lost", "dice-roller counts none as dropped"],
        ),
        Row::new("drop-spans=frontend:0.5", SPANS, &["spans of frontend lost", "between export and store"]),
        // Its lines have the id of the trace, so nobody says that the trace was lost.
        Row::new("drop-spans=die-service:1", "traces/hops", &["have no SERVER span of die-service, spans were lost"])
            .doctor(&["has no span of die-service, whose lines have this very trace id"]),
    ])
    .await;
}

#[tokio::test]
async fn a_lost_context_names_the_hop() {
    all_are_named(&[
        Row::new("lose-context=frontend", "traces/hops", &["traceparent is lost between frontend and dice-roller"])
            .doctor(&[
                "traceparent is lost between frontend and dice-roller",
                "dice-roller answered in a trace of its own",
            ]),
        Row::new("lose-context=frontend", SPANS, &["traceparent lost between frontend and dice-roller"]),
        Row::new(
            "lose-context=dice-roller",
            "traces/hops",
            &["traceparent is lost between dice-roller and die-service"],
        )
        .doctor(&["traceparent is lost between dice-roller and die-service"]),
    ])
    .await;
}

#[tokio::test]
async fn a_skewed_clock_names_the_service() {
    const CLOCKS: &str = "traces/clocks";
    all_are_named(&[
        Row::new("clock-skew=dice-roller:5s", CLOCKS, &["the clock of dice-roller is 5.0 s ahead"])
            .doctor(&["the clock of dice-roller is 5.0 s ahead, by the request's own trace"]),
        Row::new("clock-skew=die-service:-2s", CLOCKS, &["the clock of die-service is 2.0 s behind"])
            .doctor(&["the clock of die-service is 2.0 s behind"]),
        Row::new("clock-skew=frontend:1h", CLOCKS, &["the clock of frontend is 3600.0 s ahead"])
            .doctor(&["the clock of frontend is 3600.0 s ahead"]),
        Row::new("clock-skew=die-service:-1h", CLOCKS, &["the clock of die-service is 3600.0 s behind"])
            .doctor(&["the clock of die-service is 3600.0 s behind"]),
    ])
    .await;
}

#[tokio::test]
async fn spans_that_a_stalled_backend_does_not_accept_are_missing() {
    const STALLS: &str = "accepts connections on";
    all_are_named(&[
        Row::new("stall-backend=on", SPANS, &["spans"]).doctor(&[STALLS]),
        Row::new("stall-backend=on", "age/traces", &["are its spans exported"]).doctor(&[STALLS]),
        Row::new("stall-backend=30s", "age/receiver", &["does not answer within 5 s"]).doctor(&[STALLS]),
        Row::new("stall-backend=2s", "age/receiver", &["the receiver takes 2"]).doctor(&["takes 2.0 s for an answer"]),
    ])
    .await;
}
