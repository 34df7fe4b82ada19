//! Steady traffic: it is answered, every process is seen, and the files stay within `--max-disk`. That memory stays flat only the long
//! form can tell.

use lab_bench::endure::soak::{Soak, endure};

use crate::endure::{assert_kept, machine};
use crate::harness::Scratch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steady_traffic_is_answered_and_every_process_is_seen() {
    let (scratch, soak) = (Scratch::new(), Soak::of(true));
    let outcome = endure(&machine(&scratch), &soak).await.expect("the traffic");
    println!("{:?}", outcome.figures);
    assert_kept(&outcome);
    for process in ["lab", "die-service", "dice-roller", "frontend"] {
        assert!(outcome.figures.iter().any(|(name, _)| name == process), "{process}: {:?}", outcome.figures);
    }
}
