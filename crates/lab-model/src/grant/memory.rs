//! Memory for queries: a pool that all queries share, and what one query has taken of it.
//!
//! A query says how much it is about to need before it allocates, so that what does not fit is refused and never
//! allocated. Only what grows with the data or with the text of the query is counted: numbers, labels, lines, texts.

use std::cell::Cell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::grant::interrupt::Interrupt;
use crate::size;

/// What a pool holds where nobody says otherwise.
const DEFAULT_POOL: u64 = 1 << 30;
/// A query draws this part of the pool at a time, and needs one such part to begin.
const PARTS: u64 = 32;
/// How often a query that waits looks whether it was interrupted.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why a query got no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// This query is too large, whatever else runs.
    #[error(
        "the query would need more than {} of memory, the most that one query may use; ask for fewer series or lines, \
         a shorter range, a longer step or shorter texts, or give the lab more with --max-memory",
        size::format(*limit)
    )]
    TooLarge {
        /// Bytes that one query may use.
        limit: u64,
    },
    /// The queries that run at the moment leave no room for more.
    #[error(
        "the queries that run at the moment use all of the {} of memory that queries may use together; try again, or \
         give the lab more with --max-memory",
        size::format(*limit)
    )]
    Busy {
        /// Bytes that all queries may use together.
        limit: u64,
    },
    /// The query was stopped while it waited for others to end.
    #[error("the query was interrupted while it waited for others to end")]
    Interrupted,
}

/// The memory that queries share. Clones are the same pool.
#[derive(Clone, Debug)]
pub struct MemoryPool(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    limit: u64,
    used: Mutex<u64>,
    freed: Condvar,
}

impl MemoryPool {
    /// A pool of so many bytes; one query may have half of them.
    pub fn new(bytes: u64) -> Self {
        Self(Arc::new(Pool { limit: bytes, used: Mutex::new(0), freed: Condvar::new() }))
    }

