//! Alerts as an Alertmanager takes them, by version 2 of its API.

use chrono::{DateTime, SecondsFormat};
use lab_metrics::rules::alert::notice::Notice;
use serde_json::{Value, json};

/// The body of a request to `/api/v2/alerts`.
pub fn encode(notices: &[Notice]) -> Vec<u8> {
    let time =
        |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true);
    let entry = |notice: &Notice| {
        json!({
            "annotations": notice.annotations,
            "endsAt": time(notice.ends_at),
            "startsAt": time(notice.starts_at),
            "generatorURL": notice.generator,
            "labels": notice.labels,
        })
    };
    Value::from(notices.iter().map(entry).collect::<Vec<_>>()).to_string().into_bytes()
}
