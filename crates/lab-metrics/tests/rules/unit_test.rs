//! `promtool`'s unit-test files, run by our own engine: every group is evaluated at each
//! `evaluation_interval` from the epoch on, whatever its own interval.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use lab_metrics::promql::engine;
use lab_metrics::promql::params::EvalParams;
use lab_metrics::promql::value::Value;
use lab_metrics::rules::alert::state::AlertState;
use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::ruler::Ruler;
use lab_metrics::store::MetricStore;
use lab_model::{Grant, Labels, Sample, duration};
use serde::Deserialize;

use crate::notation::{self, Item};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestFile {
    rule_files: Vec<String>,
    evaluation_interval: String,
    tests: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    interval: String,
    input_series: Vec<Input>,
    #[serde(default)]
    alert_rule_test: Vec<AlertTest>,
    #[serde(default)]
    promql_expr_test: Vec<QueryTest>,
}

#[derive(Deserialize)]
struct Input {
    series: String,
    values: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertTest {
    alertname: String,
    eval_time: String,
    #[serde(default)]
    exp_alerts: Vec<ExpectedAlert>,
}

#[derive(Deserialize)]
struct ExpectedAlert {
    exp_labels: BTreeMap<String, String>,
    exp_annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryTest {
    expr: String,
    eval_time: String,
    exp_samples: Vec<ExpectedSample>,
}

#[derive(Deserialize)]
struct ExpectedSample {
    labels: String,
    value: f64,
}

/// What a file tested, and what came out wrong.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) alerts: BTreeSet<String>,
    pub(crate) failures: Vec<String>,
}

/// Runs a file, its cases side by side.
pub(crate) fn run(path: &Path) -> Outcome {
    let text = std::fs::read_to_string(path).expect("readable");
    let tests: TestFile = serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let folder = path.parent().expect("a folder");
    let files = || {
        let files = tests.rule_files.iter().map(|name| {
            let mut file = RuleFile::read(&folder.join(name)).unwrap_or_else(|error| panic!("{error}"));
            for group in &mut file.groups {
                group.interval = Some(Duration::from_millis(1));
            }
            file
        });
        files.collect()
    };
    let step = ms(&tests.evaluation_interval);
    std::thread::scope(|scope| {
        let cases: Vec<_> = tests.tests.iter().map(|case| scope.spawn(move || run_case(case, files(), step))).collect();
        cases.into_iter().map(|case| case.join().expect("no panic")).fold(Outcome::default(), Outcome::and)
    })
}

impl Outcome {
    fn and(mut self, other: Self) -> Self {
        self.alerts.extend(other.alerts);
        self.failures.extend(other.failures);
        self
    }
}

fn run_case(case: &Case, files: Vec<RuleFile>, step: i64) -> Outcome {
    let mut outcome = Outcome::default();
    let store = crate::store();
    for input in &case.input_series {
        load(&store, input, ms(&case.interval));
    }
    let ruler = Ruler::new(store.clone(), files, Duration::from_millis(1), -1);
    let times = case.alert_rule_test.iter().map(|test| &test.eval_time);
    let end = times.chain(case.promql_expr_test.iter().map(|test| &test.eval_time)).map(|time| ms(time)).max();
    for at in (0..=end.unwrap_or_default()).step_by(usize::try_from(step).expect("positive")) {
        crate::evaluate(&ruler, at);
        for group in ruler.report() {
            for rule in group.rules.iter().filter(|rule| !rule.last_error.is_empty()) {
                outcome.failures.push(format!("{}: {} at {at}: {}", case.name, rule.spec.name, rule.last_error));
            }
        }
        for test in case.alert_rule_test.iter().filter(|test| ms(&test.eval_time) == at) {
            outcome.alerts.extend((!test.exp_alerts.is_empty()).then(|| test.alertname.clone()));
            check_alerts(case, test, &ruler, &mut outcome);
        }
        for test in case.promql_expr_test.iter().filter(|test| ms(&test.eval_time) == at) {
            check_query(case, test, &store, at, &mut outcome);
        }
    }
    outcome
}

fn load(store: &MetricStore, input: &Input, interval: i64) {
    let line = format!("{} {}", input.series, input.values);
    let (labels, items) = notation::series(&line).unwrap_or_else(|| panic!("no series: {line}"));
    for (at, item) in items.into_iter().enumerate() {
        if let Item::Value(value) = item {
            let sample = Sample { timestamp: at as i64 * interval, value };
            store.append(&labels, sample).expect("appended");
        }
    }
}

fn check_alerts(case: &Case, test: &AlertTest, ruler: &Ruler, outcome: &mut Outcome) {
    let groups = ruler.report();
    let rules = groups.iter().flat_map(|group| &group.rules).filter(|rule| rule.spec.name == test.alertname);
    let alerts = rules.flat_map(|rule| &rule.alerts).filter(|alert| alert.state == AlertState::Firing);
    let found: BTreeMap<_, _> = alerts.map(|alert| (alert.labels.to_string(), alert.annotations.clone())).collect();
    let expected = test.exp_alerts.iter().map(|alert| {
        let mut labels = Labels::from_pairs(alert.exp_labels.clone()).to_builder();
        labels.set("alertname", test.alertname.as_str());
        (labels.build().to_string(), alert.exp_annotations.clone())
    });
    let expected: BTreeMap<_, _> = expected.collect();
    if found != expected {
        outcome.failures.push(format!(
            "{}: {} at {}: expected {expected:#?}, found {found:#?}",
            case.name, test.alertname, test.eval_time
        ));
    }
}

fn check_query(case: &Case, test: &QueryTest, store: &MetricStore, at: i64, outcome: &mut Outcome) {
    let evaluated = engine::evaluate(store, &test.expr, &EvalParams::instant(at), &Grant::default());
    let Value::Vector(points) = evaluated.expect("evaluated").value else { panic!("{} is no vector", test.expr) };
    let mut found: Vec<_> = points.iter().map(|point| (point.labels.to_string(), point.sample.value)).collect();
    let mut expected: Vec<_> = test.exp_samples.iter().map(|sample| (labels(&sample.labels), sample.value)).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    let near = |a: &(String, f64), b: &(String, f64)| a.0 == b.0 && (a.1 - b.1).abs() <= 1e-9 * a.1.abs().max(1.0);
    if found.len() != expected.len() || !found.iter().zip(&expected).all(|(a, b)| near(a, b)) {
        outcome.failures.push(format!("{}: {}: expected {expected:?}, found {found:?}", case.name, test.expr));
    }
}

fn labels(text: &str) -> String {
    notation::series(&format!("{text} 0")).map(|(labels, _)| labels.to_string()).unwrap_or_else(|| panic!("{text}"))
}

fn ms(text: &str) -> i64 {
    duration::parse(text).expect("a duration").as_millis() as i64
}
