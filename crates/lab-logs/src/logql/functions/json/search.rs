//! Finding several paths in one walk over a JSON line, as leniently as Loki's library does: the walk sees keys, brackets and
//! strings only, so that what stands before the object, between its fields or behind a cut does not matter, and it ends as
//! soon as everything is found.

use crate::logql::functions::json::lenient::{self, Malformed, Raw};
use crate::logql::functions::json::path::{self, Step};

/// What is called for each path that is found: its place in the list, and the value or what is wrong with it.
pub(crate) type Found<'f, 't> = &'f mut dyn FnMut(usize, Result<Raw<'t>, Malformed>);

/// Looks for every path; each is found at most once. The error is that of a line whose brackets make no sense.
pub(crate) fn search<'t>(text: &'t str, paths: &[&[Step]], found: Found<'_, 't>) -> Result<(), Malformed> {
    let longest = paths.iter().map(|path| path.len()).max().unwrap_or_default();
    let (keys, seen) = (vec![String::new(); longest], vec![false; paths.len()]);
    let mut walk = Walk { text, paths, seen, keys, level: 0 };
    let mut at = Some(0);
    while let Some(place) = at {
        at = match text.as_bytes().get(place) {
            None => None,
            Some(b'"') => walk.string(place, found)?,
            Some(b'[') => walk.array(place, found)?,
            Some(b'{') => {
                walk.level += 1;
                Some(place + 1)
            }
            Some(b'}' | b']') => {
                walk.level -= 1;
                Some(place + 1)
            }
            Some(_) => Some(place + 1),
        };
        if walk.seen.iter().all(|seen| *seen) {
            break;
        }
    }
    Ok(())
}

/// A walk in progress. Its steps answer where to go on, or nothing where the line cannot be read any further.
struct Walk<'t, 'p> {
    text: &'t str,
    paths: &'p [&'p [Step]],
    seen: Vec<bool>,
    /// The key that was seen last at each level from 1.
    keys: Vec<String>,
    /// How many brackets are open.
    level: i64,
}

impl<'t> Walk<'t, '_> {
    /// A string, which is a key if a colon follows.
    fn string(&mut self, at: usize, found: Found<'_, 't>) -> Result<Option<usize>, Malformed> {
        let Some((key, after)) = lenient::string(&self.text[at..]) else { return Ok(None) };
        let after = lenient::blank(after);
        if after.is_empty() {
            return Ok(None);
        }
        let next = self.text.len() - after.len();
        let Some(value) = after.strip_prefix(':') else { return Ok(Some(next)) };
        let key = if key.contains('\\') { lenient::unescape(key) } else { Some(key.to_owned()) };
        let Some(key) = key else { return Ok(None) };
        let level = usize::try_from(self.level).ok().filter(|level| *level > 0).ok_or(lenient::JSON)?;
        if level <= self.keys.len() {
            self.keys[level - 1] = key;
            for at in 0..self.paths.len() {
                if !self.seen[at] && self.paths[at].len() == level && self.is_here(self.paths[at]) {
                    self.seen[at] = true;
                    found(at, lenient::value(lenient::blank(value)).map(|(value, _)| value));
                }
            }
        }
        Ok(Some(next + 1))
    }

    /// An array, whose elements are looked at where a path asks for one of them.
    fn array(&mut self, at: usize, found: Found<'_, 't>) -> Result<Option<usize>, Malformed> {
        let level = usize::try_from(self.level).map_err(|_| lenient::JSON)?;
        let text = &self.text[at..];
        let asks = |path: usize| match self.paths[path].get(level) {
            Some(Step::Index(index)) if !self.seen[path] && self.is_here(&self.paths[path][..level]) => {
                Some((path, *index))
            }
            _ => None,
        };
        let wanted: Vec<(usize, usize)> = (0..self.paths.len()).filter_map(asks).collect();
        if wanted.is_empty() {
            return Ok(lenient::closing(text, b'[', b']').map(|length| at + length));
        }
        self.level += 1;
        let (elements, rest) = lenient::elements(text);
        for (path, index) in wanted {
            let Some(element) = elements.get(index) else { continue };
            self.seen[path] = true;
            if let Some(value) = path::below(*element, &self.paths[path][level + 1..]) {
                found(path, Ok(value));
            }
        }
        Ok(Some(self.text.len() - rest.len()))
    }

    /// Whether the keys on the way to this place are those of a path.
    fn is_here(&self, path: &[Step]) -> bool {
        path.iter().zip(&self.keys).all(|(step, key)| matches!(step, Step::Field(field) if field == key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, paths: &[&str]) -> (Vec<String>, Result<(), Malformed>) {
        let paths: Vec<Vec<Step>> = paths.iter().map(|path| path::parse(path).expect("valid")).collect();
        let paths: Vec<&[Step]> = paths.iter().map(Vec::as_slice).collect();
        let mut seen = Vec::new();
        let end = search(text, &paths, &mut |at, value| {
            seen.push(value.map_or_else(|error| format!("{at}: {error}"), |raw| format!("{at}={}", raw.text)));
        });
        (seen, end)
    }

    #[test]
    fn paths_are_found_before_a_cut_and_behind_other_text() {
        let line = r#"{"n": 7, "b": [{"c": 4, "d": ["x", {"e": 2}]}], "u": {"g": {"h": "x"}}, "n": 8, "cut"#;
        let (seen, end) = read(line, &["n", "b[0].c", "b[0].d[1].e", "u.g.h", "u.g"]);
        assert_eq!(end, Ok(()));
        assert_eq!(seen, ["0=7", "1=4", "2=2", r#"4={"h": "x"}"#, "3=x"]);
        assert_eq!(read(r#"[39] {"code": 1, took"#, &["code", "took"]).0, ["0=1"]);
        assert_eq!(read(r#"{"a": [1, {"n": 2}], "o": {"n": 3}}"#, &["n"]).0, [""; 0]);
        assert_eq!(read(r#"{"a": "#, &["a"]).0, ["0: Malformed JSON error"]);
    }

    #[test]
    fn a_key_outside_of_every_object_is_an_error() {
        assert_eq!(read(r#""a": 1"#, &["a"]), (Vec::new(), Err(lenient::JSON)));
        assert_eq!(read(r#"{"a": 1}} "b": 2"#, &["b"]), (Vec::new(), Err(lenient::JSON)));
    }
}
