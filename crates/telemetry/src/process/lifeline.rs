//! A child's end of the supervisor's lifeline, which it has as standard input. Its end says that the supervisor is
//! gone; a line on it is an order, `7 pause 60000`, to be answered by `7 ok` or `7 error <why>` on the same socket.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Orders that wait to be carried out; the supervisor has no more than that under way.
const MOST_WAITING: usize = 16;
/// Longest order; a longer one is taken in pieces, which make no sense and are refused.
const LONGEST_ORDER: u64 = 16 * 1024;

/// Something that the supervisor wants of this process.
#[derive(Debug)]
pub struct Order {
    /// What, in words.
    pub text: String,
    number: u64,
    lifeline: Arc<File>,
}

impl Order {
    /// Says that it was carried out, or why not.
    pub fn answer(self, outcome: Result<(), String>) {
        let line = match outcome {
            Ok(()) => format!("{} ok\n", self.number),
            Err(why) => format!("{} error {}\n", self.number, why.replace('\n', " ")),
        };
        // Whoever has gone, or gave a pipe that cannot be answered, does not wait.
        let _ = (&*self.lifeline).write_all(line.as_bytes());
    }
}

/// Takes hold of the lifeline: the orders that come, and `orphaned`, which fires when it is cut.
///
/// Reads on a thread of its own, because a read cannot be called off; the thread never holds up exit.
pub fn hold(orphaned: CancellationToken) -> io::Result<mpsc::Receiver<Order>> {
    let lifeline = Arc::new(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    let (orders, taken) = mpsc::channel(MOST_WAITING);
    std::thread::Builder::new().name("lifeline".to_owned()).spawn(move || {
        let mut reader = BufReader::new(&*lifeline);
        while let Ok(Some(line)) = next_line(&mut reader) {
            let Some((number, text)) = understand(&line) else { continue };
            let order = Order { text, number, lifeline: lifeline.clone() };
            if let Err(refused) = orders.blocking_send(order) {
                refused.0.answer(Err("this process takes no orders".to_owned()));
            }
        }
        orphaned.cancel();
    })?;
    Ok(taken)
}

fn next_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST_ORDER).read_until(b'\n', &mut line)?;
    Ok((!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned()))
}

fn understand(line: &str) -> Option<(u64, String)> {
    let (number, text) = line.trim_end().split_once(' ')?;
    Some((number.parse().ok()?, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_numbered_lines_and_anything_else_is_skipped() {
        assert_eq!(understand("7 pause 60000\n"), Some((7, "pause 60000".to_owned())));
        for noise in ["", "\n", "pause", "x pause\n", "7\n"] {
            assert_eq!(understand(noise), None, "{noise:?}");
        }
    }

    #[test]
    fn a_line_is_read_in_bounded_pieces_and_the_end_is_seen() {
        let text = format!("1 a\n{}\n", "x".repeat(LONGEST_ORDER as usize + 1));
        let mut reader = text.as_bytes();
        let mut lengths = Vec::new();
        while let Some(line) = next_line(&mut reader).expect("read") {
            lengths.push(line.len());
        }
        assert_eq!(lengths, [4, LONGEST_ORDER as usize, 2]);
    }
}
