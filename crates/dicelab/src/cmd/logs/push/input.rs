//! Lines of an input: each with the time of its reading, none longer than a server takes.

use std::io::{BufRead, Read};

use tokio::sync::mpsc;

use crate::parts::clock::now_ns;

/// The longest line in bytes, which is the default of Loki's `max_line_size`; a longer one becomes several.
const LONGEST: usize = 256 << 10;

/// A line with its time in nanoseconds since the epoch.
pub(super) type Line = (i64, String);

/// Reads lines until the input ends or nobody wants them any more; each has a time after that of the one before.
pub(super) fn read(mut input: impl BufRead, lines: &mpsc::Sender<std::io::Result<Line>>) {
    let (mut last, mut bytes) = (0, Vec::new());
    loop {
        let left = LONGEST.saturating_sub(bytes.len()) as u64;
        let carried = bytes.len();
        if let Err(error) = input.by_ref().take(left).read_until(b'\n', &mut bytes) {
            // Nobody is left to tell if this fails.
            let _ = lines.blocking_send(Err(error));
            return;
        }
        let is_over = bytes.len() == carried;
        let is_cut = bytes.len() >= LONGEST && !bytes.ends_with(b"\n");
        let rest = if is_cut { unfinished(&mut bytes) } else { Vec::new() };
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let text = if rest.is_empty() { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
        // What is not UTF-8 becomes longer.
        let text = String::from_utf8_lossy(text);
        for piece in pieces(&text) {
            last = now_ns().max(last + 1);
            if lines.blocking_send(Ok((last, piece.to_owned()))).is_err() {
                return;
            }
        }
        if is_over {
            return;
        }
        bytes = rest;
    }
}

/// Takes off what only the next bytes make whole: a character of which a part is there, or the first half of a line end.
fn unfinished(bytes: &mut Vec<u8>) -> Vec<u8> {
    if bytes.ends_with(b"\r") {
        return bytes.split_off(bytes.len() - 1);
    }
    // A character has four bytes at most; the first of them says how many.
    let begun = bytes.iter().rev().take(3).position(|byte| *byte >= 0xC0).map_or(0, |back| back + 1);
    let tail = &bytes[bytes.len() - begun..];
    match std::str::from_utf8(tail) {
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => bytes.split_off(bytes.len() - begun),
        _ => Vec::new(),
    }
}

/// A text in pieces that are no longer than a line may be; none if it is empty.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut end = rest.len().min(LONGEST);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let piece;
        (piece, rest) = rest.split_at(end);
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The lines of an input of which so many bytes come at once.
    async fn lines_of(input: Vec<u8>, at_once: usize) -> Vec<String> {
        let (sender, mut lines) = mpsc::channel(10);
        let reading = tokio::task::spawn_blocking(move || read(BufReader::with_capacity(at_once, &input[..]), &sender));
        let (mut texts, mut last) = (Vec::new(), 0);
        while let Some(line) = lines.recv().await {
            let (time, text) = line.expect("a line");
            assert!(time > last && text.len() <= LONGEST, "{} bytes", text.len());
            last = time;
            texts.push(text);
        }
        reading.await.expect("read");
        texts
    }

    #[tokio::test]
    async fn lines_are_read_as_they_are_and_have_times_of_their_own() {
        let mut input = b"one\r\n\ntwo \xff\r\n".to_vec();
        input.extend(vec![b'x'; 300 << 10]);
        let texts = lines_of(input, 8 << 10).await;
        assert_eq!(texts[..2], ["one", "two \u{fffd}"]);
        assert_eq!(texts[2..].iter().map(String::len).collect::<Vec<_>>(), [256 << 10, 44 << 10]);
        assert_eq!(lines_of(b"at the end \xe2\x82".to_vec(), 7).await, ["at the end \u{fffd}"]);
        assert_eq!(lines_of(b"\xe2\x82\nb\r".to_vec(), 1).await, ["\u{fffd}", "b"]);
    }

    #[tokio::test]
    async fn a_long_line_is_cut_between_characters() {
        for character in ["é", "€", "🎲"] {
            for before in 0..4 {
                let line = "x".repeat(before) + &character.repeat((600 << 10) / character.len());
                let texts = lines_of(format!("{line}\nnext\n").into_bytes(), 8 << 10).await;
                assert_eq!(
                    (texts.len(), texts[..3].concat() == line, &*texts[3]),
                    (4, true, "next"),
                    "{before} {character}"
                );
            }
        }
    }

    #[tokio::test]
    async fn bytes_that_are_no_text_become_lines_that_are_not_too_long() {
        let mut input = vec![0xff; 300 << 10];
        input.extend(b"\nnext\n");
        let texts = lines_of(input, 8 << 10).await;
        assert_eq!(texts.last().map(String::as_str), Some("next"));
        assert_eq!(texts.concat(), "\u{fffd}".repeat(300 << 10) + "next");
    }

    #[tokio::test]
    async fn a_line_end_may_lie_across_the_longest_line() {
        for length in LONGEST - 2..LONGEST + 2 {
            let input = "x".repeat(length) + "\r\nnext\r\n";
            let texts = lines_of(input.into_bytes(), 8 << 10).await;
            assert_eq!(texts.concat(), "x".repeat(length) + "next", "{length}");
            assert_eq!(texts.last().map(String::as_str), Some("next"));
        }
    }
}
