//! The keys of the configuration file, section by section, in the order in which Prometheus shows them, and what it shows where
//! the file says nothing.

use crate::ingest::scrape::config::shown::values::Field;
use crate::ingest::scrape::config::shown::values::Kind::{
    self, Any, Choice, Count, Duration, Labels, Lists, Pointer, PointerByName, Section, Sections, Size, Switch, Text,
    TextOrEmpty, Texts, Trimmed, Url, Word, WordOrEmpty,
};

/// The whole file.
pub(super) const FILE: [&[Field]; 1] = [&SECTIONS];
/// The section `global`.
pub(super) const GLOBAL: [&[Field]; 3] = [&GLOBAL_BEGIN, &LIMITS, &GLOBAL_END];
/// One of `scrape_configs`.
pub(super) const JOB: [&[Field]; 8] =
    [&JOB_BEGIN, &LIMITS, &JOB_HISTOGRAMS, &CLIENT, &PROXY, &HEADERS, &JOB_RULES, &DISCOVERY];

/// What a job takes from the section `global` if it says nothing itself.
pub(super) const INHERITED: [&str; 14] = [
    "scrape_interval",
    "scrape_protocols",
    "scrape_native_histograms",
    "always_scrape_classic_histograms",
    "convert_classic_histograms_to_nhcb",
    "body_size_limit",
    "sample_limit",
    "target_limit",
    "label_limit",
    "label_name_length_limit",
    "label_value_length_limit",
    "keep_dropped_targets",
    "metric_name_validation_scheme",
    "metric_name_escaping_scheme",
];

/// What jobs ask for that name nothing; the first only where native histograms are wanted.
pub(super) const PROTOCOLS: [&str; 5] =
    ["PrometheusProto", "OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"];

const fn optional(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, default: None, hides_off: false }
}

const fn shown(key: &'static str, kind: Kind, default: &'static str) -> Field {
    Field { key, kind, default: Some(default), hides_off: false }
}

/// A switch that is on if the file says nothing, and not shown if it is off.
const fn shown_if_on(key: &'static str, kind: Kind, default: &'static str) -> Field {
    Field { key, kind, default: Some(default), hides_off: true }
}

/// The sections of the file.
const SECTIONS: [Field; 11] = [
    shown("global", Section(&GLOBAL), "{}"),
    optional("runtime", Any),
    optional("alerting", Section(&[&ALERTING])),
    optional("rule_files", Texts),
    optional("scrape_config_files", Texts),
    optional("scrape_configs", Sections(&JOB)),
    optional("storage", Any),
    optional("tracing", Section(&[&TRACING])),
    optional("remote_write", Sections(&[&WRITER, &CLIENT_OF_WRITER, &PROXY, &HEADERS, &WRITER_QUEUE])),
    optional("remote_read", Sections(&[&READER, &CLIENT, &PROXY, &HEADERS, &READER_END])),
    shown("otlp", Section(&[&OTLP]), "{}"),
];

/// How often is scraped and evaluated.
const GLOBAL_BEGIN: [Field; 8] = [
    shown("scrape_interval", Duration, "1m"),
    shown("scrape_timeout", Duration, "10s"),
    optional("scrape_protocols", Texts),
    shown("evaluation_interval", Duration, "1m"),
    optional("rule_query_offset", Duration),
    optional("query_log_file", Text),
    optional("scrape_failure_log_file", Text),
    optional("external_labels", Labels),
];

/// Names and histograms of all jobs.
const GLOBAL_END: [Field; 7] = [
    optional("keep_dropped_targets", Count),
    shown("metric_name_validation_scheme", Choice, "utf8"),
    optional("metric_name_escaping_scheme", Choice),
    shown("scrape_native_histograms", Switch, "false"),
    optional("convert_classic_histograms_to_nhcb", Switch),
    optional("always_scrape_classic_histograms", Switch),
    shown("extra_scrape_metrics", Switch, "false"),
];

