//! After a restart: alerts go on from when they became active, as `ALERTS_FOR_STATE` remembers it.
//!
//! An alert that fired before fires at once. One that was pending goes on with the time it had been pending;
//! the time in which nobody looked does not count, for it is not known whether the condition held then.

use std::time::Duration;

use lab_model::labels::METRIC_NAME;
use lab_model::value::is_stale;
use lab_model::{Interrupt, Labels, Matcher, Sample};

use crate::model::histogram_sample::Samples;
use crate::rules::alert::names::ALERTS_FOR_STATE;
use crate::rules::alert::state::{AlertState, Alerts};
use crate::store::MetricStore;
use crate::store::error::StoreError;

/// A longer absence is no restart; alerts begin anew.
const OUTAGE_MS: i64 = 3_600_000;

/// Puts `active_at` of alerts right that were known before `at`.
pub(crate) fn active_since(alerts: &mut Alerts, store: &MetricStore, hold: Duration, at: i64, interrupt: &Interrupt) {
    let hold = i64::try_from(hold.as_millis()).unwrap_or(i64::MAX);
    for alert in alerts.active_mut() {
        let Some(last) = last_sample(store, &alert.labels, at, interrupt) else { continue };
        let since = (last.value * 1000.0) as i64;
        let pending_for = last.timestamp - since;
        let fired = pending_for >= hold;
        alert.active_at = if fired { since } else { at - pending_for };
        if fired {
            alert.state = AlertState::Firing;
            alert.fired_at = Some(at);
        }
    }
}

/// The newest sample of the alert's `ALERTS_FOR_STATE` before `at`, unless it had ended.
fn last_sample(store: &MetricStore, labels: &Labels, at: i64, interrupt: &Interrupt) -> Option<Sample> {
    let name = Matcher::equal(METRIC_NAME, ALERTS_FOR_STATE);
    let own = labels.iter().map(|label| Matcher::equal(&*label.name, &*label.value));
    let matchers: Vec<Matcher> = std::iter::once(name).chain(own).collect();
    let mut last = None;
    let note = |found: &Labels, samples: Samples<'_>| {
        if found.len() == labels.len() + 1 {
            last = samples.floats.last().copied();
        }
        Ok::<_, StoreError>(())
    };
    // What cannot be read is not remembered.
    let _ = store.select(&matchers, (at - OUTAGE_MS, at - 1), interrupt, note);
    last.filter(|sample| !is_stale(sample.value))
}
