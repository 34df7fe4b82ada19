//! What came of a run: read from the log of `cargo test`, kept as JSON, shown as a table.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What is said of a run that failed although no test did, such as when a test binary was killed.
const DIED: &str = "a test binary ended without its result; see the log";

/// One run of the suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) seconds: u64,
    pub(crate) passed: usize,
    /// The tests that failed, each with the name of its binary.
    pub(crate) failed: Vec<String>,
    /// How often the compiler beside a busy run had compiled everything; nothing for a quiet run.
    pub(crate) compiled: Option<usize>,
}

impl Outcome {
    /// Reads the log of a run in which output and errors stand as they came.
    pub(crate) fn read(log: &str, success: bool, seconds: u64, compiled: Option<usize>) -> Self {
        let mut outcome = Self { seconds, passed: 0, failed: Vec::new(), compiled };
        let mut binary = "";
        for line in log.lines().map(str::trim) {
            if let Some((_, path)) = line.strip_prefix("Running ").and_then(|rest| rest.rsplit_once('/')) {
                binary = path.rsplit_once('-').map_or(path, |(name, _)| name);
            } else if let Some(name) = line.strip_prefix("Doc-tests ") {
                binary = name;
            } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
                outcome.failed.push(format!("{binary}: {name}"));
            } else if let Some(counts) = line.strip_prefix("test result: ") {
                let passed = counts.split_once(" passed").and_then(|(before, _)| before.rsplit(' ').next());
                outcome.passed += passed.and_then(|count| count.parse::<usize>().ok()).unwrap_or_default();
            }
        }
        if !success && outcome.failed.is_empty() {
            outcome.failed.push(format!("{binary}: {DIED}"));
        }
        outcome
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The row of the table.
    pub(crate) fn line(&self, run: usize) -> String {
        let kind = self.compiled.map_or("quiet".to_owned(), |rounds| format!("busy ({rounds} compiled)"));
        let minutes = self.seconds as f64 / 60.0;
        let failed = if self.failed.is_empty() { "none".to_owned() } else { self.failed.join(", ") };
        format!("{run:3}  {kind:18}  {minutes:7.1}  {:6}  {failed}", self.passed)
    }
}

/// The outcome that an earlier call has kept, if it is of the same kind.
pub(crate) fn load(file: &Path, busy: bool) -> Option<Outcome> {
    let kept: Outcome = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    (kept.compiled.is_some() == busy).then_some(kept)
}

/// All runs, with a last line that says how many of them were clean.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!("run  {:18}  minutes  passed  failed\n", "kind");
    for (at, outcome) in outcomes.iter().enumerate() {
        text.push_str(&outcome.line(at + 1));
        text.push('\n');
    }
    let clean = outcomes.iter().filter(|outcome| outcome.failed.is_empty()).count();
    text.push_str(&format!("{clean} of {} runs passed every test\n", outcomes.len()));
    text
}

#[cfg(test)]
mod tests {
    use super::{DIED, Outcome, table};

    const LOG: &str = "     Running unittests src/lib.rs (target/debug/deps/lab_api-0a1b)\n\ntest a::b ... ok\n\
        test a::c ... FAILED\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored\n   Doc-tests lab_model\n\
        test result: ok. 12 passed; 0 failed";

    #[test]
    fn a_log_gives_the_failed_tests_with_their_binaries() {
        let outcome = Outcome::read(LOG, false, 90, None);
        assert_eq!((outcome.passed, &*outcome.failed), (13, &["lab_api: a::c".to_owned()][..]));
        let expected = "  2  quiet                   1.5      13  lab_api: a::c";
        assert_eq!(outcome.line(2), expected);
    }

    #[test]
    fn a_binary_that_dies_is_a_failure_without_a_test() {
        let log = "     Running tests/e2e/main.rs (target/debug/deps/e2e-77)\ntest a ... ok\n";
        let outcome = Outcome::read(log, false, 1, Some(3));
        assert_eq!(outcome.failed, [format!("e2e: {DIED}")]);
        let text = table(&[outcome, Outcome::read(LOG.replace("FAILED", "ok").as_str(), true, 1, None)]);
        assert!(text.contains("busy (3 compiled)") && text.ends_with("1 of 2 runs passed every test\n"), "{text}");
    }
}
