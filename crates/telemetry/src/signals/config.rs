//! Telemetry from the environment: the `OTEL_*` variables of the OpenTelemetry specification and `RUST_LOG`.
//!
//! | Variable | Meaning here |
//! |---|---|
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | identity of the process; the former wins |
//! | `OTEL_SDK_DISABLED` | `true`: no span is recorded; ids still travel, unsampled |
//! | `OTEL_TRACES_EXPORTER` | `otlp` (default) or `none` |
//! | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | the six standard samplers; default `parentbased_always_on` |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | base URL; `/v1/traces` is added for HTTP |
//! | `OTEL_EXPORTER_OTLP_[TRACES_]PROTOCOL` | `http/protobuf` (default) or `grpc` |
//! | `OTEL_EXPORTER_OTLP_[TRACES_]HEADERS`, `…_TIMEOUT`, `…_COMPRESSION` | `a=1,b=2`; milliseconds; `none` or `gzip` |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | full URL for spans, used as it is |
//! | `OTEL_BSP_SCHEDULE_DELAY` | milliseconds that the first span of a batch waits for more; default 200 |
//! | `RUST_LOG` | `level` or `target=level,…` for log lines; default INFO for the service, WARN for the rest |
//!
//! Two departures: without an endpoint nothing is exported (the specification would try localhost:4318), and an
//! endpoint given by the caller makes every `OTEL_EXPORTER_*` variable be ignored.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use opentelemetry_sdk::trace::Sampler;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::signals::identity::Identity;

/// Bytes that encoded spans, and in a second queue log lines, may occupy before they are dropped and counted.
pub const DEFAULT_QUEUE_BYTES: usize = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_SCHEDULE_DELAY: Duration = Duration::from_millis(200);
const HTTP_PATH: &str = "/v1/traces";
const GRPC_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Everything that telemetry needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Attributes of the process, `service.name`, `service.version` and `service.instance.id` among them.
    pub resource: Vec<(String, String)>,
    /// Where spans go; `None`: they are recorded for their ids and go nowhere.
    pub exporter: Option<ExporterConfig>,
    /// Which traces are recorded.
    pub sampler: Sampler,
    /// How long the first span of a batch waits for more.
    pub schedule_delay: Duration,
    /// Which events become log lines.
    pub log_filter: Targets,
    /// Bound of the span queue in bytes.
    pub span_queue_bytes: usize,
    /// Bound of the log-line queue in bytes.
    pub log_queue_bytes: usize,
}

/// One OTLP endpoint.
#[derive(Debug, Clone)]
pub struct ExporterConfig {
    /// Full URL of the request.
    pub endpoint: String,
    /// How requests are framed.
    pub protocol: Protocol,
    /// Sent with every request, for example credentials.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// For one request, connecting included.
    pub timeout: Duration,
    /// Whether requests are compressed.
    pub gzip: bool,
}

/// The OTLP transports that are supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    HttpProtobuf,
    Grpc,
}

/// What the caller decides.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Base URL of an OTLP/HTTP receiver, whatever the environment says.
    pub otlp_endpoint: Option<String>,
    /// The same where the environment names none and does not say that spans are to go nowhere.
    pub fallback_otlp_endpoint: Option<String>,
}

