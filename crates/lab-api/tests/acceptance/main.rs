//! PromQL's acceptance, as a client sees it: Prometheus' own scripts, loaded by remote write and asked through
//! the HTTP API. The scripts stand outside the repository; without them nothing runs:
//!
//! ```text
//! PROMQL_SCRIPTS=/path/to/promql/promqltest/testdata cargo test -p lab-api --test acceptance -- --nocapture
//! ```
//!
//! The runner is that of `lab-metrics` (`tests/promql`). Every `eval instant` is also asked as a range query
//! around its instant.
//!
//! All 1,961 cases of Prometheus 3.14 (commit d15adb9) pass, those with native histograms included.

#[path = "../../../lab-metrics/tests/promql/agreement.rs"]
mod agreement;
#[path = "../../../lab-metrics/tests/promql/check.rs"]
mod check;
#[path = "../scenarios/clock.rs"]
mod clock;
mod flips;
mod fuzz;
#[path = "../../../lab-metrics/tests/promql/histogram.rs"]
mod histogram;
#[path = "../../../lab-metrics/tests/promql/in_process.rs"]
mod in_process;
mod limits;
#[path = "../../../lab-metrics/tests/promql/notation.rs"]
mod notation;
mod over_http;
mod promtool;
#[path = "../../../lab-metrics/tests/promql/script.rs"]
mod script;
#[path = "../../../lab-metrics/tests/promql/source.rs"]
mod source;

use std::path::PathBuf;

use self::check::Outcome;
use self::over_http::OverHttp;

/// Prometheus' core scripts, and those of its experimental functions and modifiers.
const SCRIPTS: [&str; 19] = [
    "aggregators",
    "at_modifier",
    "collision",
    "functions",
    "histograms",
    "limit",
    "literals",
    "name_label_dropping",
    "native_histograms",
    "operators",
    "range_queries",
    "selectors",
    "staleness",
    "subquery",
    "trig_functions",
    "duration_expression",
    "fill-modifier",
    "info",
    "type_and_unit",
];

#[test]
fn scripts_of_prometheus_pass_over_http() {
    let Some(folder) = std::env::var_os("PROMQL_SCRIPTS").map(PathBuf::from) else { return };
    let (mut passed, mut failed) = (0, 0);
    for name in SCRIPTS {
        let file = folder.join(format!("{name}.test"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (line, outcome) in check::run(&script::parse(&text), &mut OverHttp::start()) {
            match outcome {
                Outcome::Passed => passed += 1,
                Outcome::Failed(why) => {
                    failed += 1;
                    println!("{name}.test:{line}: {why}");
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    assert!(passed > 900, "only {passed} cases ran");
    assert_eq!(failed, 0, "all must pass");
}

/// The way over HTTP, with a script of our own, so that it is tried without Prometheus' scripts too.
#[test]
fn own_script_passes_over_http() {
    let commands = script::parse(
        "load 1m\n  m{a=\"x\"} 0+10x5 _ stale NaN\n  m{a=\"y\"} -Inf 1e300 0.1\n\n\
         eval instant at 2m m\n  expect no_info\n  m{a=\"x\"} 20\n  m{a=\"y\"} 0.1\n\n\
         eval instant at 7m m{a=\"x\"}\n\n\
         eval range from 0 to 2m step 1m sum(m{a=\"x\"})\n  {} 0 10 20\n\n\
         eval instant at 0 m + on() m\n  expect fail regex: many-to-many|found duplicate series\n\n\
         eval instant at 0 \"text\"\n  expect string \"text\"\n\n\
         eval instant at 1m time()\n  60\n\n\
         load 1m\n  h {{schema:0 count:6 sum:9 z_bucket:1 z_bucket_w:0.1 buckets:[2 3]}}+{{count:1 sum:1 buckets:[1]}}x2\n\n\
         eval instant at 2m h\n  h {{schema:0 count:8 sum:11 z_bucket:1 z_bucket_w:0.1 buckets:[4 3]}}\n\n\
         eval range from 0 to 1m step 1m h\n  h {{schema:0 count:6 sum:9 z_bucket:1 z_bucket_w:0.1 buckets:[2 3]}} \
         {{schema:0 count:7 sum:10 z_bucket:1 z_bucket_w:0.1 buckets:[3 3]}}\n\nclear\n\neval instant at 0 m\n",
    );
    let outcomes = check::run(&commands, &mut OverHttp::start());
    assert_eq!(outcomes.len(), 9);
    let failed: Vec<_> = outcomes.iter().filter(|(_, outcome)| *outcome != Outcome::Passed).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
