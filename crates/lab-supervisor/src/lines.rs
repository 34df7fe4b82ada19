//! Splitting a byte stream into batches of complete lines, with a bound on the length of a line.

use bytes::BufMut;
use bytes::buf::Limit;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes asked of a pipe at once: what a pipe holds by default.
const CHUNK: usize = 64 * 1024;

/// What [`read_lines`] hands over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch<'a> {
    /// One or more lines, each ended by `\n`.
    pub(crate) lines: &'a [u8],
    /// True if the last line was cut off at the limit; the rest of it is skipped.
    pub(crate) truncated: bool,
}

/// Reads to the end and hands over batches of complete lines of at most `longest` bytes each.
///
/// A last line without `\n` gets one. Bytes beyond `longest` in a line are skipped.
pub(crate) async fn read_lines(
    mut pipe: impl AsyncRead + Unpin,
    longest: usize,
    mut deliver: impl FnMut(Batch<'_>),
) -> std::io::Result<()> {
    let mut buffer = LineBuffer::new(longest);
    loop {
        let read = pipe.read_buf(&mut buffer.room()).await?;
        if read == 0 {
            buffer.finish(&mut deliver);
            return Ok(());
        }
        buffer.take_lines(read, &mut deliver);
    }
}

/// The beginning of a line that is not complete yet, at most one byte longer than the limit.
#[derive(Debug)]
struct LineBuffer {
    bytes: Vec<u8>,
    longest: usize,
    /// True while the rest of a line that was cut off passes by.
    skipping: bool,
}

impl LineBuffer {
    fn new(longest: usize) -> Self {
        Self { bytes: Vec::new(), longest, skipping: false }
    }

    /// Where the next bytes go; never more than would make the partial line exceed its limit.
    fn room(&mut self) -> Limit<&mut Vec<u8>> {
        let room = CHUNK.min(self.longest + 1 - self.bytes.len());
        self.bytes.reserve(room);
        (&mut self.bytes).limit(room)
    }

    /// Delivers the lines that the last `read` bytes completed.
    fn take_lines(&mut self, read: usize, deliver: &mut impl FnMut(Batch<'_>)) {
        if self.skipping {
            match self.bytes.iter().position(|byte| *byte == b'\n') {
                Some(at) => drop(self.bytes.drain(..=at)),
                None => return self.bytes.clear(),
            }
            self.skipping = false;
        }
        let unseen = self.bytes.len().saturating_sub(read);
        if let Some(at) = self.bytes[unseen..].iter().rposition(|byte| *byte == b'\n') {
            let end = unseen + at + 1;
            deliver(Batch { lines: &self.bytes[..end], truncated: false });
            self.bytes.drain(..end);
        } else if self.bytes.len() > self.longest {
            self.bytes.truncate(self.longest);
            self.bytes.push(b'\n');
            deliver(Batch { lines: &self.bytes, truncated: true });
            self.bytes.clear();
            self.bytes.shrink_to(CHUNK);
            self.skipping = true;
        }
    }

    /// Delivers what is left at the end of the stream.
    fn finish(&mut self, deliver: &mut impl FnMut(Batch<'_>)) {
        if !self.bytes.is_empty() && !self.skipping {
            self.bytes.push(b'\n');
            deliver(Batch { lines: &self.bytes, truncated: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds the chunks and gives all delivered bytes and how many lines were cut off.
    fn feed(longest: usize, chunks: &[&[u8]]) -> (Vec<u8>, usize) {
        let (mut bytes, mut truncated) = (Vec::new(), 0);
        let mut deliver = |batch: Batch<'_>| {
            assert_eq!(batch.lines.last(), Some(&b'\n'));
            bytes.extend_from_slice(batch.lines);
            truncated += usize::from(batch.truncated);
        };
        let mut buffer = LineBuffer::new(longest);
        for chunk in chunks {
            let mut rest = *chunk;
            while !rest.is_empty() {
                let mut room = buffer.room();
                let taken = room.remaining_mut().min(rest.len());
                room.put_slice(&rest[..taken]);
                buffer.take_lines(taken, &mut deliver);
                rest = &rest[taken..];
            }
        }
        buffer.finish(&mut deliver);
        (bytes, truncated)
    }

    #[test]
    fn lines_are_completed_across_chunks() {
        assert_eq!(feed(100, &[b"one\ntw", b"o\nthr", b"ee"]), (b"one\ntwo\nthree\n".to_vec(), 0));
        assert_eq!(feed(100, &[]), (Vec::new(), 0));
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_whole() {
        assert_eq!(feed(4, &[b"abcdefgh", b"ij\nok\n"]), (b"abcd\nok\n".to_vec(), 1));
        assert_eq!(feed(4, &[b"abcd\nabcde\nabcd\n"]), (b"abcd\nabcd\nabcd\n".to_vec(), 1));
    }

    proptest! {
        #[test]
        fn lines_below_the_limit_survive_any_chunking(
            lines in proptest::collection::vec("[a-z]{0,20}", 0..20), size in 1_usize..50,
        ) {
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            prop_assert_eq!(feed(20, &chunks), (text.clone().into_bytes(), 0));
        }
    }
}
