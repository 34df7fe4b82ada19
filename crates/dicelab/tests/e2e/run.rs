//! `dicelab run`: programs under a lab of their own, their telemetry asserted; a seeded fault for each kind of expectation.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{Scratch, dicelab, run, send, told};

/// What a shell program needs to send OTLP: `span NAME ID PARENT MORE`, `post SIGNAL JSON`.
const SENDER: &str = r#"
now=$(date +%s)
post() { curl -s -o /dev/null "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/$1" -H 'content-type: application/json' -d "$2"; }
resource() { printf '{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}}]}' "$1"; }
span() { # service name id parent start-ms end-ms more
  post traces '{"resourceSpans":[{"resource":'"$(resource "$1")"',"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",
    "spanId":"'"$3"'","parentSpanId":"'"$4"'","name":"'"$2"'","kind":2,"startTimeUnixNano":"'"$now$(printf %03d "$5")"'000000",
    "endTimeUnixNano":"'"$now$(printf %03d "$6")"'000000"'"$7"'}]}]}]}'; }
"#;

/// Runs a shell script under a lab, with options before it.
fn script(options: &[&str], script: &str) -> Output {
    let program = format!("{SENDER}\n{script}");
    run(&[&["run"], options, &["--", "sh", "-c", &program]].concat())
}

#[test]
fn a_script_that_only_prints_is_shown_untouched_and_judged_by_its_lines() {
    let lines = r"printf '\033[1mfirst\033[0m\nsecond'; echo 'it broke' >&2";
    let good = [
        r#"logql: {stream="stdout"} |= "first" is == 1"#,
        r#"logql: {service_name="sh", stream="stdout"} is == 2"#,
        r#"logql: {service_name="sh"} |= "panic" is empty"#,
        r#"logql: sum(count_over_time({stream="stderr"}[$run])) is == 1"#,
    ];
    let options: Vec<&str> = good.iter().flat_map(|line| ["--assert", line]).collect();
    let output = script(&options, lines);
    told(&output, 0, &["all 4 expectations hold", "program    exited with code 0"]);
    assert_eq!(output.stdout, b"\x1b[1mfirst\x1b[0m\nsecond", "standard output belongs to the program");
    let output = script(&["--assert", r#"logql: {service_name="sh"} |= "broke" is empty"#], lines);
    told(&output, 1, &["FAIL", "expected  empty", "got       1 line", "it broke"]);
}

#[test]
fn lines_of_files_and_of_syslog_belong_to_the_run_in_which_they_came() {
    let folder = Scratch::new();
    std::fs::write(folder.path().join("shop.log"), "an error of yesterday\n").expect("written");
    let files = format!("{}/<app>.log", folder.path().display());
    let program = r#"cd "$0" && printf '1 error\n  at a\n2 no end' >>shop.log
        printf '<11>1 - host syslogged - - - by datagram' >/dev/udp/${DICELAB_LAB_SYSLOG%:*}/${DICELAB_LAB_SYSLOG#*:}
        printf '<11>1 - host syslogged - - - by stream\n' >/dev/tcp/${DICELAB_LAB_SYSLOG%:*}/${DICELAB_LAB_SYSLOG#*:}"#;
    let good = [
        r#"logql: {app="shop", service_name="shop"} is == 2"#,
        r#"logql: {app="shop"} |= "error" |= "at a" is == 1"#,
        r#"logql: {app="shop"} |= "yesterday" is empty"#,
        r#"logql: {job="syslog", app="syslogged"} is == 2"#,
    ];
    let asserted: Vec<&str> = good.iter().flat_map(|line| ["--assert", line]).collect();
    let options = ["run", "--logs-from", &files, "--logs-first-line", r"^\d", "--syslog"];
    let words = ["--", "bash", "-c", program, &folder.path().display().to_string()];
    told(&run(&[&options[..], &asserted, &words].concat()), 0, &["all 4 expectations hold"]);
    told(&run(&["run", "--logs-first-line", "^x", "--", "true"]), 125, &["name them with --logs-from"]);
}

#[test]
fn nothing_passes_about_nothing() {
    let quiet = "echo hello";
    let table = [
        (r#"logql: {service_name="shop"} |= "panic" is empty"#, "no logs came with service_name \"shop\""),
        ("promql: sum(increase(errors_total[$run])) is == 0", "no metrics came at all"),
        ("promql: errors_total is empty", "no metrics came at all"),
        ("traceql: { status = error } is empty", "no traces came at all"),
    ];
    for (line, why) in table {
        told(&script(&["--assert", line], quiet), 1, &["FAIL", why]);
    }
    told(&script(&[], ":"), 1, &["no telemetry came"]);
    told(&script(&["--allow-silent"], ":"), 0, &["no telemetry came"]);
}

#[test]
fn the_codes_are_those_of_a_shell_and_of_timeout() {
    told(&script(&[], "echo x; exit 3"), 3, &["exited with code 3"]);
    told(&script(&[], "echo x; kill -9 $$"), 137, &["was ended by signal 9"]);
    told(&run(&["run", "--", "/no/such/program"]), 127, &["cannot be started"]);
    told(&run(&["run", "--", "/etc/passwd"]), 126, &["cannot be started"]);
    told(&run(&["run", "--asert", "x", "--", "true"]), 125, &["did you mean --assert"]);
    told(&run(&["run", "--assert", "up > 0", "--", "true"]), 125, &["begin with the language"]);
    told(&run(&["run"]), 125, &["COMMAND"]);
    told(&script(&["--timeout", "300ms"], "echo x; sleep 60"), 124, &["took longer than 300ms"]);
}

#[test]
fn what_the_program_leaves_behind_is_ended_and_named() {
    let output =
        script(&["--grace", "300ms"], "echo x; setsid sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' & sleep 0.3");
    told(&output, 0, &["got SIGKILL: sh ("]);
    // Until setsid has become sleep, it would be named setsid.
    let became = r#"until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done"#;
    let output = script(&[], &format!("echo x; (setsid sleep 61 & {became})"));
    told(&output, 0, &["ended by SIGTERM: sleep ("]);
}

#[test]
fn a_counter_counts_from_zero_and_exactly() {
    let push = r#"
metric() { post metrics '{"resourceMetrics":[{"resource":'"$(resource shop)"',"scopeMetrics":[{"metrics":[{"name":"jobs","sum":{
  "aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"'"$1"'","startTimeUnixNano":"'"$now"'000000000",
  "timeUnixNano":"'"$(date +%s%N)"'"}]}}]}]}]}'; }
