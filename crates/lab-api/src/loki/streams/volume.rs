//! `index/stats` and `index/volume`: how much there is, from what the store knows without reading lines.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use lab_logs::logql::error::QueryError;
use lab_logs::logql::eval::steps;
use lab_logs::logql::eval::value::Value;
use lab_logs::logql::limits::QueryLimits;
use lab_logs::store::select::Selection;
use lab_logs::{ABSENT, Grid, LogStore, Series};
use lab_model::{Grant, Labels, MemoryError, QueryMemory};
use serde_json::json;

use crate::error::PlainError;
use crate::loki::params::Range;
use crate::loki::state::LokiState;
use crate::loki::{answer, params};
use crate::params::Params;

/// Series of a volume answer unless told otherwise.
const DEFAULT_VOLUMES: usize = 100;

/// Streams, chunks, bytes and entries that a query would look at.
pub(crate) async fn stats(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let selection = select(&state, &request, range).await?;
    let used: std::collections::HashSet<usize> = selection.parts.iter().map(|part| part.stream).collect();
    let entries: u64 = selection.parts.iter().map(|part| part.entries).sum();
    Ok(answer::json_response(&json!({
        "streams": used.len(), "chunks": selection.parts.len(), "bytes": selection.bytes(), "entries": entries,
    })))
}

/// Bytes by series (or by the labels that `targetLabels` names), the largest first.
pub(crate) async fn volume(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let asked = Asked::read(&request, Grid::instant(range.end), range)?;
    let matchers = params::matchers(&request, "query")?;
    let question = move |store: &LogStore, _: &QueryLimits, grant: &Grant| {
        let (volumes, warnings) = asked.volumes(&store.select(&matchers, range.start, range.end)?, &grant.memory)?;
        Ok::<_, QueryError>(answer::instant(&volumes, range.end, &warnings, &grant.memory)?)
    };
    state.run(question).await.map(answer::written)
}

/// The same at each step; the bytes of a chunk are spread evenly over its time.
pub(crate) async fn volume_range(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let step = params::step(&request, range)?;
    let grid = steps::aligned(range.start, range.end, step);
    if grid.count > state.limits.points {
        return Err(PlainError::bad_request(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
        ));
    }
    let asked = Asked::read(&request, grid, range)?;
    let matchers = params::matchers(&request, "query")?;
    let question = move |store: &LogStore, _: &QueryLimits, grant: &Grant| {
        let (volumes, warnings) = asked.volumes(&store.select(&matchers, range.start, range.end)?, &grant.memory)?;
        Ok::<_, QueryError>(answer::matrix(&volumes, grid, &warnings, &grant.memory)?)
    };
    state.run(question).await.map(answer::written)
}

async fn select(state: &LokiState, request: &Params, range: Range) -> Result<Selection, PlainError> {
    let matchers = params::matchers(request, "query")?;
    state.run(move |store, _, _| store.select(&matchers, range.start, range.end)).await
}

/// Which volumes are asked for.
struct Asked {
    limit: usize,
    /// The labels by which series are told apart; all if none is named.
    targets: Vec<String>,
    steps: Grid,
    range: Range,
}

impl Asked {
    fn read(request: &Params, steps: Grid, range: Range) -> Result<Self, PlainError> {
        let limit = if request.get("limit").is_some() { params::limit(request)? } else { DEFAULT_VOLUMES };
        let targets = request.get("targetLabels").map(|text| text.split(',').map(str::to_owned).collect());
        Ok(Self { limit, targets: targets.unwrap_or_default(), steps, range })
    }

    /// The largest volumes, and what to say where some are left out.
    fn volumes(&self, selection: &Selection, memory: &QueryMemory) -> Result<(Value, Vec<String>), MemoryError> {
        let Self { limit, targets, steps, range } = self;
        let mut series: HashMap<Labels, Vec<f64>> = HashMap::new();
        for part in &selection.parts {
            let labels = &selection.streams[part.stream];
            let is_target = |name: &str| targets.iter().any(|target| target == name);
            let labels = if targets.is_empty() { labels.clone() } else { labels.filtered(is_target) };
            if !series.contains_key(&labels) {
                memory.take(steps.count.saturating_mul(size_of::<f64>()) + labels.own_bytes())?;
            }
            let values = series.entry(labels).or_insert_with(|| vec![0.0; steps.count]);
            let span = (part.last - part.first).max(1) as f64;
            for (step, value) in values.iter_mut().enumerate() {
                let (from, to) = if steps.count == 1 {
                    (range.start, range.end)
                } else {
                    (steps.time(step).saturating_sub(steps.step), steps.time(step))
                };
                let overlap = part.last.min(to).max(from) - part.first.max(from).min(to);
                let single = part.first == part.last && (from..=to).contains(&part.first);
                *value += if single {
                    part.bytes as f64
                } else {
                    part.bytes as f64 * (overlap as f64 / span).clamp(0.0, 1.0)
                };
            }
        }
        let rounded = |value: f64| if value >= 1.0 { value.round() } else { ABSENT };
        let series =
            series.into_iter().map(|(labels, values)| Series::new(labels, values.into_iter().map(rounded).collect()));
        let mut series: Vec<Series> = series.filter(Series::has_samples).collect();
        let total = |one: &Series| one.samples().map(|(_, bytes)| bytes).sum::<f64>();
        series.sort_by(|a, b| total(b).total_cmp(&total(a)).then_with(|| a.labels.cmp(&b.labels)));
        let found = series.len();
        series.truncate(*limit);
        let cut = (found > *limit)
            .then(|| format!("only the {limit} largest of {found} volumes are here; ask for more by limit"));
        Ok((Value::Vector(series), cut.into_iter().collect()))
    }
}
