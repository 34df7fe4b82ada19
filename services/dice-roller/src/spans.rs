//! What the spans of dice-roller say, beside what every HTTP span says. All but [`async_roll`] speak of the
//! current span.

use telemetry::traces::{fail, ints, set};
use tracing::Span;

use crate::dice::die::Specification;

/// The `exception.type` of a failed roll.
const DIE_ERROR: &str = "DieError";

/// The die that was asked for.
pub fn die_asked_for(name: &str) {
    set("die.type", name.to_owned());
}

/// The die that was found.
pub fn die_found(die: &Specification) {
    set("die.faces", ints(die.faces()));
    set("die.error_rate", die.error_rate());
}

/// Opens the span of one roll of a batch, below that of the batch.
pub fn async_roll(batch: &Span, name: &str, index: usize) -> Span {
    tracing::info_span!(parent: batch, "async_roll", "async.roll_index" = index as i64, "die.type" = name)
}

/// A batch, before it is rolled.
pub fn batch(times: usize, strategy: &'static str) {
    set("async.batch_size", times as i64);
    set("async.strategy", strategy);
}

/// The face that a roll shows.
pub fn rolled(face: i64) {
    set("die.result", face);
}

/// A roll or a batch that failed.
pub fn failed(failure: &str) {
    set("die.error", true);
    fail(DIE_ERROR, failure);
}

/// A roll of a batch that was no longer wanted.
pub fn cancelled() {
    set("async.cancelled", true);
}

/// The sum of a batch.
pub fn batch_rolled(total: i128) {
    set("async.total_result", i64::try_from(total).unwrap_or(i64::MAX));
}
