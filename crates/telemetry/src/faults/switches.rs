//! The faults that act in a process, as atomics that the hot paths read. All relaxed: a fault that is seen a
//! moment late is a fault that was switched on a moment late.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::crash::Crash;
use super::fault::{COUNTED, Fault};

/// See the module.
#[derive(Debug)]
pub(super) struct Switches {
    drop_spans: Lottery,
    drop_logs: Lottery,
    duplicate_logs: Lottery,
    lose_context: AtomicBool,
    skew_nanos: AtomicI64,
    /// A bit for each of [`COUNTED`].
    doubled: AtomicU32,
    blocking: AtomicBool,
    slow_nanos: AtomicU64,
    crash: Crash,
}

impl Switches {
    /// No fault acts.
    pub(super) const fn off() -> Self {
        Self {
            drop_spans: Lottery::off(),
            drop_logs: Lottery::off(),
            duplicate_logs: Lottery::off(),
            lose_context: AtomicBool::new(false),
            skew_nanos: AtomicI64::new(0),
            doubled: AtomicU32::new(0),
            blocking: AtomicBool::new(false),
            slow_nanos: AtomicU64::new(0),
            crash: Crash::off(),
        }
    }

    /// Makes those of `faults` act that are for `service`. One that names the service wins over one for all.
    pub(super) fn set(&'static self, service: &str, faults: &[Fault]) {
        let (mut spans, mut lines, mut repeats) = (0.0, 0.0, 0.0);
        let (mut context, mut skew, mut doubled, mut blocking) = (false, 0, 0, false);
        let (mut slow, mut crash) = (Duration::ZERO, None);
        let mut mine: Vec<_> = faults.iter().filter(|fault| fault.is_for(service)).collect();
        mine.sort_by_key(|fault| fault.subject().is_some());
        for fault in mine {
            match *fault {
                Fault::DropSpans(_, share) => spans = share,
                Fault::DropLogs(_, share) => lines = share,
                Fault::DuplicateLogs(_, share) => repeats = share,
                Fault::LoseContext(_) => context = true,
                Fault::ClockSkew(_, nanos) => skew = nanos,
                Fault::DoubleCount(metric) => doubled |= bit(metric),
                Fault::Blocking => blocking = true,
                Fault::Slow(_, time) => slow = time,
                Fault::Crash(_, every) => crash = Some(every),
            }
        }
        self.drop_spans.set(spans);
        self.drop_logs.set(lines);
        self.duplicate_logs.set(repeats);
        self.lose_context.store(context, Ordering::Relaxed);
        self.skew_nanos.store(skew, Ordering::Relaxed);
        self.doubled.store(doubled, Ordering::Relaxed);
        self.blocking.store(blocking, Ordering::Relaxed);
        self.slow_nanos.store(u64::try_from(slow.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.crash.set(crash);
    }

    pub(super) fn loses_span(&self) -> bool {
        self.drop_spans.draw()
    }

    pub(super) fn loses_line(&self) -> bool {
        self.drop_logs.draw()
    }

    pub(super) fn repeats_line(&self) -> bool {
        self.duplicate_logs.draw()
    }

    pub(super) fn loses_context(&self) -> bool {
        self.lose_context.load(Ordering::Relaxed)
    }

    pub(super) fn is_blocking(&self) -> bool {
        self.blocking.load(Ordering::Relaxed)
    }

    pub(super) fn skewed(&self, time: SystemTime) -> SystemTime {
        let nanos = self.skew_nanos.load(Ordering::Relaxed);
        if nanos == 0 {
            return time;
        }
        let skew = Duration::from_nanos(nanos.unsigned_abs());
        let skewed = if nanos > 0 { time.checked_add(skew) } else { time.checked_sub(skew) };
        // What no clock can show is not shown.
        skewed.unwrap_or(time)
    }

    pub(super) fn times_counted(&self, metric: &str) -> u64 {
        let doubled = self.doubled.load(Ordering::Relaxed);
        if doubled != 0 && doubled & bit(metric) != 0 { 2 } else { 1 }
    }

    pub(super) fn slowness(&self) -> Option<Duration> {
        let nanos = self.slow_nanos.load(Ordering::Relaxed);
        (nanos > 0).then(|| Duration::from_nanos(nanos))
    }
}

fn bit(metric: &str) -> u32 {
    COUNTED.iter().position(|counted| *counted == metric).map_or(0, |at| 1 << at)
}

/// Draws that hit with a given probability, in an order that is the same in every run.
#[derive(Debug)]
struct Lottery {
    /// Probability in 2^-32; 0 is off.
    share: AtomicU64,
    draws: AtomicU64,
}

impl Lottery {
    const fn off() -> Self {
        Self { share: AtomicU64::new(0), draws: AtomicU64::new(0) }
    }

    fn set(&self, share: f64) {
        // A share too small to be told from none still hits now and then.
        let share = if share > 0.0 { ((share * 2_f64.powi(32)) as u64).max(1) } else { 0 };
        self.share.store(share, Ordering::Relaxed);
    }

    fn draw(&self) -> bool {
        let share = self.share.load(Ordering::Relaxed);
        share != 0 && scrambled(self.draws.fetch_add(1, Ordering::Relaxed)) >> 32 < share
    }
}

/// `SplitMix64` of an ordinal: neighbours have nothing in common, so no pattern of the traffic meets the same lot.
fn scrambled(ordinal: u64) -> u64 {
    let mut word = ordinal.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switches(service: &str, faults: &[&str]) -> &'static Switches {
        let switches: &'static Switches = Box::leak(Box::new(Switches::off()));
        let faults: Vec<_> = faults.iter().map(|text| text.parse().expect("a fault")).collect();
        switches.set(service, &faults);
        switches
    }

    #[test]
    fn a_share_is_hit_about_as_often_as_it_says() {
        for (share, least, most) in [(1.0, 10_000, 10_000), (0.5, 4_800, 5_200), (0.01, 70, 130)] {
            let lottery = Lottery::off();
            lottery.set(share);
            let hits = (0..10_000).filter(|_| lottery.draw()).count();
            assert!((least..=most).contains(&hits), "{share}: {hits}");
        }
        let off = Lottery::off();
        assert!((0..1_000).all(|_| !off.draw()));
    }

    #[test]
    fn faults_of_other_services_do_nothing_and_the_nearer_definition_wins() {
        let faults = ["drop-spans=frontend:1", "drop-spans=0.000001", "slow=die-service:1s", "clock-skew=frontend:-5s"];
        let frontend = switches("frontend", &faults);
        assert!(frontend.loses_span() && frontend.slowness().is_none());
        let time = SystemTime::now();
        assert_eq!(frontend.skewed(time) + Duration::from_secs(5), time);
        let die_service = switches("die-service", &faults);
        assert!(!die_service.loses_span() && !die_service.loses_line());
        assert_eq!(die_service.slowness(), Some(Duration::from_secs(1)));
        assert_eq!(die_service.skewed(time), time);
    }

    #[test]
    fn setting_again_takes_away_what_was() {
        let switches = switches("dice-roller", &["double-count", "blocking", "lose-context=dice-roller"]);
        assert!(switches.is_blocking() && switches.loses_context());
        assert_eq!((switches.times_counted("async_rolls_total"), switches.times_counted("dice_rolls_total")), (2, 1));
        switches.set("dice-roller", &[]);
        assert!(!switches.is_blocking() && !switches.loses_context());
        assert_eq!(switches.times_counted("async_rolls_total"), 1);
        assert_eq!(switches.times_counted("unheard_of"), 1);
    }
}
