//! `patterns`: what lines have in common, and how many lines are of which pattern.

use axum::extract::State;
use lab_logs::logql::eval::survey::patterns;
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::loki::answer::envelope;
use crate::loki::answer::form::{Form, Written};
use crate::loki::answer::messages::{PatternSample, PatternSeries, Patterns, PatternsReply, Reply};
use crate::loki::params;
use crate::loki::state::LokiState;
use crate::params::Params;

/// The least time between two samples (ns), as in Loki.
const LEAST_STEP: i64 = 10_000_000_000;

/// The patterns of the lines that a selector finds, by level.
pub(crate) async fn patterns(
    State(state): State<LokiState>,
    form: Form,
    request: Params,
) -> Result<Written, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let step = params::step(&request, range)?.max(LEAST_STEP);
    let matchers = params::only_matchers(request.get("query").unwrap_or_default())?;
    let question = move |store: &lab_logs::LogStore, limits: &_, grant: &_| {
        patterns::patterns(store, &matchers, (range.start, range.end), step, (limits, grant))
    };
    let patterns::Patterns { found, lines, looked_at } = state.run(question).await?;
    let warnings = (looked_at < lines).then(|| {
        format!(
            "there are many lines: {looked_at} of {lines} were looked at, and the others count like those of their level and \
             time that were; a time range or a selector with few lines is answered exactly"
        )
    });
    let shown = |pattern: &patterns::Pattern| {
        let samples: Vec<Value> =
            pattern.samples.iter().map(|(at, count)| json!([at / 1_000_000_000, count])).collect();
        json!({"pattern": pattern.text, "level": pattern.level, "samples": samples})
    };
    let message = |pattern: &patterns::Pattern| {
        let sample = |(at, count): (&i64, &u64)| PatternSample {
            timestamp_ms: at / 1_000_000,
            value: i64::try_from(*count).unwrap_or(i64::MAX),
        };
        let samples = pattern.samples.iter().map(sample).collect();
        PatternSeries { pattern: pattern.text.clone(), samples, level: pattern.level.clone() }
    };
    Ok(form.write(
        || envelope::list_saying(&found.iter().map(shown).collect::<Vec<_>>(), warnings.as_slice()),
        || Reply::Patterns(PatternsReply { response: Some(Patterns { series: found.iter().map(message).collect() }) }),
    ))
}
