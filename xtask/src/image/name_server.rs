//! A name server that knows one name: it answers questions for its IPv4 address with 127.0.0.1, those for its IPv6
//! address with nothing, and says of every other name that there is no such.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where it listens: the port must be 53, so the address is one that nobody else uses.
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);
const HEADER: usize = 12;
const IPV4: [u8; 2] = [0, 1];
/// A response, authoritative, recursion available; and the same for a name that does not exist.
const FOUND: [u8; 2] = [0x85, 0x80];
const NO_SUCH_NAME: [u8; 2] = [0x85, 0x83];

/// Answers as long as the program runs.
pub(crate) struct NameServer(Arc<AtomicUsize>);

impl NameServer {
    pub(crate) fn start(name: &'static str) -> std::io::Result<Self> {
        let socket = UdpSocket::bind((ADDRESS, 53))?;
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        std::thread::spawn(move || {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                count.fetch_add(1, Ordering::Relaxed);
                if let Some(answer) = answer(&question[..length], name) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        Ok(Self(asked))
    }

    /// How many questions came.
    pub(crate) fn asked(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The answer to a message with one question, as RFC 1035 has it; nothing to what is none.
fn answer(message: &[u8], name: &str) -> Option<Vec<u8>> {
    let asked = message.get(HEADER..)?;
    let end = asked.iter().position(|byte| *byte == 0)? + 1;
    let question = asked.get(..end + 4)?;
    let known = question[0] as usize == name.len() && question.get(1..=name.len())? == name.as_bytes();
    let found = known && question[end..end + 2] == IPV4;
    let flags = if known { FOUND } else { NO_SUCH_NAME };
    let mut answer = [&message[..2], &flags[..], &[0, 1, 0, u8::from(found), 0, 0, 0, 0], question].concat();
    if found {
        // The name of the question, an IPv4 address of the Internet, for a second, four bytes.
        answer.extend([0xc0, HEADER as u8, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]);
        answer.extend(Ipv4Addr::LOCALHOST.octets());
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_known() {
        let question = |name: &str, kind: u8| {
            let mut message = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.len() as u8];
            message.extend(name.bytes().chain([0, 0, kind, 0, 1]));
            message
        };
        let found = answer(&question("die", 1), "die").expect("an answer");
        assert_eq!((&found[..4], found[7]), (&[7, 9, 0x85, 0x80][..], 1));
        assert!(found.ends_with(&[0, 4, 127, 0, 0, 1]));
        let other_kind = answer(&question("die", 28), "die").expect("an answer");
        assert_eq!((other_kind[3], other_kind[7]), (0x80, 0));
        assert_eq!(answer(&question("dice", 1), "die").expect("an answer")[3], 0x83);
        assert_eq!(answer(&[1, 2, 3], "die"), None);
    }
}