    /// The memory of a new query, which waits until a part of the pool is free.
    pub fn enter(&self, interrupt: &Interrupt) -> Result<QueryMemory, MemoryError> {
        let part = self.part();
        let mut used = self.used();
        while *used + part > self.0.limit && *used > 0 {
            if interrupt.is_set() {
                return Err(MemoryError::Interrupted);
            }
            let woken = self.0.freed.wait_timeout(used, LOOK_EVERY);
            (used, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        *used += part;
        drop(used);
        let limit = self.0.limit / 2;
        Ok(QueryMemory { pool: self.clone(), limit, drawn: Cell::new(part), held: Cell::new(0), peak: Cell::new(0) })
    }

    /// The bytes that queries have drawn at the moment.
    pub fn drawn(&self) -> u64 {
        *self.used()
    }

    fn part(&self) -> u64 {
        (self.0.limit / PARTS).max(1)
    }

    fn draw(&self, bytes: u64) -> Result<(), MemoryError> {
        let mut used = self.used();
        if *used + bytes > self.0.limit {
            return Err(MemoryError::Busy { limit: self.0.limit });
        }
        *used += bytes;
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        *self.used() -= bytes;
        self.0.freed.notify_all();
    }

    fn used(&self) -> MutexGuard<'_, u64> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryPool {
    fn default() -> Self {
        Self::new(DEFAULT_POOL)
    }
}

/// What one query has taken; it goes back to the pool when this is dropped.
#[derive(Debug)]
pub struct QueryMemory {
    pool: MemoryPool,
    limit: u64,
    drawn: Cell<u64>,
    held: Cell<u64>,
    peak: Cell<u64>,
}

impl QueryMemory {
    /// Takes `bytes` more.
    pub fn take(&self, bytes: usize) -> Result<(), MemoryError> {
        let held = self.held.get().saturating_add(bytes as u64);
        if held > self.limit {
            return Err(MemoryError::TooLarge { limit: self.limit });
        }
        let drawn = self.drawn.get();
        if held > drawn {
            let part = self.pool.part();
            let more = (held - drawn).div_ceil(part) * part;
            self.pool.draw(more)?;
            self.drawn.set(drawn + more);
        }
        self.held.set(held);
        self.peak.set(self.peak.get().max(held));
        Ok(())
    }

    /// An error if `bytes` more do not fit for a moment; nothing is taken.
    pub fn room_for(&self, bytes: usize) -> Result<(), MemoryError> {
        let held = self.held.get();
        self.take(bytes)?;
        self.held.set(held);
        Ok(())
    }

    /// The bytes that are taken now.
    pub fn held(&self) -> usize {
        self.held.get() as usize
    }

    /// The most bytes that were taken at a time.
    pub fn peak(&self) -> u64 {
        self.peak.get()
    }

    /// Says that of what was taken only `bytes` are still held.
    pub fn shrink_to(&self, bytes: usize) {
        self.held.set(self.held.get().min(bytes as u64));
    }
}

impl Default for QueryMemory {
    /// The memory of a query that is alone in a pool of its own.
    fn default() -> Self {
        let pool = MemoryPool::default();
        let limit = pool.0.limit / 2;
        Self { pool, limit, drawn: Cell::new(0), held: Cell::new(0), peak: Cell::new(0) }
    }
}

impl Drop for QueryMemory {
    fn drop(&mut self) {
        self.pool.give_back(self.drawn.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_may_have_half_of_the_pool_and_gives_it_back() {
        let (pool, interrupt) = (MemoryPool::new(1000), Interrupt::default());
        let query = pool.enter(&interrupt).expect("room");
        assert_eq!(query.take(500), Ok(()));
        assert_eq!(query.take(1), Err(MemoryError::TooLarge { limit: 500 }));
        assert_eq!(query.take(usize::MAX), Err(MemoryError::TooLarge { limit: 500 }));
        query.shrink_to(100);
        assert_eq!((query.room_for(400), query.held(), query.peak()), (Ok(()), 100, 500));
        assert!(pool.drawn() >= 500);
        drop(query);
        assert_eq!(pool.drawn(), 0);
    }

    #[test]
    fn queries_that_run_share_the_pool() {
        let (pool, interrupt) = (MemoryPool::new(3200), Interrupt::default());
        let queries: Vec<QueryMemory> = (0..3).map(|_| pool.enter(&interrupt).expect("room")).collect();
        assert_eq!((queries[0].take(1500), queries[1].take(1500)), (Ok(()), Ok(())));
        assert_eq!(queries[2].take(1500), Err(MemoryError::Busy { limit: 3200 }));
        assert_eq!(queries[2].take(100), Ok(()));
        drop(queries);
        assert_eq!(pool.enter(&interrupt).expect("room").take(1500), Ok(()));
    }

    #[test]
    fn a_new_query_waits_until_another_ends_or_it_is_interrupted() {
        let (pool, interrupt) = (MemoryPool::new(320), Interrupt::default());
        let all: Vec<QueryMemory> = (0..32).map(|_| pool.enter(&interrupt).expect("room")).collect();
        let (other, stop) = (pool.clone(), Interrupt::default());
        let stopped = stop.clone();
        let waits = std::thread::spawn(move || other.enter(&stopped).map(drop));
        stop.set();
        assert_eq!(waits.join().expect("no panic"), Err(MemoryError::Interrupted));
        let other = pool.clone();
        let waits = std::thread::spawn(move || other.enter(&Interrupt::default()).map(drop));
        drop(all);
        assert_eq!(waits.join().expect("no panic"), Ok(()));
    }

    #[test]
    fn the_errors_say_how_much_and_what_to_do() {
        let text = MemoryError::TooLarge { limit: 128 << 20 }.to_string();
        assert!(text.starts_with("the query would need more than 128.0 MiB of memory"), "{text}");
        assert!(text.contains("--max-memory"), "{text}");
    }
}
