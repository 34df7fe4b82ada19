//! The output of a program as lines for the log store: cut at line ends, without the codes that steer a terminal.

use std::sync::Arc;
use std::time::Duration;

use lab_logs::{LineDecoder, LogStore, Policy};
use lab_model::Labels;

/// A longer line is kept in pieces of this many bytes.
const LONGEST: usize = 256 << 10;
/// How long output waits for room in the store.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes one stream of one program.
pub struct Lines {
    store: Arc<LogStore>,
    decoder: LineDecoder,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
}

impl Lines {
    /// For a stream (`stdout` or `stderr`) of a program that goes by `service`.
    pub fn new(store: Arc<LogStore>, service: &str, stream: &str) -> Self {
        let labels = Labels::from_pairs([("service_name", service), ("job", service), ("stream", stream)]);
        Self { store, decoder: LineDecoder::new(&labels), begun: Vec::new() }
    }

    /// Keeps the lines that end in `bytes`, which came at `arrival` (ns since the epoch).
    pub fn take(&mut self, bytes: &[u8], arrival: i64) {
        self.begun.extend_from_slice(bytes);
        let mut taken = 0;
        let mut entries = Vec::new();
        while let Some(length) = end_of_line(&self.begun[taken..]) {
            let line = &self.begun[taken..taken + length];
            taken += length;
            let text = plain(&String::from_utf8_lossy(line));
            if !text.is_empty() {
                let decoded = self.decoder.decode(&text, arrival);
                entries.push((decoded.stream, decoded.entry));
            }
        }
        self.begun.drain(..taken);
        self.keep(entries);
    }

    /// Keeps a last line that has no end.
    pub fn finish(mut self, arrival: i64) {
        if !self.begun.is_empty() {
            self.take(b"\n", arrival);
        }
    }

    fn keep(&self, entries: Vec<(Labels, lab_logs::Entry)>) {
        if entries.is_empty() {
            return;
        }
        // The program's pipe fills up meanwhile, which slows it down. What finds no room even then is refused and counted.
        let _ = self.store.admit(PATIENCE);
        self.store.append(entries, &Policy::collected());
    }
}

/// The length of the first line with its line feed, or of the first piece of one that is too long.
fn end_of_line(bytes: &[u8]) -> Option<usize> {
    let within = &bytes[..bytes.len().min(LONGEST)];
    let end = within.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
    end.or_else(|| (bytes.len() >= LONGEST).then_some(LONGEST))
}

/// A line without escape sequences, line end and other control characters but the tab.
pub(crate) fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => match rest.next() {
                // A control sequence ends with a letter or one of a few signs.
                Some('[') => drop(rest.by_ref().find(|c| matches!(c, '@'..='~'))),
                // A command to the terminal's operating system ends with BEL or ESC and a backslash.
                Some(']') => {
                    while let Some(c) = rest.next() {
                        if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                Some('(' | ')') => drop(rest.next()),
                _ => {}
            },
            '\t' => text.push(c),
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_storage::Location;

    #[test]
    fn escape_sequences_are_left_out() {
        assert_eq!(plain("\u{1b}[1;31merror\u{1b}[0m: it\tbroke\r\n"), "error: it\tbroke");
        assert_eq!(plain("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\ end\u{1b}(B"), "link end");
        assert_eq!(plain("\u{1b}"), "");
    }

    #[test]
    fn lines_that_come_in_pieces_are_kept_whole_and_in_order() {
        let store = Arc::new(LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opened"));
        let mut lines = Lines::new(store.clone(), "shop", "stderr");
        for piece in ["fir", "st\nsecond\n\nthi", "rd"] {
            lines.take(piece.as_bytes(), 1_700_000_000_000_000_000);
        }
        lines.finish(1_700_000_000_000_000_000);
        assert_eq!(store.stats().received, 3);
        let streams = store.series(&[], i64::MIN, i64::MAX).expect("read");
        let labels = |name| streams.first().and_then(|labels| labels.get(name));
        assert_eq!((labels("service_name"), labels("stream")), (Some("shop"), Some("stderr")));
    }

    #[test]
    fn a_line_without_end_is_cut_into_pieces() {
        assert_eq!(end_of_line(&vec![b'x'; LONGEST - 1]), None);
        assert_eq!(end_of_line(&vec![b'x'; LONGEST + 1]), Some(LONGEST));
    }
}
