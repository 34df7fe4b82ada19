//! The program's own log: it goes to stderr and says what concerns the person who runs it, WARN and above unless told
//! otherwise while it runs.

use std::sync::{Arc, LazyLock};

use lab_api::loki::manage::level::LogLevel;
use tracing::Level;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

/// The level at the start.
const LEVEL: Level = Level::WARN;

/// The level of this program; there is one log, and so there is one level.
static CURRENT: LazyLock<Arc<LogLevel>> = LazyLock::new(|| Arc::new(start()));

/// Begins to write the log, and answers its level.
pub fn to_stderr() -> Arc<LogLevel> {
    Arc::clone(&CURRENT)
}

fn start() -> LogLevel {
    let (filter, handle) = reload::Layer::<_, Registry>::new(LevelFilter::from_level(LEVEL));
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    // Fails only if there is a log already.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    LogLevel::new(LEVEL, move |level| {
        // Fails only if there is no such log any more.
        let _ = handle.reload(LevelFilter::from_level(level));
    })
}
