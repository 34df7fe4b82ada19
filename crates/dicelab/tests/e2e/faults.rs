//! `dicelab verify` finds every fault: after traffic with a ledger in a lab with that fault, the check for it fails, and
//! its message names the cause. Without a fault every check passes.

mod control;
mod logs;
mod metrics;
mod services;
mod spans;

use std::process::Stdio;

use lab_testkit::eventually::eventually;
use serde_json::Value;

use crate::harness::{Lab, Scratch, dicelab};

/// A lab without traffic of its own that scrapes every second.
const QUICK: [&str; 5] = ["up", "--no-traffic", "--in-memory", "--scrape-interval=1s", "--seed=11"];
/// Three users, each of whom sends the next request after the answer to the one before.
const TRAFFIC: [&str; 6] = ["traffic", "--users=3", "--max-rolls=12", "--think=0s..20ms", "--strategy=all", "--seed=5"];

/// The report of `dicelab verify`.
pub(crate) struct Report {
    checks: Vec<Value>,
    text: String,
}

impl Report {
    /// The message of a check that must have failed.
    pub(crate) fn failed(&self, id: &str) -> &str {
        let check = self.checks.iter().find(|check| check["id"] == id);
        let check = check.unwrap_or_else(|| panic!("no check {id}: {}", self.text));
        assert_eq!(check["status"], "fail", "{id} did not fail: {check}\n{}", self.failures());
        check["message"].as_str().expect("a message")
    }

    /// Asserts that a check failed, and that its message holds all of these words.
    pub(crate) fn blames(&self, id: &str, words: &[&str]) {
        let message = self.failed(id);
        for words in words {
            assert!(message.contains(words), "{id} does not say {words:?}: {message}\n{}", self.failures());
        }
    }

    /// Asserts that nothing failed. Panels are not judged: in the first minute of a lab they have too little to show.
    fn is_clean(&self) {
        let failures = self.failures();
        let failed: Vec<_> = failures.lines().filter(|line| !line.starts_with("\"panels/")).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    /// The ids and messages of the checks that failed.
    fn failures(&self) -> String {
        let failed = self.checks.iter().filter(|check| check["status"] == "fail");
        failed.map(|check| format!("{}: {}\n", check["id"], check["message"])).collect::<Vec<_>>().concat()
    }
}

/// Makes traffic with a ledger in a lab and runs `dicelab verify` on it.
async fn verified(lab: &Lab) -> Report {
    verified_after(lab, &[]).await
}

/// The same with further options of the traffic.
async fn verified_after(lab: &Lab, more: &[&str]) -> Report {
    eventually(|| async {
        let scraped = lab.promql("count(up{job=~\".+-stage[34]\"} == 1)").await;
        if scraped == 3.0 { Ok(()) } else { Err(format!("{scraped} services were scraped")) }
    })
    .await;
    let ledger = lab.scratch.path().join("ledger.jsonl").display().to_string();
    run(lab, &[&TRAFFIC[..], more, &["--ledger", &ledger]].concat()).await;
    let text = run(lab, &["verify", "--format=json", "--ledger", &ledger]).await;
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    Report { checks: report["checks"].as_array().expect("checks").clone(), text }
}

/// The report on a lab with these faults.
async fn with_faults(faults: &[&str]) -> Report {
    with_options(&["--max-delay=0"], faults).await
}

/// The same with further options.
async fn with_options(options: &[&str], faults: &[&str]) -> Report {
    let faults: Vec<_> = faults.iter().map(|fault| format!("--fault={fault}")).collect();
    let faults: Vec<_> = faults.iter().map(String::as_str).collect();
    let lab = Lab::start(Scratch::new(), &[&QUICK, options, &faults].concat()).await;
    verified(&lab).await
}

/// What a command for this lab writes to stdout.
async fn run(lab: &Lab, arguments: &[&str]) -> String {
    let offset = lab.offset().to_string();
    let mut command = dicelab(&[arguments, &["--port-offset", &offset]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("started");
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn without_a_fault_everything_passes() {
    with_faults(&[]).await.is_clean();
}
