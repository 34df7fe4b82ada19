//! Packing of bodies, and harm that comes to them on their way.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
use snap::write::FrameEncoder;

/// The bytes, packed in one or in several ways, one after the other (`gzip, zstd`).
pub(crate) fn packed(plain: Vec<u8>, ways: &str) -> Vec<u8> {
    ways.split(',').fold(plain, |bytes, way| one(&bytes, way.trim()))
}

fn one(plain: &[u8], way: &str) -> Vec<u8> {
    let mut packed = Vec::new();
    let fast = Compression::fast();
    let read = match way {
        "identity" => return plain.to_vec(),
        "gzip" => GzEncoder::new(plain, fast).read_to_end(&mut packed),
        // HTTP's `deflate` is zlib's format.
        "deflate" => ZlibEncoder::new(plain, fast).read_to_end(&mut packed),
        "bare-deflate" => DeflateEncoder::new(plain, fast).read_to_end(&mut packed),
        "zstd" => return zstd::encode_all(plain, 1).expect("packed"),
        "snappy" => return snap::raw::Encoder::new().compress_vec(plain).expect("packed"),
        "snappy-framed" => {
            let mut encoder = FrameEncoder::new(Vec::new());
            encoder.write_all(plain).expect("packed");
            return encoder.into_inner().expect("packed");
        }
        other => panic!("{other} is no packing of these questions"),
    };
    read.expect("packed");
    packed
}

/// The bytes after this harm.
pub(crate) fn harmed(mut bytes: Vec<u8>, harm: Option<&str>) -> Vec<u8> {
    match harm {
        None => {}
        Some("truncated") => bytes.truncate(bytes.len() * 2 / 3),
        Some("damaged") => {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 4].iter_mut().for_each(|byte| *byte ^= 0xff);
        }
        Some("empty") => bytes.clear(),
        Some("more") => bytes.extend(b"\x07more"),
        Some(other) => panic!("{other} is no harm"),
    }
    bytes
}
