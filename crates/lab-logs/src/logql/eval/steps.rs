//! The instants of a metric query.

use lab_algebra::Grid;

/// The instants (ns) from `start` to `end`, at multiples of the step as in Loki: the first is not after `start`, the last
/// not before `end`.
pub fn aligned(start: i64, end: i64, step: i64) -> Grid {
    let step = step.max(1);
    let first = start.div_euclid(step).saturating_mul(step);
    let last = end.div_euclid(step).saturating_add(i64::from(end.rem_euclid(step) != 0)).saturating_mul(step);
    if end < start { Grid { start: first, step, count: 0 } } else { Grid::range(first, last, step) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_instant_are_multiples_of_the_step() {
        let instants = |start, end| {
            let grid = aligned(start, end, 10);
            (0..grid.count).map(|step| grid.time(step)).collect::<Vec<_>>()
        };
        assert_eq!(instants(20, 40), [20, 30, 40]);
        assert_eq!(instants(21, 39), [20, 30, 40]);
        assert_eq!(instants(-5, 5), [-10, 0, 10]);
        assert_eq!(instants(21, 20), Vec::<i64>::new());
        assert!(aligned(i64::MIN, i64::MAX, i64::MAX).count <= 4);
    }
}
