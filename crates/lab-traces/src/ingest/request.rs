//! Reading an `ExportTraceServiceRequest`: every span is checked and found, none is decoded.
//!
//! A span stays the slice of the request's body that it came as. Only ids and times are read, and on the
//! way the summary of its texts is made; the few spans with oversized attributes are rewritten.

use std::sync::Arc;

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use prost::Message as _;

use crate::id::{SpanId, TraceId};
use crate::ingest::truncate;
use crate::protobuf::fields::{Fields, Value, WireError, put_bytes};
use crate::protobuf::schema::{self, Message, Visitor};
use crate::protobuf::span_key::SpanKey;
use crate::store::index::origin::{Origin, Origins};
use crate::store::index::summary::{Summary, Trait};
use crate::store::limits::Limits;
use crate::store::stats::{Rejected, Rejection};
use crate::traceql;

/// A span that has arrived.
#[derive(Clone, Debug)]
pub(crate) struct ArrivedSpan {
    pub(crate) trace_id: TraceId,
    pub(crate) key: SpanKey,
    pub(crate) start_ns: i64,
    /// Never before the start.
    pub(crate) end_ns: i64,
    pub(crate) summary: Summary,
    pub(crate) origin: Arc<Origin>,
    /// The encoded span.
    pub(crate) otlp: Bytes,
}

/// What one request held: the spans to keep, and a count of the others.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) spans: Vec<ArrivedSpan>,
    pub(crate) rejected: Rejected,
    pub(crate) truncated_attributes: u64,
}

/// Reads a whole request; one malformed message refuses all of it, an invalid span only itself.
pub(crate) fn read(body: &Bytes, origins: &Origins, limits: &Limits) -> Result<Batch, WireError> {
    let mut batch = Batch::default();
    let mut fields = Fields(body);
    while let Some((field, value)) = fields.next_field()? {
        if field == 1 {
            read_resource(value.bytes("ExportTraceServiceRequest", 1)?, body, origins, limits, &mut batch)?;
        }
    }
    Ok(batch)
}

/// One `ResourceSpans`: 1 resource, 2 scope spans, 3 schema URL.
fn read_resource(
    bytes: &[u8],
    body: &Bytes,
    origins: &Origins,
    limits: &Limits,
    batch: &mut Batch,
) -> Result<(), WireError> {
    let (mut resource, mut schema_url, mut scopes): (&[u8], &[u8], Vec<&[u8]>) = (&[], &[], Vec::new());
    let mut notes = AttributeNotes::default();
    let mut fields = Fields(bytes);
    while let Some((field, value)) = fields.next_field()? {
        match field {
            1 => {
                resource = value.bytes("ResourceSpans", 1)?;
                schema::check(Message::Resource, resource, &mut notes)?;
            }
            2 => scopes.push(value.bytes("ResourceSpans", 2)?),
            3 => {
                schema::check_text("ResourceSpans", 3, value)?;
                schema_url = value.bytes("ResourceSpans", 3)?;
            }
            _ => {}
        }
    }
    let shortened;
    if notes.largest_value > limits.attribute_bytes {
        let (bytes, cut) = truncate::resource(resource, limits.attribute_bytes);
        batch.truncated_attributes += cut;
        shortened = bytes;
        resource = &shortened;
    }
    for scope in scopes {
        read_scope(scope, &RequestContext { resource, schema_url, body, origins, limits }, notes, batch)?;
    }
    Ok(())
}

/// What the spans of a `ScopeSpans` have in common with others of the request.
struct RequestContext<'a> {
    resource: &'a [u8],
    schema_url: &'a [u8],
    body: &'a Bytes,
    origins: &'a Origins,
    limits: &'a Limits,
}

