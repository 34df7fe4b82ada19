//! A check: one question to the stack, what should come back, what did, and how it was judged.

use std::fmt;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// One question and its verdict. Serialises to an entry of `checks` in the JSON report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Stable name, `area/what`, the same in every run and on every stack.
    pub id: String,
    /// What it is about.
    pub area: Area,
    /// How it went.
    pub status: Status,
    /// What was asked, of whom.
    pub asked: String,
    /// What should come back.
    pub expected: String,
    /// What came back; empty if nothing was asked.
    pub got: String,
    /// How long it took.
    pub seconds: f64,
    /// For people: the result in a sentence; of a failure the cause, as far as the data show it; of a skipped
    /// check the reason.
    pub message: String,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Pass,
    /// Not as expected.
    Fail,
    /// Not judged, and why stands in the message.
    Skip,
}

/// What checks are about, in the order in which they are made and reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The services answer as the contract says.
    Services,
    /// Each signal of each service arrives.
    Signals,
    /// The spans of each trace hang together.
    Traces,
    /// Counters, spans, lines and answers agree, in sum and one by one.
    Reconciliation,
    /// Every panel of every dashboard shows data, and the right ones.
    Panels,
    /// The rolls of a batch overlap.
    Concurrency,
    /// Batches are as much faster as theory says.
    SpeedUp,
    /// The links between signals lead somewhere.
    Links,
    /// How long from event to queryable.
    Age,
    /// Nothing was dropped or evicted, up to the end of the verification itself.
    Loss,
}

impl Area {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Services,
        Self::Signals,
        Self::Traces,
        Self::Reconciliation,
        Self::Panels,
        Self::Concurrency,
        Self::SpeedUp,
        Self::Links,
        Self::Age,
        Self::Loss,
    ];

    /// The first part of the ids of its checks, and its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Signals => "signals",
            Self::Traces => "traces",
            Self::Reconciliation => "reconciliation",
            Self::Panels => "panels",
            Self::Concurrency => "concurrency",
            Self::SpeedUp => "speed-up",
            Self::Links => "links",
            Self::Loss => "loss",
            Self::Age => "age",
        }
    }

    /// Its heading in reports.
    pub fn title(self) -> &'static str {
        match self {
            Self::Services => "Services",
            Self::Signals => "Signals",
            Self::Traces => "Traces",
            Self::Reconciliation => "Reconciliation",
            Self::Panels => "Panels",
            Self::Concurrency => "Concurrency",
            Self::SpeedUp => "Speed-up",
            Self::Links => "Links",
            Self::Loss => "Loss",
            Self::Age => "Age",
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A question that has been asked and not yet been judged; the clock runs from its making.
///
/// ```
/// use lab_verify::report::check::{Area, Question, Status};
/// let question = Question::new(Area::Signals, "targets", "up", "3 targets up");
/// let check = question.judge(true, "3 targets up", "all three targets are up");
/// assert_eq!((check.id.as_str(), check.status), ("signals/targets", Status::Pass));
/// ```
#[derive(Debug, Clone)]
pub struct Question {
    area: Area,
    name: String,
    asked: String,
    expected: String,
    began: Instant,
}

impl Question {
    /// A question of this area; `name` is unique in it and stays the same from run to run.
    pub fn new(area: Area, name: impl Into<String>, asked: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { area, name: name.into(), asked: asked.into(), expected: expected.into(), began: Instant::now() }
    }

    /// Counts time from an earlier moment, when the data for the question were gathered before it.
    #[must_use]
    pub fn since(self, began: Instant) -> Self {
        Self { began, ..self }
    }

    /// A check that found what it expected.
    pub fn pass(self, got: impl Into<String>, message: impl Into<String>) -> Check {
        self.answer(Status::Pass, got.into(), message.into())
    }

    /// A check that found something else; `message` names the cause as far as it can be known.
    pub fn fail(self, got: impl Into<String>, message: impl Into<String>) -> Check {
        self.answer(Status::Fail, got.into(), message.into())
    }

    /// A check that cannot be judged, with the reason.
    pub fn skip(self, why: impl Into<String>) -> Check {
        self.answer(Status::Skip, String::new(), why.into())
    }

    /// It takes too long. That is a failure, unless the machine was busy: `busy` says so, and then nothing is judged.
    pub fn too_slow(self, busy: Option<String>, got: impl Into<String>, message: impl Into<String>) -> Check {
        match busy {
            Some(busy) => self.skip(format!("{}; {busy}", message.into())),
            None => self.fail(got, message),
        }
    }

    /// Passes if `good`, fails otherwise, with the same message.
    pub fn judge(self, good: bool, got: impl Into<String>, message: impl Into<String>) -> Check {
        let status = if good { Status::Pass } else { Status::Fail };
        self.answer(status, got.into(), message.into())
    }

    /// A check whose server gave no usable answer.
    pub fn unanswered(self, error: &dyn fmt::Display) -> Check {
        self.answer(Status::Fail, "no answer".to_owned(), error.to_string())
    }

    fn answer(self, status: Status, got: String, message: String) -> Check {
        Check {
            id: format!("{}/{}", self.area, self.name),
            area: self.area,
            status,
            asked: self.asked,
            expected: self.expected,
            got,
            seconds: self.began.elapsed().as_secs_f64(),
            message,
        }
    }
}

/// The checks made so far, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// Adds a check.
    pub fn add(&mut self, check: Check) {
        self.0.push(check);
    }

    /// All of them, in the order in which they were made.
    pub fn all(&self) -> &[Check] {
        &self.0
    }

    /// Those of an area.
    pub fn of(&self, area: Area) -> impl Iterator<Item = &Check> {
        self.0.iter().filter(move |check| check.area == area)
    }

    /// How many have this status.
    pub fn count(&self, status: Status) -> usize {
        self.0.iter().filter(|check| check.status == status).count()
    }
}

impl Extend<Check> for Checks {
    fn extend<T: IntoIterator<Item = Check>>(&mut self, checks: T) {
        self.0.extend(checks);
    }
}