/// What a scrape may bring.
const LIMITS: [Field; 6] = [
    optional("body_size_limit", Size),
    optional("sample_limit", Count),
    optional("target_limit", Count),
    optional("label_limit", Count),
    optional("label_name_length_limit", Count),
    optional("label_value_length_limit", Count),
];

/// What a job asks for.
const JOB_BEGIN: [Field; 16] = [
    optional("job_name", Text),
    optional("honor_labels", Switch),
    shown("honor_timestamps", Switch, "true"),
    shown("track_timestamps_staleness", Switch, "false"),
    optional("params", Lists),
    optional("scrape_interval", Duration),
    optional("scrape_timeout", Duration),
    optional("scrape_protocols", Texts),
    optional("fallback_scrape_protocol", Choice),
    shown("scrape_native_histograms", Switch, "false"),
    shown("always_scrape_classic_histograms", Switch, "false"),
    shown("convert_classic_histograms_to_nhcb", Switch, "false"),
    optional("scrape_failure_log_file", Text),
    shown("metrics_path", Text, "/metrics"),
    shown("scheme", Word, "http"),
    shown("enable_compression", Switch, "true"),
];

/// How fine histograms may be, and names.
const JOB_HISTOGRAMS: [Field; 6] = [
    optional("native_histogram_bucket_limit", Count),
    optional("native_histogram_min_bucket_factor", Any),
    optional("keep_dropped_targets", Count),
    shown("metric_name_validation_scheme", Choice, "utf8"),
    optional("metric_name_escaping_scheme", Choice),
    shown("extra_scrape_metrics", Switch, "false"),
];

/// The rules of a job.
const JOB_RULES: [Field; 2] =
    [optional("relabel_configs", Sections(&[&RELABEL])), optional("metric_relabel_configs", Sections(&[&RELABEL]))];

/// A rule of relabelling.
const RELABEL: [Field; 7] = [
    optional("source_labels", Texts),
    shown("separator", TextOrEmpty, ";"),
    optional("regex", TextOrEmpty),
    optional("modulus", Count),
    optional("target_label", TextOrEmpty),
    shown("replacement", TextOrEmpty, "$1"),
    shown("action", WordOrEmpty, "replace"),
];

/// Where targets are found, by name; what only Prometheus looks at stands in this order, too.
const DISCOVERY: [Field; 31] = [
    optional("aws_sd_configs", Any),
    optional("azure_sd_configs", Any),
    optional("consul_sd_configs", Any),
    optional("digitalocean_sd_configs", Any),
    optional("dns_sd_configs", Sections(&[&DNS])),
    optional("docker_sd_configs", Sections(&[&CLIENT, &PROXY, &HEADERS, &DOCKER])),
    optional("dockerswarm_sd_configs", Sections(&[&CLIENT, &PROXY, &HEADERS, &SWARM])),
    optional("ec2_sd_configs", Any),
    optional("eureka_sd_configs", Any),
    optional("file_sd_configs", Sections(&[&FILES])),
    optional("gce_sd_configs", Any),
    optional("hetzner_sd_configs", Any),
    optional("http_sd_configs", Sections(&[&CLIENT, &PROXY, &HEADERS, &SERVERS])),
    optional("ionos_sd_configs", Any),
    optional("kubernetes_sd_configs", Any),
    optional("kuma_sd_configs", Any),
    optional("lightsail_sd_configs", Any),
    optional("linode_sd_configs", Any),
    optional("marathon_sd_configs", Any),
    optional("nerve_sd_configs", Any),
    optional("nomad_sd_configs", Any),
    optional("openstack_sd_configs", Any),
    optional("ovhcloud_sd_configs", Any),
    optional("puppetdb_sd_configs", Any),
    optional("scaleway_sd_configs", Any),
    optional("serverset_sd_configs", Any),
    optional("stackit_sd_configs", Any),
    optional("triton_sd_configs", Any),
    optional("uyuni_sd_configs", Any),
    optional("vultr_sd_configs", Any),
    optional("static_configs", Sections(&[&GROUP])),
];

/// Targets that share labels.
const GROUP: [Field; 2] = [shown("targets", Texts, "[]"), optional("labels", Labels)];