/// One `ScopeSpans`: 1 scope, 2 spans, 3 schema URL.
fn read_scope(
    bytes: &[u8],
    context: &RequestContext<'_>,
    mut notes: AttributeNotes,
    batch: &mut Batch,
) -> Result<(), WireError> {
    let (mut scope, mut schema_url): (&[u8], &[u8]) = (&[], &[]);
    // Scope and schema URL usually come first, but need not: spans are read in a second round.
    let mut fields = Fields(bytes);
    let mut spans = 0;
    while let Some((field, value)) = fields.next_field()? {
        match field {
            1 => {
                scope = value.bytes("ScopeSpans", 1)?;
                schema::check(Message::Scope, scope, &mut notes)?;
            }
            2 => spans += 1,
            3 => {
                schema::check_text("ScopeSpans", 3, value)?;
                schema_url = value.bytes("ScopeSpans", 3)?;
            }
            _ => {}
        }
    }
    let message = origin_message(context, scope, schema_url);
    let Some(origin) = context.origins.intern(&message, || notes.summary) else {
        batch.rejected.add(Rejection::TooManyResources, spans);
        return Ok(());
    };
    batch.spans.reserve(spans as usize);
    let mut fields = Fields(bytes);
    while let Some((field, value)) = fields.next_field()? {
        if field == 2 {
            read_span(value.bytes("ScopeSpans", 2)?, &origin, context, batch)?;
        }
    }
    Ok(())
}

fn origin_message(context: &RequestContext<'_>, scope: &[u8], scope_schema_url: &[u8]) -> Vec<u8> {
    let mut inner = Vec::with_capacity(scope.len() + scope_schema_url.len() + 8);
    put_bytes(&mut inner, 1, scope);
    if !scope_schema_url.is_empty() {
        put_bytes(&mut inner, 3, scope_schema_url);
    }
    let mut message = Vec::with_capacity(context.resource.len() + inner.len() + context.schema_url.len() + 16);
    put_bytes(&mut message, 1, context.resource);
    put_bytes(&mut message, 2, &inner);
    if !context.schema_url.is_empty() {
        put_bytes(&mut message, 3, context.schema_url);
    }
    message
}

/// One `Span`, see the field numbers in `opentelemetry/proto/trace/v1/trace.proto`.
fn read_span(
    bytes: &[u8],
    origin: &Arc<Origin>,
    context: &RequestContext<'_>,
    batch: &mut Batch,
) -> Result<(), WireError> {
    const SPAN: &str = "Span";
    let (mut trace_id, mut span_id, mut kind, mut start, mut end): (&[u8], &[u8], u64, u64, u64) = (&[], &[], 0, 0, 0);
    let mut notes = AttributeNotes { summary: origin.summary, ..AttributeNotes::default() };
    let mut fields = Fields(bytes);
    while let Some((field, value)) = fields.next_field()? {
        match (field, value) {
            (1, Value::Bytes(id)) => trace_id = id,
            (2, Value::Bytes(id)) => span_id = id,
            (3, Value::Bytes(_)) => schema::check_text(SPAN, field, value)?,
            (5, Value::Bytes(name)) => {
                let name = std::str::from_utf8(name).map_err(|_| WireError::NotUtf8 { message: SPAN, field })?;
                notes.summary.add(Trait::name(name));
            }
            (6, Value::Varint(number)) => kind = number,
            (7, Value::Fixed64(time)) => start = time,
            (8, Value::Fixed64(time)) => end = time,
            (9, Value::Bytes(inner)) => schema::check(Message::KeyValue, inner, &mut notes)?,
            (11, Value::Bytes(inner)) => schema::check(Message::Event, inner, &mut notes)?,
            (13, Value::Bytes(inner)) => schema::check(Message::Link, inner, &mut notes)?,
            (15, Value::Bytes(inner)) => {
                schema::check(Message::Status, inner, &mut notes)?;
                if is_error(inner)? {
                    notes.summary.add(Trait::error());
                }
            }
            (4, Value::Bytes(_)) | (10 | 12 | 14, Value::Varint(_)) | (16, Value::Fixed32(_)) => {}
            (1..=16, value) => return Err(WireError::WrongType { message: SPAN, field, wire: value.wire_type() }),
            _ => {}
        }
    }
    let Some(trace_id) = TraceId::from_bytes(trace_id) else {
        batch.rejected.add(Rejection::InvalidTraceId, 1);
        return Ok(());
    };
    let Some(SpanId(id)) = SpanId::from_bytes(span_id) else {
        batch.rejected.add(Rejection::InvalidSpanId, 1);
        return Ok(());
    };
    let (Some(start_ns), Ok(end_ns)) = (i64::try_from(start).ok().filter(|start| *start > 0), i64::try_from(end))
    else {
        batch.rejected.add(Rejection::InvalidTime, 1);
        return Ok(());
    };
    let mut otlp = context.body.slice_ref(bytes);
    if notes.largest_value > context.limits.attribute_bytes {
        let (shortened, cut) = truncate::span(bytes, context.limits.attribute_bytes);
        batch.truncated_attributes += cut;
        otlp = shortened.into();
    }
    // A clock that was set back while the span ran makes it end before it began: it counts as instant.
    let end_ns = end_ns.max(start_ns);
    let (key, summary, origin) = (SpanKey { id, kind }, notes.summary, Arc::clone(origin));
    batch.spans.push(ArrivedSpan { trace_id, key, start_ns, end_ns, summary, origin, otlp });
    Ok(())
}

