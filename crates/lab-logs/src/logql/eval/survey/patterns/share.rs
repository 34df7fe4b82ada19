//! How lines that were only counted are shared out among the clusters of those that were looked at.

use std::collections::BTreeMap;

/// Shares out `lines` in proportion to what was looked at, so that nothing is lost by rounding: what is left goes to those to
/// whom most of a line is due. A cluster that was seen has at least one line as long as there are as many.
pub(crate) fn share_out(lines: u64, looked_at: &BTreeMap<usize, u64>) -> Vec<(usize, u64)> {
    let all: u64 = looked_at.values().sum();
    if all == 0 {
        return Vec::new();
    }
    let due = |seen: u64| u128::from(seen) * u128::from(lines);
    let whole = |seen: u64| u64::try_from(due(seen) / u128::from(all)).unwrap_or(u64::MAX);
    let mut shares: Vec<(usize, u64)> = looked_at.iter().map(|(at, seen)| (*at, whole(*seen))).collect();
    let mut by_rest: Vec<(u128, usize)> =
        looked_at.values().enumerate().map(|(at, seen)| (due(*seen) % u128::from(all), at)).collect();
    by_rest.sort_unstable_by(|(a, first), (b, second)| b.cmp(a).then(first.cmp(second)));
    let left = lines.saturating_sub(shares.iter().map(|(_, lines)| lines).sum());
    for (_, at) in by_rest.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        shares[at].1 += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_lost_and_none_is_made() {
        let looked_at = BTreeMap::from([(3, 1), (5, 2), (9, 4)]);
        assert_eq!(share_out(7, &looked_at), [(3, 1), (5, 2), (9, 4)]);
        assert_eq!(share_out(70, &looked_at), [(3, 10), (5, 20), (9, 40)]);
        for lines in 7..100 {
            let shares = share_out(lines, &looked_at);
            assert_eq!(shares.iter().map(|(_, lines)| lines).sum::<u64>(), lines, "{shares:?}");
            assert!(shares.iter().all(|(_, lines)| *lines > 0), "{shares:?}");
        }
        assert!(share_out(5, &BTreeMap::new()).is_empty());
    }
}
