//! A query never blocks ingestion.

use std::ops::ControlFlow;
use std::sync::Arc;

use lab_testkit::meanwhile::meanwhile;

use super::{all, append, memory_store, numbered};
use crate::store::select::Wanted;

#[test]
fn lines_are_taken_and_committed_while_a_query_reads() {
    let store = Arc::new(memory_store());
    append(&store, "a", numbered(0..10));
    store.flush().expect("flushed");
    append(&store, "a", numbered(10..20));
    let selection = store.select(&[], i64::MIN, i64::MAX).expect("selected");
    let mut read = 0;
    for part in &selection.parts {
        let loaded = store.load(part, Wanted::default()).expect("read").expect("there");
        loaded
            .visit(|_| {
                read += 1;
                if read == 1 {
                    let writer = store.clone();
                    meanwhile(move || {
                        append(&writer, "b", numbered(0..5));
                        writer.flush().expect("flushed");
                    });
                }
                ControlFlow::Continue(())
            })
            .expect("whole");
    }
    assert_eq!((read, all(&store).len()), (20, 25));
}
