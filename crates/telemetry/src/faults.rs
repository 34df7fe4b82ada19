//! Faults on purpose: ways in which telemetry lies and services fail, switched on to see who notices.
//!
//! Each is applied at one place, which asks a switch here; while it is off that costs one relaxed load.
//! [`fault::FAULTS`] says what they are and how they are written, the table below where they act:
//!
//! | Fault | Acts in |
//! |---|---|
//! | `drop-spans` | `signals/traces/processor.rs`: a finished span is not queued, and nobody counts it |
//! | `drop-logs`, `duplicate-logs` | `signals/logs/layer.rs`: a line is not written, or once more a microsecond later |
//! | `lose-context` | `signals/traces/context.rs`: calls carry no `traceparent` |
//! | `clock-skew` | `signals/clock.rs` and `signals/traces/encode.rs`: lines, exemplars and spans |
//! | `double-count` | [`times_counted`], where the counter is raised |
//! | `blocking` | [`is_blocking`], in dice-roller's `roll.rs` |
//! | `slow` | `web/app.rs`: inside the request's span, before its handler |
//! | `crash` | `faults/crash.rs`: the process aborts |

mod crash;
pub mod fault;
mod switches;

use std::time::{Duration, SystemTime};

use switches::Switches;

/// The switches of this process.
static SWITCHES: Switches = Switches::off();

/// Makes exactly those of `faults` act that are for `service`; what acted before no longer does.
pub(crate) fn switch(service: &str, faults: &[fault::Fault]) {
    SWITCHES.set(service, faults);
}

/// How often to count something that happened once: 2 while this counter, one of [`fault::COUNTED`], is counted double.
pub fn times_counted(metric: &str) -> u64 {
    SWITCHES.times_counted(metric)
}

/// Whether waiting is to hold the thread, and with it all that the thread serves.
pub fn is_blocking() -> bool {
    SWITCHES.is_blocking()
}

/// Whether a finished span is to vanish.
pub(crate) fn loses_span() -> bool {
    SWITCHES.loses_span()
}

/// Whether a log line is to vanish.
pub(crate) fn loses_line() -> bool {
    SWITCHES.loses_line()
}

/// Whether a log line is to be written twice.
pub(crate) fn repeats_line() -> bool {
    SWITCHES.repeats_line()
}

/// Whether calls to other services do not say which trace they belong to.
pub(crate) fn loses_context() -> bool {
    SWITCHES.loses_context()
}

/// The time as this service believes it to be.
pub(crate) fn skewed(time: SystemTime) -> SystemTime {
    SWITCHES.skewed(time)
}

/// How much longer every request is to take.
pub(crate) fn slowness() -> Option<Duration> {
    SWITCHES.slowness()
}