metric 3; metric 7
"#;
    let line = "promql: sum(increase(jobs_total[$run])) is == 7";
    told(&script(&["--assert", line], push), 0, &["PASS"]);
    told(&script(&["--assert", "promql: increase(jobs_total[$run]) is > 7"], push), 1, &["got       7 {"]);
    let output = script(&["--assert", "promql: sum(increase(job_total[$run])) is > 0"], push);
    told(&output, 1, &["no metric job_total came; did you mean jobs_total?"]);
}

/// A shop that calls a cart; the parts that a seeded fault replaces stand in braces.
const TRACE: &str = r#"
span shop checkout eee19b7ec3c1b174 "" 0 500 ',"attributes":[{"key":"user.id","value":{"stringValue":"u"}}]{STATUS}'
span {CART} load eee19b7ec3c1b175 {PARENT} 10 {END}
query() { span cart SELECT "$1" eee19b7ec3c1b175 "$2" "$3" ',"attributes":[{"key":"db.system.name","value":{"stringValue":"sqlite"}},{"key":"db.query.text","value":{"stringValue":"SELECT 1"}}]'; }
query eee19b7ec3c1b176 20 120
{QUERIES}
echo '{"level":"ERROR","message":"declined","trace_id":"{TRACE}"}'
"#;

fn trace(seeded: &[(&str, &str)]) -> String {
    let good = [
        ("{STATUS}", ""),
        ("{CART}", "cart"),
        ("{PARENT}", "eee19b7ec3c1b174"),
        ("{END}", "300"),
        ("{QUERIES}", "query eee19b7ec3c1b177 21 121"),
        ("{TRACE}", "5b8efff798038103d269b633813fc60c"),
    ];
    let good = good.iter().filter(|(key, _)| seeded.iter().all(|(other, _)| other != key));
    seeded.iter().chain(good).fold(TRACE.to_owned(), |text, (key, value)| text.replace(key, value))
}

const EXPECT: &str = r#"
expect:
- name: the checkout is built as we think
  traceql: '{ name = "checkout" }'
  traces: "== 1"
  calls: [shop -> cart]
  attributes: {checkout: [user.id]}
  no_orphans: true
  no_errors: true
  critical_path: "<= 500ms"
  concurrency: {SELECT: concurrent}
  database_spans: "<= 2"
- name: each error has its trace
  logql: '{service_name="sh"} | detected_level="error"'
  traced: true
- name: conventions
  conventions: true
- name: nothing is lost
  dropped: nothing
"#;