/// One of `file_sd_configs`.
const FILES: [Field; 2] = [shown("files", Texts, "[]"), shown("refresh_interval", Duration, "5m")];

/// One of `http_sd_configs`.
const SERVERS: [Field; 2] = [shown("refresh_interval", Duration, "1m"), shown("url", Text, "''")];

/// One of `dns_sd_configs`.
const DNS: [Field; 4] = [
    shown("names", Texts, "[]"),
    shown("refresh_interval", Duration, "30s"),
    shown("type", Text, "SRV"),
    shown("port", Count, "0"),
];

/// One of `docker_sd_configs`.
const DOCKER: [Field; 6] = [
    shown("host", Text, "''"),
    shown("port", Count, "80"),
    shown("filters", Sections(&[&FILTER]), "[]"),
    shown("host_networking_host", Text, "localhost"),
    shown("refresh_interval", Duration, "1m"),
    shown("match_first_network", Switch, "true"),
];

/// One of `dockerswarm_sd_configs`.
const SWARM: [Field; 5] = [
    shown("host", Text, "''"),
    shown("role", Text, "''"),
    shown("port", Count, "80"),
    shown("filters", Sections(&[&FILTER]), "[]"),
    shown("refresh_interval", Duration, "1m"),
];

/// A filter of containers.
const FILTER: [Field; 2] = [shown("name", Text, "''"), shown("values", Texts, "[]")];

/// How requests connect.
const CLIENT: [Field; 6] = client("true");

/// The same of remote write, which does not speak HTTP/2 unless it is told to.
const CLIENT_OF_WRITER: [Field; 6] = client("false");

const fn client(enable_http2: &'static str) -> [Field; 6] {
    [
        optional("basic_auth", Pointer(&[&BASIC])),
        optional("authorization", Pointer(&[&AUTHORIZATION])),
        optional("oauth2", Pointer(&[&OAUTH, &PROXY])),
        optional("tls_config", Section(&[&TLS])),
        shown("follow_redirects", Switch, "true"),
        shown("enable_http2", Switch, enable_http2),
    ]
}

/// User and password.
const BASIC: [Field; 6] = [
    optional("username", Text),
    optional("username_file", Text),
    optional("username_ref", Text),
    optional("password", Text),
    optional("password_file", Text),
    optional("password_ref", Text),
];

/// The header of the same name.
const AUTHORIZATION: [Field; 4] = [
    shown("type", Trimmed, "Bearer"),
    optional("credentials", Text),
    optional("credentials_file", Text),
    optional("credentials_ref", Text),
];

/// Where a token is fetched.
const OAUTH: [Field; 17] = [
    optional("client_id", Text),
    optional("client_secret", Text),
    optional("client_secret_file", Text),
    optional("client_secret_ref", Text),
    optional("client_certificate_key_id", Text),
    optional("client_certificate_key", Text),
    optional("client_certificate_key_file", Text),
    optional("client_certificate_key_ref", Text),
    optional("grant_type", Text),
    optional("signature_algorithm", Text),
    optional("iss", Text),
    optional("audience", Text),
    optional("claims", Any),
    optional("scopes", Texts),
    optional("token_url", Text),
    optional("endpoint_params", Labels),
    optional("tls_config", Section(&[&TLS])),
];

/// Which servers are trusted.
const TLS: [Field; 13] = [
    optional("ca", Text),
    optional("cert", Text),
    optional("key", Text),
    optional("ca_file", Text),
    optional("cert_file", Text),
    optional("key_file", Text),
    optional("ca_ref", Text),
    optional("cert_ref", Text),
    optional("key_ref", Text),
    optional("server_name", Text),
    shown("insecure_skip_verify", Switch, "false"),
    optional("min_version", Text),
    optional("max_version", Text),
];

/// Through whom requests go.
const PROXY: [Field; 4] = [
    optional("proxy_url", Url),
    optional("no_proxy", Text),
    optional("proxy_from_environment", Switch),
    optional("proxy_connect_header", Lists),
];

/// Further headers of requests.
const HEADERS: [Field; 1] = [optional("http_headers", PointerByName(&[&HEADER]))];

