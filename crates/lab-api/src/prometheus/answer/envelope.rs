//! The envelope around every good answer: `{"status":"success","data":…,"warnings":[…],"infos":[…]}`.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lab_metrics::promql::value::MORE_NOTES;
use serde::Serialize;

use crate::prometheus::error::PrometheusError;

/// The most warnings and the most infos that an answer names, as in Prometheus.
const MOST_NOTES: usize = 10;
/// How notes of the lab's own begin.
const HINT: &str = "Dicelab hint";
/// The warning that a limit of the request has cut the answer. It is named however many others there are.
pub(crate) const CUT: &str = "results truncated due to limit";

/// What every handler answers.
pub(crate) type Answer = Result<Response, PrometheusError>;

/// Data in the envelope.
pub(crate) fn success(data: &impl Serialize) -> Answer {
    success_with(data, &[])
}

/// Data in the envelope, with warnings if there are any.
pub(crate) fn success_with(data: &impl Serialize, warnings: &[String]) -> Answer {
    let data = serde_json::to_string(data).map_err(PrometheusError::internal)?;
    Ok(response(around(|out| out.push_str(&data), warnings, &[])))
}

/// The envelope around the JSON that `data` writes.
pub(crate) fn around(data: impl FnOnce(&mut String), warnings: &[String], infos: &[String]) -> String {
    let mut body = String::with_capacity(1024);
    body.push_str(r#"{"status":"success","data":"#);
    data(&mut body);
    for (name, kind, notes) in [("warnings", "warning", warnings), ("infos", "info", infos)] {
        if !notes.is_empty() {
            let notes = serde_json::to_string(&shown(kind, notes)).unwrap_or_default();
            body.extend([",\"", name, "\":", &notes]);
        }
    }
    body.push('}');
    body
}

/// The first notes, and how many more there are. Hints and what is said of a cut are the lab's own, and few.
fn shown(kind: &str, notes: &[String]) -> Vec<String> {
    let is_own = |note: &str| note.starts_with(HINT) || note == CUT;
    let (own, others): (Vec<&String>, Vec<_>) =
        notes.iter().filter(|note| *note != MORE_NOTES).partition(|note| is_own(note));
    // Of more notes than are kept nobody knows how many there are.
    let at_least = if notes.iter().any(|note| note == MORE_NOTES) { "at least " } else { "" };
    let omitted = others.len().saturating_sub(MOST_NOTES);
    let last = (omitted > 0).then(|| format!("{at_least}{omitted} more {kind} annotations omitted"));
    others.into_iter().take(MOST_NOTES).chain(own).cloned().chain(last).collect()
}

/// A written envelope as an answer.
pub(crate) fn response(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_notes_the_first_ten_are_named_and_the_others_counted() {
        let notes: Vec<String> = (0..12).map(|at| format!("note {at}")).chain(["Dicelab hint: x".to_owned()]).collect();
        let named = shown("info", &notes);
        assert_eq!((named.len(), &*named[0], &*named[9]), (12, "note 0", "note 9"));
        assert_eq!(named[10..], ["Dicelab hint: x", "2 more info annotations omitted"]);
        assert_eq!(shown("warning", &notes[..10]), notes[..10]);
    }

    #[test]
    fn a_cut_is_named_beside_many_warnings_and_more_than_are_kept_are_at_least_as_many() {
        let notes = (0..1000).map(|at| format!("note {at}")).chain([MORE_NOTES, CUT].map(str::to_owned));
        let named = shown("warning", &notes.collect::<Vec<_>>());
        assert_eq!((named.len(), &*named[9]), (12, "note 9"));
        assert_eq!(named[10..], [CUT, "at least 990 more warning annotations omitted"]);
    }
}
