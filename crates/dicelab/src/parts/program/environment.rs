//! What a program finds in its environment: where the lab is, and nothing that would lead its telemetry elsewhere.
//!
//! A pure function of the variables that it would inherit, so that each rule is a row of a test.

use std::collections::BTreeMap;

/// Where the lab is, as the program reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabAddresses {
    /// The host that stands in all URLs.
    pub host: String,
    pub page: String,
    pub prometheus: String,
    pub loki: String,
    pub tempo: String,
    pub collector: String,
    /// OTLP, at the port that is meant for HTTP.
    pub otlp_http: String,
    /// OTLP, at the port that is meant for gRPC.
    pub otlp_grpc: String,
    /// Host and port for syslog, if it is taken.
    pub syslog: Option<String>,
}

/// What changes on top of the inherited variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub set: BTreeMap<String, String>,
    /// The names that are taken away, each with the reason.
    pub removed: BTreeMap<String, &'static str>,
}

/// Who the program is to the lab.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// For `OTEL_SERVICE_NAME`, if the program has a name of its own.
    pub service: Option<&'a str>,
    /// The trace that stands for the whole run, and the span in it, in hexadecimal digits.
    pub trace_id: &'a str,
    pub span_id: &'a str,
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
const SERVICE: &str = "OTEL_SERVICE_NAME";
const SIGNALS: [&str; 3] = ["TRACES", "METRICS", "LOGS"];
/// The resource attribute by which telemetry of this run is known.
const RUN: &str = "dicelab.run.id";
/// Set unless it is set already: short delays, so that what a program says arrives while it runs.
const UNLESS_SET: [(&str, &str); 3] =
    [("OTEL_METRIC_EXPORT_INTERVAL", "1000"), ("OTEL_BSP_SCHEDULE_DELAY", "200"), ("OTEL_BLRP_SCHEDULE_DELAY", "200")];
const ELSEWHERE: &str = "it would lead telemetry past the lab";
const NOTHING: &str = "it would keep telemetry back";
const SAMPLED: &str = "it would leave spans out, about which something may be expected";

/// The changes for a program.
pub fn changes(inherited: &BTreeMap<String, String>, lab: &LabAddresses, who: Identity<'_>) -> Changes {
    let mut changes = Changes::default();
    let value = |name: &str| inherited.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let mut set = |name: &str, value: String| drop(changes.set.insert(name.to_owned(), value));

    // An exporter that was told to speak gRPC gets the port where everybody expects it.
    let speaks_grpc = value(PROTOCOL) == Some("grpc");
    set(ENDPOINT, if speaks_grpc { lab.otlp_grpc.clone() } else { lab.otlp_http.clone() });
    if value(PROTOCOL).is_none() {
        set(PROTOCOL, "http/protobuf".to_owned());
    }
    for (name, default) in UNLESS_SET.into_iter().filter(|(name, _)| value(name).is_none()) {
        set(name, default.to_owned());
    }
    if let Some(service) = who.service.filter(|_| value(SERVICE).is_none()) {
        set(SERVICE, service.to_owned());
    }
    set(ATTRIBUTES, merged(value(ATTRIBUTES).unwrap_or_default(), who.trace_id));
    for name in ["NO_PROXY", "no_proxy"] {
        set(name, extended(value(name).unwrap_or_default(), &lab.host));
    }
    set("TRACEPARENT", format!("00-{}-{}-01", who.trace_id, who.span_id));
    let addresses = [
        ("URL", &lab.page),
        ("PROMETHEUS_URL", &lab.prometheus),
        ("LOKI_URL", &lab.loki),
        ("TEMPO_URL", &lab.tempo),
        ("COLLECTOR_URL", &lab.collector),
        ("OTLP_URL", &lab.otlp_http),
    ];
    for (name, address) in addresses {
        set(&format!("DICELAB_LAB_{name}"), address.clone());
    }
    if let Some(address) = &lab.syslog {
        set("DICELAB_LAB_SYSLOG", address.clone());
    }
    changes.removed = removed(inherited);
    changes
}

