//! Rules from the outside: files that are refused, groups over time, and the shipped set, whose unit tests
//! run through `promtool` (where it is installed) and through our own engine alike.

#[path = "../promql/histogram.rs"]
mod histogram;
#[path = "../promql/notation.rs"]
mod notation;

mod files;
mod life;
mod mixins;
mod shipped;
mod templates;
mod unit_test;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::moment::Moment;
use lab_metrics::rules::ruler::Ruler;
use lab_metrics::store::limits::Limits;
use lab_model::Grant;
use lab_storage::Location;

/// An empty store in memory.
fn store() -> Arc<MetricStore> {
    Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"))
}

/// A file from its text.
fn file(text: &str) -> RuleFile {
    RuleFile::parse(Path::new("rules.yml"), text).unwrap_or_else(|error| panic!("{error}"))
}

/// Evaluates every group whose interval is a millisecond at exactly `at` (ms).
fn evaluate(ruler: &Ruler, at: i64) {
    let grant = Grant::default();
    ruler.evaluate_due(&Moment { at, grant: &grant, elapsed: &|| Duration::ZERO });
}

/// `deploy/prometheus` of the repository.
fn deployed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/prometheus").canonicalize().expect("the folder")
}
