//! How a body is packed, and unpacking it within a limit.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http::HeaderValue;
use snap::read::FrameDecoder;
use zstd::stream::read::Decoder;

use crate::otlp::refusal::Refusal;

/// How snappy begins if it is in frames.
const SNAPPY_STREAM: &[u8] = b"\xff\x06\x00\x00sNaPpY";

/// The window of zstd that everyone must be able to read (RFC 8878, section 3.1.1.1.2), as a power of two: 8 MiB.
const WINDOW_OF_ALL: u32 = 23;
/// How the library says that a window is larger than it may be.
const WINDOW_REFUSED: &str = "too much memory";

/// The content encodings that are taken, the empty one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Identity,
    Gzip,
    /// HTTP's `deflate` is zlib's format (RFC 9110, section 8.4.1.2).
    Zlib,
    Zstd,
    /// Snappy as one block, as the Collector sends it today, or in frames, as it did before.
    Snappy,
    SnappyFramed,
}

impl Packing {
    /// The one that a header names, if there is one.
    pub(crate) fn named(header: Option<&HeaderValue>) -> Result<Self, Refusal> {
        let Some(encoding) = header else { return Ok(Self::Identity) };
        let name = encoding.to_str().unwrap_or("?").trim();
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" | "zlib" => Ok(Self::Zlib),
            "zstd" => Ok(Self::Zstd),
            "snappy" => Ok(Self::Snappy),
            "x-snappy-framed" => Ok(Self::SnappyFramed),
            _ => Err(Refusal::ContentEncoding(name.to_owned())),
        }
    }

    /// What was packed, if it is no longer than the limit.
    pub(crate) fn unpack(self, bytes: Bytes, limit: usize) -> Result<Bytes, Refusal> {
        let mut plain = Vec::with_capacity((bytes.len() * 4).min(limit));
        let read = match self {
            Self::Identity if bytes.len() > limit => return Err(Refusal::TooLarge(limit)),
            Self::Identity => return Ok(bytes),
            Self::Gzip => read_at_most(limit, MultiGzDecoder::new(&*bytes), &mut plain),
            Self::Zlib => read_at_most(limit, ZlibDecoder::new(&*bytes), &mut plain),
            Self::Zstd => unpack_zstd(limit, &bytes, &mut plain),
            Self::Snappy if !bytes.starts_with(SNAPPY_STREAM) => unpack_block(limit, &bytes, &mut plain),
            Self::Snappy | Self::SnappyFramed => read_at_most(limit, FrameDecoder::new(&*bytes), &mut plain),
        };
        read.map_err(|error| {
            let name = format!("{self:?}").to_lowercase();
            Refusal::Malformed(format!("the request body cannot be decompressed ({name}): {error}"))
        })?;
        if plain.len() > limit { Err(Refusal::TooLarge(limit)) } else { Ok(plain.into()) }
    }
}

/// Reads one byte more than the limit, so that the caller sees that there was more.
fn read_at_most(limit: usize, from: impl Read, into: &mut Vec<u8>) -> io::Result<usize> {
    from.take(limit as u64 + 1).read_to_end(into)
}

/// A decoder of zstd holds a whole window, whose size the sender names: it may be as large as a body, not larger.
fn unpack_zstd(limit: usize, packed: &[u8], into: &mut Vec<u8>) -> io::Result<usize> {
    let window = limit.max(1).ilog2().max(WINDOW_OF_ALL);
    let mut decoder = Decoder::with_buffer(packed)?;
    decoder.window_log_max(window)?;
    read_at_most(limit, decoder, into).map_err(|error| {
        if !error.to_string().contains(WINDOW_REFUSED) {
            return error;
        }
        let most = 1_u64 << (window - 20);
        io::Error::other(format!("its window is larger than the {most} MiB that are taken; pack it with a smaller one"))
    })
}

/// Unpacks a block of snappy, whose length stands in front; one that is too long is cut there, so that the caller sees it.
fn unpack_block(limit: usize, block: &[u8], into: &mut Vec<u8>) -> io::Result<usize> {
    let length = snap::raw::decompress_len(block)?;
    if length > limit {
        into.resize(limit + 1, 0);
    } else {
        *into = snap::raw::Decoder::new().decompress_vec(block)?;
    }
    Ok(into.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 64 << 20;

    fn block(is_last: bool, kind: u32, size: usize, content: &[u8]) -> Vec<u8> {
        let header = u32::from(is_last) | (kind << 1) | ((size as u32) << 3);
        [&header.to_le_bytes()[..3], content].concat()
    }

    fn unpacked(frame: Vec<u8>) -> Result<usize, String> {
        let plain = Packing::Zstd.unpack(frame.into(), LIMIT);
        plain.map(|plain| plain.len()).map_err(|refusal| refusal.to_string())
    }

    /// A frame whose window is described by a byte, with a block of one repeated byte.
    fn with_window(descriptor: u8) -> Vec<u8> {
        [&[0x28, 0xb5, 0x2f, 0xfd, 0, descriptor][..], &block(true, 1, 1000, b"a")].concat()
    }

    #[test]
    fn a_window_of_zstd_may_be_as_large_as_a_body() {
        assert_eq!(unpacked(with_window(13 << 3)), Ok(1000), "8 MiB");
        assert_eq!(unpacked(with_window(16 << 3)), Ok(1000), "64 MiB");
        for too_large in [17 << 3, 0xf8] {
            let refused = unpacked(with_window(too_large)).expect_err("refused");
            assert!(refused.contains("its window is larger than the 64 MiB that are taken"), "{refused}");
        }
        // One segment of 1 TiB: its size is its window.
        let segment = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0][..], &block(true, 1, 9, b"a")].concat();
        assert!(unpacked(segment).expect_err("refused").contains("its window is larger"));
        let small = Packing::Zstd.unpack(with_window(13 << 3).into(), 1000).expect("8 MiB are always taken");
        assert_eq!(small.len(), 1000);
    }

    /// A block may become 128 KiB. These repetitions would become 131 MB of it, and a decoder that makes all of them
    /// before anybody looks would use up the memory.
    #[test]
    fn one_block_of_zstd_does_not_become_more_than_a_block_may() {
        let repetitions: usize = 1000;
        let count = [0x80 | (repetitions >> 8) as u8, repetitions as u8];
        // A literal; all three codes are the same throughout; the longest match has 16 further bits.
        let head = [&[0x08, b'a'][..], &count, &[0b0101_0100, 0, 0, 52]].concat();
        let body = [&head[..], &vec![0xff; 2 * repetitions], &[1]].concat();
        let blocks = [block(false, 0, 8, b"12345678"), block(true, 2, body.len(), &body)].concat();
        let refused = unpacked([&[0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3][..], &blocks].concat());
        assert!(refused.as_ref().is_err_and(|why| why.contains("cannot be decompressed (zstd)")), "{refused:?}");
    }

    #[test]
    fn frames_one_after_the_other_are_one_body() {
        let packed = |level| zstd::encode_all(&vec![b'a'; 100_000][..], level).expect("packed");
        assert_eq!(unpacked([packed(1), packed(19)].concat()), Ok(200_000));
    }
}