/// All mistakes in the environment, one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Config {
    /// Reads the process environment.
    pub fn from_env(identity: &Identity, overrides: &Overrides) -> Result<Self, ConfigErrors> {
        Self::load(identity, overrides, &|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }

    /// Reads variables through `lookup`; empty ones count as unset, as the specification asks.
    pub fn load(
        identity: &Identity,
        overrides: &Overrides,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigErrors> {
        let mut env = Environment { lookup, mistakes: Vec::new() };
        let disabled = env.flag("OTEL_SDK_DISABLED");
        let exporter = match &overrides.otlp_endpoint {
            Some(base) => env.given_exporter(base),
            None => env.exporter(overrides.fallback_otlp_endpoint.as_deref()),
        };
        let config = Self {
            resource: env.resource(identity),
            exporter: exporter.filter(|_| !disabled),
            sampler: if disabled { Sampler::AlwaysOff } else { env.sampler() },
            schedule_delay: env.millis(&["OTEL_BSP_SCHEDULE_DELAY"]).unwrap_or(DEFAULT_SCHEDULE_DELAY),
            log_filter: env.log_filter(identity),
            span_queue_bytes: DEFAULT_QUEUE_BYTES,
            log_queue_bytes: DEFAULT_QUEUE_BYTES,
        };
        if env.mistakes.is_empty() { Ok(config) } else { Err(ConfigErrors(env.mistakes)) }
    }
}

struct Environment<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    mistakes: Vec<String>,
}

