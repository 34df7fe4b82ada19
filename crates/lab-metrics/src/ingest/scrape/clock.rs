//! The clock by which scrapes are dated, and whether somebody has set it.
//!
//! A clock that steps back lets the same times pass twice. The samples of the second time are kept beside those of the
//! first, so that no target falls silent until the clock has caught up; who reads such a span of time has to know.

use std::sync::Mutex;

use chrono::{DateTime, SecondsFormat};
use lab_model::{Clock, duration};
use tokio::time::Instant;

/// A smaller step back is the usual correction of a clock.
const BACK_MS: i64 = 1_000;
/// A smaller step ahead may be a machine that slept or was busy.
const AHEAD_MS: i64 = 60_000;

/// Tells the time, and notices steps.
#[derive(Debug)]
pub(crate) struct WatchedClock {
    clock: Clock,
    last: Mutex<Last>,
}

/// What the clock said last.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// In ms since the epoch.
    said: i64,
    when: Instant,
    /// The latest time that has passed already, if the clock stepped back behind it.
    lived_until: Option<i64>,
}

/// A moment of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// In ms since the epoch.
    pub(crate) at: i64,
    /// If this time passes for the second time: until when that will be so.
    pub(crate) again_until: Option<i64>,
}

impl WatchedClock {
    /// Watches `clock`. `newest` is the newest time that is stored already, in ms.
    pub(crate) fn new(clock: Clock, newest: Option<i64>) -> Self {
        let (said, when) = (clock.now_ms(), Instant::now());
        let lived_until = newest.filter(|newest| newest - said >= BACK_MS);
        if let Some(newest) = lived_until {
            tracing::warn!("{}", behind(said, newest));
        }
        Self { clock, last: Mutex::new(Last { said, when, lived_until }) }
    }

    /// What the clock says now. A step since the last time is said in the log, once.
    pub(crate) fn now(&self) -> Moment {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (at, when) = (self.clock.now_ms(), Instant::now());
        let passed = i64::try_from(when.saturating_duration_since(last.when).as_millis()).unwrap_or(i64::MAX);
        let expected = last.said.saturating_add(passed);
        let mut lived_until = last.lived_until;
        if expected - at >= BACK_MS {
            lived_until = lived_until.max(Some(expected));
            let (by, until) = (length(expected - at), date(expected));
            tracing::warn!(
                "the clock of this machine has stepped back by {by}: until {until} the same times pass twice, and samples \
                 of both are kept side by side"
            );
        } else if at - expected >= AHEAD_MS {
            let by = length(at - expected);
            tracing::warn!("the clock of this machine has stepped ahead by {by}: no samples are dated in between");
        }
        let again_until = lived_until.filter(|until| at <= *until);
        *last = Last { said: at, when, lived_until: again_until };
        Moment { at, again_until }
    }
}

impl Moment {
    /// What people have to know about a scrape at this moment, if anything.
    pub(crate) fn note(&self) -> Option<String> {
        self.again_until.map(|until| behind(self.at, until))
    }
}

fn behind(now: i64, until: i64) -> String {
    format!(
        "the clock of this machine is {} behind samples that are stored already: until {} new samples get times at \
         which older ones are stored, too",
        length(until - now),
        date(until)
    )
}

fn length(ms: i64) -> String {
    // Whole seconds: nobody sets a clock more exactly.
    duration::format(std::time::Duration::from_secs(ms.unsigned_abs() / 1000))
}

fn date(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map_or_else(|| ms.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn times_that_pass_twice_are_known_until_they_are_over() {
        let said = Arc::new(AtomicI64::new(7_200_000));
        let told = said.clone();
        let watched = WatchedClock::new(Clock::new(move || told.load(Ordering::Relaxed) * 1_000_000), None);
        let at = |ms| {
            said.store(ms, Ordering::Relaxed);
            watched.now().again_until
        };
        assert_eq!(at(7_200_500), None);
        let until = at(3_600_000).expect("an hour back");
        assert!(until >= 7_200_500, "{until}");
        assert_eq!(at(7_200_000), Some(until));
        assert_eq!(at(until + 1), None);
        assert_eq!(at(until + 1), None, "what is over is over");
    }

    #[test]
    fn a_start_behind_what_is_stored_is_known_too() {
        let watched = WatchedClock::new(Clock::fixed(0), Some(3_600_000));
        let note = watched.now().note().expect("a note");
        assert!(note.contains("1h behind") && note.contains("1970-01-01T01:00:00Z"), "{note}");
    }
}
