//! Templates of rules give what Prometheus 3.14 gives.
//!
//! `recorded/templates.jsonl.gz` was written by a program that ran Prometheus' own functions for templates: for each
//! template the value of the alert, and the output or the error. The labels and what `query` gives are those below.

use std::io::Read as _;
use std::sync::Arc;

use flate2::read::GzDecoder;
use lab_metrics::rules::defaults::Outside;
use lab_metrics::rules::language::PromQl;
use lab_metrics::rules::template::expand::RuleTemplate;
use lab_metrics::rules::template::scope::Scope;
use lab_metrics::store::MetricStore;
use lab_metrics::store::limits::Limits;
use lab_model::{Grant, Labels, Sample};
use lab_storage::Location;
use serde_json::Value as Json;

/// The time of evaluation, in milliseconds since the epoch.
const AT: i64 = 1_435_781_451_781;

fn store() -> Arc<MetricStore> {
    let store = MetricStore::open(&Location::Memory, Limits::default()).expect("opens");
    for (instance, job, value) in [("a:1", "node", 1.0), ("b:2", "api", 0.0), ("c:3", "db", 0.5)] {
        let labels = Labels::from_pairs([("__name__", "up"), ("instance", instance), ("job", job)]);
        store.append(&labels, Sample { timestamp: AT, value }).expect("appended");
    }
    Arc::new(store)
}

/// What a template gives, in the form of the recorded answers.
fn answer(store: &Arc<MetricStore>, text: &str, value: f64) -> Result<String, String> {
    let labels = Labels::from_pairs([("instance", "host.example.org:9090"), ("job", "api"), ("severity", "page")]);
    let grant = Grant::default();
    let language = PromQl(store.clone());
    let outside = Outside::default();
    let scope = Scope { labels: &labels, value, at: AT, language: &language, grant: &grant, outside: &outside };
    let template = RuleTemplate::parse("A", text).map_err(|error| format!("parse: {error}"))?;
    let output = template.expand(&scope);
    let failure = output.strip_prefix("<error expanding template: ").and_then(|rest| rest.strip_suffix('>'));
    failure.map_or(Ok(output.clone()), |reason| Err(format!("exec: {reason}")))
}

#[test]
fn every_recorded_answer_is_ours_too() {
    let mut recorded = String::new();
    let packed: &[u8] = include_bytes!("recorded/templates.jsonl.gz");
    GzDecoder::new(packed).read_to_string(&mut recorded).expect("unpacks");
    let store = store();
    let mut differences = Vec::new();
    for line in recorded.lines() {
        let line: Json = serde_json::from_str(line).expect("JSON");
        let text = line["t"].as_str().expect("a template");
        let value = line["v"].as_str().and_then(|value| value.parse().ok()).expect("a value");
        let ours = answer(&store, text, value);
        let agrees = match (&ours, line["e"].as_str()) {
            (Ok(output), None) => Some(&**output) == line["o"].as_str().or(Some("")),
            (Err(ours), Some(recorded)) => same_kind(ours, recorded),
            _ => false,
        };
        if !agrees {
            differences.push(format!("{line}\n  ours: {ours:?}"));
        }
    }
    assert!(recorded.lines().count() >= 1000);
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

/// Both fail at the same stage, and say the same unless the text comes from another library.
fn same_kind(ours: &str, recorded: &str) -> bool {
    let foreign = [
        "regexp",
        "bad query",
        "nil pointer",
        "in duration",
        "duration string",
        "queryResult",
        "time.Time",
        "template.",
        "template: __alert_A:1: ",
    ];
    ours == recorded
        || (ours.split(':').next() == recorded.split(':').next() && foreign.iter().any(|text| recorded.contains(text)))
}

#[test]
fn every_construct_of_published_rule_sets_is_expanded() {
    let store = store();
    for (text, expected) in [
        (
            "{{ $labels.instance }} of {{ $labels.job }} is at {{ $value | humanizePercentage }}.",
            "host.example.org:9090 of api is at 150%.",
        ),
        (r#"{{ printf "%.2f" $value }} {{ $value | humanizeDuration }}"#, "1.50 1.5s"),
        (r#"{{ with query "up{job='db'}" }}{{ . | first | value | humanizePercentage }}{{ end }}"#, "50%"),
        ("on {{ $labels.job }}{{ with $labels.cluster -}} of {{ . }}{{- end }}", "on api"),
        ("{{ with $labels.severity }}({{ . }}){{ else }}(none){{ end }}", "(page)"),
        (
            r#"{{ range query "up" | sortByLabel "instance" }}{{ .Labels.instance }}={{ .Value }} {{ end }}"#,
            "a:1=1 b:2=0 c:3=0.5 ",
        ),
        (
            r#"{{ range $name, $text := $labels }}{{ if ne $name "job" }}{{ $text }};{{ end }}{{ end }}"#,
            "host.example.org:9090;page;",
        ),
        (r#"{{ reReplaceAll "(?P<1a>.*):.*" "<${1a}>" $labels.instance }}"#, "<host.example.org>"),
        (r#"{{ $host := reReplaceAll "(.*):.*" "$1" $labels.instance }}{{ $host }}"#, "host.example.org"),
        (
            r#"{{ define "row" }}<{{ .arg0 }}|{{ .arg1 }}>{{ end }}{{ template "row" args $labels.job $value }}"#,
            "<api|1.5>",
        ),
        (
            r#"{{ if eq (index $labels "severity") "page" "ticket" }}call{{ else if gt $value 1.0 }}wait{{ else }}-{{ end }}"#,
            "call",
        ),
        (r#"{{ if and (gt $value 1.0) (not (eq $labels.job "db")) }}high{{ end }}"#, "high"),
        ("a {{- /* removed */ -}} b {{`{{ raw }}`}}", "ab {{ raw }}"),
    ] {
        assert_eq!(answer(&store, text, 1.5).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_goes_wrong_stands_in_the_text() {
    let store = store();
    let grant = Grant::default();
    let language = PromQl(store.clone());
    let labels = Labels::empty();
    let outside = Outside::default();
    let scope = Scope { labels: &labels, value: 1.0, at: AT, language: &language, grant: &grant, outside: &outside };
    let expand = |text: &str| RuleTemplate::parse("Down", text).expect("parses").expand(&scope);
    assert_eq!(
        expand(r#"{{ query "none" | first }}"#),
        "<error expanding template: error executing template __alert_Down: template: __alert_Down:1:130: executing \
         \"__alert_Down\" at <first>: error calling first: first() called on vector with no elements>"
    );
    let endless = r#"{{ define "again" }}{{ template "again" }}{{ end }}{{ template "again" }}"#;
    assert!(expand(endless).ends_with("exceeded maximum template depth (200)>"), "{}", expand(endless));
    let long = r#"{{ range 100000 }}a line that is repeated far too often{{ end }}"#;
    assert!(expand(long).ends_with("the text is longer than 65536 bytes>"), "{}", expand(long));
}
