//! Patterns: what the lines of a selection have in common, and how many lines are of which pattern at which time. All lines
//! are read and counted. Of many only some are looked at, since that takes most of the time; they are drawn, each as likely
//! as any other, since every nth line of a log that repeats itself may always be of the same pattern.

mod clusters;
mod share;
mod tokens;
mod within;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use lab_model::{Grant, Matcher};

use self::clusters::Clusters;
use self::share::Shares;
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
/// Lines of which all are looked at; of more about as many are drawn.
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
    /// How many lines there are.
    pub lines: u64,
    /// How many of them were looked at. The others count like those of their level and their step that were.
    pub looked_at: u64,
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
    /// True if no line was drawn yet, and one of those that there are stands in for them.
    has_stand_in: bool,
}

/// A survey in progress.
struct Survey<'a> {
    /// They are few.
    by_level: Vec<(String, OfLevel)>,
    /// One of so many lines is drawn.
    every: u64,
    lines: u64,
    looked_at: u64,
    grant: &'a Grant,
}

/// The patterns of the lines from `start` to before `end` (ns).
pub fn patterns(
    store: &LogStore,
    matchers: &[Matcher],
    (start, end): (i64, i64),
    step: i64,
    (limits, grant): (&QueryLimits, &Grant),
) -> Result<Patterns, QueryError> {
    let range = (start, end.saturating_sub(1));
    let plan = LogPlan::compile(&LogQuery { matchers: matchers.to_vec(), stages: Vec::new() })?;
    let (pipeline, selection) = (Pipeline::new(&plan), store.select(matchers, range.0, range.1)?);
    let cost = Cost::default();
    let scan = || Scan::new(store, &selection, &plan, &pipeline, limits, (&grant.interrupt, &cost));
    let mut lines: u64 = selection.parts.iter().map(|part| part.entries).sum();
    if lines > LOOKED_AT {
        lines = within::lines(store, scan(), range, &grant.interrupt)?;
    }
    let every = lines.div_ceil(LOOKED_AT).max(1);
    let mut survey = Survey { by_level: Vec::new(), every, lines: 0, looked_at: 0, grant };
    let mut scan = scan();
    for part in &selection.parts {
        scan.part(part, range, |_| true, |scope| survey.count(scope, step))?;
    }
    let (lines, looked_at) = (survey.lines, survey.looked_at);
    Ok(Patterns { found: survey.found()?, lines, looked_at })
}

/// Where the step of a time begins (ns).
fn begin(time: i64, step: i64) -> i64 {
    time.div_euclid(step).saturating_mul(step)
}

/// A number that looks as if it had been thrown, of the place of a line: the same place has always the same one.
fn thrown(place: u64) -> u64 {
    let mixed = place.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 32)
}