/// The variables that would lead telemetry elsewhere or keep it back.
fn removed(inherited: &BTreeMap<String, String>) -> BTreeMap<String, &'static str> {
    let mut removed = BTreeMap::new();
    let mut remove = |name: &str, reason| {
        if inherited.contains_key(name) {
            removed.insert(name.to_owned(), reason);
        }
    };
    for signal in SIGNALS {
        for what in ["ENDPOINT", "PROTOCOL", "HEADERS", "CERTIFICATE"] {
            remove(&format!("OTEL_EXPORTER_OTLP_{signal}_{what}"), ELSEWHERE);
        }
        let exporter = format!("OTEL_{signal}_EXPORTER");
        if inherited.get(&exporter).is_some_and(|value| value.split(',').any(|one| one.trim() == "none")) {
            remove(&exporter, NOTHING);
        }
    }
    remove("OTEL_EXPORTER_OTLP_HEADERS", "it may hold a password that is meant for another server");
    if inherited.get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        remove("OTEL_SDK_DISABLED", NOTHING);
    }
    remove("OTEL_TRACES_SAMPLER", SAMPLED);
    remove("OTEL_TRACES_SAMPLER_ARG", SAMPLED);
    removed
}

/// Resource attributes with that of the run behind them.
fn merged(attributes: &str, run: &str) -> String {
    let mut all: Vec<&str> = attributes.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    all.retain(|one| one.split('=').next() != Some(RUN));
    let run = format!("{RUN}={run}");
    all.push(&run);
    all.join(",")
}

/// A list of hosts without proxy with those of the lab behind it.
fn extended(list: &str, host: &str) -> String {
    let mut all: Vec<&str> = list.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    for own in ["localhost", "127.0.0.1", host] {
        if !all.contains(&own) {
            all.push(own);
        }
    }
    all.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    fn of(inherited: &[(&str, &str)]) -> Changes {
        let address = |port: u16| format!("http://127.0.0.1:{port}");
        let lab = LabAddresses {
            host: "127.0.0.1".to_owned(),
            page: address(3000),
            prometheus: address(9090),
            loki: address(3100),
            tempo: address(3200),
            collector: address(12345),
            otlp_http: address(4318),
            otlp_grpc: address(4317),
            syslog: None,
        };
        let inherited = inherited.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        changes(&inherited, &lab, Identity { service: Some("shop"), trace_id: TRACE, span_id: "b7ad6b7169203331" })
    }

    #[test]
    fn each_variable_is_set_kept_or_extended_by_its_rule() {
        type Variables = &'static [(&'static str, &'static str)];
        let table: [(Variables, &str, Option<&str>); 14] = [
            (&[], ENDPOINT, Some("http://127.0.0.1:4318")),
            (&[(ENDPOINT, "http://elsewhere")], ENDPOINT, Some("http://127.0.0.1:4318")),
            (&[(PROTOCOL, "grpc")], ENDPOINT, Some("http://127.0.0.1:4317")),
            (&[(PROTOCOL, "grpc")], PROTOCOL, None),
            (&[], PROTOCOL, Some("http/protobuf")),
            (&[], "OTEL_METRIC_EXPORT_INTERVAL", Some("1000")),
            (&[("OTEL_METRIC_EXPORT_INTERVAL", "500")], "OTEL_METRIC_EXPORT_INTERVAL", None),
            (&[], SERVICE, Some("shop")),
            (&[(SERVICE, "mine")], SERVICE, None),
            (
                &[(ATTRIBUTES, "a=b, dicelab.run.id=old")],
                ATTRIBUTES,
                Some("a=b,dicelab.run.id=0af7651916cd43dd8448eb211c80319c"),
            ),
            (&[("NO_PROXY", "example.org,localhost")], "NO_PROXY", Some("example.org,localhost,127.0.0.1")),
            (&[], "no_proxy", Some("localhost,127.0.0.1")),
            (&[], "TRACEPARENT", Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
            (&[], "DICELAB_LAB_LOKI_URL", Some("http://127.0.0.1:3100")),
        ];
        for (inherited, name, expected) in table {
            assert_eq!(of(inherited).set.get(name).map(String::as_str), expected, "{name} with {inherited:?}");
        }
    }

    #[test]
    fn what_leads_telemetry_elsewhere_or_keeps_it_back_is_removed_and_nothing_else() {
        let removed = |name: &str, value: &str| of(&[(name, value)]).removed.contains_key(name);
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://elsewhere"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret"),
            ("OTEL_SDK_DISABLED", "TRUE"),
            ("OTEL_LOGS_EXPORTER", "console,none"),
            ("OTEL_TRACES_SAMPLER", "always_off"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
        ] {
            assert!(removed(name, value), "{name}={value}");
        }
        for (name, value) in [("OTEL_SDK_DISABLED", "false"), ("OTEL_TRACES_EXPORTER", "otlp"), ("PATH", "/bin")] {
            assert!(!removed(name, value), "{name}={value}");
        }
    }
}
