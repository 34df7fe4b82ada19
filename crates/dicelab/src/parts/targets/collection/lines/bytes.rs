//! From bytes to lines. A line that is too long comes in pieces, and bytes that are not UTF-8 are replaced.

use crate::parts::targets::collection::counts::Counts;
use crate::parts::targets::collection::lines::line::{LONGEST, Line};

/// The mark that some programs put at the beginning of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Cuts bytes into lines; holds the beginning of a line whose end has not come yet.
#[derive(Debug)]
pub struct Bytes {
    begun: Vec<u8>,
    /// Where in the file it begins.
    at: u64,
    counts: Counts,
}

impl Bytes {
    /// For the bytes of a file from this place on.
    pub fn new(at: u64, counts: Counts) -> Self {
        Self { begun: Vec::new(), at, counts }
    }

    /// Where in the file the line begins whose end has not come yet.
    pub fn begin(&self) -> u64 {
        self.at
    }

    /// Takes the bytes that follow those before, and shows the lines that are whole by now.
    pub fn take(&mut self, bytes: &[u8], mut found: impl FnMut(Line)) {
        self.begun.extend_from_slice(bytes);
        let mut taken = 0;
        while let Some(length) = end_of_line(&self.begun[taken..]) {
            let (bytes, begin) = (&self.begun[taken..taken + length], self.at + taken as u64);
            if !bytes.ends_with(b"\n") {
                self.counts.piece();
            }
            found(line(bytes, begin, &self.counts));
            taken += length;
        }
        self.begun.drain(..taken);
        self.at += taken as u64;
    }

    /// The last line, although it has no end.
    pub fn last(&mut self) -> Option<Line> {
        let (bytes, begin) = (std::mem::take(&mut self.begun), self.at);
        self.at += bytes.len() as u64;
        (!bytes.is_empty()).then(|| line(&bytes, begin, &self.counts))
    }
}

fn line(bytes: &[u8], begin: u64, counts: &Counts) -> Line {
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        counts.repaired();
    }
    // A file that was cut while its writer went on at the old place begins with zeros.
    let text = text.trim_end_matches(['\r', '\n']).trim_start_matches('\0');
    let text = if begin == 0 { text.trim_start_matches(BYTE_ORDER_MARK) } else { text };
    Line { text: text.to_owned(), begin, time: None, output: None }
}

/// The length of the first line with its line feed, or of the first piece of one that is too long.
fn end_of_line(bytes: &[u8]) -> Option<usize> {
    let within = &bytes[..bytes.len().min(LONGEST)];
    let end = within.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
    end.or_else(|| (bytes.len() >= LONGEST).then(|| whole_characters(within)))
}

/// The length without a character at the end of which only the beginning is there.
fn whole_characters(bytes: &[u8]) -> usize {
    let is_cut = |missing: &usize| begins_longer(bytes[bytes.len() - missing], *missing);
    bytes.len() - (1..=3).find(is_cut).unwrap_or(0)
}

/// Whether a byte begins a character that takes more bytes than these.
fn begins_longer(byte: u8, bytes: usize) -> bool {
    let takes = match byte {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    takes > bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &mut Bytes, piece: &[u8]) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        bytes.take(piece, |line| found.push((line.text, line.begin)));
        found
    }

    #[test]
    fn lines_are_whole_whatever_the_pieces_are() {
        let whole = "\u{feff}one\r\nzwei ü\n\n\0\0three\nno end".as_bytes();
        let expected = [("one", 0), ("zwei ü", 8), ("", 16), ("three", 17)].map(|(text, at)| (text.to_owned(), at));
        for size in 1..whole.len() {
            let (mut bytes, mut found) = (Bytes::new(0, Counts::default()), Vec::new());
            for piece in whole.chunks(size) {
                found.extend(texts(&mut bytes, piece));
            }
            assert_eq!(found, expected, "{size}");
            assert_eq!((bytes.begin(), bytes.last().map(|line| line.text)), (25, Some("no end".to_owned())));
            assert_eq!((bytes.begin(), bytes.last()), (whole.len() as u64, None));
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters_and_each_piece_is_counted() {
        for (letter, shift) in [("ü", 1), ("世", 1), ("世", 2), ("🎲", 1), ("🎲", 2), ("🎲", 3), ("x", 0)] {
            let (counts, text) = (Counts::default(), "a".repeat(shift) + &letter.repeat(LONGEST));
            let mut bytes = Bytes::new(7, counts.clone());
            let mut found = texts(&mut bytes, text.as_bytes());
            found.extend(texts(&mut bytes, b"\n"));
            let pieces = found.len() as u64 - 1;
            let now = counts.now();
            assert_eq!((now.pieces, now.repaired), (pieces, 0), "{letter}");
            assert!(found.iter().all(|(text, _)| text.len() <= LONGEST));
            assert_eq!(found.into_iter().map(|(text, _)| text).collect::<String>(), text);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_their_lines_counted() {
        let (counts, found) = (Counts::default(), "bad \u{fffd}\u{fffd} bytes".to_owned());
        let mut bytes = Bytes::new(0, counts.clone());
        assert_eq!(texts(&mut bytes, b"good\nbad \xff\xc3 bytes\n")[1], (found, 5));
        assert_eq!(counts.now().repaired, 1);
    }
}
