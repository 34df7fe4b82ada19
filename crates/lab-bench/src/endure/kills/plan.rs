//! In which batches items are delivered: each item two to five times, in cuts that overlap and in any order.

use std::ops::Range;

use crate::samples::chance::Chance;

/// Fewest and most deliveries of an item.
const DELIVERIES: Range<usize> = 2..6;
/// Every delivery is cut into so many pieces at most.
const PIECES: usize = 12;

/// Batches that may be sent in any order.
pub fn shuffled(items: usize, chance: &mut Chance) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    for _ in 0..deliveries(chance) {
        batches.extend(cuts(items, chance));
    }
    chance.shuffle(&mut batches);
    batches
}

/// Batches of series for each of some steps in time. Samples of a series have to come in order, so only those of one step
/// are shuffled.
pub fn in_steps(steps: usize, series: usize, chance: &mut Chance) -> Vec<(usize, Range<usize>)> {
    (0..steps).flat_map(|step| shuffled(series, chance).into_iter().map(move |range| (step, range))).collect()
}

fn deliveries(chance: &mut Chance) -> usize {
    DELIVERIES.start + chance.below(DELIVERIES.len())
}

/// All items once, in pieces of random lengths.
fn cuts(items: usize, chance: &mut Chance) -> Vec<Range<usize>> {
    let mut places: Vec<usize> = (0..chance.below(PIECES)).map(|_| chance.below(items)).collect();
    places.extend([0, items]);
    places.sort_unstable();
    places.dedup();
    places.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_delivered_two_to_five_times() {
        for seed in 0..200 {
            let mut chance = Chance::of(seed);
            let mut times = vec![0; 500];
            for batch in shuffled(times.len(), &mut chance) {
                assert!(!batch.is_empty());
                times[batch].iter_mut().for_each(|times| *times += 1);
            }
            assert!(times.iter().all(|count| DELIVERIES.contains(count) && *count == times[0]), "{times:?}");
        }
    }

    #[test]
    fn steps_stay_in_order() {
        let batches = in_steps(4, 50, &mut Chance::of(3));
        assert!(batches.is_sorted_by_key(|(step, _)| *step));
        assert_eq!(batches.last().map(|(step, _)| *step), Some(3));
    }
}
