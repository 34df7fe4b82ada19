//! What a report says: how the program ended, what became of each expectation, and what came.

use serde::{Deserialize, Serialize};

use crate::judge::verdict::Verdict;
use crate::requests::made::Made;
use crate::scope::MOST_TRACES;
use crate::survey::Survey;

/// The report of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Version of dicelab.
    pub version: String,
    /// The command as it was given.
    pub command: Vec<String>,
    /// How the program ended, in words: `exited with code 0`.
    pub program: String,
    /// Whether it succeeded.
    pub program_passed: bool,
    /// Whether the expectations hold, and telemetry came at all.
    pub telemetry_passed: bool,
    /// The code that `dicelab run` ends with.
    pub exit_code: u8,
    /// When the program was started, in nanoseconds since the Unix epoch.
    pub start_ns: i64,
    /// When everything had arrived, in nanoseconds since the Unix epoch.
    #[serde(default)]
    pub end_ns: i64,
    /// How long the run took, in seconds, what was in flight included.
    pub seconds: f64,
    /// The part of the run in which threads of the run itself waited for a processor, where that is known.
    #[serde(default)]
    pub waited: Option<f64>,
    /// One for each expectation, in their order.
    pub verdicts: Vec<Verdict>,
    /// The requests of the file that were made.
    #[serde(default)]
    pub requests: Vec<Made>,
    pub survey: Survey,
    /// What else the reader should know: variables that were removed, processes that were killed.
    pub notes: Vec<String>,
}

impl RunReport {
    /// The expectations that do not hold.
    pub fn failures(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| !verdict.passed)
    }

    /// `7 of 8 expectations hold`
    pub fn summary(&self) -> String {
        let (all, failed) = (self.verdicts.len(), self.failures().count());
        match (all, failed) {
            (0, _) if self.survey.is_silent() => "no telemetry came".to_owned(),
            (0, _) => "nothing was expected".to_owned(),
            (1, 0) => "the expectation holds".to_owned(),
            (1, _) => "the expectation does not hold".to_owned(),
            (_, 0) => format!("all {all} expectations hold"),
            _ => format!("{failed} of {all} expectations do not hold"),
        }
    }

    /// What came, in one line.
    pub fn came(&self) -> String {
        let Survey { traces, series, lines, services, .. } = &self.survey;
        let from = if services.is_empty() { String::new() } else { format!(", traces from {}", services.join(", ")) };
        let at_least = if *traces >= MOST_TRACES { "at least " } else { "" };
        format!("{at_least}{traces} traces, {series} series, {lines} lines{from}")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::expect::place::Place;
    use crate::survey::SlowTrace;

    /// A report with a verdict of each kind, and with every character that some format treats specially.
    pub(crate) fn example() -> RunReport {
        let good = Verdict {
            name: "requests are counted".to_owned(),
            place: Some(Place { file: "dicelab.yaml".to_owned(), line: 3 }),
            asked: "sum(x)".to_owned(),
            expected: "> 0".to_owned(),
            got: "4".to_owned(),
            passed: true,
            evidence: Vec::new(),
        };
        let bad = Verdict {
            name: "no <panic> & \"fear\"".to_owned(),
            place: Some(Place { file: "dicelab.yaml".to_owned(), line: 7 }),
            asked: r#"{service_name="shop"} |= "panic""#.to_owned(),
            expected: "empty".to_owned(),
            got: "1 line".to_owned(),
            passed: false,
            evidence: vec!["thread <main> panicked | at\u{1b}[0m x.rs".to_owned()],
        };
        RunReport {
            version: "0.1.0".to_owned(),
            command: vec!["./shop".to_owned(), "--port=1".to_owned()],
            program: "exited with code 0".to_owned(),
            program_passed: true,
            telemetry_passed: false,
            exit_code: 1,
            start_ns: 1_700_000_000_000_000_000,
            end_ns: 1_700_000_001_250_000_000,
            seconds: 1.25,
            waited: None,
            verdicts: vec![good, bad],
            requests: Vec::new(),
            survey: Survey {
                services: vec!["shop".to_owned()],
                traces: 2,
                series: 30,
                lines: 5,
                slowest: vec![SlowTrace { trace_id: "0af7".to_owned(), root: "shop checkout".to_owned(), millis: 12 }],
                errors: vec!["it broke".to_owned()],
            },
            notes: vec!["OTEL_SDK_DISABLED was removed".to_owned()],
        }
    }

    #[test]
    fn the_summary_counts_what_does_not_hold() {
        let mut report = example();
        assert_eq!(report.summary(), "1 of 2 expectations do not hold");
        report.verdicts.pop();
        assert_eq!(report.summary(), "the expectation holds");
        report.verdicts.clear();
        assert_eq!(report.summary(), "nothing was expected");
        report.survey = Survey::default();
        assert_eq!(report.summary(), "no telemetry came");
    }
}
