//! Faults on purpose: ways in which telemetry lies and services fail, switched on to see who notices.
//!
//! Each is applied at one place, which asks a switch here; while it is off that costs one relaxed load.
//! [`FAULTS`] says what they are and how they are written, the table below where they act:
//!
//! | Fault | Acts in |
//! |---|---|
//! | `drop-spans` | `traces/processor.rs`: a finished span is not queued, and nobody counts it |
//! | `drop-logs`, `duplicate-logs` | `logs/layer.rs`: a line is not written, or once more a microsecond later |
//! | `lose-context` | `traces/context.rs`: calls carry no `traceparent` |
//! | `clock-skew` | `clock.rs` and `traces/encode.rs`: lines, exemplars and spans |
//! | `double-count` | [`times_counted`], where the counter is raised |
//! | `blocking` | [`is_blocking`], in dice-roller's `roll.rs` |
//! | `slow` | `http/app.rs`: inside the request's span, before its handler |
//! | `crash` | [`crash`](self): the process aborts |

mod crash;
mod fault;
mod switches;

use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

pub use fault::{COUNTED, FAULTS};
pub use fault::{Fault, FaultError, FaultKind, SERVICES, Service, find};
use switches::Switches;

use crate::lifeline::Order;

/// The switches of this process.
static SWITCHES: Switches = Switches::off();

/// Makes exactly those of `faults` act that are for `service`; what acted before no longer does.
pub fn inject(service: &str, faults: &[Fault]) {
    SWITCHES.set(service, faults);
    let mine: Vec<_> = faults.iter().filter(|fault| fault.is_for(service)).map(ToString::to_string).collect();
    tracing::warn!(faults = crate::logs::json(&mine), "Injected faults changed");
}

/// Carries out orders of the form `faults <fault> <fault> …`, until no more can come.
pub async fn obey(service: &str, mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.recv().await {
        let outcome = understand(&order.text);
        let outcome = outcome.map(|faults| inject(service, &faults));
        order.answer(outcome);
    }
}

fn understand(order: &str) -> Result<Vec<Fault>, String> {
    let mut words = order.split_ascii_whitespace();
    if words.next() != Some("faults") {
        return Err(format!("expected `faults` and a list of them, not {order:?}"));
    }
    words.map(|word| word.parse().map_err(|error: FaultError| error.to_string())).collect()
}

/// How often to count something that happened once: 2 while this counter, one of [`COUNTED`], is counted double.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_a_list_of_faults() {
        assert_eq!(understand("faults").expect("none").len(), 0);
        let two = understand("faults drop-spans=0.5 blocking=on").expect("two");
        assert_eq!(two.iter().map(ToString::to_string).collect::<Vec<_>>(), ["drop-spans=0.5", "blocking=on"]);
        assert!(understand("pause 1").expect_err("no such order").contains("faults"));
        assert!(understand("faults drop-spans=2").expect_err("no share").contains("share"));
    }
}
