//! The files of `deploy/prometheus`: Prometheus' own tool accepts them, and every alert is tested.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use lab_metrics::rules::file::RuleFile;

use crate::{deployed, unit_test};

fn yaml(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(deployed().join(folder)).expect("the folder").flatten();
    let mut files: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "yml")).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} is empty");
    files
}

/// Runs `promtool` in `deploy/prometheus`; says so and does nothing where it is not installed.
fn promtool(arguments: &[&str], files: &[PathBuf]) {
    let mut command = Command::new("promtool");
    match command.args(arguments).args(files).current_dir(deployed()).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "promtool {arguments:?}: {said}");
        }
        Err(error) => eprintln!("skipped: promtool {arguments:?}: {error} (apt-get install prometheus)"),
    }
}

#[test]
fn promtool_accepts_the_configuration_and_the_rules() {
    promtool(&["check", "config", "prometheus.yml"], &[]);
    promtool(&["check", "rules"], &yaml("rules"));
}

#[test]
fn the_unit_tests_pass_in_prometheus() {
    promtool(&["test", "rules"], &yaml("rules/tests"));
}

#[test]
fn the_unit_tests_pass_in_our_engine_and_make_every_alert_fire() {
    let (mut fired, mut failures) = (BTreeSet::new(), Vec::new());
    for file in yaml("rules/tests") {
        let outcome = unit_test::run(&file);
        fired.extend(outcome.alerts);
        failures.extend(outcome.failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let groups = yaml("rules").into_iter().flat_map(|path| RuleFile::read(&path).expect("valid").groups);
    let alerts = groups.flat_map(|group| group.rules).filter(|rule| rule.alert.is_some()).map(|rule| rule.name);
    let untested: Vec<_> = alerts.filter(|name| !fired.contains(name)).collect();
    assert!(untested.is_empty(), "no test makes these fire: {untested:?}");
}
