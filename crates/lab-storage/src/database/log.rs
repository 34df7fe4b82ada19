//! A look at the write-ahead log that a process left behind when it was killed.
//!
//! SQLite takes over the transactions of such a log up to the first frame whose checksum does not match, and passes over
//! the rest in silence, because the end of a log may be torn. So a damaged frame in the middle would take whole seconds of
//! telemetry along. What is read here is the file format that SQLite documents ("WAL File Format"): a header of 32 bytes,
//! then frames of 24 bytes and a page; both carry the salts of this log and a checksum over all that precedes them.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The first four bytes; the last bit tells the byte order of the checksums.
const MAGIC: u32 = 0x377f_0682;
/// The largest log that is looked at; SQLite cuts it down to 16 MiB after each checkpoint.
const LARGEST: u64 = 1 << 30;

/// Says what is wrong with the log of a database; `None` if there is no log, or a sound one.
pub(crate) fn examine(database: &Path) -> io::Result<Option<&'static str>> {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    let mut bytes = Vec::new();
    match fs::File::open(name) {
        Ok(file) => file.take(LARGEST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(problem(&bytes))
}

fn problem(log: &[u8]) -> Option<&'static str> {
    let header = log.first_chunk::<HEADER>()?;
    let word =
        |bytes: &[u8], at: usize| bytes.get(at..at + 4).map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    let (magic, page) = (word(header, 0), word(header, 8) as usize);
    let little = magic & 1 == 0;
    let mut sum = checksum(little, (0, 0), &header[..24]);
    let sound = magic & !1 == MAGIC && sum == (word(header, 24), word(header, 28)) && (512..=65_536).contains(&page);
    if !sound {
        // A log that holds less than a frame has nothing to lose.
        return (log.len() > HEADER + FRAME_HEADER + 512).then_some(
            "the head of its write-ahead log is damaged: what was written last before the lab ended is lost",
        );
    }
    let salts = &header[16..24];
    for frame in log[HEADER..].chunks(FRAME_HEADER + page) {
        let (Some(head), Some(content)) = (frame.get(..FRAME_HEADER), frame.get(FRAME_HEADER..)) else { break };
        sum = checksum(little, checksum(little, sum, &head[..8]), content);
        let salted = (head[8..12] == salts[..4], head[12..16] == salts[4..]);
        if salted == (true, true) && sum == (word(head, 16), word(head, 20)) && content.len() == page {
            continue;
        }
        // What an earlier use of the file left behind has other salts, both of them.
        let torn = content.len() < page;
        return (salted != (false, false) && !torn).then_some(
            "its write-ahead log is damaged: what was written last before the lab ended is lost from there on",
        );
    }
    None
}

/// The checksum of a log, which goes on from `sum`, over bytes in multiples of eight.
fn checksum(little: bool, mut sum: (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let word = |b: &[u8]| {
        let b = [b[0], b[1], b[2], b[3]];
        if little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) }
    };
    for pair in bytes.chunks_exact(8) {
        sum.0 = sum.0.wrapping_add(word(&pair[..4])).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(word(&pair[4..])).wrapping_add(sum.0);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    /// The log of a few transactions, as a kill would leave it.
    fn log() -> Vec<u8> {
        let directory = std::env::temp_dir().join(format!("dicelab-log-{:?}", std::thread::current().id()));
        fs::create_dir_all(&directory).expect("made");
        let path = directory.join("t.db");
        let connection = Connection::open(&path).expect("opens");
        connection.pragma_update(None, "journal_mode", "wal").expect("set");
        connection.execute_batch("CREATE TABLE t (b BLOB)").expect("made");
        for _ in 0..3 {
            connection.execute("INSERT INTO t VALUES (zeroblob(3000))", []).expect("written");
        }
        assert_eq!(examine(&path).expect("read"), None);
        let bytes = fs::read(directory.join("t.db-wal")).expect("read");
        drop(connection);
        fs::remove_dir_all(directory).expect("removed");
        bytes
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed_and_a_torn_end_is_not_blamed() {
        let sound = log();
        assert_eq!((problem(&sound), problem(&[])), (None, None));
        for at in (0..sound.len()).step_by(7).chain(0..100) {
            let mut flipped = sound.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(problem(&flipped).is_some(), "byte {at} of {}", sound.len());
        }
        assert_eq!(problem(&sound[..sound.len() - 100]), None);
    }

    #[test]
    fn what_an_earlier_use_of_the_file_left_is_no_damage() {
        let mut log = log();
        let frame = FRAME_HEADER + 4096;
        let last = log.len() - frame;
        log[last + 8] ^= 1;
        log[last + 12] ^= 0x55;
        assert_eq!(problem(&log), None);
    }
}
