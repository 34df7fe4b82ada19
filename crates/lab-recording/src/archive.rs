//! The file itself: a tar archive, packed with gzip. What is read is bounded in bytes and in parts, whatever it claims.

use std::io::{self, BufRead, BufReader, Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, EntryType, Header};

use crate::manifest::{FORMAT, Manifest, VERSION};
use crate::recording::Recording;

/// How much is read of a file, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of everything, unpacked.
    pub bytes: u64,
    /// Bytes of one part.
    pub part_bytes: u64,
    pub parts: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes: 1 << 30, part_bytes: 64 << 20, parts: 4096 }
    }
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("this is not a run file: {0}")]
    NoRunFile(String),
    #[error(
        "this run file has version {version} and was written by {written_by}; this dicelab reads versions up to {VERSION}"
    )]
    TooNew { version: u64, written_by: String },
    #[error("this run file holds more than {bound} {what}, which is more than is read")]
    TooLarge { bound: u64, what: &'static str },
    #[error("this run file is damaged: {0}")]
    Damaged(String),
    #[error("this run file cannot be read: {0}")]
    Io(io::Error),
}

/// The names of the parts of which there is one.
const MANIFEST: &str = "manifest.json";
const REPORT: &str = "report.json";
const EXPECTATIONS: &str = "expectations.yaml";
const LEDGER: &str = "ledger.jsonl";

/// Writes a run file.
pub fn write(recording: &Recording, into: impl Write) -> io::Result<()> {
    let mut tar = Builder::new(GzEncoder::new(into, Compression::fast()));
    let seconds = u64::try_from(recording.manifest.start_ns / 1_000_000_000).unwrap_or_default();
    let mut part = |name: &str, content: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(seconds);
        tar.append_data(&mut header, name, content)
    };
    part(MANIFEST, &serde_json::to_vec_pretty(&recording.manifest)?)?;
    let single = [(REPORT, &recording.report), (EXPECTATIONS, &recording.expectations), (LEDGER, &recording.ledger)];
    for (name, text) in single {
        if let Some(text) = text {
            part(name, text.as_bytes())?;
        }
    }
    for (at, dashboard) in recording.dashboards.iter().enumerate() {
        part(&format!("dashboards/{:04}.json", at + 1), dashboard.as_bytes())?;
    }
    let signals = [("metrics", &recording.metrics), ("logs", &recording.logs), ("traces", &recording.traces)];
    for (signal, portions) in signals {
        for (at, portion) in portions.iter().enumerate() {
            part(&format!("{signal}/{:04}.pb", at + 1), portion)?;
        }
    }
    tar.into_inner()?.finish()?.flush()
}

/// Reads a run file. Its checksum is that of gzip, over everything.
pub fn read(from: impl Read, bounds: Bounds) -> Result<Recording, ArchiveError> {
    let mut from = BufReader::with_capacity(256 << 10, from);
    let beginning = from.fill_buf().map_err(ArchiveError::Io)?;
    if beginning.is_empty() {
        return Err(ArchiveError::NoRunFile("it is empty".to_owned()));
    }
    if !beginning.starts_with(&[0x1f, 0x8b]) {
        return Err(ArchiveError::NoRunFile("it is not compressed with gzip".to_owned()));
    }
    let mut archive = Archive::new(GzDecoder::new(from).take(bounds.bytes + 1));
    let mut recording = Recording::default();
    let mut parts = 0;
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(|error| if parts == 0 { foreign(&error) } else { damaged(error) })?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type() != EntryType::Regular {
            return Err(ArchiveError::NoRunFile(format!(
                "{name:?} is not a regular file; who packs one by other tools writes plain entries (tar --format=ustar)"
            )));
        }
        if (parts == 0) != (name == MANIFEST) {
            let what = if parts == 0 { "its first part is not manifest.json" } else { "it has two manifests" };
            return Err(ArchiveError::NoRunFile(what.to_owned()));
        }
        parts += 1;
        if parts > bounds.parts {
            return Err(ArchiveError::TooLarge { bound: bounds.parts as u64, what: "parts" });
        }
        let size = entry.size();
        if size > bounds.part_bytes {
            return Err(ArchiveError::TooLarge { bound: bounds.part_bytes, what: "bytes in one part" });
        }
        let mut content = Vec::with_capacity(size.min(8 << 20) as usize);
        entry.read_to_end(&mut content).map_err(damaged)?;
        if content.len() as u64 != size {
            return Err(ArchiveError::Damaged(format!("{name:?} ends early")));
        }
        take(&mut recording, &name, content)?;
    }
    if parts == 0 {
        return Err(ArchiveError::NoRunFile("it is empty".to_owned()));
    }
    end(archive.into_inner(), bounds)?;
    Ok(recording)
}

/// Reads to the end, where the checksum of everything stands and nothing may follow.
fn end(mut rest: io::Take<GzDecoder<BufReader<impl Read>>>, bounds: Bounds) -> Result<(), ArchiveError> {
    io::copy(&mut rest, &mut io::sink()).map_err(damaged)?;
    if rest.limit() == 0 {
        return Err(ArchiveError::TooLarge { bound: bounds.bytes, what: "bytes" });
    }
    let mut after = rest.into_inner().into_inner();
    if after.fill_buf().map_err(ArchiveError::Io)?.is_empty() {
        Ok(())
    } else {
        Err(ArchiveError::Damaged("there is more data after its end".to_owned()))
    }
}

