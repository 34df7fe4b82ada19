//! The environment, good and bad.

use super::*;

const IDENTITY: Identity = Identity { name: "die-service", version: "1.2.3", targets: &["die_service"] };

fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    load_with(variables, None)
}

fn load_with(variables: &[(&str, &str)], endpoint: Option<&str>) -> Result<Config, ConfigErrors> {
    let overrides = Overrides { otlp_endpoint: endpoint.map(str::to_owned), ..Overrides::default() };
    Config::load(&IDENTITY, &overrides, &|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    })
}

fn exporter(variables: &[(&str, &str)]) -> ExporterConfig {
    load(variables).expect("valid").exporter.expect("an endpoint")
}

#[test]
fn an_empty_environment_exports_nothing() {
    let config = load(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]).expect("valid");
    assert!(config.exporter.is_none());
    assert!(matches!(config.sampler, Sampler::ParentBased(_)));
    let keys: Vec<_> = config.resource.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["service.name", "service.version", "service.instance.id"]);
    let id = &config.resource[2].1;
    assert_eq!((id.len(), &id[14..15]), (36, "4"), "a random UUID: {id}");
}

#[test]
fn endpoints_follow_the_specification() {
    let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
    assert_eq!(exporter(&[base]).endpoint, "http://collector:4318/v1/traces");
    let exact = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://other/spans");
    assert_eq!(exporter(&[base, exact]).endpoint, "https://other/spans");
    let grpc = exporter(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317")]);
    assert_eq!(grpc.protocol, Protocol::Grpc);
    assert_eq!(grpc.endpoint, "http://c:4317/opentelemetry.proto.collector.trace.v1.TraceService/Export");
}

#[test]
fn the_callers_endpoint_wins_and_silences_the_exporter_variables() {
    let env = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nonsense"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ];
    let given = load_with(&env, Some("http://127.0.0.1:4318")).expect("valid").exporter.expect("an endpoint");
    assert_eq!((given.endpoint.as_str(), given.protocol), ("http://127.0.0.1:4318/v1/traces", Protocol::HttpProtobuf));
    assert!(given.headers.is_empty());
    assert!(load_with(&[], Some("localhost:4318")).is_err());
}

#[test]
fn the_other_variables_are_honoured() {
    let env = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x, x-tenant = dice"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_SERVICE_NAME", "mine"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment.environment.name=test"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ("RUST_LOG", "die_service=debug"),
    ];
    let config = load(&env).expect("valid");
    let exporter = config.exporter.expect("an endpoint");
    assert_eq!(exporter.headers[0].1, "Bearer x");
    assert_eq!(exporter.headers[1], ("x-tenant".parse().expect("a name"), "dice".parse().expect("a value")));
    assert_eq!((exporter.timeout, exporter.gzip), (Duration::from_millis(2500), true));
    assert_eq!(config.schedule_delay, Duration::from_millis(50));
    assert_eq!(config.resource[0].1, "mine");
    assert_eq!(config.resource[3], ("deployment.environment.name".into(), "test".into()));
    assert!(matches!(config.sampler, Sampler::TraceIdRatioBased(ratio) if ratio == 0.25));
    assert!(config.log_filter.would_enable("die_service", &tracing::Level::DEBUG));
}

#[test]
fn a_disabled_sdk_and_no_exporter_export_nothing() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318");
    let disabled = load(&[endpoint, ("OTEL_SDK_DISABLED", "TRUE")]).expect("valid");
    assert!(disabled.exporter.is_none() && matches!(disabled.sampler, Sampler::AlwaysOff));
    assert!(load(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]).expect("valid").exporter.is_none());
}

#[test]
fn all_mistakes_are_reported_together_and_by_name() {
    let env = [
        ("OTEL_SDK_DISABLED", "maybe"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no-value,bad name=1,bad=%zz"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_RESOURCE_ATTRIBUTES", "=1"),
        ("RUST_LOG", "die_service=loud"),
    ];
    let errors = load(&env).expect_err("all wrong").0;
    for (name, _) in env {
        assert!(errors.iter().any(|error| error.starts_with(name)), "{name} in {errors:?}");
    }
    assert_eq!(errors.len(), env.len() + 2, "three headers are wrong: {errors:?}");
}

#[test]
fn a_fallback_counts_only_where_the_environment_says_nothing() {
    let overrides = Overrides { fallback_otlp_endpoint: Some("http://lab:4318".into()), ..Overrides::default() };
    let endpoint = |variables: &[(&str, &str)]| {
        let lookup =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let config = Config::load(&IDENTITY, &overrides, &lookup).expect("valid");
        config.exporter.map(|exporter| exporter.endpoint)
    };
    assert_eq!(endpoint(&[]).as_deref(), Some("http://lab:4318/v1/traces"));
    assert_eq!(endpoint(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1")]).as_deref(), Some("http://a:1/v1/traces"));
    assert_eq!(endpoint(&[("OTEL_TRACES_EXPORTER", "none")]), None);
    assert_eq!(endpoint(&[("OTEL_SDK_DISABLED", "true")]), None);
}
