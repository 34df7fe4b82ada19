//! Files of other tools, in every form in which OpenTelemetry's Collector writes them: requests as JSON, one after the other;
//! requests in protobuf or packed with zstd, each behind its length in four bytes; and the whole packed with gzip or zstd.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use zstd::stream::read::Decoder;

use crate::otlp::binary::{self, Refused};
use crate::otlp::lines::{self, LineError, Signal};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// The largest window of zstd that is read, as a power of two: 128 MiB, which is what `zstd --long` packs with and what
/// `zstd` itself unpacks without being asked. A decoder holds a whole window in memory.
const WINDOW: u32 = 27;
/// How the library says that a window is larger than it may be.
const WINDOW_REFUSED: &str = "too much memory";
/// Where a tar archive says what it is, and how.
const TAR: (usize, &[u8]) = (257, b"ustar");
/// Bytes of the length before each message.
const PREFIX: usize = 4;

/// An export request of one signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where it stands: `line 3`, `message 3`.
    pub place: String,
    pub signal: Signal,
    /// As OTLP over HTTP takes it.
    pub json: String,
}

/// Why a file, or a part of it, is no telemetry.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error(
        "this is not a run file: it is not compressed with gzip; nor is it a file of OpenTelemetry, which would be JSON, or protobuf with its length before each message"
    )]
    Foreign,
    #[error(
        "message {at} is cut off: its length says {length} bytes, and {left} are left; what comes before it was read"
    )]
    CutOff { at: usize, length: u64, left: usize },
    #[error("message {at} is no export request of traces, logs or metrics")]
    NoRequest { at: usize },
    #[error(
        "message {at} would take more than {bound} MiB of memory once it is read; write smaller ones, with the Collector's batch processor for example"
    )]
    TooManyItems { at: usize, bound: usize },
    #[error("{what} cannot be unpacked: {why}")]
    Packed { what: String, why: io::Error },
    #[error("unpacked, this is more than {bound} bytes, which is more than is read")]
    TooLarge { bound: u64 },
}

/// Whether a file is a run file, or a damaged one: an archive that is packed with gzip.
pub fn is_run_file(content: &[u8]) -> bool {
    if !content.starts_with(GZIP) {
        return false;
    }
    let mut beginning = Vec::new();
    let read = MultiGzDecoder::new(content).take((TAR.0 + TAR.1.len()) as u64).read_to_end(&mut beginning);
    read.is_err() || beginning.get(TAR.0..) == Some(TAR.1)
}

/// The requests of a file, one at a time, of which the first error is the last one. Packed messages may have so many bytes once
/// they are unpacked. The whole of the file is to be [`unpacked_whole`] already.
pub fn requests<'a>(plain: &'a [u8], bound: u64) -> Box<dyn Iterator<Item = Result<Request, FileError>> + 'a> {
    let begins_json = plain.trim_ascii_start().first().is_none_or(|first| matches!(first, b'{' | b'['));
    let text = Some(plain).filter(|_| begins_json).and_then(|plain| std::str::from_utf8(plain).ok());
    if let Some(text) = text.filter(|text| !matches!(lines::read(text).next(), Some(Err(LineError::NoJson { .. })))) {
        return of_text(text);
    }
    match (binary::request(plain), text) {
        (Ok((signal, json)), _) => one(Ok(Request { place: "message 1".to_owned(), signal, json })),
        (Err(Refused::TooLarge), _) => one(Err(FileError::TooManyItems { at: 1, bound: binary::LARGEST >> 20 })),
        (Err(Refused::NoRequest), Some(text)) => of_text(text),
        (Err(Refused::NoRequest), None) => of_messages(plain, bound),
    }
}

fn one<'a>(request: Result<Request, FileError>) -> Box<dyn Iterator<Item = Result<Request, FileError>> + 'a> {
    Box::new(std::iter::once(request))
}

