//! Files of other tools, in every form in which OpenTelemetry's Collector writes them: requests as JSON, one after the other;
//! requests in protobuf or packed with zstd, each behind its length in four bytes; and the whole packed with gzip or zstd.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use zstd::stream::read::Decoder;

use crate::otlp::binary;
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

/// The requests of a file, the first error last. Unpacked it may have so many bytes.
pub fn read(content: &[u8], bound: u64) -> Vec<Result<Request, FileError>> {
    match unpacked(content, "the file", bound) {
        Ok(plain) => of_plain(&plain, bound),
        Err(error) => vec![Err(error)],
    }
}

fn of_plain(content: &[u8], bound: u64) -> Vec<Result<Request, FileError>> {
    let is_json = content.trim_ascii_start().first().is_none_or(|first| matches!(first, b'{' | b'['));
    if let Some(text) = Some(content).filter(|_| is_json).and_then(|content| std::str::from_utf8(content).ok()) {
        let request = |line: lines::Line<'_>| Request {
            place: format!("line {}", line.number),
            signal: line.signal,
            json: line.json.to_owned(),
        };
        return lines::read(text).map(|line| line.map(request).map_err(FileError::Line)).collect();
    }
    if let Some((signal, json)) = binary::request(content) {
        return vec![Ok(Request { place: "message 1".to_owned(), signal, json })];
    }
    of_messages(content, bound)
}

/// Messages behind their lengths.
fn of_messages(mut rest: &[u8], bound: u64) -> Vec<Result<Request, FileError>> {
    let (mut requests, mut left) = (Vec::new(), bound);
    for at in 1.. {
        let Some((prefix, after)) = rest.split_first_chunk::<PREFIX>() else {
            if !rest.is_empty() {
                requests.push(Err(FileError::CutOff { at, length: PREFIX as u64, left: rest.len() }));
            }
            break;
        };
        let length = u32::from_be_bytes(*prefix);
        let Some((message, after)) = after.split_at_checked(length as usize) else {
            requests.push(Err(FileError::CutOff { at, length: u64::from(length), left: after.len() }));
            break;
        };
        rest = after;
        match of_message(at, message, &mut left) {
            Ok(of_message) => requests.extend(of_message.into_iter().map(Ok)),
            Err(error) => {
                requests.push(Err(error));
                break;
            }
        }
    }
    // Whatever begins with any four bytes looks like a length; what has no request at all is something else.
    let is_foreign =
        |error: &FileError| matches!(error, FileError::CutOff { at: 1, .. } | FileError::NoRequest { at: 1 });
    if let [Err(error)] = &*requests
        && is_foreign(error)
    {
        return vec![Err(FileError::Foreign)];
    }
    requests
}

fn of_message(at: usize, message: &[u8], left: &mut u64) -> Result<Vec<Request>, FileError> {
    let plain = unpacked(message, &format!("message {at}"), *left)?;
    *left = left.saturating_sub(plain.len() as u64);
    if plain.trim_ascii_start().first() == Some(&b'{') {
        let text = std::str::from_utf8(&plain).map_err(|_| FileError::NoRequest { at })?;
        let request = |line: lines::Line<'_>| Request {
            place: format!("message {at}"),
            signal: line.signal,
            json: line.json.to_owned(),
        };
        let lines: Result<Vec<_>, LineError> = lines::read(text).collect();
        return lines.map(|lines| lines.into_iter().map(request).collect()).map_err(|_| FileError::NoRequest { at });
    }
    if plain.is_empty() {
        return Ok(Vec::new());
    }
    let (signal, json) = binary::request(&plain).ok_or(FileError::NoRequest { at })?;
    Ok(vec![Request { place: format!("message {at}"), signal, json }])
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
        read(content, BOUND).into_iter().map(told).collect()
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
    fn an_archive_is_told_from_packed_lines() {
        let mut archive = vec![0; 512];
        archive[257..262].copy_from_slice(b"ustar");
        assert!(is_run_file(&gzip(&archive)) && !is_run_file(&gzip(JSON.as_bytes())) && !is_run_file(JSON.as_bytes()));
        assert!(is_run_file(&gzip(&archive)[..20]), "a damaged one");
    }
}
