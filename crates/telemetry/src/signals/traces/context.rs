//! Which span is current, and W3C Trace Context (<https://www.w3.org/TR/trace-context/>) in and out.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Dispatch;
use tracing::span::Id;

use crate::faults;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// Length of `00-<32>-<16>-<2>`.
const VERSION_0_LENGTH: usize = 55;

/// The identity of one span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanIds {
    /// Shared by all spans of the trace.
    pub trace_id: TraceId,
    /// This span alone.
    pub span_id: SpanId,
    /// Whether the trace is recorded and exported.
    pub sampled: bool,
}

impl SpanIds {
    /// The ids of the span that is entered now, if there is one.
    pub fn current() -> Option<Self> {
        tracing::dispatcher::get_default(|dispatch| {
            dispatch.current_span().id().and_then(|id| Self::lookup(id, dispatch))
        })
    }

    /// The ids of `span`, unless it is disabled.
    pub fn of(span: &tracing::Span) -> Option<Self> {
        span.with_subscriber(|(id, dispatch)| Self::lookup(id, dispatch)).flatten()
    }

    pub(crate) fn lookup(id: &Id, dispatch: &Dispatch) -> Option<Self> {
        tracing_opentelemetry::get_otel_context(id, dispatch).and_then(|cx| {
            let span = cx.span();
            let context = span.span_context();
            context.is_valid().then(|| Self::from(context))
        })
    }

    /// The trace id as 32 lower-case hexadecimal digits.
    pub fn trace_id_hex(&self) -> Hex<32> {
        Hex::of(&self.trace_id.to_bytes())
    }

    /// The span id as 16 lower-case hexadecimal digits.
    pub fn span_id_hex(&self) -> Hex<16> {
        Hex::of(&self.span_id.to_bytes())
    }

    /// `00-<trace id>-<span id>-<flags>`, as `traceparent` and `traceresponse` carry it.
    pub fn header(&self) -> HeaderValue {
        let mut text = [0; VERSION_0_LENGTH];
        text[..3].copy_from_slice(b"00-");
        text[3..35].copy_from_slice(self.trace_id_hex().as_bytes());
        text[35] = b'-';
        text[36..52].copy_from_slice(self.span_id_hex().as_bytes());
        text[52..].copy_from_slice(if self.sampled { b"-01" } else { b"-00" });
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

impl From<&SpanContext> for SpanIds {
    fn from(context: &SpanContext) -> Self {
        Self { trace_id: context.trace_id(), span_id: context.span_id(), sampled: context.is_sampled() }
    }
}

/// Lower-case hexadecimal digits without an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hex<const N: usize>([u8; N]);

impl<const N: usize> Hex<N> {
    fn of(bytes: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'0'; N];
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 0xf)];
        }
        Self(text)
    }

    /// The digits as ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl<const N: usize> std::fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> std::fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The caller's span from `traceparent` and `tracestate`; `None` when there is none or it is malformed, in
/// which case a new trace begins.
pub fn extract(headers: &HeaderMap) -> Option<SpanContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    let ids = parse(value.as_bytes())?;
    let state = headers.get(TRACESTATE).and_then(|state| TraceState::from_str(state.to_str().ok()?).ok());
    let flags = TraceFlags::default().with_sampled(ids.sampled);
    Some(SpanContext::new(ids.trace_id, ids.span_id, flags, true, state.unwrap_or_default()))
}

/// Writes the identity of `span` as the parent for the next hop.
pub fn inject(span: &tracing::Span, headers: &mut HeaderMap) {
    if faults::loses_context() {
        return;
    }
    span.with_subscriber(|(id, dispatch)| {
        let Some(cx) = tracing_opentelemetry::get_otel_context(id, dispatch) else { return };
        let span = cx.span();
        let context = span.span_context();
        if !context.is_valid() {
            return;
        }
        headers.insert(TRACEPARENT, SpanIds::from(context).header());
        let state = context.trace_state().header();
        if !state.is_empty()
            && let Ok(value) = HeaderValue::from_str(&state)
        {
            headers.insert(TRACESTATE, value);
        }
    });
}

fn parse(text: &[u8]) -> Option<SpanIds> {
    let (version, rest) = (hex(text.get(..2)?)?, text.get(VERSION_0_LENGTH..)?);
    let well_ended = match version {
        0 => rest.is_empty(),
        0xff => false,
        _ => rest.is_empty() || rest[0] == b'-',
    };
    if !well_ended || [text[2], text[35], text[52]] != [b'-'; 3] {
        return None;
    }
    let trace_id = TraceId::from(hex(&text[3..35])?);
    let span_id = SpanId::from(hex(&text[36..52])? as u64);
    let flags = hex(&text[53..55])?;
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID).then_some(SpanIds {
        trace_id,
        span_id,
        sampled: flags & 1 == 1,
    })
}

fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_read_and_written_back() {
        let ids = parse(GOOD.as_bytes()).expect("valid");
        assert!(ids.sampled);
        assert_eq!(ids.trace_id_hex().as_str(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(ids.header(), GOOD);
    }

    #[test]
    fn later_versions_are_read_and_malformed_ones_ignored() {
        assert!(parse(GOOD.replacen("00", "cc", 1).as_bytes()).is_some());
        assert!(parse(format!("{}-what", GOOD.replacen("00", "cc", 1)).as_bytes()).is_some());
        for bad in [
            String::new(),
            "00".into(),
            GOOD.replacen("00", "ff", 1),
            GOOD.to_uppercase(),
            format!("{GOOD}-"),
            GOOD[..54].into(),
            GOOD.replace('-', "_"),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01".into(),
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01".into(),
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn two_parents_are_none() {
        let mut headers = HeaderMap::new();
        headers.append("traceparent", HeaderValue::from_static(GOOD));
        headers.insert("tracestate", HeaderValue::from_static("vendor=1"));
        let context = extract(&headers).expect("one parent");
        assert!(context.is_remote());
        assert_eq!(context.trace_state().header(), "vendor=1");
        headers.append("traceparent", HeaderValue::from_static(GOOD));
        assert!(extract(&headers).is_none());
    }

    proptest! {
        #[test]
        fn no_header_panics(text in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&text);
        }

        #[test]
        fn ids_survive_the_round_trip(trace in 1_u128.., span in 1_u64.., sampled: bool) {
            let ids = SpanIds { trace_id: trace.into(), span_id: span.into(), sampled };
            prop_assert_eq!(parse(ids.header().as_bytes()), Some(ids));
        }
    }
}
