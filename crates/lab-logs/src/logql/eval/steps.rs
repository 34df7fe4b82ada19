//! The instants of a metric query.

use lab_algebra::Grid;

/// The instants (ns) from `start` to `end`, both included; the first is aligned to a multiple of the step, as in Loki.
pub fn aligned(start: i64, end: i64, step: i64) -> Grid {
    let step = step.max(1);
    Grid::range(start.div_euclid(step).saturating_mul(step), end, step)
}