fn of_text(text: &str) -> Box<dyn Iterator<Item = Result<Request, FileError>> + '_> {
    let request = |line: lines::Line<'_>| Request {
        place: format!("line {}", line.number),
        signal: line.signal,
        json: line.json.to_owned(),
    };
    Box::new(lines::read(text).map(move |line| line.map(request).map_err(FileError::Line)))
}

/// Messages behind their lengths, each read when the one before it is done with.
fn of_messages<'a>(mut rest: &'a [u8], bound: u64) -> Box<dyn Iterator<Item = Result<Request, FileError>> + 'a> {
    let (mut at, mut left) = (0, bound);
    let each = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        at += 1;
        let of_message = message(at, &mut rest).and_then(|message| of_message(at, message, &mut left));
        Some(match of_message {
            Ok(requests) => requests.into_iter().map(Ok).collect(),
            Err(error) => {
                rest = &[];
                vec![Err(or_foreign(error))]
            }
        })
    });
    Box::new(each.flat_map(|of_message: Vec<_>| of_message))
}

/// Whatever begins with any four bytes looks like a length; what has no request at all is something else.
fn or_foreign(error: FileError) -> FileError {
    match error {
        FileError::CutOff { at: 1, .. } | FileError::NoRequest { at: 1 } => FileError::Foreign,
        other => other,
    }
}

/// The next message behind its length.
fn message<'a>(at: usize, rest: &mut &'a [u8]) -> Result<&'a [u8], FileError> {
    let cut_off = |length, left| FileError::CutOff { at, length, left };
    let (prefix, after) = rest.split_first_chunk().ok_or_else(|| cut_off(PREFIX as u64, rest.len()))?;
    let length = u32::from_be_bytes(*prefix);
    let (message, after) =
        after.split_at_checked(length as usize).ok_or_else(|| cut_off(u64::from(length), after.len()))?;
    *rest = after;
    Ok(message)
}

fn of_message(at: usize, message: &[u8], left: &mut u64) -> Result<Vec<Request>, FileError> {
    let plain = unpacked(message, &format!("message {at}"), *left)?;
    *left = left.saturating_sub(plain.len() as u64);
    let place = || format!("message {at}");
    // What begins as JSON may be protobuf all the same: a tag is a line feed, and a length a brace.
    let begins_json = plain.trim_ascii_start().first() == Some(&b'{');
    if let Some(text) = std::str::from_utf8(&plain).ok().filter(|_| begins_json) {
        let request =
            |line: lines::Line<'_>| Request { place: place(), signal: line.signal, json: line.json.to_owned() };
        let requests: Result<Vec<_>, LineError> = lines::read(text).map(|line| line.map(request)).collect();
        if let Ok(requests) = requests {
            return Ok(requests);
        }
    }
    if plain.is_empty() {
        return Ok(Vec::new());
    }
    match binary::request(&plain) {
        Ok((signal, json)) => Ok(vec![Request { place: place(), signal, json }]),
        Err(Refused::NoRequest) => Err(FileError::NoRequest { at }),
        Err(Refused::TooLarge) => Err(FileError::TooManyItems { at, bound: binary::LARGEST >> 20 }),
    }
}

/// A file whose whole was packed, unpacked to so many bytes at most; or the file itself.
pub fn unpacked_whole(content: &[u8], bound: u64) -> Result<Cow<'_, [u8]>, FileError> {
    unpacked(content, "the file", bound)
}

/// What was packed, or the content itself.
fn unpacked<'a>(content: &'a [u8], what: &str, bound: u64) -> Result<Cow<'a, [u8]>, FileError> {
    let mut plain = Vec::new();
    let read = if content.starts_with(GZIP) {
        MultiGzDecoder::new(content).take(bound + 1).read_to_end(&mut plain).map(drop)
    } else if content.starts_with(ZSTD) {
        frames(content, bound, &mut plain)
    } else {
        return Ok(content.into());
    };
    read.map_err(|why| FileError::Packed { what: what.to_owned(), why })?;
    if plain.len() as u64 > bound { Err(FileError::TooLarge { bound }) } else { Ok(plain.into()) }
}

