//! The traces of a ledger, asked for by id, many at a time.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};

use crate::stack::endpoint::AskError;
use crate::stack::span::Span;
use crate::stack::tempo::Tempo;

/// Questions at a time.
const AT_ONCE: usize = 16;
/// Attributes that matter to somebody begin with one of these.
const KEPT: [&str; 6] = ["async.", "die.", "roll.", "backend.", "http.", "error."];

/// Asks for the spans of these traces; those that the store has nothing of are not among the answers.
pub(crate) async fn read(tempo: &Tempo, ids: Vec<String>) -> Result<HashMap<String, Vec<Span>>, AskError> {
    let one = |id: String| async move { tempo.trace(&id).await.map(|spans| (id, spans)) };
    let mut answers = stream::iter(ids.into_iter().map(one)).buffer_unordered(AT_ONCE);
    let mut traces = HashMap::new();
    while let Some(answer) = answers.next().await {
        let (id, mut spans) = answer?;
        for span in &mut spans {
            span.attributes.retain(|key, _| KEPT.iter().any(|prefix| key.starts_with(prefix)));
        }
        if !spans.is_empty() {
            traces.insert(id, spans);
        }
    }
    Ok(traces)
}
