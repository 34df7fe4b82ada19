//! Senders of log lines that know nothing of the lab: pino-loki, winston-loki and python-logging-loki, which push to Loki
//! (`tests/foreign`, which `make foreign` installs), and Debian's `logger`, which speaks syslog. Each line arrives once, whole,
//! with its labels and its level.

use std::path::Path;
use std::process::Command;

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::running::free_port;

use crate::foreign::{folder, run};
use crate::harness::{Lab, Scratch};

/// The lines of a selector with the level of each, sorted.
async fn lines(lab: &Lab, selector: &str) -> Vec<(String, String)> {
    let query = [("query", selector), ("since", "1h"), ("limit", "1000")];
    let answer = lab.json(Port::Logs, "/loki/api/v1/query_range", &query).await;
    let mut found = Vec::new();
    for stream in answer["data"]["result"].as_array().into_iter().flatten() {
        let level = stream["stream"]["detected_level"].as_str().unwrap_or_default();
        for value in stream["values"].as_array().into_iter().flatten() {
            found.push((level.to_owned(), value[1].as_str().unwrap_or_default().to_owned()));
        }
    }
    found.sort();
    found
}

/// Waits until a selector finds a line with each of these texts at its level, and no other line.
async fn until(lab: &Lab, selector: &str, wanted: &[(&str, &str)]) {
    eventually(|| async {
        let found = lines(lab, selector).await;
        let mut left = found.clone();
        for (level, text) in wanted {
            let at = left.iter().position(|(of, line)| of == level && line.contains(text));
            left.remove(at.ok_or_else(|| format!("{selector}: {text:?} at level {level} is not in {found:#?}"))?);
        }
        if left.is_empty() { Ok(()) } else { Err(format!("{selector}: unexpected lines {left:#?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn loggers_of_node_push_every_level() {
    if !folder().join("node_modules/pino-loki").exists() {
        eprintln!("pino-loki is not installed, so this test does nothing; `make foreign` installs it");
        return;
    }
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let address = format!("http://localhost:{}", lab.number(Port::Logs));
    run("node", &["senders.mjs", &address], "senders", &[]);
    let pino = [
        ("debug", "pino says trace: äpfel \\\"grün\\\""),
        ("debug", "pino says debug"),
        ("info", "pino says info"),
        ("warn", "pino says warn"),
        ("error", "pino says error"),
        ("critical", "pino says fatal"),
    ];
    until(&lab, r#"{app="pino", shelf="upper"} | json | apples=3"#, &pino).await;
    let winston = ["silly", "debug", "verbose", "http", "info", "warn", "error"];
    let texts: Vec<String> = winston.iter().map(|level| format!("winston says {level}: äpfel \\\"grün\\\"")).collect();
    let winston: Vec<(&str, &str)> = winston.iter().copied().zip(texts.iter().map(String::as_str)).collect();
    for app in ["winston-json", "winston-protobuf"] {
        until(&lab, &format!(r#"{{app="{app}", shelf="lower"}} | json | apples=3"#), &winston).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pythons_logging_pushes_every_level_and_exceptions() {
    if !folder().join(".venv/installed").exists() {
        eprintln!("python-logging-loki is not installed, so this test does nothing; `make foreign` installs it");
        return;
    }
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let address = format!("http://localhost:{}", lab.number(Port::Logs));
    let python = folder().join(".venv/bin/python").display().to_string();
    run(&python, &["senders.py", &address], "senders", &[]);
    let levels = [
        ("debug", "python says DEBUG: äpfel \"grün\""),
        ("info", "python says INFO"),
        ("warn", "python says WARNING"),
        ("error", "python says ERROR"),
        ("critical", "python says CRITICAL"),
    ];
    until(&lab, r#"{app="python", logger="basket", shelf="middle"}"#, &levels).await;
    let exception = [("error", "python has no second apple\nTraceback (most recent call last):\n")];
    until(&lab, r#"{app="python", shelf=""}"#, &exception).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn debians_logger_speaks_syslog_over_tcp_and_udp() {
    if !Path::new("/usr/bin/logger").exists() {
        eprintln!("/usr/bin/logger is not there, so this test does nothing; Debian has it in bsdutils");
        return;
    }
    let port = free_port().to_string();
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory", "--syslog", &format!("127.0.0.1:{port}")]).await;
    for (arguments, line) in [
        (&["--tcp", "--rfc5424", "-p", "user.warning"][..], "äpfel \"grün\" over tcp"),
        (&["--udp", "--rfc3164", "-p", "daemon.err"], "an older message over udp"),
        (&["--tcp", "--octet-count", "--rfc5424", "-p", "local3.debug"], "its octets are counted"),
        (&["--udp", "--rfc5424=notq", "-i", "-p", "user.info"], "one with a process"),
        (&["--tcp", "--rfc3164", "-p", "kern.crit"], "an older message over tcp"),
    ] {
        let mut command = Command::new("/usr/bin/logger");
        command.args(["--server", "127.0.0.1", "--port", &port, "-t", "shop"]).args(arguments).arg(line);
        let output = command.output().expect("started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let wanted = [
        ("warn", "äpfel \"grün\" over tcp"),
        ("error", "an older message over udp"),
        ("debug", "its octets are counted"),
        ("info", "one with a process"),
        ("critical", "an older message over tcp"),
    ];
    until(&lab, r#"{job="syslog", app="shop"}"#, &wanted).await;
    until(&lab, r#"{job="syslog"} | facility="19""#, &wanted[2..3]).await;
    until(&lab, r#"{job="syslog"} | procid=~".+""#, &wanted[3..4]).await;
}