/// Puts a part where it belongs.
fn take(recording: &mut Recording, name: &str, content: Vec<u8>) -> Result<(), ArchiveError> {
    let text = |content| {
        String::from_utf8(content).map_err(|_| ArchiveError::Damaged(format!("{name:?} is not written in UTF-8")))
    };
    match name {
        MANIFEST => recording.manifest = manifest(&content)?,
        REPORT => recording.report = Some(text(content)?),
        EXPECTATIONS => recording.expectations = Some(text(content)?),
        LEDGER => recording.ledger = Some(text(content)?),
        _ => match name.split_once('/') {
            Some(("dashboards", _)) => recording.dashboards.push(text(content)?),
            Some(("metrics", _)) => recording.metrics.push(Bytes::from(content)),
            Some(("logs", _)) => recording.logs.push(Bytes::from(content)),
            Some(("traces", _)) => recording.traces.push(Bytes::from(content)),
            _ => {
                return Err(ArchiveError::Damaged(format!(
                    "it contains {name:?}, which does not belong in a run file"
                )));
            }
        },
    }
    Ok(())
}

/// Reads the manifest; a version that is too new is said before anything else.
fn manifest(content: &[u8]) -> Result<Manifest, ArchiveError> {
    let wrong = |error: serde_json::Error| ArchiveError::NoRunFile(format!("manifest.json: {error}"));
    let value: serde_json::Value = serde_json::from_slice(content).map_err(wrong)?;
    if value["format"] != FORMAT {
        return Err(ArchiveError::NoRunFile(format!("manifest.json does not say that its format is {FORMAT:?}")));
    }
    let version = value["version"].as_u64().unwrap_or_default();
    if version > u64::from(VERSION) {
        let written_by = value["written_by"].as_str().unwrap_or("an unknown program").chars().take(100).collect();
        return Err(ArchiveError::TooNew { version, written_by });
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(wrong)?;
    if manifest.start_ns > manifest.end_ns {
        return Err(ArchiveError::Damaged("manifest.json: the run ends before it begins".to_owned()));
    }
    Ok(manifest)
}

fn damaged(error: io::Error) -> ArchiveError {
    let text = error.to_string();
    let why = if error.kind() == io::ErrorKind::UnexpectedEof || text.contains("incomplete deflate stream") {
        "it ends in the middle, so it was not written or copied to its end".to_owned()
    } else if text.contains("matching checksum") {
        "its checksum is that of other data, so some of it was changed on the way".to_owned()
    } else {
        text
    };
    ArchiveError::Damaged(why)
}

/// Of a file whose first part cannot be read it is not known that it is ours.
fn foreign(error: &io::Error) -> ArchiveError {
    ArchiveError::NoRunFile(format!("it is not a tar archive: {error}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn example() -> Recording {
        Recording {
            manifest: Manifest {
                start_ns: 5,
                end_ns: 7,
                written_by: "dicelab 0.1.0".to_owned(),
                ..Manifest::default()
            },
            report: Some("{}".to_owned()),
            expectations: Some("expect: []\n".to_owned()),
            ledger: None,
            dashboards: vec!["{\"panels\": []}".to_owned()],
            metrics: vec![Bytes::from_static(b"m1"), Bytes::from_static(b"m2")],
            logs: vec![Bytes::from_static(b"l")],
            traces: vec![Bytes::from(vec![7; 100_000])],
        }
    }

    fn written(recording: &Recording) -> Vec<u8> {
        let mut file = Vec::new();
        write(recording, &mut file).expect("memory takes it");
        file
    }

    fn refused(file: &[u8], bounds: Bounds) -> String {
        read(file, bounds).expect_err("refused").to_string()
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(read(&*written(&example()), Bounds::default()).expect("good"), example());
    }

    #[test]
    fn what_is_no_run_file_or_too_large_is_refused_with_the_reason() {
        let bounds = Bounds::default();
        assert_eq!(refused(b"hello", bounds), "this is not a run file: it is not compressed with gzip");
        let gzip = |content: &[u8]| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(content).expect("memory takes it");
            gzip.finish().expect("finished")
        };
        assert!(refused(&gzip(b"hello"), bounds).starts_with("this is not a run file: "));
        assert!(refused(&gzip(&[0; 4096]), bounds).ends_with("it is empty"));
        let file = written(&example());
        let small = |bounds: Bounds| refused(&file, bounds);
        assert!(small(Bounds { part_bytes: 99_999, ..bounds }).contains("more than 99999 bytes in one part"));
        assert!(small(Bounds { parts: 4, ..bounds }).contains("more than 4 parts"));
        let bomb = small(Bounds { bytes: 50_000, ..bounds });
        assert!(bomb.contains("ends early") || bomb.contains("damaged") || bomb.contains("50000 bytes"), "{bomb}");
        assert!(refused(&file[..file.len() - 3], bounds).starts_with("this run file is damaged"));
        assert!(refused(&[&*file, b"x"].concat(), bounds).ends_with("there is more data after its end"));
    }

    #[test]
    fn versions_of_the_future_are_named() {
        let mut recording = example();
        recording.manifest.version = VERSION + 1;
        let error = refused(&written(&recording), Bounds::default());
        assert_eq!(
            error,
            "this run file has version 2 and was written by dicelab 0.1.0; this dicelab reads versions up to 1"
        );
        recording.manifest = Manifest { start_ns: 2, end_ns: 1, ..Manifest::default() };
        assert!(refused(&written(&recording), Bounds::default()).ends_with("the run ends before it begins"));
    }

    proptest! {
        /// No flipped bit is read as something else, and none makes the reader panic.
        #[test]
        fn a_flipped_bit_is_noticed(at in 0usize..4000, bit in 0u8..8) {
            let mut file = written(&example());
            let at = 10 + at % (file.len() - 10);
            file[at] ^= 1 << bit;
            if let Ok(recording) = read(&*file, Bounds::default()) {
                prop_assert_eq!(recording, example());
            }
        }
    }
}
