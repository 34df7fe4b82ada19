//! `rate_limit`: so many requests at once, and one more after each interval.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::web_config::file::RateSection;
use crate::web_config::mistake::Mistake;

/// The units in which Go writes durations, in nanoseconds.
const UNITS: [(&str, f64); 7] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// A bucket of permissions that fills with time.
#[derive(Debug)]
pub(super) struct RateLimit {
    burst: f64,
    interval: Duration,
    left: Mutex<(f64, Instant)>,
}

impl RateLimit {
    /// The limit of the file; `None` if it sets none.
    pub(super) fn of(section: &RateSection, now: Instant) -> Result<Option<Self>, Mistake> {
        let wrong = || {
            Mistake::new(
                "rate_limit.interval",
                format!("expected a duration such as 100ms, not {:?}", section.interval),
            )
        };
        let interval = go_duration(&section.interval).ok_or_else(wrong)?;
        let burst = f64::from(section.burst);
        Ok((!interval.is_zero()).then(|| Self { burst, interval, left: Mutex::new((burst, now)) }))
    }

    /// Whether one more request may be answered now.
    pub(super) fn allows(&self, now: Instant) -> bool {
        let mut left = self.left.lock();
        let (permissions, since) = *left;
        let came = now.saturating_duration_since(since).as_secs_f64() / self.interval.as_secs_f64();
        let permissions = (permissions + came).min(self.burst);
        let allowed = permissions >= 1.0;
        *left = (if allowed { permissions - 1.0 } else { permissions }, now);
        allowed
    }
}

/// A duration as Go writes it, such as `1m30s` or `0`; `None` for what is none, or is below zero.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() || rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut nanoseconds = 0.0;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        nanoseconds += number.parse::<f64>().ok()? * size;
        rest = after;
    }
    Duration::try_from_secs_f64(nanoseconds / 1e9).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_answered_and_then_one_after_each_interval() {
        let section = RateSection { burst: 2, interval: "1m30s".to_owned() };
        let began = Instant::now();
        let limit = RateLimit::of(&section, began).expect("a duration").expect("a limit");
        let at = |seconds| began + Duration::from_secs(seconds);
        assert_eq!([0, 0, 0].map(|second| limit.allows(at(second))), [true, true, false]);
        assert_eq!([89, 91, 92].map(|second| limit.allows(at(second))), [false, true, false]);
        assert_eq!([9000, 9000, 9000].map(|second| limit.allows(at(second))), [true, true, false]);
    }

    #[test]
    fn intervals_are_durations_of_go() {
        for (text, milliseconds) in [("", 0), ("0", 0), ("0s", 0), ("1.5s", 1500), ("1m30s", 90_000), ("20ms", 20)] {
            assert_eq!(go_duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for bad in ["1", "-1s", "s", "1d", "1s2"] {
            assert_eq!(go_duration(bad), None, "{bad}");
        }
    }
}
