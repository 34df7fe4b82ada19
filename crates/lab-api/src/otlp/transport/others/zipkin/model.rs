//! A span as Zipkin's clients write it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

/// A span; times and durations are microseconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    pub(super) trace_id: String,
    pub(super) id: String,
    pub(super) parent_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) timestamp: Option<u64>,
    pub(super) duration: Option<u64>,
    pub(super) local_endpoint: Option<Endpoint>,
    pub(super) remote_endpoint: Option<Endpoint>,
    pub(super) annotations: Option<Vec<Annotation>>,
    pub(super) tags: Option<BTreeMap<String, String>>,
}

/// Who takes part in a span.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endpoint {
    pub(super) service_name: Option<String>,
    pub(super) ipv4: Option<Ipv4Addr>,
    pub(super) ipv6: Option<Ipv6Addr>,
    pub(super) port: Option<u16>,
}

/// What happened within a span.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Annotation {
    pub(super) timestamp: u64,
    pub(super) value: String,
}

/// The bytes of an id in hex; one that is too short gets zeros in front.
pub(super) fn id<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let wrong = || format!("the id {text:?} is not 1 to {} hexadecimal digits", N * 2);
    if text.is_empty() || text.len() > N * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let padded = format!("{text:0>width$}", width = N * 2);
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&padded[at * 2..at * 2 + 2], 16).map_err(|_| wrong())?;
    }
    Ok(bytes)
}
