//! Messages in a TCP stream, by either way of RFC 6587: with their length in front, or with a line end behind.

/// The longest message; of a longer one the rest becomes messages of its own.
pub const LONGEST: usize = 256 << 10;
/// The most digits of a length.
const MOST_DIGITS: usize = 7;

/// Cuts a stream into messages.
#[derive(Debug, Default)]
pub struct Frames {
    begun: Vec<u8>,
    /// How many bytes of the message that has begun were searched for its end in vain.
    searched: usize,
}

impl Frames {
    /// Shows each message that is whole once `bytes` have come.
    pub fn take(&mut self, bytes: &[u8], mut found: impl FnMut(&[u8])) {
        self.begun.extend_from_slice(bytes);
        let mut taken = 0;
        while let Some((start, end, next)) = first(&self.begun[taken..], self.searched) {
            if end > start {
                found(&self.begun[taken + start..taken + end]);
            }
            taken += next;
            self.searched = 0;
        }
        self.begun.drain(..taken);
        self.searched = self.begun.len();
    }

    /// The last message, which has no end.
    pub fn finish(self, found: impl FnOnce(&[u8])) {
        if !self.begun.is_empty() {
            found(&self.begun);
        }
    }
}

/// Where the first message starts and ends, and where the next one starts. No line ends within the first `searched` bytes.
fn first(bytes: &[u8], searched: usize) -> Option<(usize, usize, usize)> {
    if let Some((digits, length)) = counted(bytes) {
        let (start, end) = (digits + 1, digits + 1 + length);
        return (bytes.len() >= end).then_some((start, end, end));
    }
    let within = &bytes[..bytes.len().min(LONGEST)];
    let searched = searched.min(within.len());
    match within[searched..].iter().position(|byte| matches!(byte, b'\n' | 0)) {
        Some(end) => Some((0, searched + end, searched + end + 1)),
        None => (bytes.len() >= LONGEST).then_some((0, LONGEST, LONGEST)),
    }
}

/// The number of digits of a length that stands in front of a message, and the length.
fn counted(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = bytes.iter().take(MOST_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=MOST_DIGITS).contains(&digits) || bytes.get(digits..digits + 2)? != b" <" {
        return None;
    }
    let length = std::str::from_utf8(&bytes[..digits]).ok()?.parse().ok()?;
    (1..=LONGEST).contains(&length).then_some((digits, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_however_they_arrive() {
        let stream = b"<1>one\n<2>two\r\n11 <3>with\n lf5 <4>ab<5>nul\0\n<6>rest";
        for size in [1, 3, 7, 1000] {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for piece in stream.chunks(size) {
                frames.take(piece, |message| found.push(String::from_utf8_lossy(message).into_owned()));
            }
            frames.finish(|message| found.push(String::from_utf8_lossy(message).into_owned()));
            assert_eq!(found, ["<1>one", "<2>two\r", "<3>with\n lf", "<4>ab", "<5>nul", "<6>rest"], "{size}");
        }
    }

    #[test]
    fn a_message_without_an_end_is_bounded() {
        let mut frames = Frames::default();
        let mut found = Vec::new();
        frames.take(&vec![b'x'; 2 * LONGEST + 5], |message| found.push(message.len()));
        assert_eq!((found, frames.begun.len()), (vec![LONGEST, LONGEST], 5));
    }
}
