//! A query never blocks ingestion.

use std::sync::Arc;

use lab_testkit::meanwhile::meanwhile;

use super::{Folder, labels, sample, select};
use crate::model::histogram_sample::Samples;
use crate::store::error::StoreError;
use lab_model::{Interrupt, Matcher};

#[test]
fn samples_are_taken_and_committed_while_a_query_reads() {
    let folder = Folder::new("concurrency");
    let store = Arc::new(folder.open());
    store.append(&labels("m", "a"), sample(1_000, 1.0)).expect("taken");
    store.flush().expect("flushed");
    let mut visited = 0;
    let visit = |_: &_, _: Samples<'_>| {
        visited += 1;
        let writer = store.clone();
        meanwhile(move || {
            writer.append(&labels("m", "a"), sample(2_000, 2.0)).expect("taken");
            writer.append(&labels("m", "b"), sample(2_000, 3.0)).expect("taken");
            writer.flush().expect("flushed");
        });
        Ok::<_, StoreError>(())
    };
    store.select(&[Matcher::equal("job", "a")], (0, 10_000), &Interrupt::default(), visit).expect("selects");
    assert_eq!(visited, 1);
    assert_eq!(select(&store, &[Matcher::equal("__name__", "m")], 2_000, 2_000).len(), 2);
}
