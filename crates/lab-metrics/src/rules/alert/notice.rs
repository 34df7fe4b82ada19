//! What an Alertmanager is told of an alert, and when it is told again.

use std::collections::BTreeMap;

use lab_model::Labels;

use crate::outgoing::queue::Weighed;
use crate::rules::alert::state::{Alert, AlertState};

/// An active alert is told again after so long, as in Prometheus.
pub(crate) const AGAIN_AFTER_MS: i64 = 60_000;

/// An alert as it is told. Times are in ms since the epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub labels: Labels,
    /// Texts for people.
    pub annotations: BTreeMap<String, String>,
    /// Since when it fires.
    pub starts_at: i64,
    /// When it ended, or until when it counts as firing if nothing more is heard.
    pub ends_at: i64,
    /// Where people see the expression behind it.
    pub generator: String,
}

impl Weighed for Notice {
    fn bytes(&self) -> usize {
        let annotations: usize = self.annotations.iter().map(|(name, text)| name.len() + text.len()).sum();
        size_of::<Self>() + self.labels.text_bytes() + annotations + self.generator.len()
    }
}

/// The notice of an alert, if it is time for one; `interval_ms` is the time between two evaluations of its rule.
pub(crate) fn due(alert: &mut Alert, at: i64, interval_ms: i64, generator: &str) -> Option<Notice> {
    let is_due = match (alert.state, alert.last_sent, alert.resolved_at) {
        (AlertState::Pending, ..) => false,
        (_, None, _) => true,
        (_, Some(sent), Some(resolved)) if resolved > sent => true,
        (_, Some(sent), _) => at - sent >= AGAIN_AFTER_MS,
    };
    if !is_due {
        return None;
    }
    alert.last_sent = Some(at);
    Some(Notice {
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        starts_at: alert.fired_at.unwrap_or(alert.active_at),
        ends_at: alert.resolved_at.unwrap_or(at + 4 * interval_ms.max(AGAIN_AFTER_MS)),
        generator: generator.to_owned(),
    })
}