impl Environment<'_> {
    /// The first of `names` that is set, with its value; more specific names come first.
    fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, String)> {
        names.iter().find_map(|name| {
            let value = (self.lookup)(name)?.trim().to_owned();
            (!value.is_empty()).then_some((*name, value))
        })
    }

    fn text(&self, name: &str) -> Option<String> {
        self.first(&[name]).map(|(_, value)| value)
    }

    fn mistake(&mut self, name: &str, value: &str, expected: &str) {
        self.mistakes.push(format!("{name}: {value:?} is not {expected}"));
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.text(name) {
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if !value.eq_ignore_ascii_case("false") => {
                self.mistake(name, &value, "true or false");
                false
            }
            _ => false,
        }
    }

    fn millis(&mut self, names: &[&str]) -> Option<Duration> {
        let (name, value) = self.first(names)?;
        let millis = value.parse().ok().map(Duration::from_millis);
        if millis.is_none() {
            self.mistake(name, &value, "a whole number of milliseconds");
        }
        millis
    }

    fn resource(&mut self, identity: &Identity) -> Vec<(String, String)> {
        let mut attributes = vec![
            ("service.name".to_owned(), identity.name.to_owned()),
            ("service.version".to_owned(), identity.version.to_owned()),
            ("service.instance.id".to_owned(), instance_id()),
        ];
        let mut set = |key: &str, value: String| match attributes.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => attributes.push((key.to_owned(), value)),
        };
        for (key, value) in self.pairs(&["OTEL_RESOURCE_ATTRIBUTES"]) {
            set(&key, value);
        }
        if let Some(name) = self.text("OTEL_SERVICE_NAME") {
            set("service.name", name);
        }
        attributes
    }

    /// `key=value,…` with percent-encoded values, as W3C Baggage writes them.
    fn pairs(&mut self, names: &[&str]) -> Vec<(String, String)> {
        let Some((name, text)) = self.first(names) else { return Vec::new() };
        let mut pairs = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=').map(|(key, value)| (key.trim(), percent_decode(value.trim()))) {
                Some((key, Some(value))) if !key.is_empty() => pairs.push((key.to_owned(), value)),
                _ => self.mistake(name, part, "of the form key=value"),
            }
        }
        pairs
    }

    fn sampler(&mut self) -> Sampler {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        let chosen = self.text(NAME).unwrap_or_else(|| "parentbased_always_on".to_owned());
        let (parent_based, root) = match chosen.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, chosen.as_str()),
        };
        let sampler = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(self.ratio()),
            _ => {
                let expected = "always_on, always_off or traceidratio, with or without parentbased_ before it";
                self.mistake(NAME, &chosen, expected);
                Sampler::AlwaysOn
            }
        };
        if parent_based { Sampler::ParentBased(Box::new(sampler)) } else { sampler }
    }

    fn ratio(&mut self) -> f64 {
        const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(text) = self.text(NAME) else { return 1.0 };
        let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        if ratio.is_none() {
            self.mistake(NAME, &text, "a number from 0 to 1");
        }
        ratio.unwrap_or(1.0)
    }

    fn given_exporter(&mut self, base: &str) -> Option<ExporterConfig> {
        let endpoint = self.endpoint("the OTLP endpoint", base, HTTP_PATH)?;
        let (headers, timeout) = (Vec::new(), DEFAULT_TIMEOUT);
        Some(ExporterConfig { endpoint, protocol: Protocol::HttpProtobuf, headers, timeout, gzip: false })
    }

    fn exporter(&mut self, fallback: Option<&str>) -> Option<ExporterConfig> {
        const EXACT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let wanted = match self.text("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => true,
            Some("none") => false,
            Some(other) => {
                self.mistake("OTEL_TRACES_EXPORTER", other, "otlp or none");
                false
            }
        };
        let protocol = self.protocol();
        let headers = self.headers();
        let timeout = self.millis(&["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]);
        let gzip = self.compression();
        let Some((name, url)) = self.first(&[EXACT, BASE]) else {
            return fallback.filter(|_| wanted).and_then(|base| self.given_exporter(base));
        };
        let path = match protocol {
            Protocol::Grpc => GRPC_PATH,
            Protocol::HttpProtobuf if name == BASE => HTTP_PATH,
            Protocol::HttpProtobuf => "",
        };
        let endpoint = self.endpoint(name, &url, path)?;
        let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT);
        wanted.then_some(ExporterConfig { endpoint, protocol, headers, timeout, gzip })
    }

    fn protocol(&mut self) -> Protocol {
        match self.first(&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]) {
            Some((_, value)) if value == "grpc" => Protocol::Grpc,
            Some((name, value)) if value != "http/protobuf" => {
                self.mistake(name, &value, "http/protobuf or grpc");
                Protocol::HttpProtobuf
            }
            _ => Protocol::HttpProtobuf,
        }
    }

    fn compression(&mut self) -> bool {
        match self.first(&["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"]) {
            Some((_, value)) if value == "gzip" => true,
            Some((name, value)) if value != "none" => {
                self.mistake(name, &value, "gzip or none");
                false
            }
            _ => false,
        }
    }

    fn headers(&mut self) -> Vec<(HeaderName, HeaderValue)> {
        let names = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
        let mut headers = Vec::new();
        for (key, value) in self.pairs(&names) {
            match (HeaderName::from_str(&key), HeaderValue::from_str(&value)) {
                (Ok(name), Ok(value)) => headers.push((name, value)),
                // The value may be a secret.
                _ => self.mistake("OTEL_EXPORTER_OTLP_HEADERS", &key, "the name of a header with a valid value"),
            }
        }
        headers
    }

    fn endpoint(&mut self, name: &str, url: &str, path: &str) -> Option<String> {
        let valid = Uri::from_str(url).is_ok_and(|uri| {
            uri.authority().is_some() && matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()
        });
        if !valid {
            self.mistake(name, url, "an http:// or https:// URL");
            return None;
        }
        Some(if path.is_empty() { url.to_owned() } else { format!("{}{path}", url.trim_end_matches('/')) })
    }

    fn log_filter(&mut self, identity: &Identity) -> Targets {
        const NAME: &str = "RUST_LOG";
        let Some(text) = self.text(NAME) else {
            let own = identity.targets.iter().chain(&[env!("CARGO_PKG_NAME")]);
            return Targets::new()
                .with_default(LevelFilter::WARN)
                .with_targets(own.map(|target| (*target, LevelFilter::INFO)));
        };
        text.parse().unwrap_or_else(|_| {
            self.mistake(NAME, &text, "a level or a list target=level,… (error, warn, info, debug, trace, off)");
            Targets::new()
        })
    }
}

/// A random UUID (version 4).
fn instance_id() -> String {
    use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
    let bits = u128::from_be_bytes(RandomIdGenerator::default().new_trace_id().to_bytes());
    let bits = bits & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
