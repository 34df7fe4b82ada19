//! Patterns: what the lines of a selection have in common, and how many lines are of which pattern at which time.

mod clusters;
mod tokens;

use std::collections::{BTreeMap, HashMap};

use lab_model::{Grant, Matcher};

use self::clusters::Clusters;
use crate::ingest::enrich::DETECTED_LEVEL;
use crate::logql::error::QueryError;
use crate::logql::eval::cost::Cost;
use crate::logql::eval::scan::Scan;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::limits::QueryLimits;
use crate::logql::plan::log::LogPlan;
use crate::logql::syntax::ast::LogQuery;
use crate::store::LogStore;

/// The level of lines of which none is known.
const UNKNOWN: &str = "unknown";
/// Levels that are told apart; the lines of further ones count as if none was known. Senders may call a level what they like.
const MOST_LEVELS: usize = 10;
/// Bytes that a sample takes.
const SAMPLE: usize = 48;
/// Bytes that a level, or a pattern of the answer, takes beside its texts.
const BYTES_A_PART: usize = 256;

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
    let cost = Cost::default();
    let mut scan = Scan::new(store, &selection, &plan, &pipeline, limits, (&grant.interrupt, &cost));
    let mut by_level: BTreeMap<String, OfLevel> = BTreeMap::new();
    for part in &selection.parts {
        scan.part(
            part,
            (start, last),
            |_| true,
            |scope| {
                let level = Some(scope.get(DETECTED_LEVEL)).filter(|level| !level.is_empty()).unwrap_or(UNKNOWN);
                let is_told = by_level.contains_key(level) || by_level.len() < MOST_LEVELS;
                let level = if is_told { level } else { UNKNOWN };
                if !by_level.contains_key(level) {
                    grant.memory.take(BYTES_A_PART + level.len())?;
                    by_level.insert(level.to_owned(), OfLevel::default());
                }
                let Some(OfLevel { clusters, counted }) = by_level.get_mut(level) else { return Ok(()) };
                let (at, bytes) = clusters.place(&scope.line);
                if bytes > 0 {
                    grant.memory.take(bytes)?;
                }
                let samples = counted.entry(at).or_default();
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
        for (at, samples) in counted {
            let text = clusters.pattern(at);
            grant.memory.take(BYTES_A_PART + text.len() + level.len())?;
            patterns.push(Pattern { text, level: level.clone(), samples });
        }
    }
    patterns.sort_by(|a, b| b.lines().cmp(&a.lines()).then_with(|| (&a.text, &a.level).cmp(&(&b.text, &b.level))));
    Ok(patterns)
}

#[cfg(test)]
mod tests {
    use lab_model::Labels;
    use lab_model::grant::interrupt::Interrupt;
    use lab_model::grant::memory::{MemoryError, MemoryPool};
    use lab_storage::Location;

    use super::*;
    use crate::{Entry, Limits, Policy};

    /// The patterns of lines with their levels, in so many bytes of memory; then the bytes that they took.
    fn survey(lines: Vec<(String, String)>, pool: u64) -> (Result<Vec<Pattern>, QueryError>, u64) {
        let store = LogStore::open(&Location::Memory, Limits::default()).expect("opens");
        let entry = |(at, (level, line)): (usize, (String, String))| {
            let entry = Entry::new(1_000_000_000 + at as i64, line);
            (Labels::from_pairs([("app", "a")]), entry.with_metadata(Labels::from_pairs([(DETECTED_LEVEL, level)])))
        };
        store.append(lines.into_iter().enumerate().map(entry), &Policy::collected());
        let interrupt = Interrupt::default();
        let grant = Grant { memory: MemoryPool::new(pool).enter(&interrupt).expect("room"), interrupt };
        let matchers = crate::logql::syntax::parser::parse(r#"{app="a"}"#).expect("good");
        let crate::logql::syntax::ast::Query::Logs(query) = matchers else { unreachable!("it asks for lines") };
        let range = (0, 10_000_000_000);
        let limits = QueryLimits::default();
        let found = patterns(&store, &query.matchers, range, 10_000_000_000, (&limits, &grant));
        (found, grant.memory.peak())
    }

    #[test]
    fn levels_beyond_the_bound_count_as_unknown() {
        let lines = (0..40).map(|at| (format!("level{at}"), "the same".to_owned())).collect();
        let found = survey(lines, 1 << 30).0.expect("found");
        assert_eq!(found.len(), MOST_LEVELS + 1);
        assert_eq!((&*found[0].level, found[0].lines()), (UNKNOWN, 40 - MOST_LEVELS as u64));
        assert_eq!(found.iter().map(Pattern::lines).sum::<u64>(), 40);
    }

    #[test]
    fn lines_that_have_nothing_in_common_take_the_memory_of_the_query() {
        let signs = |at: usize| (0..10).map(|bit| if at >> bit & 1 == 1 { "w=" } else { "w;" }).collect::<String>();
        let lines = || (0..300).map(|at| ("info".to_owned(), signs(at) + &"a,".repeat(1400))).collect();
        let (found, bytes) = survey(lines(), 1 << 30);
        assert_eq!(found.expect("found").len(), 300);
        assert!(bytes > 300 * 256 * 24, "{bytes}");
        let refused = survey(lines(), 2 << 20).0.map(|found| found.len());
        assert!(matches!(refused, Err(QueryError::Memory(MemoryError::TooLarge { .. }))), "{refused:?}");
    }
}
