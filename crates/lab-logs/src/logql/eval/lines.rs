//! Log queries: the newest (or oldest) lines that come through the pipeline.
//!
//! Parts are read in order of time, and the best lines so far are kept in a heap; once it is full and the next
//! part cannot hold a better one, the answer is complete.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use lab_model::{Grant, Labels, MatchOp, MemoryError, QueryMemory};

use crate::logql::error::QueryError;
use crate::logql::eval::cost::{Cost, Figures};
use crate::logql::eval::scan::Scan;
use crate::logql::eval::scan::near_miss::anchored_warning;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::eval::survey::hints;
use crate::logql::functions::regexes;
use crate::logql::limits::QueryLimits;
use crate::logql::plan::log::LogPlan;
use crate::logql::syntax::ast::LogQuery;
use crate::record::LogLine;
use crate::store::LogStore;

/// Bytes that a line takes among the best ones besides its texts.
const PLACE: usize = 2 * size_of::<LogLine>();

/// Which lines come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The newest lines come first.
    #[default]
    Backward,
    /// The oldest lines come first.
    Forward,
}

/// Which lines are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinesRequest {
    /// The first time that counts (ns).
    pub start: i64,
    /// The first time that does not count any more (ns).
    pub end: i64,
    /// The most lines that are answered.
    pub limit: usize,
    /// Which lines come first, and are kept when there are too many.
    pub direction: Direction,
    /// The least time between two lines that are answered (ns); 0 for none.
    pub interval: i64,
}

/// The answer to a log query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The lines, in the direction that was asked for.
    pub lines: Vec<LogLine>,
    /// Hints, for example why nothing was found.
    pub warnings: Vec<String>,
    /// What was read for it.
    pub figures: Figures,
}

/// Evaluates a log query.
pub fn lines(
    store: &LogStore,
    query: &LogQuery,
    request: LinesRequest,
    limits: &QueryLimits,
    grant: &Grant,
) -> Result<Lines, QueryError> {
    if request.limit > limits.entries {
        return Err(QueryError::Limit(format!(
            "max entries limit per query exceeded, limit > max_entries_limit_per_query ({} > {})",
            request.limit, limits.entries
        )));
    }
    if request.limit == 0 || request.start >= request.end {
        return Ok(Lines::default());
    }
    let (start, end) = (request.start, request.end - 1);
    let mut selection = store.select(&query.matchers, start, end)?;
    let forward = request.direction == Direction::Forward;
    selection.parts.sort_by_key(|part| if forward { part.first } else { part.last.saturating_neg() });
    let plan = LogPlan::compile(query)?;
    let pipeline = Pipeline::new(&plan);
    let cost = Cost::default();
    let mut scan = Scan::new(store, &selection, &plan, &pipeline, limits, (&grant.interrupt, &cost));
    // Which lines an interval leaves is known only once all of them are in order.
    let limit = if request.interval > 0 { usize::MAX } else { request.limit };
    let mut best = Best { limit, forward, lines: BTreeMap::new(), arrival: 0, memory: &grant.memory };
    for part in &selection.parts {
        let nearest = if forward { part.first } else { part.last };
        if best.worst().is_some_and(|worst| best.rank(nearest) > worst) {
            break;
        }
        let threshold = best.worst();
        let rank = |time: i64| if forward { time } else { time.saturating_neg() };
        scan.part(
            part,
            (start, end),
            |time| threshold.is_none_or(|worst| rank(time) <= worst),
            |scope| {
                if best.wants(scope.timestamp) {
                    let [stream, metadata, parsed] = scope.by_origin();
                    best.insert(LogLine {
                        timestamp: scope.timestamp,
                        line: (&*scope.line).into(),
                        stream,
                        metadata,
                        parsed,
                    })?;
                }
                Ok(())
            },
        )?;
    }
    let mut lines: Vec<LogLine> = best.lines.into_values().map(|(line, _)| line).collect();
    if request.interval > 0 {
        thin_out(&mut lines, request.interval);
        lines.truncate(request.limit);
    }
    let warnings = if lines.is_empty() { warnings(store, query, start, end, &pipeline)? } else { Vec::new() };
    Ok(Lines { lines, warnings, figures: cost.figures() })
}

/// Leaves only lines that are at least `interval` (ns) from the one before.
fn thin_out(lines: &mut Vec<LogLine>, interval: i64) {
    let mut last: Option<i64> = None;
    lines.retain(|line| {
        let stays = last.is_none_or(|last| line.timestamp.saturating_sub(last).saturating_abs() >= interval);
        if stays {
            last = Some(line.timestamp);
        }
        stays
    });
}

/// The best lines so far: by rank (time in the wanted direction), then in the order in which they were found,
/// which within a part is the order of arrival; backward the later of equals comes first.
struct Best<'a> {
    limit: usize,
    forward: bool,
    /// With the bytes that each of them takes.
    lines: BTreeMap<(i64, Order), (LogLine, usize)>,
    arrival: u64,
    memory: &'a QueryMemory,
}

/// Order among lines of the same time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Earlier(u64),
    Later(Reverse<u64>),
}

impl Best<'_> {
    fn rank(&self, time: i64) -> i64 {
        if self.forward { time } else { time.saturating_neg() }
    }

    /// The rank of the last line, once there are as many as wanted.
    fn worst(&self) -> Option<i64> {
        if self.lines.len() < self.limit { None } else { self.lines.last_key_value().map(|((rank, _), _)| *rank) }
    }

    fn wants(&self, time: i64) -> bool {
        self.worst().is_none_or(|worst| self.rank(time) < worst || (!self.forward && self.rank(time) == worst))
    }

    fn insert(&mut self, line: LogLine) -> Result<(), MemoryError> {
        let labels = [&line.stream, &line.metadata, &line.parsed].map(Labels::own_bytes);
        let bytes = PLACE + line.line.len() + labels.into_iter().sum::<usize>();
        self.memory.take(bytes)?;
        self.arrival += 1;
        let order = if self.forward { Order::Earlier(self.arrival) } else { Order::Later(Reverse(self.arrival)) };
        self.lines.insert((self.rank(line.timestamp), order), (line, bytes));
        if self.lines.len() > self.limit
            && let Some((_, (_, bytes))) = self.lines.pop_last()
        {
            self.memory.shrink_to(self.memory.held() - bytes);
        }
        Ok(())
    }
}

/// Why nothing was found, if an anchored expression or the labels of the streams explain it.
fn warnings(
    store: &LogStore,
    query: &LogQuery,
    start: i64,
    end: i64,
    pipeline: &Pipeline<'_>,
) -> Result<Vec<String>, QueryError> {
    let mut warnings = pipeline.warnings();
    let regexes = query.matchers.iter().filter(|matcher| matcher.op == MatchOp::Regex);
    let mut values = None;
    for matcher in regexes {
        if values.is_none() {
            values = Some(store.labels(&[], start, end)?);
        }
        let of_label = values.as_ref().and_then(|values| values.get(&matcher.name));
        let (Some(of_label), Ok(anywhere)) = (of_label, regexes::anywhere(&matcher.value)) else { continue };
        let anchored = of_label.iter().any(|value| matcher.matches(value));
        if !anchored && of_label.iter().any(|value| anywhere.is_match(value)) {
            warnings.push(anchored_warning(&matcher.name, &matcher.value));
        }
    }
    if warnings.is_empty() {
        warnings.extend(hints::of_selector(store, &query.matchers, start, end)?);
    }
    Ok(warnings)
}
