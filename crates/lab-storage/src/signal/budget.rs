//! A budget of bytes: for what waits in memory for the disk, for bodies on their way in, for what a query holds.
//!
//! What does not fit is not taken at all, and its sender is told when to try again: an item that was acknowledged is
//! never dropped for want of room. When half of the budget is used, whoever can free some of it is called.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// A request cannot be kept at the moment; the same one may be later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; send this again in {} s", .cause, .retry_after.as_secs().max(1))]
pub struct Wait {
    pub cause: Cause,
    /// When to try again.
    pub retry_after: Duration,
}

/// What a request has to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// Until data on their way to the disk have got there.
    #[error("the buffer for data on their way to the disk is full")]
    BufferFull,
    /// Until the disk takes data again: nothing may be acknowledged that is not written down.
    #[error(
        "the disk takes no data, so nothing could be kept safely; the lab's log and its status on port 12345 say why"
    )]
    JournalUnwritable,
    /// Until other requests are answered.
    #[error("the requests that are being taken in at the moment use all memory there is for them")]
    BodiesFull,
    /// Until somebody has moved a damaged file away.
    #[error(
        "the files of this signal are damaged, so nothing can be kept; the lab's log names the file, which has to be moved \
         away before the lab is started again"
    )]
    StoreDamaged,
}

impl Wait {
    /// A full buffer. By then a flush has run: one begins at the latest a second after the last.
    pub const USUAL: Self = Self { cause: Cause::BufferFull, retry_after: Duration::from_secs(1) };
    /// A journal that cannot be written. Somebody has to make room first, so the time to wait is longer.
    pub const JOURNAL: Self = Self { cause: Cause::JournalUnwritable, retry_after: Duration::from_secs(5) };
    /// Too many bodies at once. Most of them are answered within a second.
    pub const BODIES: Self = Self { cause: Cause::BodiesFull, retry_after: Duration::from_secs(1) };
    /// A store whose files are damaged. Somebody has to look, so the time to wait is long.
    pub const DAMAGED: Self = Self { cause: Cause::StoreDamaged, retry_after: Duration::from_secs(30) };
    /// The reasons under which refused items are counted and reported.
    pub const REASONS: [&'static str; 3] =
        [Cause::BufferFull.reason(), Cause::JournalUnwritable.reason(), Cause::StoreDamaged.reason()];

    /// The reason under which items are counted that had to wait.
    pub const fn reason(self) -> &'static str {
        self.cause.reason()
    }
}

impl Cause {
    const fn reason(self) -> &'static str {
        match self {
            Self::BufferFull => "buffer_full",
            Self::JournalUnwritable => "journal_unwritable",
            Self::BodiesFull => "bodies_full",
            Self::StoreDamaged => "store_damaged",
        }
    }
}

/// What is called when half of the budget is used.
type Alarm = Box<dyn Fn() + Send + Sync>;