/// What zstd packed, in one frame or in many, one after the other.
fn frames(content: &[u8], bound: u64, into: &mut Vec<u8>) -> io::Result<()> {
    let mut decoder = Decoder::with_buffer(content)?;
    decoder.window_log_max(WINDOW)?;
    let read = decoder.take(bound + 1).read_to_end(into).map(drop);
    read.map_err(|error| {
        if !error.to_string().contains(WINDOW_REFUSED) {
            return error;
        }
        let most = 1 << (WINDOW - 20);
        io::Error::other(format!("its window is larger than the {most} MiB that are read; pack it with a smaller one"))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use prost::Message;

    use super::*;

    const JSON: &str = "{\"resourceSpans\":[]}\n{\"resourceLogs\":[]}\n";
    const BOUND: u64 = 1 << 20;

    fn trace() -> Vec<u8> {
        let span = Span { trace_id: vec![1; 16], span_id: vec![2; 8], start_time_unix_nano: 1, ..Span::default() };
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }

    fn messages(all: &[&[u8]]) -> Vec<u8> {
        all.iter().flat_map(|one| [&(one.len() as u32).to_be_bytes()[..], one].concat()).collect()
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).expect("written");
        encoder.finish().expect("finished")
    }

    fn zstd(content: &[u8]) -> Vec<u8> {
        zstd::encode_all(content, 0).expect("packed")
    }

    fn told(content: &[u8]) -> Vec<String> {
        let told = |one: Result<Request, FileError>| match one {
            Ok(request) => format!("{} {:?}", request.place, request.signal),
            Err(error) => error.to_string(),
        };
        match unpacked_whole(content, BOUND) {
            Ok(plain) => requests(&plain, BOUND).map(told).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    #[test]
    fn every_form_in_which_the_collector_writes_is_read() {
        let lines = ["line 1 Traces", "line 2 Logs"];
        assert_eq!(told(JSON.as_bytes()), lines);
        assert_eq!(told(&gzip(JSON.as_bytes())), lines);
        assert_eq!(told(&zstd(JSON.as_bytes())), lines);
        let (first, second) = JSON.split_once('\n').expect("two lines");
        let frames = [zstd(first.as_bytes()), zstd(second.as_bytes())].concat();
        assert_eq!(told(&frames), ["line 1 Traces", "line 1 Logs"], "two frames are one text");
        let trace = trace();
        let both = ["message 1 Traces", "message 2 Traces"];
        assert_eq!(told(&messages(&[&trace, &trace])), both);
        assert_eq!(told(&messages(&[&zstd(&trace), &zstd(first.as_bytes())])), both);
        assert_eq!(told(&gzip(&messages(&[&trace, b"", &trace]))), ["message 1 Traces", "message 3 Traces"]);
        assert_eq!(told(&trace), ["message 1 Traces"], "the body of one request");
        assert_eq!(told(b""), [""; 0]);
    }

    #[test]
    fn what_zstd_packs_at_any_level_is_read_and_windows_beyond_the_bound_are_not() {
        let text = JSON.repeat(1000);
        let packed = |level, window| {
            let mut encoder = zstd::Encoder::new(Vec::new(), level).expect("an encoder");
            encoder.window_log(window).expect("a window");
            encoder.long_distance_matching(true).expect("long");
            encoder.write_all(text.as_bytes()).expect("written");
            encoder.finish().expect("finished")
        };
        for (level, window) in [(-1, 19), (3, 27), (19, 23)] {
            assert_eq!(told(&packed(level, window)).len(), 2000, "{level}");
        }
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        assert_eq!(told(&[packed(3, 20), skipped].concat()).len(), 2000, "what is to be skipped, is");
        // The same byte again and again, with a window of 2 TiB.
        let bomb = [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8][..], &[2, 0, 16, b' '].repeat(64)].concat();
        let refused = [
            "the file cannot be unpacked: its window is larger than the 128 MiB that are read; pack it with a smaller one",
        ];
        assert_eq!(told(&bomb), refused);
        assert_eq!(told(&[zstd(JSON.as_bytes()), bomb.clone()].concat()), refused, "behind an honest frame");
        assert!(told(&messages(&[&bomb]))[0].starts_with("message 1 cannot be unpacked: its window"));
    }

    #[test]
    fn what_is_cut_off_foreign_or_too_large_is_told_after_what_was_read() {
        let trace = trace();
        let whole = messages(&[&trace, &trace]);
        let cut = told(&whole[..whole.len() - 3]);
        assert_eq!(cut[0], "message 1 Traces");
        assert!(cut[1].starts_with("message 2 is cut off: its length says "), "{cut:?}");
        assert!(told(&[&whole[..], &[0, 0]].concat())[2].starts_with("message 3 is cut off"));
        assert!(told(&messages(&[&trace, b"nonsense"]))[1].starts_with("message 2 is no export request"));
        for foreign in [&b"hello world"[..], b"\0\0\0\x05hello", &[0xff; 40]] {
            assert!(
                told(foreign)[0].starts_with(
                    "this is not a run file: it is not compressed with gzip; nor is it a file of OpenTelemetry"
                ),
                "{:?}",
                told(foreign)
            );
        }
        let packed = gzip(JSON.as_bytes());
        assert!(told(&packed[..packed.len() - 9])[0].starts_with("the file cannot be unpacked"));
        assert!(told(&gzip(&vec![b' '; BOUND as usize + 1]))[0].starts_with("unpacked, this is more than"));
        assert!(told(&zstd(&vec![b' '; BOUND as usize + 1]))[0].starts_with("unpacked, this is more than"));
    }

    #[test]
    fn protobuf_that_begins_as_json_does_is_protobuf() {
        // A resource of 123 or 91 bytes: a line feed, and a brace or a bracket.
        for (length, begin) in [(123, b"\n{"), (91, b"\n[")] {
            let request = |name: usize| {
                let span =
                    Span { trace_id: vec![1; 16], span_id: vec![2; 8], name: "x".repeat(name), ..Span::default() };
                let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
                let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
                ExportTraceServiceRequest { resource_spans }.encode_to_vec()
            };
            let request = (1..length).map(request).find(|request| request.len() == length + 2).expect("a length");
            assert!(request.starts_with(begin));
            assert_eq!(told(&request), ["message 1 Traces"]);
            assert_eq!(told(&messages(&[&request, &request])), ["message 1 Traces", "message 2 Traces"]);
        }
        assert!(told(b"\n{nonsense")[0].starts_with("line 2 is no JSON"), "{:?}", told(b"\n{nonsense"));
    }

    #[test]
    fn a_message_of_too_many_items_is_named_and_ends_the_file() {
        let trace = trace();
        let items = [0x0a, 0x00].repeat(2 << 20);
        let plain = messages(&[&trace, &gzip(&items), &trace]);
        let told: Vec<_> =
            requests(&plain, 8 << 20).map(|one| one.map(drop).map_err(|error| error.to_string())).collect();
        assert!(told[0].is_ok() && told.len() == 2);
        let why = told[1].as_ref().expect_err("refused");
        assert!(why.starts_with("message 2 would take more than 128 MiB of memory"), "{why}");
    }

    #[test]
    fn an_archive_is_told_from_packed_lines() {
        let mut archive = vec![0; 512];
        archive[257..262].copy_from_slice(b"ustar");
        assert!(is_run_file(&gzip(&archive)) && !is_run_file(&gzip(JSON.as_bytes())) && !is_run_file(JSON.as_bytes()));
        assert!(is_run_file(&gzip(&archive)[..20]), "a damaged one");
    }
}