/// The values of a header.
const HEADER: [Field; 3] = [optional("values", Texts), optional("secrets", Texts), optional("files", Texts)];

/// Who is told of alerts.
const ALERTING: [Field; 2] = [
    optional("alert_relabel_configs", Sections(&[&RELABEL])),
    optional("alertmanagers", Sections(&[&CLIENT, &PROXY, &HEADERS, &MANAGER_BEGIN, &DISCOVERY])),
];

/// How an Alertmanager is spoken to.
const MANAGER_BEGIN: [Field; 7] = [
    optional("sigv4", Any),
    shown("scheme", Word, "http"),
    optional("path_prefix", Text),
    shown("timeout", Duration, "10s"),
    shown("api_version", Text, "v2"),
    optional("relabel_configs", Sections(&[&RELABEL])),
    optional("alert_relabel_configs", Sections(&[&RELABEL])),
];

/// A receiver of samples.
const WRITER: [Field; 10] = [
    optional("url", Url),
    shown("remote_timeout", Duration, "30s"),
    optional("headers", Labels),
    optional("write_relabel_configs", Sections(&[&RELABEL])),
    optional("name", Text),
    optional("send_exemplars", Switch),
    optional("send_native_histograms", Switch),
    optional("round_robin_dns", Switch),
    shown("protobuf_message", Text, "prometheus.WriteRequest"),
    optional("failed_request_logging", Switch),
];

/// What waits for a receiver. The defaults are the lab's.
const WRITER_QUEUE: [Field; 5] = [
    shown("queue_config", Section(&[&QUEUE]), "{}"),
    shown("metadata_config", Section(&[&METADATA]), "{}"),
    optional("sigv4", Any),
    optional("azuread", Any),
    optional("google_iam", Any),
];

/// The queue of a receiver; the lab has to hold in it what an outage of minutes brings.
const QUEUE: [Field; 9] = [
    shown("capacity", Count, "500000"),
    shown("max_shards", Count, "50"),
    shown("min_shards", Count, "1"),
    shown("max_samples_per_send", Count, "2000"),
    shown("batch_send_deadline", Duration, "5s"),
    shown("min_backoff", Duration, "30ms"),
    shown("max_backoff", Duration, "5s"),
    shown_if_on("retry_on_http_429", Switch, "true"),
    optional("sample_age_limit", Duration),
];

/// What is known about metrics.
const METADATA: [Field; 3] = [
    shown("send", Switch, "true"),
    shown("send_interval", Duration, "1m"),
    shown("max_samples_per_send", Count, "2000"),
];

/// A store that Prometheus asks; the lab does not.
const READER: [Field; 6] = [
    optional("url", Url),
    shown("remote_timeout", Duration, "1m"),
    shown("chunked_read_limit", Count, "50000000"),
    optional("headers", Labels),
    optional("read_recent", Switch),
    optional("name", Text),
];

/// What it is asked for.
const READER_END: [Field; 2] =
    [optional("required_matchers", Labels), shown_if_on("filter_external_labels", Switch, "true")];

/// Where Prometheus sends traces of its own.
const TRACING: [Field; 8] = [
    optional("client_type", Text),
    optional("endpoint", Text),
    optional("sampling_fraction", Any),
    optional("insecure", Switch),
    optional("tls_config", Section(&[&TLS])),
    optional("headers", Labels),
    optional("compression", Text),
    optional("timeout", Duration),
];

/// What becomes of metrics that come by OTLP.
const OTLP: [Field; 9] = [
    optional("promote_all_resource_attributes", Switch),
    optional("promote_resource_attributes", Texts),
    optional("ignore_resource_attributes", Texts),
    shown("translation_strategy", Text, "UnderscoreEscapingWithSuffixes"),
    optional("keep_identifying_resource_attributes", Switch),
    optional("convert_histograms_to_nhcb", Switch),
    optional("promote_scope_metadata", Switch),
    shown_if_on("label_name_underscore_sanitization", Switch, "true"),
    shown_if_on("label_name_preserve_multiple_underscores", Switch, "true"),
];
