//! The supervisor's orders about faults: which of them act in this process from now on.

use tokio::sync::mpsc;

use crate::faults;
use crate::faults::fault::{Fault, FaultError};
use crate::process::lifeline::Order;
use crate::signals::logs::json::json;

/// Makes exactly those of `faults` act that are for `service`; what acted before no longer does.
pub(crate) fn inject(service: &str, faults: &[Fault]) {
    faults::switch(service, faults);
    let mine: Vec<_> = faults.iter().filter(|fault| fault.is_for(service)).map(ToString::to_string).collect();
    tracing::warn!(faults = json(&mine), "Injected faults changed");
}

/// Carries out orders of the form `faults <fault> <fault> …`, until no more can come.
pub(crate) async fn obey(service: &str, mut orders: mpsc::Receiver<Order>) {
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