#[test]
fn each_kind_of_expectation_holds_and_catches_its_fault() {
    let scratch = Scratch::new();
    let file = scratch.write("dicelab.yaml", EXPECT);
    let options = ["--expect", &*file];
    told(
        &script(&options, &trace(&[])),
        0,
        &["all 4 expectations hold", "traces from cart, shop", "slowest    500 ms"],
    );
    let query = "query eee19b7ec3c1b178";
    type Seeded<'a> = &'a [(&'a str, &'a str)];
    let faults: [(Seeded<'_>, &str); 9] = [
        (&[("{CART}", "bank")], "shop does not call cart"),
        (&[("\"user.id\"", "\"user\"")], "has no user.id"),
        (&[("{PARENT}", "eee19b7ec3c1b999")], "names the parent eee19b7ec3c1b999, which did not come"),
        (&[("{STATUS}", r#","status":{"code":2}"#)], "checkout of shop failed"),
        (&[("0 500", "0 700")], "the critical path took 700 ms, expected <= 500ms"),
        (&[("{QUERIES}", "query eee19b7ec3c1b177 120 220")], "2 spans SELECT are serial"),
        (&[("{QUERIES}", &format!("query eee19b7ec3c1b177 21 121; {query} 22 122"))], "3 database spans below"),
        (&[("{TRACE}", "0af7651916cd43dd8448eb211c80319c")], "of which no span came"),
        (&[("user.id", "http.method")], "http.method is now called http.request.method"),
    ];
    for (seeded, words) in faults {
        told(&script(&options, &trace(seeded)), 1, &["FAIL", words, "stated at"]);
    }
    let output = script(&options, &format!("{}\npost traces broken", trace(&[])));
    told(&output, 1, &["FAIL  nothing is lost", "the lab refused 1 requests of traces"]);
    let output = script(&options, &format!("{}\necho 'Failed to export spans: connection reset' >&2", trace(&[])));
    told(&output, 1, &["FAIL  nothing is lost", "an exporter complains: Failed to export spans"]);
}

/// A push of a gauge: its value now.
const GAUGE: &str = r#"
gauge() { post metrics '{"resourceMetrics":[{"resource":'"$(resource shop)"',"scopeMetrics":[{"metrics":[{"name":"queue","gauge":{
  "dataPoints":[{"asInt":"'"$1"'","timeUnixNano":"'"$(date +%s%N)"'"}]}}]}]}]}'; }
"#;

#[test]
fn what_has_to_hold_always_or_eventually_and_of_how_many_traces_catches_its_fault() {
    let scratch = Scratch::new();
    let file = |text: &str| scratch.write("dicelab.yaml", &format!("expect:\n- {text}\n"));
    let always = file("{promql: queue, is: '<= 5', always: true}");
    let good = format!("{GAUGE}\ngauge 4; sleep 1.2; gauge 5; sleep 1.2");
    told(&script(&["--expect", &always], &good), 0, &["PASS"]);
    let bad = format!("{GAUGE}\ngauge 4; sleep 1.2; gauge 9; sleep 1.2; gauge 4; sleep 1.2");
    told(&script(&["--expect", &always], &bad), 1, &["expected  <= 5, at every second of the run", "queue"]);

    let eventually = file("{logql: '{stream=\"stdout\"} |= \"paid\"', is: '== 1', eventually: 400ms}");
    told(&script(&["--expect", &eventually], "echo paid"), 0, &["PASS"]);
    let words = ["got       no line", "this is the answer after waiting 400ms"];
    told(&script(&["--expect", &eventually], "echo open"), 1, &words);

    let traces = file("{traceql: '{ name = \"checkout\" }', traces: '== 2'}");
    let words = ["expected  traces == 2", "got       1 trace", "shop checkout"];
    told(&script(&["--expect", &traces], &trace(&[])), 1, &words);
    let traces = file("{traceql: '{ name = \"chekout\" }', traces: '== 1'}");
    told(&script(&["--expect", &traces], &trace(&[])), 1, &["the traces that came begin with shop checkout"]);

    let spans =
        file("{traceql: '{ name = \"SELECT\" }', spans: '== 2', each: {db.system.name: sqlite, duration: '<= 100ms'}}");
    told(&script(&["--expect", &spans], &trace(&[])), 0, &["PASS"]);
    let slow = [("{QUERIES}", "query eee19b7ec3c1b177 21 181")];
    told(
        &script(&["--expect", &spans], &trace(&slow)),
        1,
        &["(SELECT of cart): duration is 160.0 ms, expected <= 100ms"],
    );

    let series = file("{conventions: true, most_series: 1}");
    let many = format!("{GAUGE}\ngauge 1; post metrics '{}'", MANY.replace('\n', " "));
    told(&script(&["--expect", &series], &many), 1, &["2 series", "most"]);
}

