//! The journal of one signal while the lab runs: every sender's record is written before he is answered. Senders that come
//! together share one write.

use std::collections::BTreeSet;
use std::io;

use parking_lot::{Condvar, Mutex};

use crate::journal::record::{Draft, Sealed};
use crate::journal::segment::{Closed, Folder, Open};
use crate::signal::budget::Wait;

/// A segment with more bytes gets no further record, so that reading one takes little memory.
const SEGMENT_BYTES: u64 = 16 << 20;

/// The journal; senders and the flush share it.
#[derive(Debug)]
pub struct Journal {
    folder: Folder,
    /// Bytes that all segments may have; beyond, senders wait for a commit.
    limit: u64,
    state: Mutex<State>,
    written: Condvar,
}

#[derive(Debug)]
struct State {
    /// The segment at the end; made with the first record that goes there.
    open: Option<Open>,
    next_segment: u64,
    closed: Vec<Closed>,
    bytes: u64,
    /// The number of the next record.
    next_record: u64,
    /// Records that wait for the next write, in order of their numbers.
    queue: Vec<Vec<u8>>,
    /// Every record up to this number was written, or could not be.
    done: u64,
    /// Records that could not be written and whose senders have not been told yet.
    failed: BTreeSet<u64>,
    /// One of the senders is writing.
    writing: bool,
    last_error: Option<String>,
}

impl Journal {
    /// A journal that goes on behind these segments, with record number `next_record`.
    pub(crate) fn new(folder: Folder, limit: u64, next_segment: u64, closed: Vec<Closed>, next_record: u64) -> Self {
        let state = State {
            open: None,
            next_segment,
            bytes: closed.iter().map(|segment| segment.bytes).sum(),
            closed,
            next_record,
            queue: Vec::new(),
            done: next_record - 1,
            failed: BTreeSet::new(),
            writing: false,
            last_error: None,
        };
        Self { folder, limit, state: Mutex::new(state), written: Condvar::new() }
    }

    /// Writes a record; if that fails, or the journal is full, nothing of it is there, and its sender should come again.
    pub fn write(&self, draft: Draft) -> Result<(), Wait> {
        let sealed = draft.seal();
        let mut state = self.state.lock();
        let mine = state.enqueue(sealed, self.limit)?;
        while state.done < mine {
            if state.writing {
                self.written.wait(&mut state);
                continue;
            }
            let (group, first) = (std::mem::take(&mut state.queue), state.done + 1);
            state.writing = true;
            let (mut open, number) = (state.open.take(), state.next_segment);
            drop(state);
            let result = self.append(&mut open, number, &group);
            state = self.state.lock();
            state.wrote(open, first, &group, result);
            self.written.notify_all();
        }
        if state.failed.remove(&mine) { Err(Wait::JOURNAL) } else { Ok(()) }
    }

    fn append(&self, open: &mut Option<Open>, number: u64, group: &[Vec<u8>]) -> io::Result<()> {
        let segment = match open {
            Some(segment) => segment,
            none => none.insert(self.folder.begin(number)?),
        };
        match group {
            [one] => segment.append(one),
            // Copied together: one call, which writes all of them or none.
            several => segment.append(&several.concat()),
        }
    }

    /// Lets the next record begin a new segment, and answers the number of the last one so far. The caller sees to it
    /// that no record is being written.
    pub(crate) fn rotate(&self) -> u64 {
        let mut state = self.state.lock();
        state.close();
        state.done
    }

    /// True if there is a record that no commit has told of.
    pub(crate) fn has_news(&self) -> bool {
        self.bytes() > 0
    }

    /// The tables hold every record up to this number: segments with no other go.
    pub(crate) fn committed(&self, record: u64) {
        let mut state = self.state.lock();
        let State { closed, bytes, .. } = &mut *state;
        closed.retain(|segment| {
            // What cannot be deleted now is tried again after the next commit.
            let goes = segment.last <= record && std::fs::remove_file(&segment.path).is_ok();
            *bytes -= if goes { segment.bytes } else { 0 };
            !goes
        });
    }

    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        self.state.lock().bytes
    }

    /// True if more than half of what the journal may take is there.
    pub(crate) fn is_half_full(&self) -> bool {
        self.bytes() >= self.limit / 2
    }

    /// Why the last write failed; `None` once one has succeeded again.
    pub fn last_error(&self) -> Option<String> {
        self.state.lock().last_error.clone()
    }
}

impl State {
    fn enqueue(&mut self, record: Sealed, limit: u64) -> Result<u64, Wait> {
        let queued: u64 = self.queue.iter().map(|record| record.len() as u64).sum();
        // An empty journal takes anything, as an empty budget does.
        if self.bytes + queued > 0 && self.bytes + queued + record.len() > limit {
            return Err(Wait::USUAL);
        }
        let number = self.next_record;
        self.next_record += 1;
        self.queue.push(record.numbered(number));
        Ok(number)
    }

    /// Takes down how the write of a group went that began with record `first`.
    fn wrote(&mut self, open: Option<Open>, first: u64, group: &[Vec<u8>], result: io::Result<()>) {
        self.writing = false;
        self.next_segment = open.as_ref().map_or(self.next_segment, |open| open.number + 1);
        self.open = open;
        let last = first + group.len() as u64 - 1;
        self.done = last;
        match result {
            Ok(()) => {
                self.bytes += group.iter().map(|record| record.len() as u64).sum::<u64>();
                self.last_error = None;
                if self.open.as_ref().is_some_and(|open| open.bytes() >= SEGMENT_BYTES) {
                    self.close();
                }
            }
            Err(error) => {
                self.failed.extend(first..=last);
                self.last_error = Some(format!("the journal cannot be written: {error}"));
                if self.open.as_ref().is_some_and(Open::is_torn) {
                    self.close();
                }
            }
        }
    }

    fn close(&mut self) {
        let last = self.done;
        self.closed.extend(self.open.take().map(|open| open.close(last)));
    }
}
