//! More senders than the machine sustains: what was acknowledged is there or was evicted, to the item.

use lab_bench::endure::overload::{CASES, Overload, endure};

use crate::endure::{assert_kept, machine};
use crate::harness::Scratch;

/// Each signal alone and all together, on disk and in memory; with much memory only the long form runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_under_overload_is_there_or_was_evicted() {
    let small = CASES.iter().filter(|case| case.max_memory < 1 << 30);
    for case in small {
        let scratch = Scratch::new();
        let outcome = endure(&machine(&scratch), case, &Overload::of(true)).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{}: {error:?}", case.name()));
        println!("{}: {:?}", case.name(), outcome.figures);
        assert_kept(&outcome);
    }
}
