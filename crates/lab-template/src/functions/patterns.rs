//! Compiled regular expressions that functions use again: a template is executed for each line or each alert, and to compile an
//! expression costs hundreds of times what a match does.

use std::sync::{Mutex, PoisonError};

/// The most expressions that are kept.
const MOST: usize = 64;
/// The most bytes that all of them take, and the most that one of them may.
const BYTES: (usize, usize) = (4 << 20, 1 << 20);

/// The expressions that were used last, by their patterns. The owner of the functions says how one is compiled.
#[derive(Debug)]
pub struct Patterns<E> {
    compile: fn(&str) -> Result<E, String>,
    size: fn(&E) -> usize,
    kept: Mutex<Kept<E>>,
}

#[derive(Debug)]
struct Kept<E> {
    /// With what each takes, the one that was used last at the end.
    expressions: Vec<(String, E, usize)>,
    bytes: usize,
}

impl<E: Clone> Patterns<E> {
    /// None yet. `compile` makes an expression of a pattern, `size` says how many bytes it takes.
    pub const fn new(compile: fn(&str) -> Result<E, String>, size: fn(&E) -> usize) -> Self {
        Self { compile, size, kept: Mutex::new(Kept { expressions: Vec::new(), bytes: 0 }) }
    }

    /// The expression of a pattern. Mistakes are not kept.
    pub fn get(&self, pattern: &str) -> Result<E, String> {
        if let Some(known) = self.kept().find(pattern) {
            return Ok(known);
        }
        let compiled = (self.compile)(pattern)?;
        self.kept().keep(pattern, &compiled, (self.size)(&compiled).saturating_add(pattern.len()));
        Ok(compiled)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept<E>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: Clone> Kept<E> {
    fn find(&mut self, pattern: &str) -> Option<E> {
        let at = self.expressions.iter().rposition(|(known, ..)| known == pattern)?;
        self.expressions[at..].rotate_left(1);
        self.expressions.last().map(|(_, expression, _)| expression.clone())
    }

    fn keep(&mut self, pattern: &str, expression: &E, bytes: usize) {
        if bytes > BYTES.1 || self.find(pattern).is_some() {
            return;
        }
        while self.expressions.len() >= MOST || self.bytes + bytes > BYTES.0 {
            self.bytes -= self.expressions.remove(0).2;
        }
        self.bytes += bytes;
        self.expressions.push((pattern.to_owned(), expression.clone(), bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn an_expression_is_compiled_once_while_it_is_in_use() {
        static COMPILED: AtomicUsize = AtomicUsize::new(0);
        let patterns = Patterns::new(
            |pattern| {
                COMPILED.fetch_add(1, Ordering::Relaxed);
                Ok(pattern.to_owned())
            },
            |_| 1000,
        );
        for _ in 0..1000 {
            assert_eq!(patterns.get("a").as_deref(), Ok("a"));
        }
        assert_eq!(COMPILED.load(Ordering::Relaxed), 1);
        // "a" is used between all others, so that it stays; of the others the last ones are there.
        for at in 0..200 {
            patterns.get(&at.to_string()).expect("compiled");
            patterns.get("a").expect("known");
        }
        patterns.get("199").expect("known");
        assert_eq!(COMPILED.load(Ordering::Relaxed), 201);
        patterns.get("0").expect("compiled again");
        assert_eq!(COMPILED.load(Ordering::Relaxed), 202);
        assert_eq!(patterns.kept().expressions.len(), MOST);
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes() {
        let sized: Patterns<usize> =
            Patterns::new(|pattern| pattern.parse().map_err(|_| "no number".to_owned()), |size| *size);
        for size in [900_000, 900_001, 900_002, 900_003, 900_004, 5_000_000] {
            sized.get(&size.to_string()).expect("compiled");
        }
        let kept: Vec<_> = sized.kept().expressions.iter().map(|(_, size, _)| *size).collect();
        assert_eq!(kept, [900_001, 900_002, 900_003, 900_004]);
        assert_eq!(sized.get("x"), Err("no number".to_owned()));
    }
}
