//! PromQL by scripts: `load` samples, `eval` queries, compare. The language is that of Prometheus'
//! promqltest, so the same runner can be aimed at its scripts:
//!
//! ```text
//! PROMQL_SCRIPTS=/path/to/promql/promqltest/testdata cargo test -p lab-metrics --test promql upstream -- --nocapture
//! ```
//!
//! Our own scripts stand in `cases/`, a file per theme; [`script`] tells their grammar.

mod agreement;
mod check;
mod histogram;
mod in_process;
mod limits;
mod notation;
mod script;
mod source;
mod syntax;

use std::path::{Path, PathBuf};

use self::check::Outcome;
use self::in_process::{InProcess, Options};

/// The scripts that count for acceptance.
const UPSTREAM: [&str; 15] = [
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
];

/// Those of experimental functions and modifiers, which run too.
const EXPERIMENTAL: [&str; 5] = ["duration_expression", "extended_vectors", "fill-modifier", "info", "type_and_unit"];

#[test]
fn own_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promql/cases");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("folder").filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.sort();
    let mut failures = Vec::new();
    let mut passed = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "test")) {
        let hints = file.file_stem().is_some_and(|name| name == "hints");
        for (line, outcome) in run(file, Options { delayed_name_removal: false, hints }) {
            match outcome {
                Outcome::Passed => passed += 1,
                Outcome::Failed(why) => failures.push(format!("{}:{line}: {why}", file.display())),
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    assert!(passed > 150, "only {passed} cases ran");
}

/// Runs Prometheus' scripts if `PROMQL_SCRIPTS` names their folder; prints figures per file and every
/// failure, and fails unless all pass.
#[test]
fn upstream() {
    let Some(folder) = std::env::var_os("PROMQL_SCRIPTS").map(PathBuf::from) else { return };
    let only = std::env::var("PROMQL_SCRIPT").ok();
    let (mut passed, mut failed) = (0, 0);
    for name in UPSTREAM.iter().chain(&EXPERIMENTAL).filter(|name| only.as_ref().is_none_or(|only| only == **name)) {
        let file = folder.join(format!("{name}.test"));
        let outcomes = run(&file, Options { delayed_name_removal: true, hints: false });
        let (mut good, mut bad) = (0, 0);
        for (line, outcome) in outcomes {
            match outcome {
                Outcome::Passed => good += 1,
                Outcome::Failed(why) => {
                    bad += 1;
                    println!("{name}.test:{line}: {why}");
                }
            }
        }
        println!("{name}: {good} passed, {bad} failed");
        (passed, failed) = (passed + good, failed + bad);
    }
    println!("all: {passed} passed, {failed} failed");
    assert_eq!(failed, 0, "all must pass");
}

fn run(file: &Path, options: Options) -> Vec<(usize, Outcome)> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    check::run(&script::parse(&text), &mut InProcess::new(options))
}
