//! `index/stats`, `index/volume` and `index/shards`: how much there is, from what the store knows without reading lines.

use axum::extract::State;
use lab_logs::LogStore;
use lab_logs::logql::error::QueryError;
use lab_logs::logql::eval::cost::Figures;
use lab_logs::logql::eval::survey::measured;
use lab_logs::logql::eval::survey::shards::{self, Load};
use lab_logs::logql::eval::survey::volume::{self, Bucket, By};
use lab_logs::logql::limits::QueryLimits;
use lab_logs::store::select::Selection;
use lab_model::{Grant, MatchOp, Matcher};

use crate::error::PlainError;
use crate::loki::answer::envelope::Beside;
use crate::loki::answer::form::{Form, Written};
use crate::loki::answer::messages::{Amounts, AmountsReply, Bounds, Reply, Shard, ShardsBody, ShardsReply};
use crate::loki::answer::samples::VolumeRows;
use crate::loki::answer::statistics::{Statistics, Watch};
use crate::loki::params;
use crate::loki::params::Range;
use crate::loki::state::LokiState;
use crate::params::Params;

/// Series of a volume answer unless told otherwise.
const DEFAULT_VOLUMES: usize = 100;

/// Streams, chunks, bytes and entries that a query would look at.
pub(crate) async fn stats(State(state): State<LokiState>, form: Form, request: Params) -> Result<Written, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let matchers = named_matchers(&request)?;
    let range = (range.start, range.end);
    let question = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        measured::selection(store, &matchers, range, limits, &grant.interrupt)
    };
    let selection = state.run(question).await?;
    let amounts = amounts(Load::of(&selection));
    let json = || serde_json::to_string(&amounts).unwrap_or_default();
    Ok(form.write(json, || Reply::Amounts(AmountsReply { response: Some(amounts) })))
}

fn amounts(load: Load) -> Amounts {
    Amounts { streams: load.streams, chunks: load.parts, bytes: load.bytes, entries: load.entries }
}

/// How the streams of a query can be dealt out so that each share has about `targetBytesPerShard`.
pub(crate) async fn shards(State(state): State<LokiState>, form: Form, request: Params) -> Result<Written, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let target = params::bytes(&request, "targetBytesPerShard").filter(|bytes| *bytes > 0);
    let target = target.ok_or_else(|| PlainError::bad_request("targetBytesPerShard must be a positive value"))?;
    let matchers = params::selector(request.get("query").unwrap_or_default())?.matchers;
    let (range, mut watch) = ((range.start, range.end), Watch::start());
    let question = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        watch.begin();
        measured::selection(store, &matchers, range, limits, &grant.interrupt)
    };
    let selection = state.run(question).await?;
    let shard = |shard: shards::Shard| Shard {
        bounds: Some(Bounds { min: shard.min, max: shard.max }),
        stats: Some(amounts(shard.load)),
    };
    let shards = ShardsBody {
        shards: shards::shards(&selection, target).into_iter().map(shard).collect(),
        statistics: Some(Statistics::of(&selected(&selection), 0, watch)),
        chunk_groups: Vec::new(),
    };
    let json = || serde_json::to_string(&shards).unwrap_or_default();
    Ok(form.write(json, || Reply::Shards(ShardsReply { response: Some(shards.clone()) })))
}

/// The figures of a question that reads no lines.
fn selected(selection: &Selection) -> Figures {
    let load = Load::of(selection);
    Figures { streams: load.streams, chunks: load.parts, ..Figures::default() }
}

/// Bytes by the labels that the selector or `targetLabels` names, or by the names of labels, the largest first.
pub(crate) async fn volume(State(state): State<LokiState>, form: Form, request: Params) -> Result<Written, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    Asked::read(&request, range, None)?.answer(&state, form).await
}

/// The same at each step.
pub(crate) async fn volume_range(
    State(state): State<LokiState>,
    form: Form,
    request: Params,
) -> Result<Written, PlainError> {
    let range = params::any_range(&request, state.clock.now_ns())?;
    let step = params::step(&request, range)?;
    if usize::try_from((range.end - range.start) / step).is_ok_and(|steps| steps > state.limits.points) {
        return Err(PlainError::bad_request(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
        ));
    }
    Asked::read(&request, range, Some(step))?.answer(&state, form).await
}

/// The conditions of `query`, which must be there.
fn named_matchers(request: &Params) -> Result<Vec<Matcher>, PlainError> {
    params::only_matchers(request.get("query").unwrap_or_default())
}

/// Which volumes are asked for.
struct Asked {
    matchers: Vec<Matcher>,
    by: By,
    limit: usize,
    range: Range,
    buckets: Vec<Bucket>,
    /// One volume for the whole range, or one for each bucket.
    is_instant: bool,
}

impl Asked {
    fn read(request: &Params, range: Range, step: Option<i64>) -> Result<Self, PlainError> {
        let limit = params::number(request, "limit")?.and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(DEFAULT_VOLUMES);
        let mut matchers = named_matchers(request)?;
        let targets: Vec<String> = request
            .get("targetLabels")
            .map(|text| text.split(',').map(|name| name.trim().to_owned()).collect())
            .unwrap_or_default();
        let by = match request.get("aggregateBy") {
            None | Some("series") if targets.is_empty() => By::matchers(&matchers),
            None | Some("series") => By::Series(targets.clone()),
            Some("labels") => By::Names(targets.clone()),
            Some(_) => return Err(PlainError::bad_request("invalid aggregation option")),
        };
        // A stream without one of these labels has no volume under it.
        let unnamed: Vec<String> =
            targets.into_iter().filter(|name| matchers.iter().all(|matcher| matcher.name != *name)).collect();
        for name in unnamed {
            let present = Matcher::new(name, MatchOp::NotEqual, "");
            matchers.push(present.map_err(|error| PlainError::bad_request(error.to_string()))?);
        }
        let buckets = match step {
            None => volume::whole(range.start, range.end),
            Some(step) => volume::steps(range.start, range.end, step),
        };
        Ok(Self { matchers, by, limit, range, buckets, is_instant: step.is_none() })
    }

    /// The largest volumes, and what to say where some are left out.
    async fn answer(self, state: &LokiState, form: Form) -> Result<Written, PlainError> {
        let mut watch = Watch::start();
        let question = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
            watch.begin();
            let range = (self.range.start, self.range.end);
            let selection = measured::selection(store, &self.matchers, range, limits, &grant.interrupt)?;
            let mut volumes = volume::volumes(&selection, &self.by, &self.buckets, &grant.memory)?;
            let found = volumes.len();
            volumes.truncate(self.limit);
            let cut = (found > self.limit)
                .then(|| format!("only the {} largest of {found} volumes are here; ask for more by limit", self.limit));
            let warnings: Vec<String> = cut.into_iter().collect();
            let times: Vec<i64> = self.buckets.iter().map(|bucket| bucket.at).collect();
            let statistics = Statistics::of(&selected(&selection), volumes.len(), watch);
            let written = VolumeRows { volumes: &volumes, times: &times, is_instant: self.is_instant };
            Ok::<_, QueryError>(written.write(form, &Beside { warnings: &warnings, statistics }, &grant.memory)?)
        };
        state.run(question).await
    }
}
