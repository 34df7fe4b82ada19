//! Patterns: what the lines of a selection have in common, and how many lines are of which pattern at which time.

mod clusters;
mod tokens;

use std::collections::{BTreeMap, HashMap};

use lab_model::{Grant, Matcher};

use self::clusters::Clusters;
use crate::ingest::enrich::DETECTED_LEVEL;
use crate::logql::error::QueryError;
use crate::logql::eval::scan::Scan;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::limits::QueryLimits;
use crate::logql::plan::log::LogPlan;
use crate::logql::syntax::ast::LogQuery;
use crate::store::LogStore;

/// The level of lines of which none is known.
const UNKNOWN: &str = "unknown";
/// Bytes that a sample takes.
const SAMPLE: usize = 48;

/// Lines that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What they have in common, as the filter `|>` takes it.
    pub text: String,
    pub level: String,
    /// How many there are by the beginning of their step (ns).
    pub samples: BTreeMap<i64, u64>,
}

impl Pattern {
    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        self.samples.values().sum()
    }
}

/// The lines of one level.
#[derive(Debug, Default)]
struct OfLevel {
    clusters: Clusters,
    /// How many lines each cluster has by the beginning of their step.
    counted: HashMap<usize, BTreeMap<i64, u64>>,
}

/// The patterns of the lines from `start` to before `end` (ns), those with most lines first.
pub fn patterns(
    store: &LogStore,
    matchers: &[Matcher],
    (start, end): (i64, i64),
    step: i64,
    (limits, grant): (&QueryLimits, &Grant),
) -> Result<Vec<Pattern>, QueryError> {
    let last = end.saturating_sub(1);
    let plan = LogPlan::compile(&LogQuery { matchers: matchers.to_vec(), stages: Vec::new() })?;
    let (pipeline, selection) = (Pipeline::new(&plan), store.select(matchers, start, last)?);
    let mut scan = Scan::new(store, &selection, &plan, &pipeline, limits, &grant.interrupt);
    let mut by_level: BTreeMap<String, OfLevel> = BTreeMap::new();
    for part in &selection.parts {
        scan.part(
            part,
            (start, last),
            |_| true,
            |scope| {
                let level = Some(scope.get(DETECTED_LEVEL)).filter(|level| !level.is_empty()).unwrap_or(UNKNOWN);
                if !by_level.contains_key(level) {
                    by_level.insert(level.to_owned(), OfLevel::default());
                }
                let Some(OfLevel { clusters, counted }) = by_level.get_mut(level) else { return Ok(()) };
                let samples = counted.entry(clusters.place(&scope.line)).or_default();
                let at = scope.timestamp.div_euclid(step).saturating_mul(step);
                if !samples.contains_key(&at) {
                    grant.memory.take(SAMPLE)?;
                }
                *samples.entry(at).or_default() += 1;
                Ok(())
            },
        )?;
    }
    let mut patterns = Vec::new();
    for (level, OfLevel { clusters, counted }) in by_level {
        let pattern = |(at, samples)| Pattern { text: clusters.pattern(at), level: level.clone(), samples };
        patterns.extend(counted.into_iter().map(pattern));
    }
    patterns.sort_by(|a, b| b.lines().cmp(&a.lines()).then_with(|| (&a.text, &a.level).cmp(&(&b.text, &b.level))));
    Ok(patterns)
}
