//! `dicelab verify` finds every fault: after traffic with a ledger in a lab with that fault, the check for it fails, its message
//! names the cause, and the exit code is 1. `dicelab doctor` names the fault that is on, and where one request shows it, what it
//! does. Without a fault every check passes, and doctor has nothing to say.
//!
//! Each fault stands in the table of its file ([`Row`]) in several strengths.

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

/// More requests: enough for a fault that acts once in a hundred times.
const MANY: [&str; 2] = ["--users=5", "--max-rolls=100"];

/// A fault in one strength, and who has to say what of it.
#[derive(Clone, Copy)]
struct Row {
    fault: &'static str,
    /// Further options of the lab, and of the traffic.
    lab: &'static [&'static str],
    traffic: &'static [&'static str],
    /// The check of `dicelab verify` that fails, and words of its message.
    check: &'static str,
    says: &'static [&'static str],
    /// Words of `dicelab doctor` beside the name of the fault.
    doctor: &'static [&'static str],
}

impl Row {
    /// A fault that one check finds, in a lab without delays.
    const fn new(fault: &'static str, check: &'static str, says: &'static [&'static str]) -> Self {
        Self { fault, lab: &["--max-delay=0"], traffic: &[], check, says, doctor: &[] }
    }

    const fn lab(self, lab: &'static [&'static str]) -> Self {
        Self { lab, ..self }
    }

    const fn traffic(self, traffic: &'static [&'static str]) -> Self {
        Self { traffic, ..self }
    }

    const fn doctor(self, doctor: &'static [&'static str]) -> Self {
        Self { doctor, ..self }
    }

    /// Makes the fault and asks both.
    async fn is_named(self) {
        let fault = format!("--fault={}", self.fault);
        let lab = Lab::start(Scratch::new(), &[&QUICK[..], self.lab, &[&*fault]].concat()).await;
        let report = verified_after(&lab, self.traffic).await;
        assert_eq!(report.code, Some(1), "{}: {}", self.fault, report.failures());
        report.blames(self.check, self.says);
        let (code, text) = run(&lab, &["doctor"]).await;
        assert_eq!(code, Some(1), "{}: {text}", self.fault);
        let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let named = format!("switched on on purpose is {}", self.fault);
        for words in self.doctor.iter().copied().chain([&*named]) {
            assert!(plain.contains(words), "{}: doctor does not say {words:?}:\n{text}", self.fault);
        }
    }
}

/// Every row of a table, two at a time.
async fn all_are_named(rows: &[Row]) {
    for pair in rows.chunks(2) {
        match pair {
            [one, other] => {
                tokio::join!(one.is_named(), other.is_named());
            }
            rest => rest[0].is_named().await,
        }
    }
}

/// The report of `dicelab verify`.
pub(crate) struct Report {
    code: Option<i32>,
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

/// Makes traffic with a ledger and further options in a lab, and runs `dicelab verify` on it.
async fn verified_after(lab: &Lab, more: &[&str]) -> Report {
    eventually(|| async {
        let scraped = lab.promql("count(up{job=~\".+-stage[34]\"} == 1)").await;
        if scraped == 3.0 { Ok(()) } else { Err(format!("{scraped} services were scraped")) }
    })
    .await;
    let ledger = lab.scratch.path().join("ledger.jsonl").display().to_string();
    // An option may be given once.
    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let usual = TRAFFIC.into_iter().filter(|option| !more.iter().any(|other| name(other) == name(option)));
    let options: Vec<&str> = usual.chain(more.iter().copied()).chain(["--ledger", &ledger]).collect();
    run(lab, &options).await;
    let (code, text) = run(lab, &["verify", "--format=json", "--ledger", &ledger]).await;
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    Report { code, checks: report["checks"].as_array().expect("checks").clone(), text }
}

/// The exit code of a command for this lab, and what it writes to stdout.
async fn run(lab: &Lab, arguments: &[&str]) -> (Option<i32>, String) {
    let offset = lab.offset().to_string();
    let mut command = dicelab(&[arguments, &["--port-offset", &offset]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("started");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

#[tokio::test]
async fn without_a_fault_everything_passes() {
    let lab = Lab::start(Scratch::new(), &[&QUICK[..], &["--max-delay=0"]].concat()).await;
    verified_after(&lab, &[]).await.is_clean();
    let (code, text) = run(&lab, &["doctor"]).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("faults") && text.contains("every hop of every signal is good"), "{text}");
}
