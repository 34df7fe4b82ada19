//! How the signals share what may be kept: each has a part that is its own, and what one does not use the others may.

/// Hundredths of the whole that are a signal's own: metrics, logs, traces. They add up to 100.
const OWN: [u64; 3] = [25, 35, 40];

/// How many bytes each signal may keep of `whole`, where they use `used`. Who uses less than its own part is not cut; what
/// it leaves goes to the others, in proportion to what they use beyond theirs.
pub fn allowed(whole: u64, used: [u64; 3]) -> [u64; 3] {
    let own = OWN.map(|hundredths| whole / 100 * hundredths);
    let left: u64 = own.iter().zip(used).map(|(own, used)| own.saturating_sub(used)).sum();
    let beyond: u64 = own.iter().zip(used).map(|(own, used)| used.saturating_sub(*own)).sum();
    let mut allowed = own;
    for (allowed, used) in allowed.iter_mut().zip(used) {
        let own_beyond = u128::from(used.saturating_sub(*allowed));
        let lent = own_beyond * u128::from(left.min(beyond)) / u128::from(beyond.max(1));
        *allowed += u64::try_from(lent).unwrap_or(u64::MAX);
    }
    allowed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_signal_alone_may_use_nearly_everything() {
        assert_eq!(allowed(1000, [0, 5000, 0]), [250, 1000, 400]);
        assert_eq!(allowed(1000, [100, 5000, 100]), [250, 800, 400]);
    }

    #[test]
    fn where_all_want_more_each_gets_its_own() {
        assert_eq!(allowed(1000, [9000, 9000, 9000]), [250, 350, 400]);
    }

    proptest! {
        #[test]
        fn nobody_is_cut_below_its_own_part_and_all_together_fit(
            whole in 100_u64..1 << 40, used in proptest::array::uniform3(0_u64..1 << 41)
        ) {
            let allowed = allowed(whole, used);
            let kept: u64 = allowed.iter().zip(used).map(|(allowed, used)| used.min(*allowed)).sum();
            prop_assert!(kept <= whole);
            for (allowed, own) in allowed.iter().zip(OWN) {
                prop_assert!(*allowed >= whole / 100 * own);
            }
            if used.iter().sum::<u64>() <= whole / 100 * 100 {
                for (allowed, used) in allowed.iter().zip(used) {
                    // A byte may be lost to rounding.
                    prop_assert!(allowed + 1 >= used, "nobody is cut while all fits");
                }
            }
        }
    }
}
