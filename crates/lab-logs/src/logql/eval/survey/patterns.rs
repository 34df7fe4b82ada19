//! Patterns: what the lines of a selection have in common, and how many lines are of which pattern at which time. Of many
//! lines only every nth is looked at, and of chunks every nth is read; all of them are counted.

mod clusters;
mod share;
mod tokens;
mod unread;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use lab_model::{Grant, Matcher, MemoryError, QueryMemory};

use self::clusters::Clusters;
use self::unread::Unread;
use crate::ingest::enrich::DETECTED_LEVEL;
use crate::logql::error::QueryError;
use crate::logql::eval::cost::Cost;
use crate::logql::eval::scan::Scan;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::limits::QueryLimits;
use crate::logql::plan::log::LogPlan;
use crate::logql::scope::Scope;
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
/// Lines of which all are looked at; of more it is every second, third and so on.
const LOOKED_AT: u64 = 10_000;
/// Pieces of a line for which there is room at once.
const USUAL_PIECES: usize = 64;

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

/// The patterns of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patterns {
    /// Those with most lines first.
    pub found: Vec<Pattern>,
    /// One of so many lines was looked at; 1 if each was. The others count like those of their level and their step that were.
    pub every: u64,
}

/// The lines of one level.
#[derive(Debug, Default)]
struct OfLevel {
    clusters: Clusters,
    /// By the beginning of their step (ns).
    steps: BTreeMap<i64, Step>,
}

/// The lines of one level and step.
#[derive(Debug, Default)]
struct Step {
    lines: u64,
    /// How many lines that were looked at each cluster has.
    looked_at: BTreeMap<usize, u64>,
}

/// A survey in progress.
struct Survey<'a> {
    /// They are few.
    by_level: Vec<(String, OfLevel)>,
    /// One of so many lines is looked at.
    every: u64,
    seen: u64,
    memory: &'a QueryMemory,
}

/// The patterns of the lines from `start` to before `end` (ns).
pub fn patterns(
    store: &LogStore,
    matchers: &[Matcher],
    (start, end): (i64, i64),
    step: i64,
    (limits, grant): (&QueryLimits, &Grant),
) -> Result<Patterns, QueryError> {
    let last = end.saturating_sub(1);
    let plan = LogPlan::compile(&LogQuery { matchers: matchers.to_vec(), stages: Vec::new() })?;
    let (pipeline, selection) = (Pipeline::new(&plan), store.select(matchers, start, last)?);
    let cost = Cost::default();
    let mut scan = Scan::new(store, &selection, &plan, &pipeline, limits, (&grant.interrupt, &cost));
    let lines: u64 = selection.parts.iter().map(|part| part.entries).sum();
    let every = lines.div_ceil(LOOKED_AT).max(1);
    let mut survey = Survey { by_level: Vec::new(), every, seen: 0, memory: &grant.memory };
    let mut chunks: u64 = 0;
    for part in &selection.parts {
        if grant.interrupt.is_set() {
            return Err(QueryError::Interrupted);
        }
        let is_one_of_many = every > 1 && store.is_sound_chunk(part);
        let looks_at_all = is_one_of_many && chunks.is_multiple_of(every);
        chunks += u64::from(is_one_of_many);
        if is_one_of_many
            && !looks_at_all
            && let Some(front) = store.front(part)?
            && let Ok(front) = front.read()
            && let Some(unread) = unread::count(&front, &selection.streams[part.stream], (start, last), step)
        {
            survey.add(unread)?;
            continue;
        }
        scan.part(part, (start, last), |_| true, |scope| Ok(survey.count(scope, step, looks_at_all)?))?;
    }
    Ok(Patterns { found: survey.found()?, every })
}

