//! `rate_counter`: how fast a counter grows, as Prometheus extrapolates it from the samples of a window.

/// The growth per second of a counter with these samples (time in nanoseconds, value), in a window of so many seconds that
/// ends at `end` (ns). Where the counter falls, it began anew at zero.
pub(super) fn rate(mut samples: Vec<(i64, f64)>, end: i64, seconds: f64) -> f64 {
    samples.sort_by_key(|(time, _)| *time);
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return 0.0 };
    if samples.len() < 2 {
        return 0.0;
    }
    let lost: f64 = samples.windows(2).filter(|pair| pair[1].1 < pair[0].1).map(|pair| pair[0].1).sum();
    let growth = last.1 - first.1 + lost;
    let between = |from: i64, to: i64| (to - from) as f64 / 1e9;
    let sampled = between(first.0, last.0);
    let mean = sampled / (samples.len() - 1) as f64;
    // Where the samples end well before the window does, half a distance between two of them is assumed.
    let near = |distance: f64| if distance >= mean * 1.1 { mean / 2.0 } else { distance };
    let start = end - (seconds * 1e9) as i64;
    let mut before = near(between(start, first.0));
    if growth > 0.0 && first.1 >= 0.0 {
        // The counter was not below zero.
        before = before.min(sampled * (first.1 / growth));
    }
    growth * ((sampled + before + near(between(last.0, end))) / sampled) / seconds
}
