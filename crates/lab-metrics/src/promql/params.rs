//! When and within which bounds a query is evaluated. All times are milliseconds since the epoch.

use lab_algebra::Grid;

use crate::promql::error::PromqlError;

/// The most points that a range query may ask for per series.
pub const MAX_POINTS: i64 = 11_000;

/// The instants at which a query is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalTime {
    Instant(i64),
    /// At `start`, `start + step`, … up to and including `end`.
    Range {
        start: i64,
        /// Upper bound of the instants.
        end: i64,
        /// Distance of two instants, above zero.
        step: i64,
    },
}

impl EvalTime {
    /// The steps from the first to the last instant.
    pub(crate) fn frame(self) -> Grid {
        match self {
            Self::Instant(at) => Grid::instant(at),
            Self::Range { start, end, step } => Grid::range(start, end, step),
        }
    }
}

/// Whether an evaluation counts the samples that it looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountSamples {
    #[default]
    No,
    /// The samples of all steps are one number.
    InAll,
    /// Those of each step, too.
    AtEachStep,
}

/// Time, options and limits of an evaluation.
#[derive(Clone, Debug)]
pub struct EvalParams {
    pub time: EvalTime,
    /// How far an instant selector looks back for a sample, in milliseconds.
    pub lookback: i64,
    /// Step of subqueries that name none, in milliseconds (Prometheus: the global evaluation interval).
    pub default_step: i64,
    /// The most samples that may be in memory at once.
    pub max_samples: usize,
    /// Keep metric names until the end of the query, as Prometheus does with the feature flag
    /// `promql-delayed-name-removal`; by default each function and operator drops them at once.
    pub delayed_name_removal: bool,
    /// Whether the samples are counted that the query looks at.
    pub count_samples: CountSamples,
    /// Say among the infos why a result is empty, where that can be known.
    pub hints: bool,
}

impl EvalParams {
    /// An evaluation at one instant with Prometheus' defaults.
    pub fn instant(at: i64) -> Self {
        Self {
            time: EvalTime::Instant(at),
            lookback: 300_000,
            default_step: 60_000,
            max_samples: 50_000_000,
            delayed_name_removal: false,
            count_samples: CountSamples::No,
            hints: true,
        }
    }

    /// An evaluation from `start` to `end` every `step` milliseconds with Prometheus' defaults.
    pub fn range(start: i64, end: i64, step: i64) -> Self {
        Self { time: EvalTime::Range { start, end, step }, ..Self::instant(start) }
    }

    /// Refuses what no evaluation could honour.
    pub fn check(&self) -> Result<(), PromqlError> {
        let refuse = |text: &str| Err(PromqlError::BadParameter(text.to_owned()));
        if let EvalTime::Range { start, end, step } = self.time {
            if step <= 0 {
                return refuse(
                    "zero or negative query resolution step widths are not accepted. Try a positive integer",
                );
            }
            if end < start {
                return refuse("end timestamp must not be before start time");
            }
            if (i128::from(end) - i128::from(start)) / i128::from(step) > i128::from(MAX_POINTS) {
                return refuse(
                    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
                );
            }
        }
        if self.lookback <= 0 || self.default_step <= 0 {
            return refuse("lookback delta and default step must be above zero");
        }
        Ok(())
    }
}
