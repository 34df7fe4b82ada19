//! Runs as files: kept, opened, judged again, taken out of a lab and put into another; what is no such file is refused.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use dicelab::ports::Port;
use rustix::process::Signal;
use serde_json::Value;
use telemetry::client::{BaseUrl, Client, Reply};

use crate::harness::{Lab, Scratch, dicelab, run, send, stderr, told};

/// A program with all three signals.
const PROGRAM: &str = r#"
now=$(date +%s)
post() { curl -s -o /dev/null "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/$1" -H 'content-type: application/json' -d "$2"; }
shop='{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}'
post traces '{"resourceSpans":[{"resource":'"$shop"',"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",
  "spanId":"eee19b7ec3c1b174","name":"checkout of ann-7","kind":2,"startTimeUnixNano":"'"$now"'000000000","endTimeUnixNano":"'"$now"'250000000",
  "attributes":[{"key":"user.id","value":{"stringValue":"ann-7"}}]}]}]}]}'
post metrics '{"resourceMetrics":[{"resource":'"$shop"',"scopeMetrics":[{"metrics":[{"name":"jobs","sum":{
  "aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"7","startTimeUnixNano":"'"$now"'000000000",
  "timeUnixNano":"'"$(date +%s%N)"'"}]}}]}]}]}'
echo 'ann-7 checked out user_id=bob-9'
"#;

const EXPECT: &str = r#"
expect:
- {traceql: '{ resource.service.name = "shop" }', traces: "== 1"}
- {promql: 'sum(increase(jobs_total[$run]))', is: "== 7"}
- {logql: '{service_name="sh"} |= "checked out"', is: "== 1"}
"#;

/// Keeps a run of the program in a file; answers its path.
fn kept(scratch: &Scratch, more: &[&str]) -> String {
    let (expect, out) =
        (scratch.write("dicelab.yaml", EXPECT), scratch.path().join("run.dicelab").display().to_string());
    let output = run(&[&["run", "--expect", &expect, "--out", &out], more, &["--", "sh", "-c", PROGRAM]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    out
}

#[test]
fn a_run_is_kept_and_judged_again_without_running() {
    let scratch = Scratch::new();
    let file = kept(&scratch, &["--redact", "user.id"]);
    told(&run(&["check", &file]), 0, &["all 3 expectations hold", "program    exited with code 0"]);
    let wrong = "promql: sum(increase(jobs_total[$run])) is > 7";
    told(&run(&["check", &file, "--assert", wrong]), 1, &["FAIL", "got       7"]);
    let spans = r#"traceql: { name = "checkout of redacted-1" && span.user.id = "redacted-1" } is == 1"#;
    let lines = r#"logql: {service_name="sh"} |= "redacted-1 checked out user_id=redacted-2" is == 1"#;
    told(&run(&["check", &file, "--assert", spans, "--assert", lines]), 0, &["all 2 expectations hold"]);
}

#[test]
fn what_is_no_run_file_is_refused_with_the_reason() {
    let scratch = Scratch::new();
    let good = std::fs::read(kept(&scratch, &[])).expect("read");
    let file = scratch.path().join("bad.dicelab");
    let path = file.display().to_string();
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    for (content, words) in [
        (
            b"hello".to_vec(),
            "this is not a run file: it is not compressed with gzip; nor is it a file of OpenTelemetry",
        ),
        (good[..good.len() / 2].to_vec(), "this run file is damaged"),
        (flipped, "this run file is damaged"),
    ] {
        std::fs::write(&file, content).expect("written");
        told(&run(&["open", &path]), 1, &["bad.dicelab", words]);
    }
    told(&run(&["check", "/no/such.dicelab"]), 1, &["/no/such.dicelab cannot be read"]);
}

/// A lab that shows a file.
struct Shown {
    child: Child,
    lines: Vec<String>,
    client: Client,
}

impl Shown {
    fn of(file: &str) -> Self {
        Self::of_files(&[file])
    }

    fn of_files(files: &[&str]) -> Self {
        let mut child = dicelab(&[&["open"], files].concat()).stdout(Stdio::piped()).spawn().expect("started");
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok) {
            let is_last = line.contains("until Ctrl-C");
            lines.push(line);
            if is_last {
                break;
            }
        }
        Self { child, lines, client: Client::new() }
    }

    fn base(&self, port: Port) -> BaseUrl {
        let line = self.lines.iter().find(|line| line.trim_start().starts_with(port.what())).expect("shown");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL");
        let (host, _) = url["http://".len()..].split_once('/').unwrap_or((&url["http://".len()..], ""));
        format!("http://{host}").parse().expect("a URL")
    }

    async fn get(&self, port: Port, path: &str, query: &[(&str, &str)]) -> Value {
        let answer =
            self.client.get(self.base(port).with(path, query), Duration::from_secs(10)).await.expect("answered");
        json(&answer)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        send(self.child.id(), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn json(answer: &Reply) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&answer.body)))
}

