//! logcli, Loki's command line, beside a lab and a real Loki with the same lines: each of its subcommands and forms of output
//! gives the same text on both.

use std::time::{SystemTime, UNIX_EPOCH};

use dicelab::ports::Port;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::peers::program::Program;
use serde_json::{Value, json};

use crate::harness::{Lab, Scratch};
use crate::peers::ask::post;

/// How the answers of both are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// Line by line.
    Exactly,
    /// What Loki writes in the order of a Go map is another one each time.
    Sorted,
}

use Compared::{Exactly, Sorted};

/// What logcli is asked; `@F` stands for the range of the lines, `@N` for its end.
const COMMANDS: [(Compared, &[&str]); 34] = [
    (Exactly, &["query", "@F", "--limit=9", r#"{app="num"} | logfmt"#]),
    (Exactly, &["query", "@F", "--limit=9", "--forward", r#"{app="num"} | logfmt"#]),
    (Exactly, &["query", "@F", "--limit=0", r#"{app="num"}"#]),
    (Exactly, &["query", "@F", "--limit=40", "--batch=7", r#"{app=~"num|shop"}"#]),
    (Exactly, &["-q", "query", "@F", "--limit=9", r#"{app="shop"} | json | code>=404"#]),
    (Exactly, &["-o", "raw", "query", "@F", "--limit=9", r#"{app="shop"} | json"#]),
    (Exactly, &["-o", "jsonl", "query", "@F", "--limit=9", r#"{app="shop"} | json"#]),
    (Exactly, &["-o", "raw", "-q", "query", "@F", "--forward", r#"{app="num"} |= "error""#]),
    (Exactly, &["query", "@F", "--no-labels", "--limit=5", r#"{app="num"}"#]),
    (Exactly, &["query", "@F", "--exclude-label=pod", "--limit=5", r#"{app="num"}"#]),
    (Exactly, &["query", "@F", "--include-label=pod", "--limit=5", r#"{app="num"}"#]),
    (Exactly, &["query", "@F", "--include-common-labels", "--limit=5", r#"{app="num"}"#]),
    (Exactly, &["query", "@F", "--labels-length=70", "--limit=5", r#"{app="num"}"#]),
    (Exactly, &["query", "@F", "--colored-output", "--limit=5", r#"{app=~".+"}"#]),
    (Exactly, &["query", "@F", "--interval=30s", r#"{app="num", pod="a"}"#]),
    (Exactly, &["-z", "UTC", "--output-timestamp-format=rfc3339nano", "query", "@F", r#"{app="num"}"#]),
    (Exactly, &["-z", "UTC", "--output-timestamp-format=stampmilli", "query", "@F", r#"{app="num"}"#]),
    (Exactly, &["query", "@F", "--step=30s", r#"sum by (pod) (count_over_time({app="num"}[1m]))"#]),
    (Exactly, &["-o", "jsonl", "query", "@F", "--step=30s", r#"rate({app="shop"} | json [1m])"#]),
    (Exactly, &["query", "@F", r#"{app="none"}"#]),
    (Exactly, &["query", "@F", r#"{app="num" |"#]),
    (Exactly, &["query", "@F", r#"sum_over_time({app="shop"} | json | unwrap msg [1m])"#]),
    (Exactly, &["instant-query", "@N", r#"topk(1, sum by (pod) (count_over_time({app="num"}[2m])))"#]),
    (Exactly, &["-o", "raw", "instant-query", "@N", r#"sum(sum_over_time({app="num"} | logfmt | unwrap v [5m]))"#]),
    (Exactly, &["instant-query", "@N", "1 + 1"]),
    (Exactly, &["labels", "@F"]),
    (Exactly, &["labels", "@F", "pod"]),
    (Exactly, &["labels", "@F", "nothing"]),
    (Sorted, &["series", "@F", r#"{app="num"}"#]),
    (Sorted, &["series", "@F", "--analyze-labels", "{}"]),
    (Sorted, &["detected-fields", "@F", r#"{app="shop"}"#]),
    (Sorted, &["detected-fields", "@F", r#"{app="shop"}"#, "code"]),
    (Exactly, &["query", "@F", "--parallel-duration=1m", "--parallel-max-workers=2", "@P", r#"{app="num"}"#]),
    (Exactly, &["--compress", "query", "@F", "--limit=9", r#"{app="num"}"#]),
];

/// Lines of the last minutes before `now` (seconds since the epoch).
fn lines(now: u64) -> Value {
    let at = |back: u64| (u128::from(now - back) * 1_000_000_000 + 5).to_string();
    let pods = ["a", "b"].map(|pod| {
        let level = |i: u64| if i.is_multiple_of(3) { "error" } else { "info" };
        let values: Vec<Value> =
            (0..30).map(|i| json!([at(300 - i * 7), format!("level={} v={i} d={i}ms", level(i))])).collect();
        json!({"stream": {"app": "num", "pod": pod}, "values": values})
    });
    let shop = (0..20).map(|i| {
        let line = json!({"level": "warn", "code": 400 + i % 6, "msg": format!("äpfel {i}"), "u": {"id": i}});
        json!([at(290 - i * 11), line.to_string(), {"trace_id": format!("{i:032x}")}])
    });
    let [a, b] = pods;
    json!({"streams": [a, b, {"stream": {"app": "shop", "env": "test"}, "values": shop.collect::<Vec<_>>()}]})
}

/// What logcli says on either: its output and its errors, without what differs from run to run.
fn said(program: &Program, url: &str, arguments: &[String], compared: Compared) -> String {
    let mut all = vec!["--addr", url];
    all.extend(arguments.iter().map(String::as_str));
    let output = program.command(all).output().expect("started");
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = format!("{text}\nended with {:?}", output.status.code()).replace(url, "URL");
    // Before what logcli itself has to say stands the time.
    let timed = |line: &str| line.starts_with("20") && line.get(4..5) == Some("/");
    let plain = |line: &str| if timed(line) { line.get(20..).unwrap_or_default().to_owned() } else { line.to_owned() };
    let mut lines: Vec<String> = said.lines().map(plain).collect();
    if compared == Sorted {
        lines.sort();
    }
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn logcli_says_the_same_of_a_lab_as_of_loki() {
    let Some(program) = Program::find("logcli") else { return };
    let start = Start {
        program: "loki",
        files: &[("loki.yaml", include_str!("../../../../lab-api/tests/parity/loki/original.yaml"))],
        arguments: &["-config.file=$DATA/loki.yaml"],
        ready: "/ready",
    };
    let Some(loki) = Original::start(start).await else { return };
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let body = lines(now).to_string();
    let urls = [loki.url.clone(), format!("http://127.0.0.1:{}", lab.number(Port::Logs))];
    for port in [loki.ports[0], lab.number(Port::Logs)] {
        post(port, "/loki/api/v1/push", &body).await;
        post(port, "/flush", "").await;
    }
    let folder = Scratch::new();
    let time = |back: u64| chrono::DateTime::from_timestamp((now - back) as i64, 0).expect("a time").to_rfc3339();
    let mut different = Vec::new();
    for (compared, command) in COMMANDS {
        let answers = urls.clone().map(|url| {
            let mut arguments = Vec::new();
            for argument in command {
                match *argument {
                    "@F" => arguments.extend([format!("--from={}", time(400)), format!("--to={}", time(10))]),
                    "@N" => arguments.push(format!("--now={}", time(60))),
                    "@P" => {
                        let parts = folder.path().join(url.replace(['/', ':'], "-")).display().to_string();
                        let merged = ["--merge-parts".to_owned(), "--overwrite-completed-parts".to_owned()];
                        arguments.extend(
                            [vec![format!("--part-path-prefix={parts}"), "-q".to_owned()], merged.into()].concat(),
                        );
                    }
                    other => arguments.push(other.to_owned()),
                }
            }
            said(&program, &url, &arguments, compared)
        });
        if answers[0] != answers[1] {
            different.push(format!("{command:?}\n--- Loki\n{}\n--- the lab\n{}", answers[0], answers[1]));
        }
    }
    assert!(different.is_empty(), "{} of {} differ\n{}", different.len(), COMMANDS.len(), different.join("\n"));
}
