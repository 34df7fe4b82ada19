//! Histograms as exporters write them: whole numbers, each bucket as its difference from the one before.

/// Absolute counts from the differences between neighbours. What leaves the range of whole numbers stays at its end; a
/// check refuses it later, as a bucket below 0 or a count that does not fit.
pub(crate) fn from_deltas(deltas: &[i64]) -> Vec<f64> {
    let mut count: i64 = 0;
    let absolute = deltas.iter().map(|delta| {
        count = count.saturating_add(*delta);
        count as f64
    });
    absolute.collect()
}

/// The differences between neighbours; nothing if a count is no whole number.
pub(crate) fn to_deltas(counts: &[f64]) -> Option<Vec<i64>> {
    /// Floats hold every whole number up to here.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let mut before = 0;
    let delta = |count: &f64| {
        let is_whole = count.fract() == 0.0 && count.abs() <= EXACT;
        let count = is_whole.then_some(*count as i64)?;
        Some(count - std::mem::replace(&mut before, count))
    };
    counts.iter().map(delta).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_are_read_and_written() {
        let (counts, deltas) = ([3.0, 5.0, 0.0, 0.0, 7.0], [3, 2, -5, 0, 7]);
        assert_eq!(from_deltas(&deltas), counts);
        assert_eq!(to_deltas(&counts), Some(deltas.to_vec()));
        assert_eq!(to_deltas(&[0.5]), None);
        assert_eq!(from_deltas(&[i64::MAX, 1]), [i64::MAX as f64; 2]);
    }
}