impl Survey<'_> {
    /// Counts the lines of a chunk that is not read.
    fn add(&mut self, unread: Vec<Unread>) -> Result<(), MemoryError> {
        for Unread { level, begin, lines } in unread {
            self.step(&level, begin)?.1.lines += lines;
        }
        Ok(())
    }

    /// What is known of a level and a step.
    fn step(&mut self, level: &str, begin: i64) -> Result<(&mut Clusters, &mut Step), MemoryError> {
        let level = if level.is_empty() { UNKNOWN } else { level };
        let is_told = self.by_level.iter().any(|(known, _)| known == level) || self.by_level.len() < MOST_LEVELS;
        let level = if is_told { level } else { UNKNOWN };
        let known = self.by_level.iter().position(|(known, _)| known == level);
        if known.is_none() {
            self.memory.take(BYTES_A_PART + level.len())?;
            self.by_level.push((level.to_owned(), OfLevel::default()));
        }
        let at = known.unwrap_or(self.by_level.len() - 1);
        let OfLevel { clusters, steps } = &mut self.by_level[at].1;
        let step = match steps.entry(begin) {
            Entry::Occupied(step) => step.into_mut(),
            Entry::Vacant(step) => {
                self.memory.take(SAMPLE)?;
                step.insert(Step::default())
            }
        };
        Ok((clusters, step))
    }

    /// Counts a line, and looks at it if it is its turn, or the first of its level and its step.
    fn count(&mut self, scope: &Scope<'_>, step: i64, looks_at_all: bool) -> Result<(), MemoryError> {
        let (turn, every, memory) = (self.seen, self.every, self.memory);
        self.seen += 1;
        let (clusters, step) = self.step(scope.get(DETECTED_LEVEL), unread::begin(scope.timestamp, step))?;
        step.lines += 1;
        if !looks_at_all && !turn.is_multiple_of(every) && !step.looked_at.is_empty() {
            return Ok(());
        }
        let mut pieces = Vec::with_capacity(USUAL_PIECES);
        tokens::cut(&scope.line, &mut pieces);
        let (at, bytes) = clusters.place(&pieces);
        if bytes > 0 {
            memory.take(bytes)?;
        }
        if !step.looked_at.contains_key(&at) {
            memory.take(SAMPLE)?;
        }
        *step.looked_at.entry(at).or_default() += 1;
        Ok(())
    }

    /// What was found, those with most lines first.
    fn found(self) -> Result<Vec<Pattern>, MemoryError> {
        let mut patterns = Vec::new();
        for (level, OfLevel { mut clusters, steps }) in self.by_level {
            // A step of which no line was looked at is like the others of its level.
            let mut all: BTreeMap<usize, u64> = BTreeMap::new();
            for (at, lines) in steps.values().flat_map(|step| &step.looked_at) {
                *all.entry(*at).or_default() += lines;
            }
            if all.is_empty() {
                all.insert(clusters.others().0, 1);
            }
            let mut samples: BTreeMap<usize, BTreeMap<i64, u64>> = BTreeMap::new();
            for (begin, Step { lines, looked_at }) in steps {
                let looked_at = if looked_at.is_empty() { &all } else { &looked_at };
                for (at, lines) in share::share_out(lines, looked_at).into_iter().filter(|(_, lines)| *lines > 0) {
                    samples.entry(at).or_default().insert(begin, lines);
                }
            }
            for (at, samples) in samples {
                let text = clusters.pattern(at);
                self.memory.take(BYTES_A_PART + text.len() + level.len())?;
                patterns.push(Pattern { text, level: level.clone(), samples });
            }
        }
        patterns.sort_by(|a, b| b.lines().cmp(&a.lines()).then_with(|| (&a.text, &a.level).cmp(&(&b.text, &b.level))));
        Ok(patterns)
    }
}

#[cfg(test)]
mod tests {
    use lab_model::Labels;
    use lab_model::grant::interrupt::Interrupt;
    use lab_model::grant::memory::{MemoryError, MemoryPool};
    use lab_storage::Location;

    use super::*;
    use crate::record::Entry;
    use crate::{Limits, Policy};

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
        (found.map(|found| found.found), grant.memory.peak())
    }

    #[test]
    fn of_many_lines_some_are_looked_at_and_all_are_counted() {
        let limits = Limits { chunk_bytes: 20_000, ..Limits::default() };
        let store = LogStore::open(&Location::Memory, limits).expect("opens");
        for batch in 0..12 {
            let line = |at: i64| {
                let at = batch * 5000 + at;
                let (level, text) = match at % 4 {
                    0 => ("error", format!("cannot roll die {at}")),
                    1 => ("info", format!("user {at} logged in")),
                    _ => ("info", format!("GET /items/{at} took {at}ms")),
                };
                let stream = Labels::from_pairs([("app", "a"), ("pod", ["x", "y"][usize::from(at % 3 == 0)])]);
                let entry = Entry::new(at * 1_000_000, text);
                (stream, entry.with_metadata(Labels::from_pairs([(DETECTED_LEVEL, level)])))
            };
            store.append((0..5000).map(line), &Policy::collected());
            store.flush().expect("flushes");
        }
        let interrupt = Interrupt::default();
        let grant = Grant { memory: MemoryPool::default().enter(&interrupt).expect("room"), interrupt };
        let limits = QueryLimits::default();
        let step = 10_000_000_000;
        let Patterns { found, every } =
            patterns(&store, &[], (0, 60_000_000_000), step, (&limits, &grant)).expect("found");
        assert_eq!(every, 6);
        let shown: Vec<(&str, &str)> = found.iter().map(|pattern| (&*pattern.level, &*pattern.text)).collect();
        let expected = [("info", "GET <_> took <_>"), ("error", "cannot roll die <_>"), ("info", "user <_> logged in")];
        assert_eq!(shown.iter().collect::<std::collections::BTreeSet<_>>(), expected.iter().collect());
        for pattern in &found {
            let exact = if pattern.text.starts_with("GET") { 30_000 } else { 15_000 };
            assert!(pattern.lines().abs_diff(exact) < exact / 10, "{pattern:?}");
            assert_eq!(pattern.samples.len(), 6);
        }
        let lines = |level: &str| found.iter().filter(|found| found.level == level).map(Pattern::lines).sum::<u64>();
        assert_eq!((lines("error"), lines("info")), (15_000, 45_000), "all are counted");
        let narrow = patterns(&store, &[], (0, 1_000_000_000), step, (&limits, &grant)).expect("found");
        assert_eq!((narrow.every, narrow.found.iter().map(Pattern::lines).sum::<u64>()), (1, 1000));
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
