//! The time of a line that came without one.

/// Nanoseconds by which a time may be ahead of the next arrival; if it is more, the clock was set back.
const MOST_AHEAD: i64 = 1_000_000_000;

/// Gives times to the lines of one source that have none of their own: each gets the time of its arrival, or that of its
/// predecessor and a nanosecond if this is later. So lines keep their order, and two equal lines stay two, although they
/// were read at the same moment.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    last: Option<i64>,
}

impl Arrivals {
    /// The time of the next line, which arrived at `arrival` (ns).
    pub fn next(&mut self, arrival: i64) -> i64 {
        let after = self.last.and_then(|last| last.checked_add(1));
        let time = after.filter(|after| (arrival..=arrival.saturating_add(MOST_AHEAD)).contains(after));
        *self.last.insert(time.unwrap_or(arrival))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_moment_follow_each_other_and_a_clock_that_is_set_back_is_followed() {
        let mut arrivals = Arrivals::default();
        let times = [100, 100, 100, 101, 200, 50, 50].map(|arrival| arrivals.next(arrival));
        assert_eq!(times, [100, 101, 102, 103, 200, 201, 202]);
        let hour = 3_600_000_000_000;
        assert_eq!([hour, 0, 0, i64::MAX, i64::MAX].map(|arrival| arrivals.next(arrival))[..3], [hour, 0, 1]);
    }
}
