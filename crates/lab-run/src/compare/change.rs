//! What was found.

use serde::Serialize;

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Operations and calls.
    Shape,
    /// How long operations take.
    Latency,
    /// How often things were counted.
    Counter,
    /// Metrics that are there or not.
    Series,
    /// What lines of errors say.
    Log,
}

/// Something that differs between the two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub kind: Kind,
    /// What changed: `latency of dice-roller roll_dice (mean)`.
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
    /// By how much, as a part of the former value, where it is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// Between which values the effect lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// Whether the comparison fails by it.
    pub fails: bool,
}

/// All changes of a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    pub changes: Vec<Change>,
    /// How many things were compared.
    pub compared: usize,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

impl Kind {
    /// Every kind, in the order in which changes are told.
    pub const ALL: [Self; 5] = [Self::Shape, Self::Latency, Self::Counter, Self::Series, Self::Log];

    /// The word for it on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Latency => "latency",
            Self::Counter => "counter",
            Self::Series => "series",
            Self::Log => "log",
        }
    }
}

/// A sentence about what only one of the runs has, each with how often, too seldom to be sure of a change. `why` says what is
/// too seldom, and `unit` what is counted: `span`.
pub(crate) fn only_in(run: &str, why: &str, mut found: Vec<(String, usize)>, unit: &str) -> Option<String> {
    found.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let (what, count) = found.first()?;
    let more = match found.len() - 1 {
        0 => String::new(),
        1 => " and 1 other".to_owned(),
        more => format!(" and {more} others"),
    };
    Some(format!("only in the {run} run, {why}: {what} ({}){more}", counted(*count, unit)))
}

/// `1 line`, `2 lines`
pub(crate) fn counted(count: usize, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

impl Change {
    /// Something that is there or not, or otherwise.
    pub fn of(kind: Kind, what: impl Into<String>, before: impl Into<String>, after: impl Into<String>) -> Self {
        let (what, before, after) = (what.into(), before.into(), after.into());
        Self { kind, what, before, after, effect: None, interval: None, fails: true }
    }

    /// `+20.4 % (+15.1 … +25.9 %)`, if it has a size.
    pub fn size(&self) -> String {
        let percent = |part: f64| format!("{:+.1}", 100.0 * part);
        match (self.effect, self.interval) {
            (Some(effect), Some((low, high))) => {
                format!("{} % ({} … {} %)", percent(effect), percent(low), percent(high))
            }
            (Some(effect), None) => format!("{} %", percent(effect)),
            _ => String::new(),
        }
    }
}

impl Comparison {
    /// Whether nothing fails.
    pub fn passes(&self) -> bool {
        self.changes.iter().all(|change| !change.fails)
    }

    /// `2 changes, 1 of which fails`
    pub fn summary(&self) -> String {
        let failing = self.changes.iter().filter(|change| change.fails).count();
        match (self.changes.len(), failing) {
            (0, _) => format!("no change, of {} things compared", self.compared),
            (1, 0) => "1 change, which does not fail the comparison".to_owned(),
            (1, _) => "1 change".to_owned(),
            (all, failing) if all == failing => format!("{all} changes"),
            (all, failing) => format!("{all} changes, of which {failing} fail the comparison"),
        }
    }
}
