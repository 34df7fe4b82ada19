//! How lines that were only counted are shared out among the clusters of those that were looked at.

use std::collections::BTreeMap;

/// Shares the lines of one step after the other out among clusters.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// The part of a line that each cluster has got too little until now; too much if it is negative. Without it a cluster
    /// to which half a line is due at each step would never get one, or always.
    owed: BTreeMap<usize, f64>,
}

impl Shares {
    /// Shares out `lines` in proportion to what was looked at, so that nothing is lost by rounding: what is left goes to those
    /// to whom most is owed. A cluster that was seen has at least one line as long as there are as many.
    pub(crate) fn share_out(&mut self, lines: u64, looked_at: &BTreeMap<usize, u64>) -> Vec<(usize, u64)> {
        let all = u128::from(looked_at.values().sum::<u64>());
        if all == 0 {
            return Vec::new();
        }
        let mut shares = Vec::with_capacity(looked_at.len());
        let mut by_owed: Vec<(f64, usize)> = Vec::with_capacity(looked_at.len());
        for (place, (at, seen)) in looked_at.iter().enumerate() {
            let due = u128::from(*seen) * u128::from(lines);
            shares.push((*at, u64::try_from(due / all).unwrap_or(u64::MAX)));
            let owed = self.owed.get(at).copied().unwrap_or_default() + (due % all) as f64 / all as f64;
            by_owed.push((owed, place));
        }
        by_owed.sort_unstable_by(|(a, first), (b, second)| b.total_cmp(a).then(first.cmp(second)));
        let left = lines.saturating_sub(shares.iter().map(|(_, lines)| lines).sum());
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        for (rank, (owed, place)) in by_owed.into_iter().enumerate() {
            let gets_one = rank < left;
            shares[place].1 += u64::from(gets_one);
            self.owed.insert(shares[place].0, owed - f64::from(u8::from(gets_one)));
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_lost_and_none_is_made() {
        let looked_at = BTreeMap::from([(3, 1), (5, 2), (9, 4)]);
        let mut shares = Shares::default();
        assert_eq!(shares.share_out(7, &looked_at), [(3, 1), (5, 2), (9, 4)]);
        assert_eq!(shares.share_out(70, &looked_at), [(3, 10), (5, 20), (9, 40)]);
        for lines in 7..100 {
            let shares = shares.share_out(lines, &looked_at);
            assert_eq!(shares.iter().map(|(_, lines)| lines).sum::<u64>(), lines, "{shares:?}");
            assert!(shares.iter().all(|(_, lines)| *lines > 0), "{shares:?}");
        }
        assert!(shares.share_out(5, &BTreeMap::new()).is_empty());
    }

    #[test]
    fn many_steps_of_few_lines_come_to_what_is_due_together() {
        let looked_at = BTreeMap::from([(0, 6), (1, 3), (2, 1)]);
        for lines in [1, 2, 3] {
            let (mut shares, mut all) = (Shares::default(), BTreeMap::new());
            for _ in 0..1000 {
                for (at, lines) in shares.share_out(lines, &looked_at) {
                    *all.entry(at).or_insert(0_u64) += lines;
                }
            }
            for (at, seen) in &looked_at {
                assert!(all[at].abs_diff(100 * seen * lines) <= 1, "{lines}: {all:?}");
            }
        }
    }
}
