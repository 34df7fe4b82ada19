//! What is checked of the sections that only Prometheus obeys: mistakes by which it refuses a file whoever obeys it.

use std::collections::BTreeSet;

use lab_model::duration;
use serde_yaml_ng::{Mapping, Value};

use crate::ingest::scrape::config::http::{HttpSettings, headers};

/// The ways to pack the samples of a chunk.
const ENCODINGS: [&str; 2] = ["xor", "xor2"];

/// Refuses a file whose sections without effect cannot be meant.
pub(crate) fn check(file: &Value) -> Result<(), String> {
    check_readers(file)?;
    check_tracing(file).map_err(|reason| format!("tracing: {reason}"))?;
    check_store(file).map_err(|reason| format!("storage.tsdb: {reason}"))?;
    check_discovery("scrape_configs", file.get("scrape_configs"))?;
    check_discovery("alerting.alertmanagers", file.get("alerting").and_then(|alerting| alerting.get("alertmanagers")))
}

fn check_readers(file: &Value) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for (at, reader) in items(file.get("remote_read")).enumerate() {
        let refuse = |reason: &str| Err(format!("remote_read[{at}]: {reason}"));
        let text = |key: &str| reader.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("url").is_empty() {
            return refuse("url is missing");
        }
        if !text("name").is_empty() && !names.insert(text("name")) {
            return refuse("another remote_read has the same name");
        }
        check_headers(reader).or_else(|reason| refuse(&reason))?;
        check_client(reader).or_else(|reason| refuse(&reason))?;
    }
    Ok(())
}

fn check_tracing(file: &Value) -> Result<(), String> {
    let Some(tracing @ Value::Mapping(_)) = file.get("tracing") else { return Ok(()) };
    let text = |key: &str| tracing.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("endpoint").is_empty() {
        return Err("endpoint is missing".to_owned());
    }
    match text("compression") {
        "" | "gzip" => check_headers(tracing),
        other => Err(format!("compression {other:?} is not known; it can be gzip")),
    }
}

fn check_store(file: &Value) -> Result<(), String> {
    let Some(store) = file.get("storage").and_then(|storage| storage.get("tsdb")) else { return Ok(()) };
    let retention = |key: &str| store.get("retention").and_then(|retention| retention.get(key));
    if retention("percentage").and_then(Value::as_f64).is_some_and(|share| !(0.0..=100.0).contains(&share)) {
        return Err("retention.percentage must lie between 0 and 100".to_owned());
    }
    if retention("size").and_then(Value::as_str).is_some_and(|size| size.starts_with('-')) {
        return Err("retention.size must not be negative".to_owned());
    }
    if let Some(time) = retention("time").and_then(Value::as_str).filter(|time| duration::parse(time).is_err()) {
        return Err(format!("retention.time {time:?} is no duration"));
    }
    let encoding = store.get("chunk_encoding").and_then(|encoding| encoding.get("floats")).and_then(Value::as_str);
    match encoding.filter(|encoding| !encoding.is_empty() && !ENCODINGS.contains(encoding)) {
        Some(encoding) => Err(format!("chunk_encoding.floats {encoding:?} is not known; it can be xor or xor2")),
        None => Ok(()),
    }
}

/// The clients of all kinds of discovery, of which the lab has some.
fn check_discovery(place: &str, parts: Option<&Value>) -> Result<(), String> {
    for (at, part) in items(parts).enumerate() {
        for (key, sources) in part.as_mapping().into_iter().flat_map(Mapping::iter) {
            let Some(key) = key.as_str().filter(|key| key.ends_with("_sd_configs")) else { continue };
            for (source, settings) in items(Some(sources)).enumerate() {
                let refuse = |reason| format!("{place}[{at}].{key}[{source}]: {reason}");
                check_client(settings).map_err(refuse)?;
            }
        }
    }
    Ok(())
}

/// Who a client says it is. Settings that cannot be read are left to who obeys them.
fn check_client(settings: &Value) -> Result<(), String> {
    serde_yaml_ng::from_value::<HttpSettings>(settings.clone()).map_or(Ok(()), |settings| settings.check_identity())
}

fn check_headers(part: &Value) -> Result<(), String> {
    let headers = part.get("headers").and_then(Value::as_mapping);
    headers.into_iter().flat_map(Mapping::keys).filter_map(Value::as_str).try_for_each(headers::check_name)
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_sequence).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prometheus_refuses_is_refused_with_its_place() {
        for (text, expected) in [
            ("remote_read: [{url: 'http://a'}, ]\nremote_write: []", ""),
            ("remote_read: [null]", "remote_read[0]: url is missing"),
            ("remote_read: [{name: a}]", "remote_read[0]: url is missing"),
            (
                "remote_read: [{url: a, name: x}, {url: b, name: x}]",
                "remote_read[1]: another remote_read has the same name",
            ),
            ("remote_read: [{url: a}, {url: b}]", ""),
            ("remote_read: [{url: a, headers: {X-Prometheus-Remote-Write-Version: b}}]", "remote_read[0]: "),
            (
                "remote_read: [{url: a, bearer_token: b, bearer_token_file: c}]",
                "remote_read[0]: at most one of bearer_token",
            ),
            ("tracing: {endpoint: 'a:1', compression: gzip}", ""),
            ("tracing:", ""),
            ("tracing: {sampling_fraction: 1}", "tracing: endpoint is missing"),
            ("tracing: {endpoint: a, compression: foo}", "tracing: compression \"foo\" is not known"),
            ("tracing: {endpoint: a, headers: {authorization: b}}", "tracing: "),
            ("storage: {tsdb: {retention: {percentage: 101}}}", "storage.tsdb: retention.percentage"),
            ("storage: {tsdb: {retention: {percentage: -1}}}", "storage.tsdb: retention.percentage"),
            ("storage: {tsdb: {retention: {size: -1GB}}}", "storage.tsdb: retention.size"),
            ("storage: {tsdb: {retention: {time: -1h}}}", "storage.tsdb: retention.time"),
            ("storage: {tsdb: {retention: {time: 1d, size: 1GB, percentage: 5}}}", ""),
            ("storage: {tsdb: {chunk_encoding: {floats: XOR}}}", "storage.tsdb: chunk_encoding.floats"),
            (
                "scrape_configs: [{job_name: a, puppetdb_sd_configs: [{}, {bearer_token: a, bearer_token_file: b}]}]",
                "scrape_configs[0].puppetdb_sd_configs[1]: at most one of bearer_token",
            ),
            (
                "alerting: {alertmanagers: [{kubernetes_sd_configs: [{basic_auth: {username: a}, authorization: {}}]}]}",
                "alerting.alertmanagers[0].kubernetes_sd_configs[0]: at most one of basic_auth",
            ),
            ("scrape_configs: [{job_name: a, consul_sd_configs: [{proxy_url: 'socks5://a', bearer_token: b}]}]", ""),
        ] {
            let found = check(&serde_yaml_ng::from_str(text).expect(text)).err().unwrap_or_default();
            assert!(found.starts_with(expected) && found.is_empty() == expected.is_empty(), "{text}: {found}");
        }
    }
}