impl Survey<'_> {
    /// What is known of a level and a step.
    fn step(&mut self, level: &str, begin: i64) -> Result<(&mut Clusters, &mut Step), QueryError> {
        let level = if level.is_empty() { UNKNOWN } else { level };
        let is_told = self.by_level.iter().any(|(known, _)| known == level) || self.by_level.len() < MOST_LEVELS;
        let level = if is_told { level } else { UNKNOWN };
        let known = self.by_level.iter().position(|(known, _)| known == level);
        if known.is_none() {
            self.grant.memory.take(BYTES_A_PART + level.len())?;
            self.by_level.push((level.to_owned(), OfLevel::default()));
        }
        let at = known.unwrap_or(self.by_level.len() - 1);
        let OfLevel { clusters, steps } = &mut self.by_level[at].1;
        let step = match steps.entry(begin) {
            Entry::Occupied(step) => step.into_mut(),
            Entry::Vacant(step) => {
                self.grant.memory.take(SAMPLE)?;
                step.insert(Step::default())
            }
        };
        Ok((clusters, step))
    }

    /// Counts a line, and looks at it if it is drawn. As long as none of its level and step is, one of them stands in, each
    /// as likely as any other: were it the first, then the stream that is read first would speak for all.
    fn count(&mut self, scope: &Scope<'_>, step: i64) -> Result<(), QueryError> {
        let (number, every, grant) = (thrown(self.lines), self.every, self.grant);
        self.lines += 1;
        let (clusters, step) = self.step(scope.get(DETECTED_LEVEL), begin(scope.timestamp, step))?;
        step.lines += 1;
        let is_drawn = number.is_multiple_of(every);
        let may_stand_in = step.looked_at.is_empty() || step.has_stand_in;
        let stands_in = may_stand_in && (number / every).is_multiple_of(step.lines);
        if !is_drawn && !stands_in {
            return Ok(());
        }
        if may_stand_in {
            step.looked_at.clear();
            step.has_stand_in = !is_drawn;
        }
        let mut pieces = Vec::with_capacity(USUAL_PIECES);
        tokens::cut(&scope.line, &mut pieces);
        let (at, bytes) = clusters.place(&pieces);
        if bytes > 0 {
            grant.memory.take(bytes)?;
        }
        if !step.looked_at.contains_key(&at) {
            grant.memory.take(SAMPLE)?;
        }
        *step.looked_at.entry(at).or_default() += 1;
        self.looked_at += 1;
        Ok(())
    }

    /// What was found, those with most lines first.
    fn found(self) -> Result<Vec<Pattern>, QueryError> {
        let memory = &self.grant.memory;
        let mut patterns = Vec::new();
        for (level, OfLevel { clusters, steps }) in self.by_level {
            let mut samples: BTreeMap<usize, BTreeMap<i64, u64>> = BTreeMap::new();
            let mut shares = Shares::default();
            for (begin, Step { lines, looked_at, .. }) in steps {
                if self.grant.interrupt.is_set() {
                    return Err(QueryError::Interrupted);
                }
                for (at, lines) in shares.share_out(lines, &looked_at).into_iter().filter(|(_, lines)| *lines > 0) {
                    memory.take(SAMPLE)?;
                    samples.entry(at).or_default().insert(begin, lines);
                }
            }
            for (at, samples) in samples {
                let text = clusters.pattern(at);
                memory.take(BYTES_A_PART + text.len() + level.len())?;
                patterns.push(Pattern { text, level: level.clone(), samples });
            }
        }
        patterns.sort_by_cached_key(|found| (Reverse(found.lines()), found.text.clone(), found.level.clone()));
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
    use crate::store::select::mask::Mask;
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
        let Patterns { found, lines, looked_at } =
            patterns(&store, &[], (0, 60_000_000_000), step, (&limits, &grant)).expect("found");
        assert!(lines == 60_000 && looked_at.abs_diff(10_000) < 500, "{looked_at} of {lines}");
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
        assert_eq!((narrow.looked_at, narrow.found.iter().map(Pattern::lines).sum::<u64>()), (1000, 1000));
    }

    /// A store of streams of so many lines each, in memory or most of them in one sealed chunk each: the level and the text of a line by
    /// the places of its stream and of itself. The lines of a stream are so many nanoseconds apart.
    fn streams(
        (streams, lines, apart): (usize, usize, i64),
        is_sealed: bool,
        line: impl Fn(usize, usize) -> (&'static str, String),
    ) -> LogStore {
        let limits = Limits { chunk_bytes: if is_sealed { 60_000 } else { usize::MAX }, ..Limits::default() };
        let store = LogStore::open(&Location::Memory, limits).expect("opens");
        let entry = |at: usize| {
            let (stream, at) = (at / lines, at % lines);
            let (level, text) = line(stream, at);
            let entry = Entry::new(at as i64 * apart, text);
            let labels = Labels::from_pairs([("app", "a"), ("pod", &*format!("{stream:03}"))]);
            (labels, entry.with_metadata(Labels::from_pairs([(DETECTED_LEVEL, level)])))
        };
        store.append((0..streams * lines).map(entry), &Policy::collected());
        if is_sealed {
            store.flush().expect("flushes");
        }
        store
    }

    fn ask(store: &LogStore, range: (i64, i64), step: i64) -> Patterns {
        let interrupt = Interrupt::default();
        let grant = Grant { memory: MemoryPool::default().enter(&interrupt).expect("room"), interrupt };
        patterns(store, &[], range, step, (&QueryLimits::default(), &grant)).expect("found")
    }

    const MINUTE: i64 = 60_000_000_000;

    #[test]
    fn lines_that_repeat_themselves_are_all_found() {
        const TEXTS: [&str; 4] = ["alpha begins", "beta goes", "gamma rests", "delta ends"];
        for (period, lines) in [(2, 3000), (2, 8000), (4, 8000)] {
            let store = streams((5, lines, 1000), false, |_, at| ("info", TEXTS[at % period].to_owned()));
            let found = ask(&store, (0, MINUTE), MINUTE).found;
            assert_eq!(found.len(), period, "{found:?}");
            let exact = (5 * lines / period) as u64;
            for pattern in &found {
                assert!(pattern.lines().abs_diff(exact) < exact / 10, "{exact}: {pattern:?}");
            }
        }
    }

    #[test]
    fn every_stream_and_every_level_is_found_whatever_chunk_it_is_in() {
        let words =
            ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"];
        let store = streams((20, 3000, 1000), true, |stream, at| match (stream, at) {
            (7, 1700..1703) => ("error", "it broke".to_owned()),
            _ => ("info", format!("{} is done", words[stream])),
        });
        let Patterns { found, lines, looked_at } = ask(&store, (0, MINUTE), MINUTE);
        assert!(lines == 60_000 && looked_at < 11_000, "{looked_at} of {lines}");
        assert_eq!(found.len(), 21, "{found:?}");
        let (error, info) = found.split_last().expect("found");
        assert_eq!((&*error.text, &*error.level, error.lines()), ("it broke", "error", 3));
        assert!(info.iter().all(|pattern| pattern.lines().abs_diff(3000) < 600), "{info:?}");
    }

    #[test]
    fn a_short_range_of_long_chunks_is_looked_at_as_a_whole() {
        let line = |_: usize, at: usize| ("info", format!("{} is done", if at < 100 { "early" } else { "late" }));
        let store = streams((10, 4000, 1_000_000), true, line);
        let early = |expected: u64| {
            let Patterns { found, lines, looked_at } = ask(&store, (50_000_000, 150_000_000), MINUTE);
            assert_eq!((lines, looked_at), (500 + expected, 500 + expected));
            assert_eq!(found.iter().map(Pattern::lines).collect::<Vec<_>>(), [500, expected]);
        };
        early(500);
        let mask = Mask { matchers: Vec::new(), range: (60_000_000, 69_999_999), condition: None };
        store.hide(vec![std::sync::Arc::new(mask)]);
        early(400);
    }

    #[test]
    fn steps_of_few_lines_do_not_all_count_for_the_stream_that_is_read_first() {
        let line = |stream: usize, _: usize| ("info", ["alpha begins", "beta goes", "gamma rests"][stream].to_owned());
        let store = streams((3, 8000, MINUTE), false, line);
        let Patterns { found, lines, .. } = ask(&store, (0, 8000 * MINUTE), MINUTE);
        assert_eq!((found.len(), lines), (3, 24_000));
        assert!(found.iter().all(|pattern| pattern.lines().abs_diff(8000) < 400), "{:?}", found[0].lines());
    }

    #[test]
    fn the_answer_takes_memory_and_is_made_until_it_is_interrupted() {
        let store = streams((1, 4000, MINUTE), false, |_, _| ("info", "it is done".to_owned()));
        let interrupt = Interrupt::default();
        let grant = Grant { memory: MemoryPool::default().enter(&interrupt).expect("room"), interrupt };
        let limits = QueryLimits::default();
        let found = patterns(&store, &[], (0, 4000 * MINUTE), MINUTE, (&limits, &grant)).expect("found").found;
        assert_eq!((found.len(), found[0].samples.len()), (1, 4000));
        assert!(grant.memory.peak() >= 3 * 4000 * SAMPLE as u64, "{}", grant.memory.peak());
        let mut survey = Survey { by_level: Vec::new(), every: 1, lines: 0, looked_at: 0, grant: &grant };
        survey.step("info", 0).expect("room").1.lines = 1;
        grant.interrupt.set();
        assert!(matches!(survey.found(), Err(QueryError::Interrupted)));
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