#[tokio::test]
async fn an_opened_run_is_shown_with_its_range_and_takes_nothing() {
    let scratch = Scratch::new();
    let file = kept(&scratch, &[]);
    let shown = Shown::of(&file);
    assert!(shown.lines[0].contains(": 1 spans, 1 lines, "), "{:?}", shown.lines);
    let status = shown.get(Port::Collector, "/api/v0/status", &[]).await;
    let range = &status["shown_run"];
    let (start, end) = (range["start_ms"].as_i64().expect("a time"), range["end_ms"].as_i64().expect("a time"));
    let look = shown.lines.iter().find(|line| line.starts_with("look at")).expect("told");
    assert!(look.ends_with(&format!("/explore?from={start}&to={end}")), "{look}");
    let at = (end / 1000).to_string();
    let answer = shown.get(Port::Metrics, "/api/v1/query", &[("query", "jobs_total"), ("time", &at)]).await;
    assert_eq!(answer["data"]["result"][0]["value"][1], "7");
    let trace = shown.get(Port::Traces, "/api/traces/5b8efff798038103d269b633813fc60c", &[]).await;
    assert!(trace.to_string().contains("checkout of ann-7"), "{trace}");
    let url = shown.base(Port::Logs).with("/loki/api/v1/push", &[]).to_string();
    let push = std::process::Command::new("curl").args(["-s", "-w", "%{http_code}", "-d", "{}", &url]).output();
    let answer = String::from_utf8(push.expect("started").stdout).expect("text");
    assert!(answer.contains("takes nothing in") && answer.ends_with("403"), "{answer}");
}

#[tokio::test]
async fn a_file_travels_from_lab_to_lab_and_by_the_format_of_others() {
    let scratch = Scratch::new();
    let file = kept(&scratch, &[]);
    let place = |name: &str| scratch.path().join(name).display().to_string();
    let lab = Lab::start(Scratch::new(), &["lab"]).await;
    let offset = lab.offset().to_string();
    let here = ["--port-offset", &*offset];
    told(&run(&[&["import", &file], &here[..]].concat()), 0, &["1 spans, 1 lines, ", "0 refused"]);
    let (again, lines) = (place("again.dicelab"), place("lines.jsonl"));
    told(&run(&[&["export", &again], &here[..]].concat()), 0, &["1 spans, 1 lines, "]);
    told(&run(&["check", &again, "--assert", "traceql: { name = \"checkout of ann-7\" } is == 1"]), 0, &["PASS"]);
    told(&run(&["export", &lines, "--from", &file, "--format", "otlp", "--redact", "user.id"]), 0, &["1 spans"]);
    let text = std::fs::read_to_string(&lines).expect("written");
    assert!(!text.contains("ann-7") && text.lines().count() >= 3, "{text}");

    let other = Lab::start(Scratch::new(), &["lab"]).await;
    let offset = other.offset().to_string();
    told(&run(&["import", &lines, "--port-offset", &offset]), 0, &["1 requests with traces, 1 with logs"]);
    let trace = other.json(Port::Traces, "/api/traces/5b8efff798038103d269b633813fc60c", &[]).await;
    assert!(trace.to_string().contains("checkout of redacted-1"), "{trace}");
    let series = other.json(Port::Metrics, "/api/v1/series", &[("match[]", "{job=\"shop\"}")]).await;
    assert!(series.to_string().contains("\"jobs_total\""), "{series}");
    // As OpenTelemetry's Collector packs them, and judged or compared without a running lab.
    let messages: Vec<u8> =
        text.lines().flat_map(|line| [&(line.len() as u32).to_be_bytes(), line.as_bytes()].concat()).collect();
    std::fs::write(place("messages.bin"), &messages).expect("written");
    std::fs::write(place("cut.bin"), &messages[..messages.len() - 1]).expect("written");
    for name in ["lines.jsonl", "messages.bin"] {
        let counter = ["--assert", "promql: sum(increase(jobs_total[$run])) is == 7"];
        let span = ["--assert", "traceql: { name = \"checkout of redacted-1\" } is == 1"];
        told(&run(&[&["check", &place(name)], &counter[..], &span[..]].concat()), 0, &["all 2 expectations hold"]);
        told(&run(&["diff", &lines, &place(name)]), 0, &["no change, of "]);
    }
    told(&run(&["check", &place("cut.bin"), "--assert", "traceql: { } is == 1"]), 1, &["is cut off: its length says"]);
    let broken = scratch.write("broken.jsonl", "{\"resourceSpans\":[]}\nhello\n");
    told(&run(&["import", &broken, "--port-offset", &offset]), 1, &["line 2 is no JSON"]);
}

#[tokio::test]
async fn two_runs_are_opened_side_by_side() {
    let scratch = Scratch::new();
    let (before, after) =
        (noisy(&scratch, "before.dicelab", ""), noisy(&scratch, "after.dicelab", "echo level=error no stock"));
    let shown = Shown::of_files(&[&before, &after]);
    let ranges: Vec<&String> = shown.lines.iter().filter(|line| line.starts_with("look at")).collect();
    assert_eq!(ranges.len(), 2, "{:?}", shown.lines);
    let compare = shown.lines.iter().find(|line| line.starts_with("compare")).expect("told");
    assert!(compare.ends_with("/compare"), "{compare}");
    let url = shown.base(Port::Dashboards).with("/compare", &[]);
    let page = shown.client.get(url, Duration::from_secs(10)).await.expect("answered");
    let page = String::from_utf8_lossy(&page.body).into_owned();
    for told in ["error &quot;level=error no stock&quot;", "Explore the run before", "/explore?from="] {
        assert!(page.contains(told), "{told}\n{page}");
    }
}

