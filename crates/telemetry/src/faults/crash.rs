//! The crash that is waiting to happen: the process aborts when it has run for a given time, as if it had run
//! out of memory; what it has not handed over by then is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// At most one crash is ahead.
#[derive(Debug)]
pub(super) struct Crash {
    /// Nanoseconds that were set last; 0 is never.
    after_nanos: AtomicU64,
    /// Raised whenever that changes: a crash of an earlier setting does not happen.
    setting: AtomicU64,
}

impl Crash {
    pub(super) const fn off() -> Self {
        Self { after_nanos: AtomicU64::new(0), setting: AtomicU64::new(0) }
    }

    /// Crashes after this time, counted from now unless it was set already.
    pub(super) fn set(&'static self, after: Option<Duration>) {
        let nanos = after.map_or(0, |after| u64::try_from(after.as_nanos()).unwrap_or(u64::MAX));
        if self.after_nanos.swap(nanos, Ordering::Relaxed) == nanos {
            return;
        }
        let setting = self.setting.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(after) = after else { return };
        let waiting = std::thread::Builder::new().name("crash".to_owned()).spawn(move || {
            std::thread::sleep(after);
            if self.setting.load(Ordering::Relaxed) == setting {
                eprintln!("aborted by the fault that was injected");
                std::process::abort();
            }
        });
        if let Err(error) = waiting {
            tracing::error!(%error, "The thread of the injected fault crash cannot be started");
        }
    }
}
