//! Spans: to the trace store as the bytes they came as.

use bytes::Bytes;
use lab_storage::other_unit;
use lab_traces::{AppendError, Received, Rejection, TraceStore};

use crate::otlp::outcome::Outcome;
use crate::otlp::refusal::Refusal;

/// What the sender should know; empty if there is nothing to say.
fn message(received: &Received) -> String {
    let mut said = Vec::from_iter(Some(received.rejected.explanation()).filter(|text| !text.is_empty()));
    if received.truncated_attributes > 0 {
        said.push(format!("{} attribute values were too long and were cut off", received.truncated_attributes));
    }
    if received.ahead > 0 {
        said.push(format!(
            "{} spans begin more than ten minutes ahead of this machine's clock and are kept as they are",
            received.ahead
        ));
    }
    said.extend(received.other_unit.and_then(|time| other_unit(time, 1_000_000_000)));
    said.join("; ")
}

/// Takes an `ExportTraceServiceRequest` in.
pub(crate) fn receive(store: &TraceStore, body: &Bytes, now_ns: i64) -> Result<Outcome, Refusal> {
    let received = store.append(body, now_ns).map_err(|error| match error {
        AppendError::Malformed(error) => Refusal::Malformed(error.to_string()),
        AppendError::Wait(wait) => Refusal::Wait(wait),
    })?;
    let rejected = Rejection::ALL.map(|reason| (reason.as_str(), received.rejected.of(reason)));
    let rejected = rejected.into_iter().filter(|(_, spans)| *spans > 0).collect();
    Ok(Outcome { accepted: received.accepted + received.repeated, rejected, conflicts: 0, message: message(&received) })
}
