//! The measurement tells overlap from none, and never times a failure.

use std::time::Duration;

use lab_traffic::perf::options::{Format, PerfArgs, PerfPlan};
use lab_traffic::perf::result::{Conclusion, PerfResult};
use lab_traffic::perf::{self, PerfError};
use lab_traffic::progress::Progress;
use tokio_util::sync::CancellationToken;

use crate::stub::{Manners, Stub};

async fn measure(manners: Manners, sizes: &[u32]) -> Result<PerfResult, PerfError> {
    let stub = Stub::start(manners).await;
    let plan = PerfPlan {
        dice_roller: stub.url().parse().expect("a URL"),
        sizes: sizes.to_vec(),
        sizes_option: "--sweep",
        iterations: 4,
        plot: None,
        format: Format::Text,
        seed: 1,
        timeout: Duration::from_secs(20),
    };
    perf::measure_all(&plan, || 1_767_323_045_000_001_000, &mut Progress::silent(), &CancellationToken::new()).await
}

/// Rolls of a fixed 50 ms, of which a service says that they take up to 100 ms: theory fits the sequence.
fn steady() -> Manners {
    Manners { delay: Duration::from_millis(50), max_delay_seconds: 0.1, ..Manners::default() }
}

#[tokio::test]
async fn rolls_that_overlap_are_faster_by_about_their_number() {
    let result = measure(steady(), &[1, 8]).await.expect("measured");
    assert_eq!(result.conclusion, Conclusion::Overlap);
    let [one, eight] = &result.sizes[..] else { panic!("two sizes") };
    assert_eq!((one.overlapped, eight.overlapped), (None, Some(true)));
    assert_eq!(eight.concurrent.expect("timed").count, 4);
    assert_eq!(eight.sequential.expect("timed").count, 12, "three controls each");
    assert!(eight.sequential.expect("timed").min >= 0.4, "eight times 50 ms in a row");
    assert_eq!(eight.theory.expect("delays").speed_up, 4.5);
}

#[tokio::test]
async fn rolls_in_a_row_are_found_out() {
    let result = measure(Manners { overlap: 1, ..steady() }, &[8]).await.expect("measured");
    assert_eq!(result.conclusion, Conclusion::NoOverlap);
}

#[tokio::test]
async fn without_delays_there_is_nothing_to_overlap() {
    let result = measure(Manners { max_delay_seconds: 0.0, ..Manners::default() }, &[5]).await.expect("measured");
    assert_eq!(result.conclusion, Conclusion::NothingToOverlap);
    assert_eq!(result.side_by_side, 1, "nothing to wait for: one at a time");
}

#[tokio::test]
async fn failures_are_counted_and_not_timed() {
    let broken = Manners { fail_from: 0, max_delay_seconds: 0.0, ..Manners::default() };
    let result = measure(broken, &[3]).await.expect("measured");
    assert_eq!(result.conclusion, Conclusion::Failures);
    let size = &result.sizes[0];
    assert_eq!((size.sequential, size.concurrent, size.speed_up), (None, None, None));
    assert_eq!(size.failures["GET /roll-async: 500 the stub is broken"], 4);
    assert_eq!(size.failures["GET /roll: 500 the stub is broken"], 4);
}

#[tokio::test]
async fn too_large_batches_and_missing_services_are_said() {
    let error = measure(steady(), &[5, 21]).await.expect_err("too large").to_string();
    assert!(error.starts_with("--sweep: ") && error.contains("1 to 20, not 21"), "{error}");

    let plan = PerfPlan {
        // Port 1 of loopback: nobody listens there.
        dice_roller: "http://127.0.0.1:1".parse().expect("a URL"),
        sizes: vec![2],
        sizes_option: "--rolls",
        iterations: 1,
        plot: None,
        format: Format::Text,
        seed: 1,
        timeout: Duration::from_secs(5),
    };
    let missing =
        perf::measure_all(&plan, || 1_767_323_045_000_001_000, &mut Progress::silent(), &CancellationToken::new())
            .await;
    assert!(missing.expect_err("nobody").to_string().contains("http://127.0.0.1:1"));

    let stopped = CancellationToken::new();
    stopped.cancel();
    let interrupted = perf::measure_all(&plan, || 1_767_323_045_000_001_000, &mut Progress::silent(), &stopped).await;
    assert!(matches!(interrupted, Err(PerfError::Interrupted)));

    let nowhere = PerfArgs { plot: Some("/no/such/folder/plot.svg".into()), ..arguments() };
    let unwritable = perf::run(&nowhere, 0, || 0, &CancellationToken::new()).await.expect_err("no folder");
    assert!(unwritable.to_string().contains("cannot write the plot /no/such/folder/plot.svg"), "{unwritable}");
}

/// The arguments of a call that says nothing.
fn arguments() -> PerfArgs {
    #[derive(clap::Parser)]
    struct Call {
        #[command(flatten)]
        perf: PerfArgs,
    }
    <Call as clap::Parser>::parse_from(["perf"]).perf
}

/// Writes a picture to look at where `DICELAB_TEST_PLOT` says.
#[test]
fn the_plot_of_a_simulation_is_drawn() {
    use std::collections::BTreeMap;

    use lab_traffic::perf::plot;
    use lab_traffic::perf::result::SizeResult;

    // A small generator of its own: the picture needs no good randomness.
    let mut state = 7_u64;
    let mut delay = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut size = |rolls: u32| {
        let mut delays = || -> Vec<f64> { (0..rolls).map(|_| delay()).collect() };
        let sequential: Vec<f64> = (0..30).map(|_| delays().iter().sum()).collect();
        let concurrent: Vec<f64> = (0..10).map(|_| delays().into_iter().fold(0.0, f64::max)).collect();
        SizeResult::new(rolls, 1.0, 1, &sequential, &concurrent, BTreeMap::new())
    };
    let sizes: Vec<SizeResult> = [1, 2, 5, 10, 20].into_iter().map(&mut size).collect();
    let result = PerfResult {
        dice_roller: "http://127.0.0.1:8107".to_owned(),
        die: "fair",
        max_delay_seconds: 1.0,
        side_by_side: 10,
        conclusion: Conclusion::of(&sizes, 1.0),
        sizes,
        stopped: false,
    };
    assert_eq!(result.conclusion, Conclusion::Overlap);
    let svg = plot::draw(&result);
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    if let Some(path) = std::env::var_os("DICELAB_TEST_PLOT") {
        std::fs::write(path, svg).expect("written");
    }
}
