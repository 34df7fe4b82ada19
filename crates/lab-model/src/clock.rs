//! The wall clock as an argument: a binary hands in how the time is told, and a test hands in a time.

use std::fmt;
use std::sync::Arc;

/// Tells the time. A clone is cheap and tells the same time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// A clock that asks `now_ns` for the nanoseconds since the Unix epoch.
    ///
    /// ```
    /// use lab_model::Clock;
    /// let clock = Clock::new(|| 1_500_000_000);
    /// assert_eq!((clock.now_ns(), clock.now_ms()), (1_500_000_000, 1_500));
    /// ```
    pub fn new(now_ns: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ns))
    }

    /// A clock that stands still, for tests.
    pub fn fixed(now_ns: i64) -> Self {
        Self::new(move || now_ns)
    }

    /// Nanoseconds since the Unix epoch.
    pub fn now_ns(&self) -> i64 {
        (self.0)()
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now_ns().div_euclid(1_000_000)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now_ns()).finish()
    }
}
