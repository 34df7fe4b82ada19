//! The level of the program's own log: of which importance it says anything.

use std::fmt;

use parking_lot::Mutex;
use tracing::Level;

/// The levels by the names that Loki has for them.
pub(crate) const LEVELS: [(&str, Level); 4] =
    [("debug", Level::DEBUG), ("info", Level::INFO), ("warn", Level::WARN), ("error", Level::ERROR)];

/// The level of the program's log, and how it is changed.
pub struct LogLevel {
    current: Mutex<Level>,
    apply: Box<dyn Fn(Level) + Send + Sync>,
}

impl LogLevel {
    /// The level that is in force, and what puts another one in force.
    pub fn new(current: Level, apply: impl Fn(Level) + Send + Sync + 'static) -> Self {
        Self { current: Mutex::new(current), apply: Box::new(apply) }
    }

    /// The name of the level that is in force.
    pub(crate) fn name(&self) -> &'static str {
        let current = *self.current.lock();
        LEVELS.iter().find(|(_, level)| *level == current).map_or("trace", |(name, _)| name)
    }

    /// Puts another level in force.
    pub(crate) fn set(&self, level: Level) {
        let mut current = self.current.lock();
        (self.apply)(level);
        *current = level;
    }
}

impl fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogLevel").field(&self.name()).finish()
    }
}