/// True if an encoded `Status` has the code ERROR (2).
fn is_error(status: &[u8]) -> Result<bool, WireError> {
    let (mut fields, mut code) = (Fields(status), 0);
    while let Some((field, value)) = fields.next_field()? {
        if let (3, Value::Varint(value)) = (field, value) {
            code = value;
        }
    }
    Ok(code == 2)
}

/// What the check learns about the attributes of a message while it passes them.
#[derive(Clone, Copy)]
struct AttributeNotes {
    summary: Summary,
    /// The longest encoded value, in bytes.
    largest_value: usize,
}

impl Default for AttributeNotes {
    fn default() -> Self {
        Self { summary: Summary::EMPTY, largest_value: 0 }
    }
}

impl Visitor for AttributeNotes {
    fn attribute(&mut self, key: &[u8], value: &[u8]) {
        self.largest_value = self.largest_value.max(value.len());
        let Ok(key) = std::str::from_utf8(key) else { return };
        match Fields(value).next_field() {
            Ok(Some((1, Value::Bytes(text)))) => {
                if let Ok(text) = std::str::from_utf8(text) {
                    self.summary.add(Trait::text(key, text));
                }
            }
            // Lists, maps and bytes are rare; queries compare what they say as texts.
            Ok(Some((_, Value::Bytes(_)))) => {
                let decoded = AnyValue::decode(value).ok();
                add_texts(&mut self.summary, key, &traceql::value::Value::from_otlp(decoded.as_ref()));
            }
            _ => {}
        }
    }
}

/// Notes every text that a value is, or holds.
fn add_texts(summary: &mut Summary, key: &str, value: &traceql::value::Value<'_>) {
    match value {
        traceql::value::Value::Text(text) => summary.add(Trait::text(key, text)),
        traceql::value::Value::Many(values) => values.iter().for_each(|value| add_texts(summary, key, value)),
        _ => {}
    }
}

/// The summary of an origin's message, as [`read`] makes it.
pub(crate) fn origin_summary(otlp: &[u8]) -> Summary {
    let mut notes = AttributeNotes::default();
    let mut fields = Fields(otlp);
    while let Ok(Some((field, value))) = fields.next_field() {
        match (field, value) {
            (1, Value::Bytes(resource)) => {
                let _ = schema::check(Message::Resource, resource, &mut notes);
            }
            (2, Value::Bytes(spans)) => {
                if let Ok(Some((1, Value::Bytes(scope)))) = Fields(spans).next_field() {
                    let _ = schema::check(Message::Scope, scope, &mut notes);
                }
            }
            _ => {}
        }
    }
    notes.summary
}
