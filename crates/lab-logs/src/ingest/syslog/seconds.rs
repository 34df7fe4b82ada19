//! Where messages stand within a second of which their senders name no fraction.

use std::collections::HashMap;

use lab_model::Labels;
use parking_lot::Mutex;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a second in which messages stand that came before it, and as many for those that came after it.
const EDGE: i64 = 1_000_000;
/// Most seconds of streams that are remembered.
const MOST: usize = 4096;

/// Gives messages of one second their places, so that they stay in their order, and equal ones remain several.
#[derive(Debug, Default)]
pub struct Seconds {
    /// The last place in each second of a stream.
    last: Mutex<HashMap<(Labels, i64), i64>>,
}

impl Seconds {
    /// The place (ns) of a message that was sent within a second (ns): that of its arrival, if this lies within; and after the
    /// messages of its stream that came before it.
    pub fn place(&self, stream: &Labels, second: i64, arrival: i64) -> i64 {
        let mut all = self.last.lock();
        if all.len() >= MOST {
            // Places come from the arrival in any case; only those of one moment could meet.
            all.clear();
        }
        let last = all.entry((stream.clone(), second)).or_insert(i64::MIN);
        let end = second.saturating_add(SECOND - 1);
        *last = within(second, arrival).max(last.saturating_add(1)).min(end);
        *last
    }
}

/// A time within a second: that of the arrival. If it came later, it is close to the end of the second, the closer the later; if
/// it came before, to its beginning. Half of each edge stays free for those that have to come after it.
fn within(second: i64, arrival: i64) -> i64 {
    let (whole, edge) = (i128::from(SECOND), i128::from(EDGE));
    let part = |far: i128| edge / 2 * far / (far + whole);
    let place = match i128::from(arrival) - i128::from(second) {
        before if before < 0 => edge / 2 - part(-before),
        after if after >= whole => whole - edge + part(after - whole),
        // At the end of the second those that come after it have to have room.
        at if at >= whole - 2 * edge => whole - 2 * edge + (at - (whole - 2 * edge)) / 2,
        at => at,
    };
    second.saturating_add(i64::try_from(place).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_794_176_055 * SECOND;

    #[test]
    fn messages_of_one_second_keep_their_order_whenever_they_come() {
        let hour = 3600 * SECOND;
        for first in [
            AT - hour,
            AT - 5 * SECOND,
            AT - SECOND,
            AT,
            AT + SECOND / 2,
            AT + SECOND - 3,
            AT + SECOND,
            AT + 5 * SECOND,
            AT + hour,
        ] {
            let seconds = Seconds::default();
            // Over more than a second of arrivals, the first ones at the same moment.
            let arrivals = [0, 0, 1, 2000].into_iter().chain((1..30).map(|at| at * SECOND / 20));
            let places: Vec<_> = arrivals.map(|at| seconds.place(&Labels::default(), AT, first + at)).collect();
            assert!(places.is_sorted_by(|a, b| a < b), "{first} {places:?}");
            assert!(places.iter().all(|place| (AT..AT + SECOND).contains(place)), "{first} {places:?}");
        }
    }

    #[test]
    fn the_arrival_counts_where_it_lies_within_and_streams_and_seconds_are_apart() {
        let (seconds, other) = (Seconds::default(), Labels::from_pairs([("app", "b")]));
        for (stream, second) in [(&Labels::default(), AT), (&other, AT), (&other, AT + SECOND)] {
            assert_eq!(seconds.place(stream, second, second + 7), second + 7);
        }
        let places = [i64::MIN, i64::MAX].map(|arrival| within(AT, arrival) - AT);
        assert_eq!(places, [1, SECOND - EDGE / 2 - 1], "there is room for those that follow");
    }

    #[test]
    fn no_more_is_remembered_than_a_bounded_number() {
        let seconds = Seconds::default();
        for at in 0..2 * MOST as i64 {
            seconds.place(&Labels::default(), at * SECOND, at * SECOND);
        }
        assert!(seconds.last.lock().len() <= MOST);
    }
}
