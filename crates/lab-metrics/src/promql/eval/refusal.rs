//! What can go wrong between series, in Prometheus' words.

use lab_algebra::AlgebraError;
use lab_model::labels::LONGEST_VALUE;
use lab_model::{Labels, MemoryError};

use crate::promql::error::PromqlError;
use crate::promql::eval::annotations::short_float;

impl From<AlgebraError> for PromqlError {
    fn from(error: AlgebraError) -> Self {
        Self::Execution(match error {
            AlgebraError::Interrupted | AlgebraError::Memory(MemoryError::Interrupted) => return Self::Interrupted,
            AlgebraError::TooManySamples => return Self::TooManySamples,
            AlgebraError::Memory(error) => return Self::Memory(error),
            AlgebraError::LongValue { name, bytes } => format!(
                "the value of label {name:?} would have {bytes} bytes, and a query may give a label at most {LONGEST_VALUE}"
            ),
            AlgebraError::DuplicateSeries(found) => {
                let mut series = found.series.map(|labels| braced(&labels));
                series.sort();
                format!(
                    "found duplicate series for the match group {} on the {} hand-side of the operation: [{}, {}];\
                     many-to-many matching not allowed: matching labels must be unique on one side",
                    braced(&found.group),
                    found.side.name(),
                    series[0],
                    series[1]
                )
            }
            AlgebraError::ManyToOne => {
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)".to_owned()
            }
            AlgebraError::AmbiguousGroup => {
                "multiple matches for labels: grouping labels must ensure unique matches".to_owned()
            }
            AlgebraError::SameLabels => "vector cannot contain metrics with the same labelset".to_owned(),
            AlgebraError::CountIsNotANumber => "Parameter value is NaN".to_owned(),
            AlgebraError::CountOutOfRange(number) if number < 0.0 => {
                format!("Scalar value {} underflows int64", short_float(number))
            }
            AlgebraError::CountOutOfRange(number) => {
                format!("Scalar value {} overflows int64", short_float(number))
            }
            AlgebraError::RatioIsNotANumber => "Ratio value is NaN".to_owned(),
            AlgebraError::LabelName(name) => format!("invalid label name {name:?}"),
        })
    }
}

/// A label set as Prometheus' matching errors write it, the metric name among the labels.
fn braced(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|label| format!("{}={:?}", label.name, &*label.value)).collect();
    format!("{{{}}}", pairs.join(", "))
}
