//! Messages of DNS (RFC 1035): a question is written, an answer is read.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ingest::scrape::config::discovery::DnsRecord;

/// How much an answer by UDP may hold, as the question says (RFC 6891).
pub(super) const BY_UDP: u16 = 4096;
/// The code of a name that does not exist.
pub(super) const NO_SUCH_NAME: u8 = 3;

/// An answer of a name server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) id: u16,
    /// There is more than fits into a message by UDP.
    pub(super) is_cut: bool,
    /// 0 is success.
    pub(super) code: u8,
    pub(super) records: Vec<Record>,
}

/// A record of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: DnsRecord,
    pub(super) data: Data,
}

/// What a record says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Data {
    Address(IpAddr),
    /// A name with a point at its end, and the port of an SRV record.
    Name(String, u16),
}

const KINDS: [(DnsRecord, u16); 5] =
    [(DnsRecord::A, 1), (DnsRecord::Ns, 2), (DnsRecord::Mx, 15), (DnsRecord::Aaaa, 28), (DnsRecord::Srv, 33)];

/// A question; `None` if the name cannot be one of DNS.
pub(super) fn question(id: u16, name: &str, record: DnsRecord) -> Option<Vec<u8>> {
    let (_, number) = KINDS.iter().find(|(kind, _)| *kind == record)?;
    let mut message = id.to_be_bytes().to_vec();
    // Recursion is wanted, one question follows, and one note on the size of answers.
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    let begin = message.len();
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?;
        message.push(length);
        message.extend(label.as_bytes());
    }
    message.push(0);
    if message.len() - begin > 255 {
        return None;
    }
    message.extend(number.to_be_bytes());
    message.extend([0, 1]);
    message.extend([0, 0, 41]);
    message.extend(BY_UDP.to_be_bytes());
    message.extend([0; 6]);
    Some(message)
}

/// Reads an answer; `None` if it is broken.
pub(super) fn read(message: &[u8]) -> Option<Answer> {
    let mut cursor = Cursor { message, at: 0 };
    let id = cursor.number()?;
    let [flags, code] = cursor.number()?.to_be_bytes();
    let (questions, answers) = (cursor.number()?, cursor.number()?);
    cursor.advance(4)?;
    for _ in 0..questions {
        cursor.name()?;
        cursor.advance(4)?;
    }
    let mut records = Vec::new();
    for _ in 0..answers {
        cursor.name()?;
        let number = cursor.number()?;
        cursor.advance(6)?;
        let length = usize::from(cursor.number()?);
        let mut data = Cursor { message, at: cursor.at };
        cursor.advance(length)?;
        if let Some((kind, _)) = KINDS.iter().find(|(_, known)| *known == number) {
            records.push(Record { kind: *kind, data: data.read(*kind, length)? });
        }
    }
    Some(Answer { id, is_cut: flags & 2 != 0, code: code & 15, records })
}

/// Reads a message of DNS from front to back.
struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn read(&mut self, kind: DnsRecord, length: usize) -> Option<Data> {
        let bytes = self.message.get(self.at..self.at + length)?;
        match kind {
            DnsRecord::A => Some(Data::Address(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into())),
            DnsRecord::Aaaa => Some(Data::Address(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into())),
            DnsRecord::Srv => {
                // Priority and weight mean nothing to a scrape.
                self.advance(4)?;
                let port = self.number()?;
                Some(Data::Name(self.name()?, port))
            }
            DnsRecord::Mx => {
                self.advance(2)?;
                Some(Data::Name(self.name()?, 0))
            }
            DnsRecord::Ns => Some(Data::Name(self.name()?, 0)),
        }
    }

    fn number(&mut self) -> Option<u16> {
        let bytes = self.message.get(self.at..self.at + 2)?;
        self.at += 2;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn advance(&mut self, bytes: usize) -> Option<()> {
        self.at = self.at.checked_add(bytes).filter(|at| *at <= self.message.len())?;
        Some(())
    }

    /// A name with a point at its end; the rest of it may stand elsewhere in the message.
    fn name(&mut self) -> Option<String> {
        let (mut name, mut at, mut end) = (String::new(), self.at, None);
        // A name has at most 127 parts; more of them are a circle.
        for _ in 0..128 {
            let length = usize::from(*self.message.get(at)?);
            if length >= 0xc0 {
                let low = usize::from(*self.message.get(at + 1)?);
                end.get_or_insert(at + 2);
                at = (length & 0x3f) << 8 | low;
            } else if length == 0 {
                self.at = end.unwrap_or(at + 1);
                return Some(if name.is_empty() { ".".to_owned() } else { name });
            } else {
                let part = self.message.get(at + 1..at + 1 + length)?;
                name.push_str(&String::from_utf8_lossy(part));
                name.push('.');
                at += 1 + length;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer to a question for `_m._tcp.example.` with two SRV records, the second with a shortened name.
    fn answer() -> Vec<u8> {
        let mut message = question(7, "_m._tcp.example", DnsRecord::Srv).expect("a name");
        // Without the note on the size of answers.
        message.truncate(message.len() - 11);
        (message[7], message[11]) = (2, 0);
        for (port, target) in [(9100_u16, &b"\x01a\xc0\x14"[..]), (9101, b"\x01b\x02xy\x00")] {
            message.extend([0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 9]);
            message.extend((6 + target.len() as u16).to_be_bytes());
            message.extend([0, 1, 0, 2]);
            message.extend(port.to_be_bytes());
            message.extend(target);
        }
        message
    }

    #[test]
    fn records_are_read_and_broken_answers_are_none() {
        let answer = answer();
        let found = read(&answer).expect("a good answer");
        let names: Vec<_> = found.records.iter().map(|record| &record.data).collect();
        let expected = [Data::Name("a.example.".to_owned(), 9100), Data::Name("b.xy.".to_owned(), 9101)];
        assert_eq!(names, expected.iter().collect::<Vec<_>>());
        assert_eq!((found.id, found.is_cut, found.code), (7, false, 0));
        for end in 0..answer.len() {
            assert!(read(&answer[..end]).is_none(), "{end}");
        }
        let mut circle = answer.clone();
        let at = circle.len() - 6;
        circle[at..at + 2].copy_from_slice(&[0xc0, at as u8]);
        assert!(read(&circle).is_none());
        let mut refused = answer;
        refused[3] = 2;
        assert_eq!(read(&refused).map(|answer| answer.code), Some(2));
    }

    #[test]
    fn names_that_cannot_be_asked_for_are_refused() {
        let long = format!("{}.example", "a".repeat(64));
        for name in ["a..b", "", &*long, &*"a.".repeat(200)] {
            assert!(question(1, name, DnsRecord::A).is_none(), "{name}");
        }
    }
}