/// Bytes that may be used, and those that are.
#[derive(Default)]
pub struct Budget {
    limit: u64,
    used: AtomicU64,
    /// Set from the moment at which half is used until less than half is.
    alarmed: AtomicBool,
    alarm: OnceLock<Alarm>,
    freed: Condvar,
    freeing: Mutex<()>,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Takes `bytes`, all or none. An empty budget takes anything, so that what is larger than the whole budget has its
    /// turn, too.
    pub fn take(&self, bytes: u64) -> Result<(), Wait> {
        let fits = |used: u64| (used == 0 || used + bytes <= self.limit).then_some(used + bytes);
        let taken = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits);
        if taken.is_err() || self.is_half_used() {
            self.call();
        }
        taken.map(drop).map_err(|_| Wait::USUAL)
    }

    /// The same, but waits up to `patience` for room.
    pub fn take_within(&self, bytes: u64, patience: Duration) -> Result<(), Wait> {
        let until = Instant::now() + patience;
        loop {
            // The lock is taken before the attempt, so that room made in between is not missed.
            let mut freeing = self.freeing.lock();
            let wait = match self.take(bytes) {
                Ok(()) => return Ok(()),
                Err(wait) => wait,
            };
            if self.freed.wait_until(&mut freeing, until).timed_out() {
                return self.take(bytes).map_err(|_| wait);
            }
        }
    }

    /// Waits up to `patience` until less than the budget is used, without taking anything.
    pub fn room_within(&self, patience: Duration) -> Result<(), Wait> {
        let until = Instant::now() + patience;
        let mut freeing = self.freeing.lock();
        while self.used() >= self.limit {
            if self.freed.wait_until(&mut freeing, until).timed_out() {
                return if self.used() < self.limit { Ok(()) } else { Err(Wait::USUAL) };
            }
        }
        Ok(())
    }

    /// Uses `bytes` more, room or not: what is there already needs more than was thought.
    pub fn add(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::AcqRel);
        if self.is_half_used() {
            self.call();
        }
    }

    /// Gives `bytes` back.
    pub fn give_back(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        if self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok() {
            self.after_freeing();
        }
    }

    /// Says how many bytes are in use, counted anew.
    pub fn set_used(&self, bytes: u64) {
        self.used.store(bytes, Ordering::Release);
        self.after_freeing();
    }

    fn after_freeing(&self) {
        if !self.is_half_used() {
            self.alarmed.store(false, Ordering::Release);
        }
        // Whoever is between an attempt and the wait holds this lock; it must not miss what was freed.
        drop(self.freeing.lock());
        self.freed.notify_all();
    }

    /// The bytes in use.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }

    /// The bytes that may be used.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Has `alarm` called once whenever half of the budget comes into use. Only the first one given counts.
    pub fn on_half_used(&self, alarm: impl Fn() + Send + Sync + 'static) {
        let _ = self.alarm.set(Box::new(alarm));
    }

    fn is_half_used(&self) -> bool {
        self.used() >= self.limit.div_ceil(2)
    }

    /// Has a flush begin, whatever is used.
    pub fn call_for_flush(&self) {
        self.call();
    }

    fn call(&self) {
        if let Some(alarm) = self.alarm.get()
            && !self.alarmed.swap(true, Ordering::AcqRel)
        {
            alarm();
        }
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Budget({} of {} bytes)", self.used(), self.limit)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[test]
    fn a_request_is_taken_whole_or_not_at_all() {
        let budget = Budget::new(100);
        assert_eq!((budget.take(60), budget.take(40)), (Ok(()), Ok(())));
        assert_eq!(budget.take(1), Err(Wait::USUAL));
        assert_eq!(budget.used(), 100);
        budget.give_back(60);
        assert_eq!(budget.take(60), Ok(()));
    }

    #[test]
    fn a_request_larger_than_the_budget_is_taken_when_the_budget_is_unused() {
        let budget = Budget::new(100);
        assert_eq!((budget.take(1000), budget.take(1)), (Ok(()), Err(Wait::USUAL)));
    }

    #[test]
    fn the_alarm_comes_once_each_time_half_is_used() {
        let (budget, calls) = (Budget::new(100), Arc::new(AtomicU32::new(0)));
        let counter = calls.clone();
        budget.on_half_used(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let calls = || calls.load(Ordering::Relaxed);
        budget.take(49).expect("fits");
        assert_eq!(calls(), 0);
        budget.take(1).expect("fits");
        budget.take(10).expect("fits");
        assert_eq!(calls(), 1);
        budget.set_used(20);
        budget.take(40).expect("fits");
        assert_eq!(calls(), 2);
    }

    #[test]
    fn who_waits_goes_on_as_soon_as_there_is_room() {
        let budget = Arc::new(Budget::new(100));
        budget.take(100).expect("fits");
        assert_eq!(budget.take_within(50, Duration::from_millis(1)), Err(Wait::USUAL));
        let other = budget.clone();
        let waiting = std::thread::spawn(move || other.take_within(50, Duration::from_secs(60)));
        budget.set_used(0);
        assert_eq!(waiting.join().expect("no panic"), Ok(()));
        assert_eq!(budget.room_within(Duration::ZERO), Ok(()));
        budget.add(50);
        assert_eq!(budget.room_within(Duration::from_millis(1)), Err(Wait::USUAL));
    }
}
