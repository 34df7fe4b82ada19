//! A query never blocks ingestion.

use std::sync::Arc;

use lab_testkit::meanwhile::meanwhile;
use lab_traces::Limits;

use crate::spans::{EPOCH, request};
use crate::store::{line, memory, spans};

#[test]
fn spans_are_taken_and_committed_while_a_query_reads() {
    let store = Arc::new(memory(Limits::default()));
    store.append(&request(1, &[&line(1, "0s")]), EPOCH).expect("taken");
    store.append(&request(2, &[&line(1, "0s")]), EPOCH).expect("taken");
    store.flush(EPOCH).expect("flushed");
    let mut candidates = store.candidates(0, i64::MAX, vec![Vec::new()]);
    assert!(candidates.next_candidate().expect("read").is_some());
    let writer = store.clone();
    meanwhile(move || {
        writer.append(&request(3, &[&line(1, "0s"), &line(2, "1s")]), EPOCH).expect("taken");
        writer.flush(EPOCH).expect("flushed");
    });
    assert!(candidates.next_candidate().expect("read").is_some());
    assert_eq!(spans(&store, 3), 2);
}