/// Two series of one metric, and a name with a unit that the conventions do without.
const MANY: &str = r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
"scopeMetrics":[{"metrics":[{"name":"orders","gauge":{"dataPoints":[
{"asInt":"1","timeUnixNano":"'"$(date +%s%N)"'","attributes":[{"key":"user","value":{"stringValue":"a"}}]},
{"asInt":"2","timeUnixNano":"'"$(date +%s%N)"'","attributes":[{"key":"user","value":{"stringValue":"b"}}]}]}}]}]}]}"#;

#[test]
fn a_ledger_is_held_against_traces_and_lines() {
    let scratch = Scratch::new();
    let ledger = |text: &str| scratch.write("ledger.jsonl", text);
    let id = "5b8efff798038103d269b633813fc60c";
    let path = ledger(&format!(
        "{{\"trace_id\":\"{id}\",\"status\":200,\"user\":1}}\n{{\"status\":null,\"trace_id\":null}}\n"
    ));
    let file = scratch.write("dicelab.yaml", &format!("expect:\n- ledger: {path}\n"));
    let options = ["--expect", &*file];
    let status = r#","attributes":[{"key":"http.response.status_code","value":{"intValue":"200"}}]"#;
    let program = format!("span shop checkout eee19b7ec3c1b174 '' 0 500 '{status}'; echo 'trace_id={id}'");
    let [with_ledger, without] =
        ["with.dicelab", "without.dicelab"].map(|name| scratch.path().join(name).display().to_string());
    for more in [&["--out", &*with_ledger, "--ledger", &*path][..], &["--out", &*without]] {
        told(&script(&[&options[..], more].concat(), &program), 0, &["PASS  every request of the ledger"]);
    }
    let faults = [
        (program.replace("\"200\"", "\"500\""), "the client saw status 200, the server of trace"),
        (program.replace("trace_id=", "trace_id=x").replace(id, "none"), "no line names trace"),
        ("echo hello".to_owned(), "of trace 5b8efff798038103d269b633813fc60c no span came"),
        (program.replace("''", "eee19b7ec3c1b999"), "lacks 1 spans that others name as their parent"),
    ];
    for (program, words) in faults {
        told(&script(&options, &program), 1, &["FAIL", "1 of 1 answered requests", words]);
    }
    ledger("");
    told(&script(&options, &program), 1, &["the ledger has no request, so this proves nothing"]);
    ledger("nonsense\n");
    told(&script(&options, &program), 1, &["ledger.jsonl:1: "]);
    told(&run(&["check", &with_ledger]), 0, &["PASS  every request of the ledger"]);
    told(&run(&["check", &without]), 1, &["FAIL", "the run file keeps no ledger"]);
}

#[test]
fn reports_are_written_in_every_format_and_for_github() {
    let scratch = Scratch::new();
    let place = |name: &str| scratch.path().join(name).display().to_string();
    let file = scratch.write("dicelab.yaml", "expect:\n- {logql: '{stream=\"stdout\"}', is: '> 5'}\n");
    let formats = ["junit", "json", "markdown", "html"];
    let reports: Vec<String> = formats.iter().map(|format| format!("{format}={}", place(format))).collect();
    let mut command = dicelab(&["run", "--expect", &file]);
    command.args(reports.iter().flat_map(|report| ["--report", report])).args(["--", "echo", "hello"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", place("summary"));
    let output = command.output().expect("started");
    told(&output, 1, &[&format!("::error file={file},line=2,"), "expected > 5, got 1 line"]);
    let text = |name: &str| std::fs::read_to_string(place(name)).expect(name);
    assert!(text("junit").contains("failures=\"1\"") && text("html").contains("does not hold"));
    assert!(text("markdown").contains("| ❌ |") && text("summary") == text("markdown"));
    let json: serde_json::Value = serde_json::from_str(&text("json")).expect("JSON");
    assert_eq!((&json["exit_code"], &json["verdicts"][0]["got"]), (&1.into(), &"1 line".into()));
}

#[test]
fn a_cancelled_run_ends_quickly_and_still_reports() {
    let scratch = Scratch::new();
    let (ready, report) = (scratch.path().join("ready"), scratch.path().join("report.json"));
    let program = format!("trap '' TERM; echo x; touch {}; while :; do sleep 0.1; done", ready.display());
    let target = format!("json={}", report.display());
    let mut command = dicelab(&["run", "--report", &target, "--", "sh", "-c", &program]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
    let bound = Instant::now() + Duration::from_secs(60);
    while !ready.exists() {
        assert!(Instant::now() < bound, "the program does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    send(child.id(), Signal::TERM);
    let output = child.wait_with_output().expect("ended");
    told(&output, 143, &["did not end after SIGTERM and was killed", "the run was cancelled"]);
    assert!(report.exists());
}
