//! What judging comes to: what was asked, expected and got, and what shows it.

use serde::{Deserialize, Serialize};

use crate::expect::expectation::{Expectation, Question};
use crate::expect::place::Place;

/// So many lines, traces or values are shown for one expectation.
pub(crate) const SHOWN: usize = 3;

/// How one expectation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub name: String,
    /// Where the expectation is written, if in a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    pub asked: String,
    pub expected: String,
    pub got: String,
    pub passed: bool,
    /// Lines, traces and values that show it, the nearest miss, what could not be seen.
    pub evidence: Vec<String>,
}

/// What a question came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub got: String,
    pub passed: bool,
    /// In sentences or lines, the most telling first.
    pub evidence: Vec<String>,
}

impl Finding {
    /// An expectation that holds.
    pub fn passed(got: impl Into<String>) -> Self {
        Self { got: got.into(), passed: true, evidence: Vec::new() }
    }

    /// An expectation that does not hold.
    pub fn failed(got: impl Into<String>) -> Self {
        Self { got: got.into(), passed: false, evidence: Vec::new() }
    }

    /// One or the other.
    pub fn of(passed: bool, got: impl Into<String>) -> Self {
        Self { got: got.into(), passed, evidence: Vec::new() }
    }

    /// The same with what shows it.
    #[must_use]
    pub fn with(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}

impl Verdict {
    /// The verdict about an expectation.
    pub fn of(expectation: &Expectation, finding: Finding) -> Self {
        let (asked, expected) = words(&expectation.question, expectation.always);
        Self {
            name: expectation.name.clone(),
            place: expectation.place.clone(),
            asked,
            expected,
            got: finding.got,
            passed: finding.passed,
            evidence: finding.evidence,
        }
    }
}

/// What was asked and what was expected.
fn words(question: &Question, always: bool) -> (String, String) {
    match question {
        Question::Metrics { query, is } if always => (query.clone(), format!("{is}, at every second of the run")),
        Question::Metrics { query, is } | Question::Logs { query, is } => (query.clone(), is.to_string()),
        Question::Traced { query } => (query.clone(), "every line belongs to a trace that arrived".to_owned()),
        Question::Traces { query, count, shape } => {
            let mut expected = vec![format!("traces {count}")];
            expected.extend(shape.calls.iter().map(|(from, to)| format!("{from} calls {to}")));
            let attributes = |(span, names): (&String, &Vec<String>)| format!("{span} has {}", names.join(", "));
            expected.extend(shape.attributes.iter().map(attributes));
            expected.extend(shape.no_orphans.then(|| "no span without its parent".to_owned()));
            expected.extend(shape.no_errors.then(|| "no failed span".to_owned()));
            expected.extend(shape.critical_path.iter().map(|is| format!("critical path {is}")));
            let lie = |(span, how): (&String, &_)| format!("{span} is {}", format!("{how:?}").to_lowercase());
            expected.extend(shape.concurrency.iter().map(lie));
            expected.extend(shape.database_spans.iter().map(|is| format!("database spans below a request {is}")));
            expected.extend(shape.spans.iter().map(|is| format!("selected spans {is}")));
            expected.extend(shape.each.iter().map(|(key, wanted)| format!("each selected span has {key} {wanted}")));
            (query.clone(), expected.join("; "))
        }
        Question::Conventions { most_series } => (
            "spans and metrics of the run".to_owned(),
            format!("OpenTelemetry's semantic conventions, and at most {most_series} series of a metric"),
        ),
        Question::Ledger { file, .. } => (
            format!("the traces and lines of the requests in {}", file.display()),
            "each request has its whole trace, the status that the client saw, and lines".to_owned(),
        ),
        Question::NothingDropped => (
            "the lab's account, orphans, the SDK's own metrics, the exporters' lines".to_owned(),
            "nothing was dropped".to_owned(),
        ),
    }
}
