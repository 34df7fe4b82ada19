//! One event as one line of JSON.

use std::fmt::{self, Write};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use crate::signals::clock;
use crate::signals::traces::context::SpanIds;

/// Keys that the frame of a line uses; a field of that name gets `field_` before it, so that no key occurs twice.
const RESERVED: [&str; 7] = ["timestamp", "level", "message", "service", "logger", "trace_id", "span_id"];

/// Space for one line, reused from event to event.
#[derive(Debug, Default)]
pub(crate) struct LineBuffer {
    line: Vec<u8>,
    fields: Vec<u8>,
}

impl LineBuffer {
    /// Writes `event`; `service` is JSON already, quotes included.
    pub(crate) fn write(&mut self, event: &Event<'_>, now: SystemTime, service: &[u8], span: Option<SpanIds>) -> &[u8] {
        let Self { line, fields } = self;
        line.clear();
        fields.clear();
        line.extend_from_slice(b"{\"timestamp\":\"");
        clock::write_rfc3339(line, now);
        line.extend_from_slice(b"\",\"level\":\"");
        line.extend_from_slice(level(*event.metadata().level()));
        line.extend_from_slice(b"\",\"message\":\"");
        event.record(&mut Fields { message: line, fields });
        line.extend_from_slice(b"\",\"service\":");
        line.extend_from_slice(service);
        line.extend_from_slice(b",\"logger\":\"");
        escape(line, event.metadata().target());
        if let Some(ids) = span {
            line.extend_from_slice(b"\",\"trace_id\":\"");
            line.extend_from_slice(ids.trace_id_hex().as_bytes());
            line.extend_from_slice(b"\",\"span_id\":\"");
            line.extend_from_slice(ids.span_id_hex().as_bytes());
        }
        line.push(b'"');
        line.extend_from_slice(fields);
        line.extend_from_slice(b"}\n");
        line
    }
}

/// `text` as a JSON string, quotes included.
pub(crate) fn quoted(text: &str) -> Vec<u8> {
    let mut out = vec![b'"'];
    escape(&mut out, text);
    out.push(b'"');
    out
}

fn level(level: Level) -> &'static [u8] {
    match level {
        Level::ERROR => b"ERROR",
        Level::WARN => b"WARNING",
        Level::INFO => b"INFO",
        _ => b"DEBUG",
    }
}

/// Sorts the fields of an event: the message into the line, the others after it.
struct Fields<'a> {
    message: &'a mut Vec<u8>,
    fields: &'a mut Vec<u8>,
}

impl Fields<'_> {
    fn key(&mut self, field: &Field) -> &mut Vec<u8> {
        let name = field.name();
        self.fields.extend_from_slice(if RESERVED.contains(&name) { b",\"field_" } else { b",\"" });
        escape(self.fields, name);
        self.fields.extend_from_slice(b"\":");
        self.fields
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // An error while formatting leaves a shorter text, never a broken line.
        if field.name() == "message" {
            let _ = write!(Escaped(self.message), "{value:?}");
        } else {
            let out = self.key(field);
            out.push(b'"');
            let _ = write!(Escaped(out), "{value:?}");
            out.push(b'"');
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            escape(self.message, value);
        } else {
            let out = self.key(field);
            out.push(b'"');
            escape(out, value);
            out.push(b'"');
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        number(self.key(field), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        number(self.key(field), &value);
    }

    /// JSON has no NaN and no infinity: they become `null`.
    fn record_f64(&mut self, field: &Field, value: f64) {
        number(self.key(field), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.key(field).extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// The JSON of [`crate::logs::json`]; other bytes become a string.
    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        let out = self.key(field);
        if serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok() && !value.contains(&b'\n') {
            out.extend_from_slice(value);
        } else {
            out.push(b'"');
            escape(out, &String::from_utf8_lossy(value));
            out.push(b'"');
        }
    }
}

fn number(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    // Writing a number to memory does not fail.
    let _ = serde_json::to_writer(out, value);
}

/// Appends `text` with everything escaped that JSON strings do not take as it is.
fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut clean = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[clean..at]);
        clean = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(DIGITS[usize::from(control >> 4)]);
                out.push(DIGITS[usize::from(control & 0xf)]);
            }
        }
    }
    out.extend_from_slice(&bytes[clean..]);
}

struct Escaped<'a>(&'a mut Vec<u8>);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