/// A program with so many lines of errors.
fn noisy(scratch: &Scratch, name: &str, script: &str) -> String {
    let out = scratch.path().join(name).display().to_string();
    let output = run(&["run", "--out", &out, "--", "sh", "-c", &format!("{PROGRAM}\n{script}")]);
    assert!(output.status.success(), "{}", stderr(&output));
    out
}

#[test]
fn two_runs_are_compared_and_what_changed_is_named() {
    let scratch = Scratch::new();
    let before = noisy(&scratch, "before.dicelab", "");
    let same = noisy(&scratch, "same.dicelab", "");
    told(&run(&["diff", &before, &same]), 0, &["no change, of ", "compared exactly"]);
    let span = r#"post traces '{"resourceSpans":[{"resource":'"$shop"',"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",
      "spanId":"eee19b7ec3c1b175","parentSpanId":"eee19b7ec3c1b174","name":"SELECT","startTimeUnixNano":"'"$now"'000000000","endTimeUnixNano":"'"$now"'100000000"}]}]}]}'
      echo 'level=error msg="no stock 17"'"#;
    let after = noisy(&scratch, "after.dicelab", span);
    let words = [
        "FAIL  shape    operation shop SELECT: none → 1 span",
        "FAIL  log      error \"level=error msg=\\\"no stock #\\\"\": none → 1 line",
    ];
    told(&run(&["diff", &before, &after]), 1, &words);
    told(&run(&["diff", &before, &after, "--allow", "shape", "--allow", "log"]), 0, &["note  shape"]);
    let json: Value =
        serde_json::from_slice(&run(&["diff", &before, &after, "--format", "json"]).stdout).expect("JSON");
    assert_eq!(json["changes"][0]["kind"], "shape", "{json}");
    let page = run(&["diff", &before, &after, "--format", "html"]);
    told(&page, 1, &["<!DOCTYPE html>", "programs waited for a processor", "operation shop SELECT"]);
    told(&run(&["diff", &before, "/no/such.dicelab"]), 2, &["/no/such.dicelab cannot be read"]);
    let output = run(&["run", "--baseline", &before, "--", "sh", "-c", &format!("{PROGRAM}\n{span}")]);
    told(&output, 1, &["operation shop SELECT", "program    exited with code 0"]);
    told(&run(&["run", "--baseline", &before, "--", "sh", "-c", PROGRAM]), 0, &["no change, of "]);
    told(&run(&["run", "--baseline", "/no/such.dicelab", "--", "true"]), 125, &["/no/such.dicelab"]);
}

/// What a test in any language does: it makes a request, and asks the lab about its trace.
const ASKING: &str = r#"
ask() { curl -s "$DICELAB_LAB_URL/api/dicelab/expect?$1" --data-binary "$2"; }
trace=trace_id=5b8efff798038103d269b633813fc60c
ask "$trace" 'expect: [{traceql: "{ name =~ \"checkout.*\" }", traces: "== 1", no_errors: true}]' >good.json
ask "$trace" 'expect: [{traceql: "{ name = \"refund\" }", traces: "== 1"}]' >bad.json
ask "trace_id=00000000000000000000000000000001&within=100ms" 'expect: [{traceql: "{ }", traces: "not empty"}]' >unknown.json
ask "$trace" 'expect: [{promql: up, is: "> 0"}]' >refused.json
ask "" 'expect: [{promql: "sum(jobs_total)", is: "== 7"}]' >number.json
ask "" 'expect: [{promqll: up}]' >mistake.json
"#;

#[test]
fn a_test_asks_about_its_own_trace() {
    let scratch = Scratch::new();
    let mut command = dicelab(&["run", "--", "sh", "-c", &format!("{PROGRAM}\n{ASKING}")]);
    let output = command.current_dir(scratch.path()).output().expect("started");
    assert!(output.status.success(), "{}", stderr(&output));
    let answer = |name: &str| -> Value {
        let text = std::fs::read_to_string(scratch.path().join(name)).expect(name);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{name}: {text}"))
    };
    let (good, bad, unknown) = (answer("good.json"), answer("bad.json"), answer("unknown.json"));
    assert_eq!((&good["passed"], &good["whole"]), (&true.into(), &true.into()), "{good}");
    assert_eq!((&bad["passed"], &bad["verdicts"][0]["got"]), (&false.into(), &"0 traces".into()), "{bad}");
    assert_eq!((&unknown["passed"], &unknown["whole"]), (&false.into(), &false.into()), "{unknown}");
    assert!(answer("refused.json").to_string().contains("can be asked of one trace"));
    assert_eq!(answer("number.json")["passed"], true, "{}", answer("number.json"));
    assert!(answer("mistake.json").to_string().contains("did you mean"));
}
