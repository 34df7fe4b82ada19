//! New labels from old ones: `label_replace`, `label_join`.

use lab_algebra::{join_same_labels, labels};

use crate::promql::error::PromqlError;
use crate::promql::eval::operand::Operand;
use crate::promql::functions::arguments::Arguments;

/// `label_replace(vector, destination, replacement, source, regex)`
pub(super) fn replace(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let mut series = arguments.series(0);
    let [destination, replacement, source, pattern] = [1, 2, 3, 4].map(|at| arguments.text(at));
    let regex = arguments
        .context
        .regex(pattern)
        .map_err(|_| failure(format!("invalid regular expression in label_replace(): {pattern}")))?;
    if destination.is_empty() {
        return Err(failure(format!("invalid destination label name in label_replace(): {destination}")));
    }
    labels::replace(&arguments.context.allowance, &mut series, destination, replacement, source, &regex)?;
    Ok(Operand::Vector(join_same_labels(series)?))
}

/// `label_join(vector, destination, separator, source…)`
pub(super) fn join(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let mut series = arguments.series(0);
    let (destination, separator) = (arguments.text(1), arguments.text(2));
    let sources: Vec<&str> = (3..arguments.operands.len()).map(|at| arguments.text(at)).collect();
    if let Some(source) = sources.iter().find(|source| source.is_empty()) {
        return Err(failure(format!("invalid source label name in label_join(): {source}")));
    }
    if destination.is_empty() {
        return Err(failure(format!("invalid destination label name in label_join(): {destination}")));
    }
    labels::join(&arguments.context.allowance, &mut series, destination, separator, &sources)?;
    Ok(Operand::Vector(join_same_labels(series)?))
}

fn failure(text: String) -> PromqlError {
    PromqlError::Execution(text)
}
