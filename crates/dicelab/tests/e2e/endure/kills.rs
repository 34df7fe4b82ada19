//! Kills of the lab and of a service while every item is sent several times: nothing acknowledged is lost, nothing is there
//! twice.

use lab_bench::endure::kills::{Kills, endure};

use crate::endure::{assert_kept, machine};
use crate::harness::Scratch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_outlives_kills_and_is_there_once() {
    let (scratch, kills) = (Scratch::new(), Kills::of(true));
    let outcome = endure(&machine(&scratch), &kills, 0..kills.kills).await.expect("the kills");
    println!("{:?}", outcome.figures);
    assert_kept(&outcome);
}
