//! Why an entry was not taken, in Loki's words.

use axum::http::StatusCode;
use chrono::{DateTime, SecondsFormat, Utc};
use lab_logs::{Limits, Policy, Reason, Rejection, enrich};
use lab_model::Labels;
use lab_storage::other_unit_note;

use crate::error::PlainError;

/// Loki's unit of time, as many as are in a second.
const NANOSECONDS: i64 = 1_000_000_000;

/// What the sender is told of one entry.
pub(crate) fn refusal(rejection: &Rejection, policy: &Policy, limits: &Limits) -> PlainError {
    let Rejection { reason, stream, timestamp, line_bytes, .. } = rejection;
    let message = match reason {
        Reason::TooOld => format!(
            "entry for stream '{stream}' has timestamp too old: {}, oldest acceptable timestamp is: {}{}",
            rfc3339(*timestamp),
            rfc3339(policy.times.oldest.unwrap_or_default()),
            other_unit_note(*timestamp, NANOSECONDS)
        ),
        Reason::TooNew => format!(
            "entry for stream '{stream}' has timestamp too new: {}{}",
            rfc3339(*timestamp),
            other_unit_note(*timestamp, NANOSECONDS)
        ),
        Reason::LineTooLong => format!(
            "max entry size '{}' bytes exceeded for stream '{stream}' while adding an entry with length '{line_bytes}' bytes",
            limits.line_bytes
        ),
        Reason::MetadataTooLarge => format!(
            "stream '{stream}' has structured metadata too large: '{}' bytes, limit: '{}' bytes; send fewer or shorter entries",
            rejection.metadata_bytes, limits.metadata_bytes
        ),
        Reason::MetadataTooMany => format!(
            "stream '{stream}' has too many structured metadata labels: '{}', limit: '{}'; send fewer entries with a line",
            rejection.metadata_labels, limits.metadata_labels
        ),
        Reason::InvalidLabels => invalid_labels(stream, limits),
        Reason::StreamLimit => {
            let message = format!(
                "maximum active stream limit exceeded when trying to create stream {stream}, reduce the number of active \
                 streams (reduce labels or reduce label values); limit: {}",
                limits.streams
            );
            return PlainError::new(StatusCode::TOO_MANY_REQUESTS, message);
        }
    };
    PlainError::bad_request(message)
}

/// Which bound on labels is exceeded.
fn invalid_labels(stream: &Labels, limits: &Limits) -> String {
    let rules = &limits.labels;
    let long = stream.iter().find(|label| label.name.len() > rules.name_bytes || label.value.len() > rules.value_bytes);
    match long {
        Some(label) if label.name.len() > rules.name_bytes => {
            format!("stream '{stream}' has label name too long: '{}'", label.name)
        }
        Some(label) => format!("stream '{stream}' has label value too long: '{}'", label.value),
        None => {
            let names = stream.iter().filter(|label| *label.name != *enrich::SERVICE_NAME).count();
            format!("entry for stream '{stream}' has {names} label names; limit {}", rules.count)
        }
    }
}

fn rfc3339(nanoseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_nanos(nanoseconds).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
