//! Queries that grow: published ones with hostile numbers, odd characters, deep nesting and labels that get longer.

use super::chance::Chance;

/// What a language lets grow.
pub(super) struct Grammar {
    /// Queries to begin with.
    pub(super) seeds: Vec<String>,
    /// What can be put around a query: `@` stands for the query.
    pub(super) around: &'static [&'static str],
}

/// Numbers that someone may have forgotten.
const NUMBERS: [&str; 20] = [
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "65535",
    "65536",
    "1000000",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e308",
    "1e-400",
    "NaN",
    "Inf",
    "0x7fffffffffffffff",
    "0.1",
    "1e9",
];
/// Lengths of time at which arithmetic may overflow.
const DURATIONS: [&str; 9] = ["0s", "1ms", "1ns", "1s", "1m", "1h", "30d", "290y", "9223372036854775807ns"];
/// Characters that are not ASCII, or that mean something.
const ODD: [&str; 16] =
    ["é", "世", "🎲", "\u{202e}", "e\u{301}", "\u{0}", "\\", "\"", "`", "'", "\n", "{{", "}}", "$", "\\x", "\u{feff}"];
/// What can stand between two queries.
const BETWEEN: [&str; 6] = [" + ", " or ", " | ", ", ", " && ", " "];
/// A query is not made longer than this.
const LONGEST: usize = 20_000;

impl Grammar {
    /// Makes a query of one of the seeds, by up to four changes.
    pub(super) fn query(&self, chance: &mut Chance) -> String {
        let mut query = chance.one_of(&self.seeds).clone();
        for _ in 0..=chance.below(4) {
            query = match chance.below(10) {
                0 | 1 => numbers(&query, chance),
                2 => odd(&query, chance),
                3 => self.bytes(&query, chance),
                4 => [query.as_str(), chance.one_of::<&str>(&BETWEEN), chance.one_of(&self.seeds).as_str()].concat(),
                _ => self.grown(&query, chance),
            };
            if query.len() > LONGEST {
                break;
            }
        }
        query
    }

    /// The query within one thing, perhaps many times.
    fn grown(&self, query: &str, chance: &mut Chance) -> String {
        let (before, after) = chance.one_of(self.around).split_once('@').unwrap_or_default();
        let most = LONGEST / (before.len() + after.len() + 1);
        // Few are deep, since those take most of the time.
        let times = if chance.below(12) == 0 { *chance.one_of(&[25, 60, 200]) } else { 1 + chance.below(3) }.min(most);
        format!("{}{query}{}", before.repeat(times), after.repeat(times))
    }

    fn bytes(&self, query: &str, chance: &mut Chance) -> String {
        let mut bytes = query.as_bytes().to_vec();
        let seeds: Vec<Vec<u8>> = vec![chance.one_of(&self.seeds).as_bytes().to_vec()];
        chance.change(&mut bytes, &seeds);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The query with another number, or another duration, in the place of one of its numbers.
fn numbers(query: &str, chance: &mut Chance) -> String {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let places: Vec<usize> = query.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
    if places.is_empty() {
        return odd(query, chance);
    }
    let at = *chance.one_of(&places);
    let rest = &query[at..];
    let length = rest.find(|c| !is_number(c)).unwrap_or(rest.len());
    let after = &rest[length..];
    let unit = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    if unit > 0 && chance.below(2) == 0 {
        [&query[..at], *chance.one_of(&DURATIONS), &after[unit..]].concat()
    } else {
        [&query[..at], *chance.one_of(&NUMBERS), after].concat()
    }
}

/// The query with an odd character somewhere.
fn odd(query: &str, chance: &mut Chance) -> String {
    let mut query = query.to_owned();
    let places: Vec<usize> = query.char_indices().map(|(at, _)| at).chain([query.len()]).collect();
    let (at, odd) = (*chance.one_of(&places), *chance.one_of(&ODD));
    query.insert_str(at, odd);
    query
}
